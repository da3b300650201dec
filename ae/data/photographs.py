"""Photographs of anything, in colour: squares cut out of two public collections.

The files are GitHub's archives of BIDS/BSDS500 (P. Arbelaez, M. Maire, C. Fowlkes and
J. Malik, "Contour Detection and Hierarchical Image Segmentation", IEEE TPAMI 2011) and of
EliSchwartz/imagenet-sample-images. Either may hold a part of its photographs.
"""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ae.data import Dataset, Progress, archive
from ae.data import download as downloads
from ae.data.archive import Limits
from ae.data.download import DataFile
from ae.data.splits import SPLITS, check_split

NAME = "photographs"
# Of the squares, in pixels, by the name of the data set.
SIDES = {NAME: 64, "photographs-128": 128}
# Squares cut out of every photograph of the training split, at random places and scales, by their
# side. Those of 128 pixels take four times the memory: 1.1 GB.
CROPS = {64: 24, 128: 8}
# The least side of such a square, as a share of the photograph's shorter side.
_LEAST = 0.4
ABOUT = (
    "Photographs of the Berkeley Segmentation Dataset, from a stock library of the 1990s, and one "
    "of each class of ImageNet, found on the web. Those who took or are in them were not asked by "
    "those who gathered them; both are for study only. Mostly animals, landscapes, buildings and "
    "things, in daylight, by Western photographers; few people, hardly anything drawn, written or "
    "seen at night."
)
BERKELEY, IMAGENET = "BSDS500-master.zip", "imagenet-sample-images-master.zip"
SOURCES = {
    BERKELEY: "https://github.com/BIDS/BSDS500/archive/refs/heads/master.zip",
    IMAGENET: "https://github.com/EliSchwartz/imagenet-sample-images/archive/refs/heads/master.zip",
}
LIMITS = Limits(
    packed=250_000_000,  # the larger archive has about 110 million
    photographs=2_000,  # the larger repository has 1 000
    each=10_000_000,  # which is what an upload may have
    total=250_000_000,
)

_BERKELEY_SPLITS = {
    f"BSDS500/data/images/{folder}": split
    for folder, split in (("train", "train"), ("val", "validation"), ("test", "test"))
}


def load(split: str = "test", name: str = NAME) -> Dataset:
    """Load one split from the zip files on this machine.

    Berkeley's own folders are the splits; all of ImageNet's are for training. Held-out
    photographs give the square in their middle, as large as it gets. Of the others there
    are ``CROPS`` squares each: that one, and others at random places and scales, the same
    in every run.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``.
        name: One of ``SIDES``.

    Returns:
        Images (n, side, side, 3) float32 in [0, 1], read-only, without labels, in the
        order of file names.

    Raises:
        ValueError: The split is unknown, or a file is damaged or beyond the limits.
        FileNotFoundError: A file is not on this machine.
        OSError: A file cannot be read.
    """
    check_split(split)
    files = data_files((split,), SIDES[name])
    pixels = np.concatenate([downloads.read(file) for file in files])
    images = np.divide(pixels, 255, dtype=np.float32)
    images.setflags(write=False)
    return Dataset(name, split, images, None)


def is_here(split: str = "test") -> bool:
    """Return whether the files of a split are on this machine; ``load`` verifies them."""
    return all(downloads.find(file) is not None for file in data_files((split,)))


def download(
    split: str = "test", progress: Progress | None = None, *, sources: Sequence[str] | None = None
) -> None:
    """Download the zip files of a split into ``AE_HOME`` if this machine lacks them.

    Args:
        split: Only training needs the second file.
        progress: As for ``ae.data.download.download``.
        sources: An address for each file. ``SOURCES`` unless given.

    Raises:
        ValueError: As ``ae.data.download.download``.
        ConnectionError: A source delivered no sound file.
        OSError: A file cannot be read or saved: folder not writable, disk full.
    """
    files = data_files((split,))
    urls = [SOURCES[file.name] for file in files] if sources is None else sources
    for file, url in zip(files, urls, strict=True):
        downloads.download(file, (url,), progress)


def data_files(
    splits: tuple[str, ...], side: int = SIDES[NAME]
) -> list[DataFile[NDArray[np.uint8]]]:
    """Return the files that hold some splits, read as squares of a side."""
    names = (BERKELEY, IMAGENET) if "train" in splits else (BERKELEY,)
    return [
        DataFile(NAME, name, "The photographs", LIMITS.packed, partial(_unpack, name, splits, side))
        for name in names
    ]


def _unpack(file: str, splits: tuple[str, ...], side: int, packed: IO[bytes]) -> NDArray[np.uint8]:
    """Cut squares out of the photographs of some splits, (n, side, side, 3)."""
    zipped = archive.open_archive(packed, LIMITS)
    wanted = _split_in_berkeley if file == BERKELEY else _split_in_imagenet
    found = archive.photographs(zipped, wanted, LIMITS)
    if {split for _, split in found} < set(SPLITS if file == BERKELEY else ("train",)):
        raise ValueError("has no photographs where they should be")
    squares = [
        square
        for entry, split in found
        if split in splits
        for square in _squares(archive.decode(zipped, entry), entry.filename, split, side)
    ]
    return np.stack(squares)


def _split_in_berkeley(path: PurePosixPath) -> str | None:
    return _BERKELEY_SPLITS.get(str(path.parent))


def _split_in_imagenet(path: PurePosixPath) -> str | None:
    return "train" if path.name == str(path) else None


def _squares(picture: Image.Image, name: str, split: str, side: int) -> list[NDArray[np.uint8]]:
    """Cut a photograph's squares out; of a name they are always the same."""
    picture, largest = picture.convert("RGB"), min(picture.size)
    middle = [(length - largest) / 2 for length in picture.size]
    boxes = [(*middle, largest)]
    if split == "train":
        seed = hashlib.sha256(PurePosixPath(name).name.encode()).digest()[:8]
        rng = np.random.default_rng(int.from_bytes(seed, "big"))
        sides = largest * rng.uniform(_LEAST, 1, CROPS[side] - 1)
        places = rng.uniform(0, 1, (CROPS[side] - 1, 2))
        boxes += [
            (*((length - each) * at for length, at in zip(picture.size, place, strict=True)), each)
            for each, place in zip(sides, places, strict=True)
        ]
    return [
        np.asarray(
            picture.resize((side, side), Image.Resampling.LANCZOS, (x, y, x + length, y + length))
        )
        for x, y, length in boxes
    ]
