"""A folder of one's own images, with an optional table of their attributes.

``attributes.csv`` has a row of column names, then one row for every image: its file
name, and a number in each further column. A column that holds only -1 and 1, as
CelebA's do, is read as 0 and 1.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from math import nan, prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ae.data import FOLDER, Dataset
from ae.data.splits import check_split, split_of
from ae.images.uploads import MAX_UPLOAD_BYTES, read_upload
from ae.shelf.card import check_names

TABLE = "attributes.csv"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
SIDES = range(8, 257)
MAX_IMAGES = 250_000  # CelebA has 202 599
MAX_MEMORY = 8 << 30  # bytes; CelebA's training split in colour needs 7.4 GiB
MAX_TABLE_BYTES = 100_000_000
MAX_COLUMNS = 200
LARGEST = float(np.finfo(np.float32).max)


def load_folder(
    path: str | Path,
    split: str = "test",
    side: int | tuple[int, int] = 64,
    colour: bool = True,
    table: Path | None = None,
) -> Dataset:
    """Load one split of a folder of images.

    Each image is cut to its central square, or rectangle, and resized, on white where it
    is transparent. Its split follows from its file name alone
    (``splits.split_of``). Folders inside are left out, and names with a leading dot.

    Args:
        path: The folder.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        side: Height and width of the images, one number or two, 8 to 256 pixels.
        colour: Three channels, or else one.
        table: Of attributes, instead of the folder's own.

    Returns:
        Images (n, height, width, 3 or 1) float32 in [0, 1] in the order of file names and,
        where there is a table, one attribute for each column; the first column that
        holds 0 and 1 alone also gives the labels, (n,) uint8. All read-only.

    Raises:
        ValueError: The split or side is unknown, an image is damaged or too large, a
            limit is exceeded, the split is empty, or the table does not fit the images.
        FileNotFoundError: There is no such folder.
        OSError: The folder or a file cannot be read.
    """
    check_split(split)
    size = (side, side) if isinstance(side, int) else side
    if not all(length in SIDES for length in size):
        raise ValueError(f"side must be {SIDES.start} to {SIDES.stop - 1} pixels, got {side}")
    folder = Path(path).expanduser()
    names = _image_names(folder)
    columns = read_table(table or folder / TABLE, names)
    rows = [row for row, name in enumerate(names) if split_of(name) == split]
    if not rows:
        raise ValueError(
            f"No file name of the {len(names):,} in {folder} falls into the {split} "
            "split; add more images."
        )
    images = _read_images([folder / names[row] for row in rows], size, colour)
    attributes = {column: values[rows] for column, values in columns.items()}
    labelled = next((c for c, values in columns.items() if holds_only(values, (0, 1))), None)
    labels = None if labelled is None else attributes[labelled].astype(np.uint8)
    for array in (images, labels, *attributes.values()):
        if array is not None:
            array.setflags(write=False)
    class_names = () if labelled is None else (f"No {labelled}", labelled)
    return Dataset(f"{FOLDER}{folder}", split, images, labels, class_names, attributes)


def _image_names(folder: Path) -> list[str]:
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"There is no folder {folder}; write the path of one with images after {FOLDER!r}."
        )
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _is_image(entry))
    except OSError as error:
        raise _cannot_read(folder, error) from error
    if not names:
        raise ValueError(f"{folder} has no images; it needs {', '.join(SUFFIXES)}.")
    if len(names) > MAX_IMAGES:
        raise ValueError(
            f"{folder} has {len(names):,} images and the limit is {MAX_IMAGES:,}; "
            "move some elsewhere."
        )
    return names


def _is_image(entry: os.DirEntry[str]) -> bool:
    name = entry.name.lower()
    return name.endswith(SUFFIXES) and not name.startswith(".") and entry.is_file()


def _read_images(paths: list[Path], size: tuple[int, int], colour: bool) -> NDArray[np.float32]:
    shape = (len(paths), *size, 3 if colour else 1)
    n_bytes = prod(shape) * np.dtype(np.float32).itemsize
    if n_bytes > MAX_MEMORY:
        raise ValueError(
            f"{paths[0].parent} has {len(paths):,} images in this split, which need "
            f"{n_bytes / 2**30:.1f} GiB of memory, and the limit is "
            f"{MAX_MEMORY / 2**30:.1f} GiB; move some elsewhere."
        )
    images = np.empty(shape, np.float32)
    for image, path in zip(images, paths, strict=True):
        picture = cut(_read_image(path), size, "RGB" if colour else "L")
        np.divide(np.asarray(picture).reshape(shape[1:]), 255, out=image)
    return images


def _read_image(path: Path) -> Image.Image:
    try:
        with path.open("rb") as file:
            return read_upload(file.read(MAX_UPLOAD_BYTES + 1))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    except OSError as error:
        raise _cannot_read(path, error) from error


def cut(picture: Image.Image, size: tuple[int, int], mode: str) -> Image.Image:
    """Return the middle of a picture at a size, (height, width), on white, of mode L or RGB."""
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return ImageOps.fit(picture.convert(mode), size[::-1], Image.Resampling.LANCZOS)


def read_table(path: Path, names: list[str], called: str = "") -> dict[str, NDArray[np.float32]]:
    """Return the columns of a table, in the order of the names of its rows.

    Args:
        path: Of the table; none is an empty one.
        names: In its first column, in any order.
        called: What messages call it; its path unless given.

    Raises:
        ValueError: If it is no such table, or has other rows.
        OSError: If it cannot be read.
    """
    if not os.path.isfile(path):
        return {}
    called = called or str(path)
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise ValueError(f"{called} is larger than {MAX_TABLE_BYTES:,} bytes.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = (line for line in csv.reader(file) if line)
            columns = _columns(called, next(lines, []))
            values = _values(called, lines, columns, names)
    except OSError as error:
        raise _cannot_read(path, error) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{called} is not a table of comma-separated text.") from error
    return {
        column: (values[:, k] > 0).astype(np.float32)
        if holds_only(values[:, k], (-1, 1))
        else values[:, k]
        for k, column in enumerate(columns)
    }


def _columns(path: str, header: list[str]) -> list[str]:
    columns = [column.strip() for column in header[1:]]
    if len(header) == 1 and {";", "\t"} & {*header[0]}:
        raise ValueError(f"{path} must have commas between its columns.")
    if not columns or not all(columns):
        raise ValueError(
            f"{path} needs a name for every column in its first row: the file name's, "
            "then each attribute's."
        )
    if len(columns) > MAX_COLUMNS:
        raise ValueError(
            f"{path} has {len(columns):,} columns of attributes and the limit is {MAX_COLUMNS}."
        )
    for k, column in enumerate(columns):
        if column in columns[:k]:
            raise ValueError(f"{path} has two columns {column!r}; rename one.")
    try:
        check_names(columns)
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}.") from problem
    return columns


def _values(
    path: str, lines: Iterable[list[str]], columns: list[str], names: list[str]
) -> NDArray[np.float32]:
    rows = {name: row for row, name in enumerate(names)}
    values = np.empty((len(names), len(columns)), np.float32)
    for name, *cells in lines:
        if name not in rows:
            known = " twice" if name in names else ", and there is no such image"
            raise ValueError(f"{path} has a row for {name!r}{known}.")
        if len(cells) > len(columns):
            raise ValueError(f"{path} has too many values in the row of {name!r}.")
        values[rows.pop(name)] = [
            _number(path, name, column, cell)
            for column, cell in zip_longest(columns, cells, fillvalue="")
        ]
    if rows:
        raise ValueError(f"{path} has no row for {min(rows)!r}; add one.")
    return values


def _number(path: str, name: str, column: str, cell: str) -> float:
    where = f"in the row of {name!r}, column {column!r}"
    if not cell.strip():
        raise ValueError(f"{path} has no value {where}.")
    try:
        number = float(cell)
    except ValueError:
        number = nan
    if not abs(number) <= LARGEST:
        raise ValueError(f"{path} has {cell!r} instead of a number {where}.")
    return number


def holds_only(values: NDArray[np.float32], both: Sequence[int]) -> bool:
    """Whether values are two numbers, the lower one first, and both are there."""
    return np.array_equal(np.unique(values), both)


def _cannot_read(path: Path, error: OSError) -> OSError:
    return OSError(f"{path} cannot be read ({error.strerror or error}); check its permissions.")
