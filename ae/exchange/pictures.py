"""Images that come with networks of others: arrays or a folder, parted into splits."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ae import data
from ae.data import Dataset
from ae.data.folder import MAX_MEMORY, SUFFIXES, TABLE, cut, load_folder, read_table
from ae.data.splits import SPLITS, split_of
from ae.graph.layers import Shape
from ae.images.uploads import MAX_UPLOAD_BYTES, read_upload

Pictures: TypeAlias = "NDArray[Any] | str | Path"
Labels: TypeAlias = "NDArray[Any] | Sequence[Any] | str | Path"
Table: TypeAlias = "Mapping[str, Any] | str | Path"
_MOST_CLASSES = 256


def splits_of(
    name: str,
    images: Pictures,
    labels: Labels | None,
    attributes: Table | None,
    shape: tuple[int, int, int],
) -> dict[str, Dataset]:
    """Return images in splits that follow from their file names or numbers alone.

    Args:
        name: The model's, which names data that have no name.
        images: See ``ae.exchange.importing.save``.
        labels: One for each image; of a folder in the order of file names.
        attributes: By image; of a folder by file name, of one with classes by path below it,
            else by number.
        shape: (height, width, channels) that the networks take.

    Raises:
        ValueError: If something does not fit.
        OSError: If something cannot be read.
    """
    if isinstance(images, str) and images in data.NAMES:
        splits = {split: data.load(images, split) for split in SPLITS}
    elif isinstance(images, str | Path) and Path(images).expanduser().is_dir():
        if not isinstance(attributes, str | Path | None):
            raise ValueError(f"The attributes of a folder are a table; write it as {TABLE} there.")
        table = None if attributes is None else Path(attributes)
        splits = _of_folder(name, Path(images).expanduser(), table, shape)
    else:
        return _of_array(name, _array(images), labels, attributes, shape)
    wrong = {each.images.shape[1:] for each in splits.values()} - {shape}
    if wrong:
        raise ValueError(f"The images are {wrong.pop()}, and the networks take {shape}.")
    if labels is not None:
        raise ValueError(
            "Labels go with an array of images; give a folder a table or sub-folders instead."
        )
    return splits


def _of_folder(
    name: str, folder: Path, table: Path | None, shape: tuple[int, int, int]
) -> dict[str, Dataset]:
    """Return a folder's pictures, or where none lie in it those of its sub-folders, by class."""
    files = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    files = [file for file in files if "/." not in f"/{file}"]
    if len({"/" in file for file in files}) == 2:
        raise ValueError(
            f"{folder} holds pictures and folders with pictures; give only the one or the other."
        )
    if not files or "/" not in files[0]:
        colour = shape[2] == 3
        return {split: load_folder(folder, split, shape[:2], colour, table) for split in SPLITS}
    _check_memory(len(files) * math.prod(shape))
    images = np.stack([_read(folder / file, shape) for file in files])
    # One folder around all others, as zip programs make it, is no class.
    classes = [file.split("/")[:-1] for file in files]
    while len({each[0] for each in classes}) == 1 and all(len(each) > 1 for each in classes):
        classes = [each[1:] for each in classes]
    names = [each[0] for each in classes]
    labels = names if len({*names}) > 1 else None
    columns = read_table(table or folder / TABLE, files)
    return _of_array(name, images, labels, columns, shape, files)


def _read(path: Path, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as file:
            picture = read_upload(file.read(MAX_UPLOAD_BYTES + 1))
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from problem
    return np.asarray(cut(picture, shape[:2], "RGB" if shape[2] == 3 else "L")).reshape(shape)


def _array(images: Pictures) -> NDArray[Any]:
    if not isinstance(images, str | Path):
        return np.asarray(images)
    path = Path(images).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"There is no file or folder of images {path}.")
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded
            names = [n for n in ("images", "x", "x_test", *loaded.files) if n in loaded.files]
            return np.asarray(loaded[names[0]])
    except (ValueError, IndexError, zipfile.BadZipFile, EOFError) as problem:
        raise ValueError(f"{path} is not a file of a NumPy array (.npy or .npz).") from problem


def _of_array(
    name: str,
    given: NDArray[Any],
    labels: Labels | None,
    attributes: Table | None,
    shape: tuple[int, int, int],
    files: Sequence[str] = (),
) -> dict[str, Dataset]:
    images = _in_order(given, shape)
    n = len(images)
    numbers, class_names = _labels(labels, n)
    columns = _columns(attributes, n)
    where = np.array([split_of(key) for key in files or map(str, range(n))])
    splits = {}
    for split in SPLITS:
        rows = np.flatnonzero(where == split)
        splits[split] = Dataset(
            name,
            split,
            images[rows],
            None if numbers is None else numbers[rows],
            class_names,
            {column: values[rows] for column, values in columns.items()},
        )
    return splits


def _check_memory(numbers: int) -> None:
    if numbers * 4 > MAX_MEMORY:
        raise ValueError(f"The images need more than {MAX_MEMORY >> 30} GiB; give fewer.")


def _in_order(given: NDArray[Any], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return images as (n, height, width, channels) in [0, 1]."""
    height, width, channels = shape
    if given.dtype.kind not in "biuf" or not len(given):
        raise ValueError("The images are not an array of numbers.")
    _check_memory(given.size)
    item: Shape = given.shape[1:]
    if item == (channels, height, width) and item != shape:
        given = np.moveaxis(given, 1, 3)
    elif item == (height, width) and channels == 1:
        given = given[..., None]
    elif item == (height * width * channels,) and channels == 1:
        given = given.reshape(-1, *shape)
    elif item != shape:
        raise ValueError(f"The images are {item}, and the networks take {shape}.")
    images = np.asarray(given, np.float32)
    if not np.isfinite(images).all():
        raise ValueError("The images hold values that are not finite.")
    low, high = float(images.min()), float(images.max())
    if given.dtype.kind in "iu" or high > 2:
        images = images / np.float32(255)
    elif low < 0:
        images = (images + np.float32(1)) / np.float32(2)
    if images.min() < 0 or images.max() > 1:
        raise ValueError(
            f"The images have values from {low:g} to {high:g}; they should go from 0 to 1, "
            "-1 to 1 or 0 to 255."
        )
    return np.ascontiguousarray(images)


def _labels(labels: Labels | None, n: int) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    if labels is None:
        return None, ()
    if isinstance(labels, str | Path):
        path = Path(labels).expanduser()
        if path.suffix in (".npy", ".npz"):
            labels = _array(path)
        else:
            labels = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    found = np.asarray(labels)
    if found.shape != (n,):
        raise ValueError(f"There are {n:,} images and labels of shape {found.shape}.")
    try:
        names, numbers = np.unique(found, return_inverse=True)
    except TypeError as problem:
        raise ValueError("The labels must be all numbers or all texts.") from problem
    if len(names) > _MOST_CLASSES:
        raise ValueError(f"There are {len(names):,} classes; at most {_MOST_CLASSES} are shown.")
    return numbers.astype(np.uint8), tuple(str(name) for name in names)


def _columns(attributes: Table | None, n: int) -> dict[str, NDArray[np.float32]]:
    if attributes is None:
        return {}
    if isinstance(attributes, str | Path):
        return read_table(Path(attributes).expanduser(), [str(number) for number in range(n)])
    if not isinstance(attributes, Mapping):
        raise ValueError("Attributes are a table, or a mapping from each name to its numbers.")
    columns = {}
    for name, values in attributes.items():
        try:
            column = np.asarray(values, np.float32)
        except ValueError:
            column = np.zeros(0, np.float32)
        if column.shape != (n,) or np.isinf(column).any():
            raise ValueError(f"The attribute {str(name)!r} is not {n:,} numbers.")
        columns[str(name)] = column
    return columns
