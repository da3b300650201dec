"""Photographs of faces, smiling or not: read from one zip file, never unpacked to disk.

The file is GitHub's archive of the default branch of hromi/SMILEsmileD (D. Hromada,
C. Tijus, S. Poitrenaud and J. Nadel, "Zygomatic smile detection", IEEE RIVF 2010). It
has no fixed checksum, and one with a part of the photographs will do: what is in it is
read within limits, and its photographs are counted.
"""

import csv
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset, Progress, archive
from ae.data import download as downloads
from ae.data.archive import Limits
from ae.data.download import DataFile
from ae.data.splits import SPLITS, check_split, split_of

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

LIMITS = Limits(
    packed=60_000_000,  # the archive has 27 million
    photographs=20_000,  # the repository has 13 165
    each=1 << 16,  # the largest has 2 886
    total=60_000_000,  # the photographs have 24 million
)

_LABELS = {"SMILEs/negatives/negatives7": 0, "SMILEs/positives/positives7": 1}

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
    return DataFile(NAME, FILE_NAME, contents, LIMITS.packed, partial(_unpack, splits))


def _unpack(splits: tuple[str, ...], packed: IO[bytes]) -> _Unpacked:
    """Decode the photographs of some splits; a ValueError continues "the file ..."."""
    zipped = archive.open_archive(packed, LIMITS)
    found = archive.photographs(zipped, lambda path: _LABELS.get(str(path.parent)), LIMITS)
    if not found:
        raise ValueError(f"has no photographs in {' and '.join(_LABELS)}")
    names = [PurePosixPath(entry.filename).name for entry, _ in found]
    chosen = [at for at, name in enumerate(names) if split_of(name) in splits]
    pixels = np.empty((len(chosen), SIDE, SIDE), np.uint8)
    for row, at in zip(pixels, chosen, strict=True):
        row[:] = _decode(zipped, found[at][0])
    known = labelled_glasses()
    labels = np.array([found[at][1] for at in chosen], np.uint8)
    glasses = np.array([known.get(names[at], np.nan) for at in chosen], np.float32)
    return pixels, labels, glasses


def _decode(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo) -> NDArray[np.uint8]:
    picture = archive.decode(zipped, entry)
    if picture.size != (SIDE, SIDE) or picture.mode != "L":
        width, height = picture.size
        kind = "grey" if picture.mode == "L" else "colour"
        raise ValueError(
            f"holds {archive.shown(entry.filename)}, which is {width} by {height} {kind} pixels "
            f"instead of {SIDE} by {SIDE} grey"
        )
    return np.asarray(picture)
