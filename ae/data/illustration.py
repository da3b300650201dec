"""A page to draw a flat illustration with soft shading on; what to draw is elsewhere.

Points are complex numbers, x + iy with y downwards. The page is ``SPAN`` units wide and
high, at any number of pixels.
"""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour: TypeAlias = tuple[int, int, int]
Points: TypeAlias = NDArray[np.complex128]

SPAN = 58
CIRCLE = np.exp(1j * np.linspace(0, 2 * np.pi, 41))  # closed
_FINE = 4  # drawn four times as large, then reduced: soft edges


class Page:
    """A picture in the making."""

    def __init__(self, side: int, colour: Colour, halo: Colour) -> None:
        """Prepare a page of side by side pixels, with a halo about its middle."""
        plain = Image.new("RGB", (side, side), colour)
        half = round(0.53 * side)
        corner = side // 2 - half, round(0.45 * side) - half
        plain.paste(halo, corner, _soft_ellipse(half, half, 1.0))
        self.scale = side * _FINE / SPAN
        self.image = plain.resize((side * _FINE,) * 2, Image.Resampling.NEAREST)
        self.pen = ImageDraw.Draw(self.image)

    def fill(self, outline: Points, colour: Colour) -> None:
        """Fill a closed outline."""
        fine = outline * self.scale + (0.5 + 0.5j)  # Pillow drops the fraction
        self.pen.polygon(fine.view(np.float64).tolist(), fill=colour)

    def stroke(self, line: Points, width: float | NDArray[np.float64], colour: Colour) -> None:
        """Draw a line whose width may change along it."""
        along = np.concatenate(
            [line[1:2] - line[:1], line[2:] - line[:-2], line[-1:] - line[-2:-1]]
        )
        aside = 0.5j * width * along / np.abs(along)
        self.fill(np.concatenate([line + aside, (line - aside)[::-1]]), colour)

    def glow(self, centre: complex, radii: complex, colour: Colour, *, soft: float = 1.0) -> None:
        """Blend in an ellipse that fades to nothing over the outer part of its radii.

        The radii, across and down, are one complex number; ``soft`` in (0, 1] is the part of them
        that fades.
        """
        radii, centre = radii * self.scale, centre * self.scale
        half = round(radii.real), round(radii.imag)
        corner = round(centre.real) - half[0], round(centre.imag) - half[1]
        self.image.paste(colour, corner, _soft_ellipse(*half, soft))

    def pixels(self) -> NDArray[np.uint8]:
        """Return the picture (side, side, 3)."""
        return np.asarray(self.image.reduce(_FINE))


@lru_cache(maxsize=256)
def _soft_ellipse(half_width: int, half_height: int, soft: float) -> Image.Image:
    x = (np.arange(2 * half_width) + 0.5) / half_width - 1
    y = (np.arange(2 * half_height) + 0.5) / half_height - 1
    inside = np.clip((1 - np.hypot(x, y[:, None])) / soft, 0, 1)
    smooth = inside**2 * (3 - 2 * inside)
    return Image.fromarray(np.rint(255 * smooth).astype(np.uint8))


def oval(half_width: float, half_height: float, square: float = 0.0) -> Points:
    """Return the outline of an ellipse about 0; squarer corners up to 1, a box."""
    x, y = CIRCLE.real, CIRCLE.imag
    if square:
        x, y = (np.sign(side) * abs(side) ** (1 - square) for side in (x, y))
    return half_width * x + 1j * half_height * y


def mirrored(points: list[complex]) -> list[complex]:
    """Return the points on the other side of the upright through 0, backwards."""
    return [-point.conjugate() for point in reversed(points)]


def curve(points: list[complex], *, steps: int = 6, closed: bool = False) -> Points:
    """Return a smooth line through at least two points (a Catmull-Rom spline).

    It has as many points as ``steps`` from one given point to the next.
    """
    before, after = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    p = np.array([*before, *points, *after])[:, None]
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    t = np.linspace(0, 1, steps)
    line = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return line.ravel()


def colour_scale(text: str) -> tuple[Colour, ...]:
    """Read colours written in hexadecimal, first to last."""
    colours = (bytes.fromhex(word) for word in text.split())
    return tuple((red, green, blue) for red, green, blue in colours)


def colour_at(position: float, scale: tuple[Colour, ...]) -> Colour:
    """Return the colour at a position in [0, 1] of a scale of equal steps."""
    step = position * (len(scale) - 1)
    i = min(int(step), len(scale) - 2)
    return mix(scale[i], scale[i + 1], step - i)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour between two, with this share of the second."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue
