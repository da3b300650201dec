"""A data set's files: found on this machine, verified, and downloaded when asked."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import IO, Generic, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from ae.data import Progress
from ae.shelf import places

TIMEOUT_S = 20.0  # to connect, and for each read
BLOCK = 1 << 16  # bytes between two reports of progress

T = TypeVar("T")


@dataclass(frozen=True)
class DataFile(Generic[T]):
    """One file of a data set."""

    dataset: str  # the data set's name, as in ``ae.data.load``; also its folder's
    name: str
    contents: str  # what is in it, in words that continue "... are not on this machine"
    max_bytes: int  # more are not downloaded
    # Reads and verifies the file's content. Its ValueError continues "the file ...".
    unpack: Callable[[IO[bytes]], T]

    @property
    def command(self) -> str:
        """The command that downloads it."""
        return f"`python -m ae data {self.dataset}`"

    @property
    def own_path(self) -> Path:
        """Where a download of it goes."""
        return places.home() / "datasets" / self.dataset / self.name


def find(file: DataFile[T]) -> Path | None:
    """Return where a file is: below ``AE_DATASETS``, else in ``AE_HOME``, else None.

    Only looks for it; ``read`` verifies what is in it.
    """
    given = places.datasets_folder()
    folders = [given / file.dataset, given] if given else []
    for folder in [*folders, file.own_path.parent]:
        # Path.is_file() raises where a folder may not be entered; this says False.
        if os.path.isfile(folder / file.name):
            return folder / file.name
    return None


def read(file: DataFile[T]) -> T:
    """Return what a file holds, verified.

    Raises:
        ValueError: The file is damaged or not what it should be.
        FileNotFoundError: The file is not on this machine.
        OSError: The file cannot be read.
    """
    path = find(file)
    if path is None:
        raise FileNotFoundError(
            f"{file.contents} are not on this machine; run {file.command} "
            "once with a network, or set AE_DATASETS to the folder that has them."
        )
    try:
        with path.open("rb") as stream:
            return file.unpack(stream)
    except ValueError as error:
        raise ValueError(
            f"{path} {error}; delete it and run {file.command} to download it again."
        ) from error
    except OSError as error:
        raise OSError(
            f"{path} cannot be read ({error.strerror or error}); check the file and "
            "its permissions, or set AE_DATASETS to another folder that has it."
        ) from error


def download(file: DataFile[T], urls: tuple[str, ...], progress: Progress | None = None) -> None:
    """Download a file that this machine lacks, into ``AE_HOME``.

    A file that is here is verified first. A damaged one in ``AE_HOME`` is replaced; a
    damaged one in ``AE_DATASETS`` is the user's own and is left alone. The new file
    appears complete and verified, or not at all.

    Args:
        file: What to download.
        urls: Its addresses, tried in order.
        progress: Called with the file's name, the bytes received so far and the
            bytes in all (None when the server does not say, until all are received). What
            it raises ends the download.

    Raises:
        ValueError: An address is neither https nor http to 127.0.0.1, or a file in
            ``AE_DATASETS`` is damaged.
        ConnectionError: No address delivered the file intact.
        OSError: The file cannot be read or saved: folder not writable, disk full.
    """
    for url in urls:
        if not _is_allowed(url):
            raise ValueError(f"sources must be https addresses, got {url!r}")
    if _is_intact(file):
        return
    _check_folder(file)
    _save(file, _first_intact(file, urls, progress or (lambda name, received, total: None)))


def _is_allowed(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme, parts.hostname) == ("http", "127.0.0.1")


def _is_intact(file: DataFile[T]) -> bool:
    path = find(file)
    if path is None:
        return False
    try:
        read(file)
    except ValueError:
        if path == file.own_path:
            return False
        raise
    return True


def _first_intact(file: DataFile[T], urls: tuple[str, ...], progress: Progress) -> bytes:
    reasons = []
    for url in urls:
        host = urlsplit(url).hostname
        try:
            packed = _fetch(url, file, progress)
        except ConnectionError as error:
            reasons.append(f"{host} {error}")
            continue
        try:
            file.unpack(BytesIO(packed))
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


def _fetch(url: str, file: DataFile[T], progress: Progress) -> bytes:
    """Read a whole file into memory: what fails here leaves nothing on the disk."""
    with _explained("could not be reached"):
        response = urlopen(url, timeout=TIMEOUT_S)
    with response:
        if not _is_allowed(response.url):
            raise ConnectionError("redirected to an address that is not https")
        total: int | None = response.length
        received = bytearray()
        progress(file.name, 0, total)
        while block := _next_block(response):
            received += block
            if len(received) > file.max_bytes:
                raise ConnectionError(f"sent more than {file.max_bytes:,} bytes")
            progress(file.name, len(received), total)
    if len(received) < (total or 0):
        raise ConnectionError(f"stopped after {len(received):,} of {total:,} bytes")
    if total is None:
        progress(file.name, len(received), len(received))
    return bytes(received)


def _next_block(response: IO[bytes]) -> bytes:
    with _explained("dropped the connection"):
        return response.read(BLOCK)


def _check_folder(file: DataFile[T]) -> None:
    """Make the folder, and refuse before the download what fails after it."""
    folder = file.own_path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_save(folder, file, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        refused = PermissionError(errno.EACCES, "no permission")
        raise _cannot_save(folder, file, refused)


def _save(file: DataFile[T], packed: bytes) -> None:
    path = file.own_path
    # A name of its own, so that two downloads at once never share a file.
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        part.write_bytes(packed)
        os.replace(part, path)
    except OSError as error:
        raise _cannot_save(path, file, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _cannot_save(path: Path, file: DataFile[T], error: OSError) -> OSError:
    if error.errno == errno.ENOSPC:
        return OSError(
            f"{path} could not be saved because the disk is full; free {file.max_bytes // 10**6} "
            "MB, or set AE_HOME to a folder on a disk with room."
        )
    return OSError(
        f"{path} could not be saved ({error.strerror or error}); set AE_HOME to a "
        "folder that can be written."
    )
