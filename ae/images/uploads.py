"""Uploaded bytes to a picture. Trusts nothing in the file."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_PIXELS = 25_000_000

Image.MAX_IMAGE_PIXELS = MAX_UPLOAD_PIXELS

# A progressive JPEG may repeat passes over the whole picture without end: 10 MB of
# them keep a core busy for many minutes. Cameras and editors write about ten.
_MAX_JPEG_PASSES = 64
_JPEG_PASS = b"\xff\xda"

# A larger JPEG is decoded at half, a quarter or an eighth of its size, which costs
# a fraction of the time and memory; 28 pixels are wanted in the end.
_JPEG_SIZE = (1024, 1024)

_NO_PICTURE = (
    "This file is not a PNG, JPEG, WebP, BMP or GIF picture; save it as one of these and try again."
)


def read_upload(data: bytes) -> Image.Image:
    """Read an uploaded picture, whatever was uploaded.

    Args:
        data: The file's bytes, from a stranger.

    Returns:
        An upright picture of mode L, RGB or RGBA (when it has transparency), the
        first frame of an animation. A JPEG above 2048 pixels on both sides may
        come at a half, a quarter or an eighth of its size.

    Raises:
        ValueError: The file is no picture, damaged, or too large. The message is
            one sentence for the visitor: what is wrong and what to do.
    """
    if not data:
        raise ValueError("This file is empty; choose another one.")
    if len(data) > MAX_UPLOAD_BYTES:
        raise ValueError(
            f"This file has {len(data) / 2**20:.1f} MB and the limit is "
            f"{MAX_UPLOAD_BYTES // 2**20} MB; save a smaller copy and try again."
        )
    name = _format(data)
    picture = _sound(name, lambda: _OPENERS[name](data))
    _check_size(picture.size)
    return _sound(name, lambda: _load(picture))


def size_of(data: bytes) -> tuple[int, int]:
    """Return width and height that a picture's file states; errors as of ``read_upload``.

    Nothing is decoded, and the picture may lie on its side.
    """
    name = _format(data)
    return _sound(name, lambda: _OPENERS[name](data)).size


def _format(data: bytes) -> str:
    for name, starts in _SIGNATURES.items():
        if data.startswith(starts) and (name != "WEBP" or data[8:12] == b"WEBP"):
            return name
    raise ValueError(_NO_PICTURE)


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_UPLOAD_PIXELS:
        raise ValueError(_too_large(f"{width} by {height}"))


def _too_large(extent: str) -> str:
    return (
        f"This picture has {extent} pixels and the limit is "
        f"{MAX_UPLOAD_PIXELS // 10**6} million; save a smaller copy and try again."
    )


def _sound(name: str, step: Callable[[], Image.Image]) -> Image.Image:
    # Hostile files make Pillow raise a dozen types: OSError, SyntaxError, EOFError,
    # ValueError, struct.error, IndexError, OverflowError, MemoryError.
    try:
        return step()
    except Image.DecompressionBombError as error:
        extent = f"over {2 * MAX_UPLOAD_PIXELS // 10**6} million"
        raise ValueError(_too_large(extent)) from error
    except Exception as error:
        raise ValueError(
            f"This {name} file is damaged, incomplete or of a rare kind; "
            "save the picture again as PNG or JPEG and try once more."
        ) from error


def _load(picture: Image.Image) -> Image.Image:
    if picture.format == "JPEG" and min(picture.size) > 2 * min(_JPEG_SIZE):
        picture.draft(None, _JPEG_SIZE)
    picture.load()
    return plain(_upright(picture))


def _upright(picture: Image.Image) -> Image.Image:
    # A camera's broken notes are no reason to refuse its picture.
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def plain(picture: Image.Image) -> Image.Image:
    """Bring a picture of any mode to L, RGB or RGBA, eight bits a channel.

    Args:
        picture: A loaded picture; whole-number greys of 32 bits count as 16-bit
            greys, floating ones as [0, 1] when nothing is brighter than 1.

    Returns:
        The picture; RGBA when it has transparency.
    """
    if picture.mode == "F" or picture.mode.startswith("I"):
        return Image.fromarray(_eight_bits(picture))
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _eight_bits(picture: Image.Image) -> NDArray[np.uint8]:
    # Pillow's own convert("L") cuts 16-bit greys off at 255 and leaves a white page.
    grey = np.asarray(picture)
    if picture.mode == "F":
        scale = 255 if np.nanmax(grey) <= 1 else 1
        return np.rint(np.nan_to_num(grey * scale).clip(0, 255)).astype(np.uint8)
    table = np.rint(np.arange(2**16) / 257).astype(np.uint8)
    return table[grey.clip(0, 2**16 - 1)]


def _jpeg(data: bytes) -> ImageFile:
    if data.count(_JPEG_PASS) > _MAX_JPEG_PASSES:
        raise SyntaxError("too many passes")
    return JpegImageFile(BytesIO(data))


def _bmp(data: bytes) -> ImageFile:
    picture = BmpImageFile(BytesIO(data))
    # Pillow unpacks run-length BMP files byte by byte in Python: seconds for 10 MB.
    if picture.info.get("compression") in (1, 2):
        raise SyntaxError("run-length BMP")
    return picture


_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "WEBP": (b"RIFF",),
    "BMP": (b"BM",),
    "GIF": (b"GIF87a", b"GIF89a"),
}

# The classes behind Image.open: that would warn about large pictures, for the whole
# process, before their size can be looked at; these only read the header.
_OPENERS: dict[str, Callable[[bytes], Image.Image]] = {
    "PNG": lambda data: PngImageFile(BytesIO(data)),
    "JPEG": _jpeg,
    "WEBP": lambda data: WebPImageFile(BytesIO(data)),
    "BMP": _bmp,
    "GIF": lambda data: GifImageFile(BytesIO(data)),
}
