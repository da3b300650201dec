"""Fashion-MNIST: reads and verifies its four files, and downloads them when asked."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from math import prod
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset, Progress, places

NAME = "fashion-mnist"
SPLITS = ("train", "validation", "test")
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
TIMEOUT_S = 20.0  # to connect, and for each read
MAX_DOWNLOAD = 40_000_000  # bytes; the largest file has 26.4 million
BLOCK = 1 << 16  # bytes between two reports of progress
COMMAND = f"`python -m ae data {NAME}`"


@dataclass(frozen=True)
class IdxFile:
    """One compressed idx file.

    Attributes:
        name: Its file name.
        contents: What is in it, in words.
        shape: The shape of its one uint8 array.
        sha256: Of its uncompressed bytes, because mirrors compress differently.
    """

    name: str
    contents: str
    shape: tuple[int, ...]
    sha256: str

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
    rows = {
        "train": slice(n_train),
        "validation": slice(n_train, None),
        "test": slice(None),
    }[split]
    pixels = _read(images_file)[rows, :, :, np.newaxis]
    labels = _read(labels_file)[rows]
    images = np.divide(pixels, 255, dtype=np.float32)  # (n, 28, 28, 1)
    images.setflags(write=False)
    labels.setflags(write=False)
    return Dataset(NAME, split, images, labels, CLASS_NAMES)


def missing(split: str) -> tuple[str, ...]:
    """Return the names of the files of a split that are not on this machine.

    Only looks for the files; ``load`` verifies what is in them.

    Raises:
        ValueError: The split is unknown.
    """
    return tuple(file.name for file in _files(split) if _find(file) is None)


def is_here(split: str) -> bool:
    """Return whether all files of a split are on this machine.

    Raises:
        ValueError: The split is unknown.
    """
    return not missing(split)


def download(
    split: str,
    progress: Progress | None = None,
    *,
    cancelled: Callable[[], bool] | None = None,
    sources: Sequence[str] | None = None,
) -> None:
    """Download the files of a split that this machine lacks, into ``AE_HOME``.

    Files that are here are verified first. A damaged one in ``AE_HOME`` is replaced;
    a damaged one in ``AE_DATASETS`` is the user's own and is left alone. Each new
    file appears complete and verified, or not at all.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``.
        progress: Called with the file's name, the bytes received so far and the
            bytes in all (None when the server does not say).
        cancelled: Asked before each block; True ends the download.
        sources: Base addresses, tried in order; https (or http to 127.0.0.1).
            ``SOURCES`` unless given.

    Raises:
        ValueError: The split is unknown, a source is not https, or a file in
            ``AE_DATASETS`` is damaged.
        ConnectionError: No source delivered a file intact.
        InterruptedError: ``cancelled`` returned True.
        OSError: A file cannot be read or saved: folder not writable, disk full.
    """
    sources = SOURCES if sources is None else sources
    for source in sources:
        if not _is_allowed(source):
            raise ValueError(f"sources must be https addresses, got {source!r}")
    for file in _files(split):
        if _is_intact(file):
            continue
        _check_own_folder()
        packed = _first_intact(
            file,
            sources,
            progress=progress or (lambda name, received, total: None),
            cancelled=cancelled or (lambda: False),
        )
        _save(_own_folder() / file.name, packed)


def _files(split: str) -> tuple[IdxFile, IdxFile]:
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    return FILES["test" if split == "test" else "train"]


def _own_folder() -> Path:
    return places.home() / "datasets" / NAME


def _find(file: IdxFile) -> Path | None:
    given = places.datasets_folder()
    folders = [given / NAME, given] if given else []
    for folder in [*folders, _own_folder()]:
        # Path.is_file() raises where a folder may not be entered; this says False.
        if os.path.isfile(folder / file.name):
            return folder / file.name
    return None


def _read(file: IdxFile) -> NDArray[np.uint8]:
    path = _find(file)
    if path is None:
        raise FileNotFoundError(
            f"Fashion-MNIST's {file.contents} are not on this machine; run {COMMAND} "
            "once with a network, or set AE_DATASETS to the folder that has them."
        )
    return _read_from(path, file)


def _read_from(path: Path, file: IdxFile) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as packed:
            content = _unpack(packed, file)
    except ValueError as error:
        raise ValueError(
            f"{path} {error}; delete it and run {COMMAND} to download it again."
        ) from error
    except OSError as error:
        raise OSError(
            f"{path} cannot be read ({error.strerror or error}); check the file and "
            "its permissions, or set AE_DATASETS to another folder that has it."
        ) from error
    values = np.frombuffer(content, np.uint8, offset=len(file.header))
    return values.reshape(file.shape)


def _unpack(packed: IO[bytes], file: IdxFile) -> bytes:
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
    return content


def _is_intact(file: IdxFile) -> bool:
    path = _find(file)
    if path is None:
        return False
    try:
        _read_from(path, file)
    except ValueError:
        if path.parent == _own_folder():
            return False
        raise
    return True


def _is_allowed(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme, parts.hostname) == (
        "http",
        "127.0.0.1",
    )


def _first_intact(
    file: IdxFile,
    sources: Sequence[str],
    *,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> bytes:
    reasons = []
    for source in sources:
        host = urlsplit(source).hostname
        try:
            packed = _fetch(source, file.name, progress=progress, cancelled=cancelled)
        except ConnectionError as error:
            reasons.append(f"{host} {error}")
            continue
        try:
            _unpack(io.BytesIO(packed), file)
        except ValueError as error:
            reasons.append(f"{host} sent a file that {error}")
        else:
            return packed
    raise ConnectionError(
        f"{file.name} could not be downloaded ({'; '.join(reasons)}); check the "
        "network and try again, or set AE_DATASETS to a folder that has it."
    )


@contextmanager
def _explained(reason: str) -> Iterator[None]:
    """Turn what the network raises into a ConnectionError that says ``reason``."""
    try:
        yield
    except HTTPError as error:
        error.close()
        raise ConnectionError(f"answered {error.code}") from error
    except TimeoutError as error:
        raise ConnectionError("stopped answering") from error
    except (OSError, HTTPException) as error:
        raise ConnectionError(reason) from error


def _fetch(
    source: str, name: str, *, progress: Progress, cancelled: Callable[[], bool]
) -> bytes:
    """Read a whole file into memory: what fails here leaves nothing on the disk."""
    with _explained("could not be reached"):
        response = urlopen(f"{source.rstrip('/')}/{name}", timeout=TIMEOUT_S)
    with response:
        if not _is_allowed(response.url):
            raise ConnectionError("redirected to an address that is not https")
        total: int | None = response.length
        received = bytearray()
        progress(name, 0, total)
        while block := _next_block(response, name, cancelled):
            received += block
            if len(received) > MAX_DOWNLOAD:
                raise ConnectionError(f"sent more than {MAX_DOWNLOAD:,} bytes")
            progress(name, len(received), total)
    if len(received) < (total or 0):
        raise ConnectionError(f"stopped after {len(received):,} of {total:,} bytes")
    return bytes(received)


def _next_block(response: IO[bytes], name: str, cancelled: Callable[[], bool]) -> bytes:
    if cancelled():
        raise InterruptedError(
            f"The download of {name} was cancelled and nothing of it was kept; "
            "start it again when you want the images."
        )
    with _explained("dropped the connection"):
        return response.read(BLOCK)


def _check_own_folder() -> None:
    """Make the folder, and refuse before the download what fails after it."""
    folder = _own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_save(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _cannot_save(folder, PermissionError(errno.EACCES, "no permission"))


def _save(path: Path, packed: bytes) -> None:
    # A name of its own, so that two downloads at once never share a file.
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        part.write_bytes(packed)
        os.replace(part, path)
    except OSError as error:
        raise _cannot_save(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _cannot_save(path: Path, error: OSError) -> OSError:
    if error.errno == errno.ENOSPC:
        return OSError(
            f"{path} could not be saved because the disk is full; free 40 MB, or set "
            "AE_HOME to a folder on a disk with room."
        )
    return OSError(
        f"{path} could not be saved ({error.strerror or error}); set AE_HOME to a "
        "folder that can be written."
    )
