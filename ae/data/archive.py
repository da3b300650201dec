"""Photographs in one zip file, as GitHub packs a repository: read within limits, never unpacked.

Such a file has no fixed checksum, and one with a part of the photographs will do: what is
in it is checked and counted. A ValueError continues "the file ...".
"""

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, TypeVar

from PIL import Image

from ae.images.uploads import read_upload

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
# Uncompressed to compressed; JPEG files hardly shrink.
_MAX_RATIO = 20

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What is refused before anything is decoded."""

    packed: int  # bytes of the zip file
    photographs: int  # that are wanted
    each: int  # bytes of one photograph
    total: int  # bytes of all, uncompressed


def open_archive(packed: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """Read a zip file into memory and open it there.

    Raises:
        ValueError: If it is too large or no zip file.
    """
    content = packed.read(limits.packed + 1)
    if len(content) > limits.packed:
        raise ValueError(f"is larger than {limits.packed:,} bytes")
    try:
        # In memory a bad offset is a ValueError; in a file it looks like a bad disk.
        return zipfile.ZipFile(BytesIO(content))
    except _DAMAGED as error:
        raise ValueError("is damaged and cannot be opened as a zip file") from error


def photographs(
    archive: zipfile.ZipFile, wanted: Callable[[PurePosixPath], T | None], limits: Limits
) -> list[tuple[zipfile.ZipInfo, T]]:
    """Return what counts as a photograph, by file name, once all limits are kept.

    Args:
        archive: As ``open_archive`` gives it.
        wanted: From a path, without the folder that GitHub names after the branch, to
            what is known of that photograph; None of what is none.
        limits: What is refused.

    Raises:
        ValueError: If a limit is passed, a name leads elsewhere or occurs twice, or a
            photograph is encrypted or packed in a rare way.
    """
    _check_names(archive.namelist())
    found = [
        (entry, known)
        for entry in archive.infolist()
        if (known := _wanted(entry.filename, wanted)) is not None
    ]
    if len(found) > limits.photographs:
        raise ValueError(f"holds more than {limits.photographs:,} photographs")
    for entry, _ in found:
        _check_size(entry, limits.each)
    if sum(entry.file_size for entry, _ in found) > limits.total:
        raise ValueError(f"unpacks to more than {limits.total:,} bytes")
    return sorted(found, key=lambda item: (PurePosixPath(item[0].filename).name, item[0].filename))


def decode(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Image.Image:
    """Return one photograph, as ``read_upload`` does.

    Raises:
        ValueError: If it is damaged or no picture.
    """
    try:
        return read_upload(archive.read(entry))
    except _DAMAGED as error:
        raise ValueError(
            f"holds {shown(entry.filename)}, which is damaged or no picture"
        ) from error


def shown(name: str) -> str:
    """Return a name from a stranger, quoted and short."""
    return repr(name if len(name) <= 120 else f"{name[:120]}…")


def _wanted(name: str, wanted: Callable[[PurePosixPath], T | None]) -> T | None:
    path = PurePosixPath(name)
    if path.suffix.lower() not in (".jpg", ".jpeg"):
        return None
    return wanted(PurePosixPath(*path.parts[1:]))


def _check_names(names: list[str]) -> None:
    seen = set()
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise ValueError(f"holds {shown(name)}, a name that leads elsewhere")
        if name in seen:
            raise ValueError(f"holds {shown(name)} twice")
        seen.add(name)


def _check_size(entry: zipfile.ZipInfo, most: int) -> None:
    name = shown(entry.filename)
    if entry.file_size > most:
        raise ValueError(f"holds {name}, which has more than {most:,} bytes")
    if entry.file_size > _MAX_RATIO * max(entry.compress_size, 1):
        raise ValueError(f"holds {name}, packed more than {_MAX_RATIO} times smaller")
    plain = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if not plain or entry.flag_bits & _ENCRYPTED:
        raise ValueError(f"holds {name}, which is encrypted or packed in a rare way")
