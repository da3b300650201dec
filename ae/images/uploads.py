"""Uploaded bytes to a picture. Trusts nothing in the file."""

import math
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

MAX_UPLOAD_BYTES = 40 * 1024 * 1024
# A JPEG whose picture comes in one pass, as cameras write it, is shrunk while it is read. Of
# everything else all pixels lie in memory at once, four bytes each.
MAX_UPLOAD_PIXELS = 100_000_000
MAX_OTHER_PIXELS = 25_000_000

Image.MAX_IMAGE_PIXELS = MAX_OTHER_PIXELS

# A progressive JPEG may repeat passes over the whole picture without end: 10 MB of
# them keep a core busy for many minutes. Cameras and editors write about ten.
_MAX_JPEG_PASSES = 64
_JPEG_PASS = b"\xff\xda"

# A larger JPEG is decoded at half, a quarter or an eighth of its size, which costs
# a fraction of the time and memory.
_JPEG_SIDE = 1024

_LEAST_SIDE = 8  # pixels of a picture that shows something
_LEAST_CONTRAST = 8  # grey levels of 256 between its darkest and brightest

_NO_PICTURE = (
    "This file is not a PNG, JPEG, WebP, BMP or GIF picture; save it as one of these and try again."
)


def read_upload(data: bytes) -> Image.Image:
    """Read an uploaded picture, whatever was uploaded.

    Args:
        data: The file's bytes, from a stranger.

    Returns:
        An upright picture of mode L, RGB or RGBA (when it has transparency), the
        first frame of an animation. A JPEG of 2048 pixels along its longer side, or more,
        comes at a half, a quarter or an eighth of its size, at least 1024 pixels along.

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
    shrinks = name == "JPEG" and _is_in_one_pass(data, len(picture.getbands()))
    _check_size(picture.size, MAX_UPLOAD_PIXELS if shrinks else MAX_OTHER_PIXELS)
    return _sound(name, lambda: _load(picture))


def refuse_empty(picture: Image.Image) -> None:
    """Refuse a picture that shows nothing, as ``read_upload`` returns it.

    Raises:
        ValueError: It is a few pixels large, or all of one colour.
    """
    if min(picture.size) < _LEAST_SIDE:
        width, height = picture.size
        raise ValueError(
            f"This picture has {width} by {height} pixels, too few to show anything; "
            "choose a larger one."
        )
    # With its transparency, which alone may be what is drawn.
    extremes = np.atleast_2d(picture.getextrema())
    if (extremes[:, 1] - extremes[:, 0]).max() < _LEAST_CONTRAST:
        raise ValueError("This picture is all of one colour; choose one that shows something.")


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


def _is_in_one_pass(data: bytes, bands: int) -> bool:
    """Whether the first pass of a JPEG file holds all bands of the picture, whole."""
    at, sequential = 2, False
    while data[at : at + 1] == b"\xff" and at + 5 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _JPEG_PASS[1]:
            return sequential and data[at + 4] == bands
        sequential = sequential or marker in (0xC0, 0xC1)
        at += 2 + length
    return False


def _check_size(size: tuple[int, int], most: int) -> None:
    width, height = size
    if width * height > most:
        raise ValueError(_too_large(f"{width} by {height}", most))


def _too_large(extent: str, most: int) -> str:
    return (
        f"This picture has {extent} pixels and the limit is {most // 10**6} million"
        + ("" if most == MAX_UPLOAD_PIXELS else ", except for an ordinary JPEG")
        + "; save a smaller copy and try again."
    )


def _sound(name: str, step: Callable[[], Image.Image]) -> Image.Image:
    # Hostile files make Pillow raise a dozen types: OSError, SyntaxError, EOFError,
    # ValueError, struct.error, IndexError, OverflowError, MemoryError.
    try:
        return step()
    except Image.DecompressionBombError as error:
        extent = f"over {2 * MAX_OTHER_PIXELS // 10**6} million"
        raise ValueError(_too_large(extent, MAX_OTHER_PIXELS)) from error
    except Exception as error:
        raise ValueError(
            f"This {name} file is damaged, incomplete or of a rare kind; "
            "save the picture again as PNG or JPEG and try once more."
        ) from error


def _load(picture: Image.Image) -> Image.Image:
    scale = _JPEG_SIDE / max(picture.size)
    if picture.format == "JPEG" and scale <= 0.5:
        width, height = (math.ceil(side * scale) for side in picture.size)
        picture.draft(None, (width, height))
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
