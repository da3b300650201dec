"""Fashion-MNIST: reads and verifies its four files, and downloads them when asked."""

import gzip
import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset, Progress
from ae.data import download as downloads
from ae.data.download import DataFile
from ae.data.splits import check_split

NAME = "fashion-mnist"
N_VALIDATION = 5_000  # the last images of the training file
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
SOURCES = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
MAX_DOWNLOAD = 40_000_000  # bytes; the largest file has 26.4 million


@dataclass(frozen=True)
class IdxFile:
    """One compressed idx file."""

    name: str
    contents: str  # what is in it, in words
    shape: tuple[int, ...]  # the shape of its one uint8 array
    sha256: str  # of its uncompressed bytes, because mirrors compress differently

    @property
    def header(self) -> bytes:
        """The first bytes of the file: magic number (8 is uint8), then the shape."""
        n_axes = len(self.shape)
        return struct.pack(f">HBB{n_axes}I", 0, 8, n_axes, *self.shape)


FILES = {
    "train": (
        IdxFile(
            "train-images-idx3-ubyte.gz",
            "training images",
            (60_000, 28, 28),
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        IdxFile(
            "train-labels-idx1-ubyte.gz",
            "training labels",
            (60_000,),
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
    ),
    "test": (
        IdxFile(
            "t10k-images-idx3-ubyte.gz",
            "test images",
            (10_000, 28, 28),
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        IdxFile(
            "t10k-labels-idx1-ubyte.gz",
            "test labels",
            (10_000,),
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
}


def load(split: str = "test") -> Dataset:
    """Load one split from the files on this machine.

    Args:
        split: ``"train"`` (the first 55 000 images of the training file),
            ``"validation"`` (its last 5 000) or ``"test"`` (10 000).

    Returns:
        Images (n, 28, 28, 1) float32 in [0, 1] and labels (n,) uint8, read-only.

    Raises:
        ValueError: The split is unknown, or a file is truncated or altered.
        FileNotFoundError: A file is not on this machine.
        OSError: A file cannot be read.
    """
    images_file, labels_file = _files(split)
    n_train = labels_file.shape[0] - N_VALIDATION
    rows = {"train": slice(n_train), "validation": slice(n_train, None), "test": slice(None)}[split]
    pixels = downloads.read(_data_file(images_file))[rows, :, :, np.newaxis]
    labels = downloads.read(_data_file(labels_file))[rows]
    images = np.divide(pixels, 255, dtype=np.float32)  # (n, 28, 28, 1)
    images.setflags(write=False)
    labels.setflags(write=False)
    return Dataset(NAME, split, images, labels, CLASS_NAMES)


def is_here(split: str) -> bool:
    """Return whether all files of a split are on this machine; ``load`` verifies them.

    Raises:
        ValueError: The split is unknown.
    """
    return all(downloads.find(_data_file(file)) is not None for file in _files(split))


def download(
    split: str, progress: Progress | None = None, *, sources: Sequence[str] | None = None
) -> None:
    """Download the files of a split that this machine lacks, into ``AE_HOME``.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``.
        progress: As for ``ae.data.download.download``.
        sources: Base addresses, tried in order; https (or http to 127.0.0.1).
            ``SOURCES`` unless given.

    Raises:
        ValueError: The split is unknown, or as ``ae.data.download.download``.
        ConnectionError: No source delivered a file intact.
        OSError: A file cannot be read or saved: folder not writable, disk full.
    """
    folders = [source.rstrip("/") for source in sources or SOURCES]
    for file in _files(split):
        urls = tuple(f"{folder}/{file.name}" for folder in folders)
        downloads.download(_data_file(file), urls, progress)


def _files(split: str) -> tuple[IdxFile, IdxFile]:
    check_split(split)
    return FILES["test" if split == "test" else "train"]


def _data_file(file: IdxFile) -> DataFile[NDArray[np.uint8]]:
    contents = f"Fashion-MNIST's {file.contents}"
    return DataFile(NAME, file.name, contents, MAX_DOWNLOAD, partial(_unpack, file))


def _unpack(file: IdxFile, packed: IO[bytes]) -> NDArray[np.uint8]:
    """Decompress and verify; a ValueError's text continues "the file ..."."""
    n_bytes = len(file.header) + prod(file.shape)
    try:
        with gzip.GzipFile(fileobj=packed) as stream:
            content = stream.read(n_bytes + 1)  # never more, whatever is in the file
    except EOFError as error:
        raise ValueError("is truncated") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError("is damaged and cannot be decompressed") from error
    if not content.startswith(file.header):
        raise ValueError(f"does not hold Fashion-MNIST's {file.contents}")
    if len(content) != n_bytes:
        length = "longer" if len(content) > n_bytes else "shorter"
        raise ValueError(f"is {length} than Fashion-MNIST's {file.contents}")
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError("has been altered: its SHA-256 is not that of the original")
    values = np.frombuffer(content, np.uint8, offset=len(file.header))
    return values.reshape(file.shape)
