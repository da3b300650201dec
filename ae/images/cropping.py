"""A square cut out of a picture by hand, for models of faces.

Unlike ``prepare`` nothing is inverted, trimmed or centred: what lies in the square is
what the model gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SHOWN_SIDE = 480
_BACKDROP = "white"  # behind what is see-through


@dataclass(frozen=True)
class Square:
    """A square in a picture, in pixels; it lies inside."""

    left: int  # of its first column
    top: int  # of its first row
    side: int  # at least 1

    @classmethod
    def at(cls, size: tuple[int, int], x: float, y: float, share: float) -> Square:
        """Place a square around a point, moved inside where it would stick out.

        Args:
            size: (width, height) of the picture.
            x: Of its centre, 0 at the picture's left edge, 1 at the right.
            y: Of its centre, 0 at the picture's top edge, 1 at the bottom.
            share: Of the picture's shorter side, in (0, 1].

        Raises:
            ValueError: If a number is out of its range.
        """
        if not (0 <= x <= 1 and 0 <= y <= 1 and 0 < share <= 1):
            raise ValueError(f"no square of {share} at {x}, {y} lies in a picture")
        side = max(round(share * min(size)), 1)
        left, top = (
            min(max(round(centre * length - side / 2), 0), length - side)
            for centre, length in zip((x, y), size, strict=True)
        )
        return cls(left, top, side)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) as Pillow counts them."""
        return self.left, self.top, self.left + self.side, self.top + self.side


def crop(picture: Image.Image, square: Square, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Cut a square out of what ``read_upload`` returns and bring it to a model's input.

    Returns:
        ``shape``, (height, width, 1 or 3 channels), float32 in [0, 1].
    """
    height, width, channels = shape
    cut = _opaque(picture.crop(square.box)).convert("L" if channels == 1 else "RGB")
    smooth = (
        Image.Resampling.BOX if square.side >= max(height, width) else Image.Resampling.BILINEAR
    )
    pixels = np.asarray(cut.resize((width, height), smooth), np.float32)
    return pixels.reshape(shape) / np.float32(255)


def small_jpeg(picture: Image.Image) -> bytes:
    """Make what ``read_upload`` returns small enough to be sent to a browser again and again.

    Returns:
        A JPEG file, at most 480 pixels on the long side, at least 1 on each.
    """
    scale = min(_SHOWN_SIDE / max(picture.size), 1)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    small = _opaque(picture.resize(size, Image.Resampling.BOX))
    file = BytesIO()
    small.convert("L" if small.mode == "L" else "RGB").save(file, "JPEG", quality=85)
    return file.getvalue()


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    backdrop = Image.new("RGBA", picture.size, _BACKDROP)
    return Image.alpha_composite(backdrop, picture)
