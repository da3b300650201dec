"""Reads pictures as they come, brings them to one size, and keeps them to learn from.

A folder, a zip or single files: sub-folders are classes, ``attributes.csv`` at the top may
give attributes as in ``ae.data.folder``. Files are read once and never unpacked by the names
they carry; what is kept is ``ae.data.collection``'s.
"""

import hashlib
import io
import json
import os
import struct
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.data.collection import ABOUT, IMAGES, MOST_KEPT, VALUES, Collection, kept, shelf
from ae.data.folder import MAX_IMAGES, MAX_TABLE_BYTES, SUFFIXES, TABLE, cut, read_table
from ae.images.uploads import MAX_UPLOAD_BYTES, read_upload, size_of
from ae.shelf.aside import built_aside

LEAST = 50  # pictures to learn from
# Sides that the networks here halve two or three times; larger pictures take minutes more.
SIDES = (16, 24, 28, 32, 48, 64)
MOST_CLASSES = 100
_OTHER = "of a kind that is not read"
REASONS = ("unreadable", "too small", "twice", _OTHER)
_NAMED = 20  # pictures of each reason
_HELD_OUT = 10  # pictures in a split at least, and one in so many
_COLOURED = 0.02  # share of pictures above which all are kept in colour
_GREY = 12  # of 255: differences of channels that a scan or a JPEG leaves in greys
_DIRECTORY_BYTES = 32 << 20  # of a zip, some 300,000 entries
_UNPACKED_BYTES = 4 << 30

Files = Mapping[str, Callable[[], bytes]]  # what reads each, by path with forward slashes
Tell = Callable[[int, int], None]  # how many are done, of how many


@dataclass(frozen=True)
class Limits:
    """What is read at most."""

    files: int
    pixels: int  # decoded, of all pictures together


FROM_BROWSER = Limits(20_000, 4_000_000_000)  # pixels: about a minute
FROM_DISK = Limits(MAX_IMAGES, 1_000_000_000_000)


def files_in_folder(path: str | Path) -> Files:
    """Return what reads the files of a folder and of those inside; links are not followed.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder {root}.")
    found: dict[str, Callable[[], bytes]] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            file = Path(folder, name)
            if not file.is_symlink():
                found[file.relative_to(root).as_posix()] = partial(_read, file)
    return found


def files_in_zip(content: bytes) -> Files:
    """Return what reads the files of a zip.

    Raises:
        ValueError: If it is none, or unpacks to more than is read.
    """
    try:
        _check_directory(content)
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    # zipfile raises a dozen kinds.
    except Exception as problem:
        raise ValueError("The zip is damaged, or of a rare kind; pack it again.") from problem
    if any(entry.flag_bits & 1 for entry in entries):
        raise ValueError("The zip is locked with a password; pack it again without one.")
    if sum(entry.file_size for entry in entries) > _UNPACKED_BYTES:
        raise ValueError(f"The zip unpacks to more than {_UNPACKED_BYTES >> 30} GB; send less.")
    return {entry.filename: partial(_unpack, archive, entry) for entry in entries}


def _check_directory(content: bytes) -> None:
    """Refuse a zip whose list of entries alone would fill the memory."""
    at = content.rfind(b"PK\5\6")
    size, where = struct.unpack_from("<II", content, at + 12)
    # A second list of the larger kind would count instead of this one.
    if (
        at < 0
        or size > _DIRECTORY_BYTES
        or where + size > at
        or content[max(at - 20, 0) :][:4] == b"PK\6\7"
    ):
        raise ValueError("no plain zip")


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_TABLE_BYTES if file.name == TABLE else MAX_UPLOAD_BYTES + 1)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    # Of the other kinds one may ask for gigabytes of memory.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("This entry of the zip is compressed in a rare way.")
    is_table = PurePosixPath(entry.filename).name == TABLE
    with archive.open(entry) as opened:
        return opened.read(MAX_TABLE_BYTES if is_table else MAX_UPLOAD_BYTES + 1)


def prepare(
    files: Files, limits: Limits = FROM_DISK, tell: Tell = lambda done, total: None
) -> Collection:
    """Look at pictures, bring them to one size, and keep them.

    Args:
        files: By path; what is no picture by its name is passed over.
        limits: What is read at most.
        tell: Told how far it is.

    Returns:
        What was found out. The common size is the largest of ``SIDES`` that the median
        picture has; pictures are cut to squares, on white where they are transparent.
        The split of a picture follows from its content.

    Raises:
        ValueError: If too few can be used, or a limit is exceeded; one sentence.
        OSError: If they cannot be kept.
    """
    files, table, others = _sorted_out(files)
    if len(files) > limits.files:
        raise ValueError(f"There are {len(files):,} pictures and the limit is {limits.files:,}.")
    if not files:
        raise ValueError(f"There are no pictures; they end in {', '.join(SUFFIXES)}.")
    classes = _classes(files)
    shelf().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf(), prefix=".reading-") as folder:
        columns = _columns(Path(folder) / TABLE, table, list(files))
        sorting = _Sorting(files, tell, Path(folder) / IMAGES)
        sorting.left_out[_OTHER] = others
        try:
            sorting.read(files, limits, tell)
            return _keep(sorting, classes, columns, list(files))
        finally:
            sorting.close()


def _sorted_out(files: Files) -> tuple[Files, Callable[[], bytes] | None, list[str]]:
    """Return the pictures by path below the folder that all lie in, the table, and other files."""
    wanted, others = {}, []
    for name, read in sorted(files.items()):
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        if name.lower().endswith(SUFFIXES) or parts[-1] == TABLE:
            wanted[parts] = read
        else:
            others.append(name)
    while wanted and all(len(p) > 1 for p in wanted) and len({p[0] for p in wanted}) == 1:
        wanted = {parts[1:]: read for parts, read in wanted.items()}
    table = wanted.get((TABLE,))
    return {"/".join(p): read for p, read in wanted.items() if p[-1] != TABLE}, table, others


def _classes(files: Files) -> dict[str, str]:
    """Return the class of each picture: the folder it lies in, in plain words."""
    found = {}
    for name in files:
        top, slash, _ = name.partition("/")
        words = "".join(c if c.isalnum() or c in " .-_()" else " " for c in top) if slash else ""
        found[name] = " ".join(words.replace("_", " ").split())[:40] or "Without a folder"
    names = set(found.values())
    if len(names) > MOST_CLASSES:
        raise ValueError(
            f"There are {len(names):,} folders of pictures, which would be as many classes, and "
            f"the limit is {MOST_CLASSES}."
        )
    return found if len(names) > 1 else {}


def _columns(
    path: Path, table: Callable[[], bytes] | None, names: list[str]
) -> dict[str, NDArray[np.float32]]:
    """Return attributes by column, in the order of names; a table may leave folders out."""
    if table is None:
        return {}
    path.write_bytes(table())
    rows = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()[1:]
    short = [name.rpartition("/")[2] for name in names]
    plain = len({*short}) == len(short) and not any("/" in row.split(",")[0] for row in rows)
    return read_table(path, short if plain else names, TABLE)


class _Sorting:
    """The pictures that can be used, at one size in a file, and why others cannot.

    Attributes:
        side: Of the pictures.
        colour: Whether more than a few have colours.
        sizes: Smallest and largest of the shorter sides of files.
        rows: By name, the row of each in ``images``.
        images: (files, side, side, 3) uint8, more than there are rows.
        hashes: Of each row, by which they are put in order.
        left_out: Names by reason.
    """

    def __init__(self, files: Files, tell: Tell, path: Path) -> None:
        self.left_out: dict[str, list[str]] = {reason: [] for reason in REASONS}
        shorter = self._shorter(files, tell)
        if not shorter:
            which = f"None of the {len(files):,} files is a" if len(files) > 1 else "The file is no"
            raise ValueError(f"{which} picture that can be read.")
        middle = float(np.median([*shorter.values()]))
        self.side = max((side for side in SIDES if side <= middle), default=SIDES[0])
        self.sizes = min(shorter.values()), max(shorter.values())
        self.rows: dict[str, int] = {}
        self.hashes: list[bytes] = []
        self.colour = False
        shape = (len(shorter), self.side, self.side, 3)
        self.images: Any = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
        self._of_files = shorter

    def read(self, files: Files, limits: Limits, tell: Tell) -> None:
        """Read the pictures; see ``prepare``."""
        pixels, coloured, seen = 0, 0, set()
        for number, (name, short) in enumerate(self._of_files.items(), 1):
            tell(len(files) + number, 2 * len(files))
            if 2 * short < self.side:
                self.left_out["too small"].append(name)
                continue
            try:
                picture = read_upload(files[name]())
            except (ValueError, OSError, RuntimeError):
                self.left_out["unreadable"].append(name)
                continue
            pixels += picture.width * picture.height
            if pixels > limits.pixels:
                raise ValueError(
                    f"The pictures have more than {limits.pixels // 10**6:,} million pixels "
                    "together; send smaller copies, or fewer."
                )
            small = np.asarray(cut(picture, (self.side, self.side), "RGB"))
            digest = hashlib.sha256(small.tobytes()).digest()
            if digest in seen:
                self.left_out["twice"].append(name)
                continue
            seen.add(digest)
            self.images[len(self.rows)] = small
            self.rows[name] = len(self.rows)
            self.hashes.append(digest)
            coloured += int(np.ptp(small, axis=2).max() > _GREY)
        self.colour = coloured > _COLOURED * len(self.rows)

    def _shorter(self, files: Files, tell: Tell) -> dict[str, int]:
        """Return the shorter side of each picture, in pixels."""
        shorter = {}
        for number, (name, read) in enumerate(files.items(), 1):
            tell(number, 2 * len(files))
            try:
                content = read()
                if len(content) > MAX_UPLOAD_BYTES:
                    raise ValueError("too large")
                shorter[name] = min(size_of(content))
            # What zipfile and a disk raise, too.
            except Exception:
                self.left_out["unreadable"].append(name)
        return shorter

    def close(self) -> None:
        """Let the file go, which Windows would else not delete."""
        self.images._mmap.close()


def _keep(
    sorting: _Sorting,
    classes: dict[str, str],
    columns: dict[str, NDArray[np.float32]],
    every: list[str],
) -> Collection:
    """Write what can be used; columns are in the order of every file's name."""
    n = len(sorting.rows)
    counts = {reason: len(names) for reason, names in sorting.left_out.items()}
    if n < LEAST:
        why = ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count)
        raise ValueError(
            f"Only {n} picture{'s' if n != 1 else ''} can be used{f' ({why})' if why else ''}, and "
            f"a training needs {LEAST} at least."
        )
    order = sorted(range(n), key=sorting.hashes.__getitem__)
    names = list(sorting.rows)
    labels, class_names = _labels([classes.get(names[row], "") for row in order])
    places_of = {name: place for place, name in enumerate(every)}
    places = [places_of[names[row]] for row in order]
    values = {column: found[places] for column, found in columns.items()}
    about = hashlib.sha256(b"".join(sorted(sorting.hashes)))
    about.update(json.dumps([sorting.side, sorting.colour, class_names]).encode())
    about.update(labels.tobytes())
    for column in values.values():
        about.update(column.tobytes())
    about.update(json.dumps([*values]).encode())
    digest = about.hexdigest()[:16]
    held_out = max(_HELD_OUT, n // _HELD_OUT)
    found = Collection(
        digest,
        n,
        sorting.side,
        sorting.colour,
        sorting.sizes,
        dict(Counter(class_names[label] for label in labels)) if class_names else {},
        tuple(values),
        counts,
        {reason: names[:_NAMED] for reason, names in sorting.left_out.items()},
        {"test": (0, held_out), "validation": (held_out, 2 * held_out), "train": (2 * held_out, n)},
    )
    if (shelf() / digest).exists():
        os.utime(shelf() / digest)
    elif len(kept()) >= MOST_KEPT:
        raise ValueError(f"{MOST_KEPT} sets of pictures are kept here already; forget one first.")
    with built_aside(shelf(), digest) as folder:
        shape = (n, *found.image_shape)
        images = np.lib.format.open_memmap(folder / IMAGES, "w+", np.uint8, shape)
        for row, source in enumerate(order):
            picture = sorting.images[source]
            images[row] = picture if found.colour else _grey(picture)
        images.flush()
        del images
        np.savez(folder / VALUES, allow_pickle=False, labels=labels, **_numbered(values))
        content = {**asdict(found), "class_names": class_names}
        (folder / ABOUT).write_text(json.dumps(content), encoding="utf-8")
    return found


def _labels(classes: list[str]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    names, numbers = np.unique(np.array(classes), return_inverse=True)
    labels: NDArray[np.uint8] = numbers.astype(np.uint8)
    return labels, () if len(names) == 1 else tuple(str(name) for name in names)


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (height, width, 1) of (height, width, 3), by ITU-R 601-2 as Pillow does."""
    grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.rint(grey).astype(np.uint8)[..., None]


def _numbered(values: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    return {f"column_{number}": column for number, column in enumerate(values.values())}
