"""Photographs of faces, smiling or not: read from one zip file, never unpacked to disk.

The file is GitHub's archive of the default branch of hromi/SMILEsmileD (D. Hromada,
C. Tijus, S. Poitrenaud and J. Nadel, "Zygomatic smile detection", IEEE RIVF 2010). It
has no fixed checksum, and one with a part of the photographs will do: what is in it is
read within limits, and its photographs are counted.
"""

import csv
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset, Progress
from ae.data import download as downloads
from ae.data.download import DataFile
from ae.data.splits import SPLITS, check_split, split_of
from ae.images.uploads import read_upload

NAME = "smiles"
SIDE = 64
CLASS_NAMES = ("Not smiling", "Smiling")
SOURCE = "https://github.com/hromi/SMILEsmileD"
ABOUT = (
    "Faces that D. Hromada and colleagues gathered in 2010 to train a smile detector. They do not "
    "say whose faces; number and crop fit Labeled Faces in the Wild, news photographs of public "
    "figures. By its makers' own account children, women, old people and many ethnic groups are "
    "few there or missing. A detector helped to label the smiles, and some labels are wrong; "
    "glasses were labelled for this app by looking. No licence is stated: for study only."
)
# Labelled for this project by looking at the photographs, whatever their split; those
# that could not be decided are not in it.
GLASSES_FILE = Path(__file__).with_name("smiles_glasses.csv")
FILE_NAME = "SMILEsmileD-master.zip"
SOURCES = (f"{SOURCE}/archive/refs/heads/master.zip",)

MAX_DOWNLOAD = 60_000_000  # bytes; the archive has 27 million
MAX_PHOTOGRAPHS = 20_000  # the repository has 13 165
MAX_BYTES = 1 << 16  # per photograph; the largest has 2 886
MAX_TOTAL_BYTES = 60_000_000  # uncompressed; the photographs have 24 million
MAX_RATIO = 20  # uncompressed to compressed; JPEG files hardly shrink

_LABELS = {"SMILEs/negatives/negatives7": 0, "SMILEs/positives/positives7": 1}
_ENCRYPTED = 1  # bit of a zip entry's flags
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)


@dataclass(frozen=True)
class _Photograph:
    entry: zipfile.ZipInfo
    label: int

    @property
    def name(self) -> str:
        return PurePosixPath(self.entry.filename).name


# (n, 64, 64) grey levels, (n,) labels, and (n,) whether there are glasses.
_Unpacked: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]


CAVEAT = (
    "Nobody in these photographs is named, so the same person may be among those learned from and "
    "among those tested on: all scores on them flatter."
)


def load(split: str = "test") -> Dataset:
    """Load one split from the zip file on this machine.

    The split of a photograph follows from its file name (``splits.split_of``): about
    80 % are for training, 10 % for validation, 10 % for testing. Nobody is named, so
    the same person may be in several splits, and scores on the test split flatter.
    A few photographs lie in both folders, with both labels; they share a split.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``.

    Returns:
        Images (n, 64, 64, 1) float32 in [0, 1], labels (n,) uint8 (1 is smiling) and
        the attributes ``"smiling"`` and ``"glasses"`` (n,) float32, read-only, in the
        order of file names. Glasses are NaN where ``GLASSES_FILE`` does not say, and
        left out if it says nothing of these photographs.

    Raises:
        ValueError: The split is unknown, or the file is damaged, beyond the limits,
            or holds a photograph that is not 64 by 64 grey.
        FileNotFoundError: The file is not on this machine.
        OSError: The file cannot be read.
    """
    check_split(split)
    pixels, labels, glasses = downloads.read(_data_file((split,)))
    images = np.divide(pixels[..., np.newaxis], 255, dtype=np.float32)
    attributes = {"smiling": labels.astype(np.float32)}
    if not np.isnan(glasses).all():
        attributes["glasses"] = glasses
    for array in (images, labels, *attributes.values()):
        array.setflags(write=False)
    return Dataset(NAME, split, images, labels, CLASS_NAMES, attributes)


@cache
def labelled_glasses() -> Mapping[str, bool]:
    """Return by file name whether a photograph shows glasses, as far as labelled."""
    with GLASSES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row["glasses"] == "1" for row in csv.DictReader(file)}


def is_here() -> bool:
    """Return whether the zip file is on this machine; ``load`` verifies it."""
    return downloads.find(_data_file(SPLITS)) is not None


def download(progress: Progress | None = None, *, sources: Sequence[str] | None = None) -> None:
    """Download the zip file into ``AE_HOME`` if this machine lacks it.

    Args:
        progress: As for ``ae.data.download.download``.
        sources: Addresses of the file, tried in order. ``SOURCES`` unless given.

    Raises:
        ValueError: As ``ae.data.download.download``.
        ConnectionError: No source delivered a sound file.
        OSError: The file cannot be read or saved: folder not writable, disk full.
    """
    urls = tuple(SOURCES if sources is None else sources)
    downloads.download(_data_file(SPLITS), urls, progress)


def _data_file(splits: tuple[str, ...]) -> DataFile[_Unpacked]:
    contents = "The photographs of smiles"
    return DataFile(NAME, FILE_NAME, contents, MAX_DOWNLOAD, partial(_unpack, splits))


def _unpack(splits: tuple[str, ...], packed: IO[bytes]) -> _Unpacked:
    """Decode the photographs of some splits; a ValueError continues "the file ..."."""
    content = packed.read(MAX_DOWNLOAD + 1)
    if len(content) > MAX_DOWNLOAD:
        raise ValueError(f"is larger than {MAX_DOWNLOAD:,} bytes")
    try:
        # In memory a bad offset is a ValueError; in a file it looks like a bad disk.
        archive = zipfile.ZipFile(BytesIO(content))
    except _DAMAGED as error:
        raise ValueError("is damaged and cannot be opened as a zip file") from error
    photographs = [
        photograph for photograph in _photographs(archive) if split_of(photograph.name) in splits
    ]
    pixels = np.empty((len(photographs), SIDE, SIDE), np.uint8)
    for row, photograph in zip(pixels, photographs, strict=True):
        row[:] = _decode(archive, photograph.entry)
    labels = np.array([photograph.label for photograph in photographs], np.uint8)
    known = labelled_glasses()
    glasses = np.array([known.get(p.name, np.nan) for p in photographs], np.float32)
    return pixels, labels, glasses


def _photographs(archive: zipfile.ZipFile) -> list[_Photograph]:
    """Return what counts as a photograph, by file name, once all limits are kept."""
    _check_names(archive.namelist())
    found = [
        _Photograph(entry, label)
        for entry in archive.infolist()
        if (label := _label(entry.filename)) is not None
    ]
    if not found:
        raise ValueError(f"has no photographs in {' and '.join(_LABELS)}")
    if len(found) > MAX_PHOTOGRAPHS:
        raise ValueError(f"holds more than {MAX_PHOTOGRAPHS:,} photographs")
    for photograph in found:
        _check_size(photograph.entry)
    if sum(photograph.entry.file_size for photograph in found) > MAX_TOTAL_BYTES:
        raise ValueError(f"unpacks to more than {MAX_TOTAL_BYTES:,} bytes")
    return sorted(found, key=lambda photograph: (photograph.name, photograph.label))


def _label(name: str) -> int | None:
    path = PurePosixPath(name)
    if path.suffix.lower() != ".jpg":
        return None
    return _LABELS.get("/".join(path.parts[1:-1]))  # without the branch's own folder


def _check_names(names: list[str]) -> None:
    seen = set()
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise ValueError(f"holds {_shown(name)}, a name that leads elsewhere")
        if name in seen:
            raise ValueError(f"holds {_shown(name)} twice")
        seen.add(name)


def _check_size(entry: zipfile.ZipInfo) -> None:
    name = _shown(entry.filename)
    if entry.file_size > MAX_BYTES:
        raise ValueError(f"holds {name}, which has more than {MAX_BYTES:,} bytes")
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ValueError(f"holds {name}, packed more than {MAX_RATIO} times smaller")
    plain = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if not plain or entry.flag_bits & _ENCRYPTED:
        raise ValueError(f"holds {name}, which is encrypted or packed in a rare way")


def _decode(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[np.uint8]:
    name = _shown(entry.filename)
    try:
        picture = read_upload(archive.read(entry))
    except _DAMAGED as error:
        raise ValueError(f"holds {name}, which is damaged or no picture") from error
    if picture.size != (SIDE, SIDE) or picture.mode != "L":
        width, height = picture.size
        kind = "grey" if picture.mode == "L" else "colour"
        raise ValueError(
            f"holds {name}, which is {width} by {height} {kind} pixels "
            f"instead of {SIDE} by {SIDE} grey"
        )
    return np.asarray(picture)


def _shown(name: str) -> str:
    return repr(name if len(name) <= 120 else f"{name[:120]}…")
