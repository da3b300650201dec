"""Arrays to pictures for the screen and for files."""

import base64
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

# Okabe & Ito's orange and sky blue: told apart with any colour vision, and equally
# far from the black that means "no difference" in a picture on black.
_TOO_BRIGHT = np.array([230, 159, 0], np.float32)
_TOO_DARK = np.array([86, 180, 233], np.float32)

# Half the time of the usual 6, and a tenth more bytes.
_PNG_LEVEL = 3
_LABEL_SIZE = 16
_MARGIN = 12


def to_uint8(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Round pixels in [0, 1], any shape, to 0..255; what lies outside is cut off."""
    return np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def enlarge(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Repeat every pixel of (height, width, ...) factor times both ways."""
    if factor < 1:
        raise ValueError(f"factor must be at least 1, got {factor}")
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def contact_sheet(
    images: NDArray[np.floating], columns: int, *, gap: int = 2, background: int = 255
) -> NDArray[np.uint8]:
    """Put many images into one picture, row by row.

    Image i lies in row ``i // columns`` and column ``i % columns``; its corner is at
    ``row * (height + gap), column * (width + gap)``. There is no gap around the sheet.

    Args:
        images: (n, height, width, channels) in [0, 1], channels 1 or 3, n at least 1.
        columns: Images per row; a last row that is not full is filled up.
        gap: Pixels between neighbours.
        background: Grey level of gaps and empty places, 0 to 255.

    Returns:
        The sheet, (rows, columns) for one channel and (rows, columns, 3) for three.

    Raises:
        ValueError: No images, no columns or a negative gap.
    """
    n, height, width, channels = images.shape
    if n < 1 or columns < 1 or gap < 0:
        raise ValueError(
            "a sheet needs an image, a column and a gap of at least 0, "
            f"got {n} images, {columns} columns and a gap of {gap}"
        )
    rows = -(-n // columns)
    cells = (rows * columns, height + gap, width + gap, channels)
    sheet = np.full(cells, background, np.uint8)
    sheet[:n, :height, :width] = to_uint8(images)
    sheet = sheet.reshape(rows, columns, *cells[1:]).swapaxes(1, 2)
    sheet = sheet.reshape(rows * cells[1], columns * cells[2], channels)
    sheet = sheet[: rows * cells[1] - gap, : columns * cells[2] - gap]
    return sheet[..., 0] if channels == 1 else sheet


def png_bytes(image: NDArray[np.uint8], *, scale: int = 1) -> bytes:
    """Encode (height, width), (..., 1), (..., 3) or (..., 4) uint8 as a PNG file.

    Args:
        image: The pixels.
        scale: Every pixel becomes a square of this side.

    Returns:
        The file's bytes; the pixels come back exactly.
    """
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(enlarge(image, scale))).save(
        file, "PNG", compress_level=_PNG_LEVEL
    )
    return file.getvalue()


def gif_bytes(images: NDArray[np.floating], *, scale: int = 1, frame_ms: int = 60) -> bytes:
    """Encode images as an endless animation, forth and back.

    Args:
        images: (n, height, width, channels) in [0, 1], n at least 2, channels 1 or 3.
        scale: Every pixel becomes a square of this side.
        frame_ms: How long each image stands, in ms; browsers keep to 20 and more.

    Raises:
        ValueError: If there are fewer than two images.
    """
    if len(images) < 2:
        raise ValueError(f"an animation needs two images, got {len(images)}")
    frames = [
        Image.fromarray(enlarge(image[..., 0] if image.shape[-1] == 1 else image, scale))
        for image in to_uint8(np.concatenate([images, images[-2:0:-1]]))
    ]
    file = BytesIO()
    frames[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=frame_ms,
        loop=0,
        optimize=False,
    )
    return file.getvalue()


def data_url(file: bytes, media_type: str = "image/png") -> str:
    """Write a picture's file as an address that holds the picture itself."""
    return f"data:{media_type};base64,{base64.b64encode(file).decode('ascii')}"


def heat_map(error: NDArray[np.floating], *, full: float = 1.0) -> NDArray[np.uint8]:
    """Colour a signed difference: orange too bright, blue too dark, black no error.

    Args:
        error: (height, width), reconstruction minus original, in [-1, 1].
        full: The error that gets the full colour, above 0; smaller shows finer errors.

    Returns:
        (height, width, 3) uint8. The strength of the colour grows evenly with the
        error. Both colours stay apart for every kind of colour vision.

    Source:
        Okabe & Ito 2008, Color universal design (their orange and sky blue).
    """
    if full <= 0:
        raise ValueError(f"full must be above 0, got {full}")
    strength = np.clip(np.asarray(error, np.float32) / full, -1, 1)[..., None]
    colour = np.where(strength > 0, _TOO_BRIGHT, _TOO_DARK)
    return np.rint(np.abs(strength) * colour).astype(np.uint8)


def labelled_sheet(
    rows: Sequence[tuple[str, NDArray[np.floating]]], *, scale: int = 4
) -> NDArray[np.uint8]:
    """Put rows of images under each other, each row's name at its left.

    Args:
        rows: (label, images) with images (n, height, width, channels) in [0, 1]; n
            may differ, the shape of the images may not.
        scale: Every pixel becomes a square of this side.

    Returns:
        A picture, black words on white, (rows, columns) or (rows, columns, 3).

    Raises:
        ValueError: There are no rows, or a row has no images.
    """
    if not rows:
        raise ValueError("a labelled sheet needs at least one row, got none")
    columns = max(len(images) for _, images in rows)
    strips = [enlarge(contact_sheet(images, columns), scale) for _, images in rows]
    font = ImageFont.load_default(_LABEL_SIZE)
    left = 2 * _MARGIN + max(round(font.getlength(label)) for label, _ in rows)
    height = sum(len(strip) + _MARGIN for strip in strips) + _MARGIN
    mode = "L" if strips[0].ndim == 2 else "RGB"
    page = Image.new(mode, (left + strips[0].shape[1] + _MARGIN, height), "white")
    draw = ImageDraw.Draw(page)
    top = _MARGIN
    for (label, _), strip in zip(rows, strips, strict=True):
        page.paste(Image.fromarray(strip), (left, top))
        middle = (_MARGIN, top + len(strip) / 2)
        draw.text(middle, label, "black", font, anchor="lm")
        top += len(strip) + _MARGIN
    return np.asarray(page)
