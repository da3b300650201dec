"""Ten small garments of our own, drawn in the manner of Fashion-MNIST.

They stand in for photographs where the data set's files are not there: bright on black,
28 by 28 pixels, the longer side filling the frame. Nothing is random.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ae.data.illustration import curve

_SIDE = 28
_FINE = 8  # drawn eight times as large, then reduced: soft edges

_Point = tuple[float, float]  # (x, y) in pixels of the 28x28 image
_Points = Sequence[_Point]


class _Sketch:
    """A black page to draw a garment on, in pixels of the finished image."""

    def __init__(self) -> None:
        self.page = Image.new("L", (_SIDE * _FINE,) * 2)

    def fill(self, outline: _Points, level: int, *, smooth: bool = True) -> None:
        points = _fine(_curve(outline, closed=True) if smooth else outline)
        ImageDraw.Draw(self.page).polygon(points, fill=level)

    def line(self, points: _Points, level: int, width: float) -> None:
        fine = _fine(_curve(points, closed=False))
        pen = ImageDraw.Draw(self.page)
        pen.line(fine, fill=level, width=round(width * _FINE), joint="curve")

    def shade(self, points: _Points, by: int, width: float, soft: float) -> None:
        """Darken (by below 0) or brighten a soft band of the garment, not the black."""
        band = Image.new("L", self.page.size)
        pen = ImageDraw.Draw(band)
        fine = _fine(_curve(points, closed=False))
        pen.line(fine, fill=abs(by), width=round(width * _FINE), joint="curve")
        band = band.filter(ImageFilter.GaussianBlur(soft * _FINE))
        band = ImageChops.multiply(band, self.page.point(lambda level: level and 255))
        join = ImageChops.add if by > 0 else ImageChops.subtract
        self.page = join(self.page, band)

    def image(self) -> NDArray[np.float32]:
        small = self.page.reduce(_FINE)
        return np.asarray(small, np.float32)[..., None] / np.float32(255)


def load() -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Draw the garments.

    Returns:
        images (n, 28, 28, 1) float32 in [0, 1], and the name of each, in the words
        of Fashion-MNIST's classes.
    """
    images = np.stack([draw() for draw in _GARMENTS.values()])
    return images, tuple(_GARMENTS)


def _t_shirt() -> NDArray[np.float32]:
    sketch = _Sketch()
    half = _points(
        "2.7,0 5.2,0.7 8.2,2.3 9.6,5.2 10.9,8.6 9.6,9.4 7.6,9.9 6.6,7.4 6.5,12 6.4,18 6.7,27.6 5,28"
    )
    sketch.fill(_mirrored(half, top=2.0, bottom=28), 196)
    sketch.shade([(7.3, 8), (7.6, 16), (7.4, 27)], -46, 1.0, 0.6)
    sketch.shade([(20.7, 8), (20.4, 16), (20.6, 27)], -46, 1.0, 0.6)
    sketch.shade([(13, 12), (13.4, 24)], 26, 5, 2.0)
    sketch.line([(11.2, 0.2), (12.3, 1.9), (14, 2.5), (15.7, 1.9), (16.8, 0.2)], 120, 0.7)
    sketch.line([(4.1, 8.2), (6.3, 9.2)], 150, 0.5)
    sketch.line([(23.9, 8.2), (21.7, 9.2)], 150, 0.5)
    for y in (9.5, 11.5):
        sketch.line([(8.2, y), (19.8, y)], 112, 0.9)
    return sketch.image()


def _trouser() -> NDArray[np.float32]:
    sketch = _Sketch()
    half = _points("4.2,0 4.5,3 5.4,8 5.6,14 5.3,21 5.1,28 1.5,28 1.6,20 1.2,13 0.3,8.6")
    sketch.fill(_mirrored(half, top=0, bottom=7.6), 205, smooth=False)
    for side in (-1, 1):
        sketch.shade([(14 + side * 4.6, 3), (14 + side * 5, 27)], -50, 0.9, 0.5)
        sketch.shade([(14 + side * 1.6, 9), (14 + side * 2.1, 27)], -62, 0.9, 0.5)
        sketch.shade([(14 + side * 3.3, 6), (14 + side * 3.4, 27)], 36, 0.8, 0.5)
    sketch.line([(9.9, 1.4), (18.1, 1.4)], 140, 0.6)
    sketch.line([(14, 1.6), (13.9, 7.2)], 130, 0.5)
    sketch.line([(9.9, 4.2), (11.6, 2.0)], 140, 0.5)
    sketch.line([(18.1, 4.2), (16.4, 2.0)], 140, 0.5)
    return sketch.image()


def _pullover() -> NDArray[np.float32]:
    sketch = _Sketch()
    half = _points(
        "2.9,0.2 5.4,1.0 7.6,2.6 8.9,7 10,14 10.7,22 10.9,27.6 9.4,28 "
        "8.1,27.6 7.5,19 6.8,11 6.6,18 6.6,25.6 5.4,26"
    )
    sketch.fill(_mirrored(half, top=1.6, bottom=26), 168)
    for side in (-1, 1):
        sketch.shade([(14 + side * 7.0, 9), (14 + side * 7.0, 25)], -70, 0.7, 0.4)
        sketch.shade([(14 + side * 9.1, 14), (14 + side * 9.6, 25)], 34, 0.7, 0.5)
        sketch.line([(14 + side * 8.0, 26.2), (14 + side * 10.8, 26.2)], 110, 0.5)
        sketch.line([(14 + side * 3.2, 0.8), (14 + side * 6.6, 9)], 132, 0.5)
    sketch.line([(7.5, 24.2), (14, 24.5), (20.5, 24.2)], 108, 0.6)
    sketch.line([(11, 0.5), (12.3, 1.9), (14, 2.3), (15.7, 1.9), (17, 0.5)], 215, 1.0)
    for y in (9, 12.4, 15.8, 19.2):
        sketch.shade([(8.6, y), (14, y + 0.4), (19.4, y)], 38, 0.9, 0.3)
    return sketch.image()


def _dress() -> NDArray[np.float32]:
    sketch = _Sketch()
    half = _points("2.4,0 3.2,0 3.7,2.6 4.4,5.4 3.5,8.6 3.2,10.6 4.3,15 5.7,21 6.8,27.2 4.4,28")
    sketch.fill(_mirrored(half, top=3.6, bottom=28), 214)
    sketch.line([(10.9, 10.7), (14, 11.1), (17.1, 10.7)], 118, 1.0)
    for x, end in ((11.9, 9.6), (13.3, 12.6), (14.9, 15.8), (16.3, 18.6)):
        sketch.shade([(x, 12), ((x + end) / 2, 20), (end, 27.4)], -58, 0.6, 0.35)
    sketch.shade([(10.4, 4), (11, 10)], -44, 0.7, 0.4)
    sketch.shade([(17.6, 4), (17, 10)], -44, 0.7, 0.4)
    return sketch.image()


def _coat() -> NDArray[np.float32]:
    sketch = _Sketch()
    half = _points(
        "3.4,0.6 5.2,2.4 7.6,4.0 8.8,7.6 9.8,13 10.4,20 10.6,25.6 8.4,26 7.9,20 "
        "7.6,16 7.7,22 7.8,28"
    )
    sketch.fill(_mirrored(half, top=0, bottom=28), 196)
    for side in (-1, 1):
        sketch.shade([(14 + side * 7.2, 9), (14 + side * 7.8, 25)], -60, 0.6, 0.35)
        sketch.shade([(14 + side * 3.8, 8), (14 + side * 3.9, 27)], 30, 2.0, 0.8)
        hood = _points("0.6,3.0 3.0,0.8 5.0,2.6 4.4,4.6 0.8,6.0")
        sketch.fill([(14 + side * x, y) for x, y in hood], 214, smooth=False)
        sketch.line([(14 + side * 2.6, 19.4), (14 + side * 5.4, 21.2)], 104, 0.8)
        sketch.line([(14 + side * 5.2, 4.4), (14 + side * 0.8, 6.4)], 112, 0.6)
    for y in (10.2, 14.4, 18.6, 24.6):
        sketch.shade([(8, y), (14, y + 0.3), (20, y)], -26, 0.6, 0.3)
    sketch.line([(14, 5.0), (14, 27.8)], 74, 0.8)
    return sketch.image()


def _sandal() -> NDArray[np.float32]:
    sketch = _Sketch()
    sole = _points(
        "0,18.9 4,19.0 9,18.4 14,17.0 19,15.3 24,14.2 27.6,14.0 28,16 "
        "27.6,19.4 25,19.8 20,19.2 14,20.4 7,20.9 1,20.6"
    )
    sketch.fill(sole, 150)
    sketch.line([(0.6, 19.0), (8, 18.7), (14, 17.2), (20, 15.2), (27.4, 14.2)], 225, 0.8)
    band = _points("3.4,18.8 5.4,15.6 8.6,13.2 11.6,12.6 14.6,16.8")
    sketch.fill([*band, (9, 18.5)], 176)
    sketch.line([(6.6, 18.2), (8.0, 15.8), (10.6, 13.4)], 96, 0.6)
    sketch.line([(10.2, 17.8), (11.0, 15.6), (12.6, 14.2)], 96, 0.6)
    sketch.line([(11.4, 12.9), (15.6, 10.6), (20.4, 9.2), (26.2, 8.8)], 205, 1.3)
    sketch.line([(16.6, 16.0), (19.2, 12.4), (20.6, 9.4)], 185, 1.2)
    heel = _points("24.2,14.4 25.0,11 24.8,8.2 26.8,7.4 27.6,10 27.4,14.2")
    sketch.fill(heel, 196)
    sketch.shade([(5.6, 16.8), (8.6, 14.2), (11.4, 13.4)], 50, 0.6, 0.3)
    return sketch.image()


def _shirt() -> NDArray[np.float32]:
    sketch = _Sketch()
    half = _points(
        "2.2,0 4.6,1.2 7.0,2.8 8.2,7 9.2,13 9.9,20 10.2,25.4 8.0,25.8 7.2,19 "
        "6.4,11 6.2,18 6.6,24.6 5.0,27.2 2.8,28"
    )
    sketch.fill(_mirrored(half, top=1.6, bottom=28), 150)
    for side in (-1, 1):
        sketch.shade([(14 + side * 6.6, 8), (14 + side * 6.9, 25)], -60, 0.7, 0.4)
        sketch.shade([(14 + side * 3.6, 7), (14 + side * 3.8, 25)], 24, 1.2, 0.6)
        sketch.shade([(14 + side * 1.9, 6), (14 + side * 2.0, 26)], -30, 0.7, 0.4)
        collar = _points("1.6,0 2.8,0.4 3.6,2.4 2.2,3.8 0.3,2.6")
        sketch.fill([(14 + side * x, y) for x, y in collar], 222, smooth=False)
        sketch.line([(14 + side * 2.2, 3.8), (14 + side * 0.3, 2.6)], 92, 0.5)
        sketch.line([(14 + side * 8.0, 23.8), (14 + side * 10, 23.4)], 104, 0.5)
    sketch.line([(14, 3.2), (14, 27.6)], 196, 1.0)
    for y in (6.4, 10.2, 14, 17.8, 21.6):
        sketch.line([(13.9, y), (14.1, y + 0.3)], 60, 0.8)
    return sketch.image()


def _sneaker() -> NDArray[np.float32]:
    sketch = _Sketch()
    upper = _points(
        "0.5,17.2 2.2,15.6 6,14.6 9.6,12.9 12.6,10.6 15.4,8.9 17.4,8.6 "
        "19,10.0 21.4,10.5 24,9.6 26.2,8.7 27.2,9.4 27.5,13 27.8,17.6 "
        "14,18.6 1,18.4"
    )
    sketch.fill(upper, 178)
    sole = _points(
        "0,17.3 3,17.9 9,17.6 15,17.2 22,16.6 27.9,16.2 28,18.6 26.4,19.7 14,20.2 3,19.9 0.4,19.2"
    )
    sketch.fill(sole, 238)
    sketch.line([(0.6, 18.0), (9, 18.1), (18, 17.4), (27.8, 16.7)], 105, 0.5)
    sketch.shade([(2, 16.6), (6, 15.8), (10, 15.4)], 44, 1.2, 0.5)
    sketch.line([(6.2, 17.2), (7.6, 15.8), (9.4, 14.8)], 120, 0.5)
    for x, y in ((10.6, 12.7), (12.4, 11.4), (14.2, 10.2)):
        sketch.line([(x, y), (x + 2.2, y + 1.9)], 240, 0.7)
    sketch.line([(13, 15.6), (17, 14.8), (21, 12.4), (22.4, 11.4)], 235, 1.3)
    sketch.shade([(22.6, 16), (23.8, 10.2)], -46, 0.6, 0.3)
    sketch.shade([(19, 10.8), (21.6, 11.2), (25.6, 9.8)], -50, 0.6, 0.3)
    return sketch.image()


def _bag() -> NDArray[np.float32]:
    sketch = _Sketch()
    handle = _points("8.4,11 8.9,5 11.4,1.1 14,0.5 16.6,1.1 19.1,5 19.6,11")
    sketch.line(handle, 165, 1.1)
    body = _points("2.6,10 25.4,10 26.4,11 28,26.6 27,28 1,28 0,26.6 1.6,11")
    sketch.fill(body, 186, smooth=False)
    sketch.shade([(1.6, 12), (1, 27)], -60, 1.4, 0.7)
    sketch.shade([(26.4, 12), (27, 27)], -60, 1.4, 0.7)
    sketch.shade([(10, 22), (18, 22)], 30, 5, 2.2)
    sketch.line([(2.2, 11.2), (25.8, 11.2)], 232, 0.8)
    sketch.line([(1.8, 15.8), (14, 18.4), (26.2, 15.8)], 112, 0.7)
    sketch.fill([(12.6, 16.6), (15.4, 16.6), (15.4, 20), (12.6, 20)], 246, smooth=False)
    sketch.line([(0.6, 26.6), (27.4, 26.6)], 140, 0.6)
    return sketch.image()


def _ankle_boot() -> NDArray[np.float32]:
    sketch = _Sketch()
    upper = _points(
        "0.4,21.5 1.1,19.1 4.2,17.4 8.2,15.5 11.6,12.4 13.3,8.4 13.9,4.6 "
        "14.7,3.4 20,3.9 25.4,3.3 26.2,4.4 26,10 26.6,16 27.4,22 20,22.6 "
        "2,22.8"
    )
    sketch.fill(upper, 200)
    sole = _points(
        "0,21.3 5,22.3 13,22.0 19,21.4 27.9,21.2 28,24.9 20.4,25 19.8,23.4 13,23.8 5,24.1 0.6,23.4"
    )
    sketch.fill(sole, 118, smooth=False)
    gusset = _points("17.4,5.0 22.4,4.8 22.2,9 21.2,14.4 20.2,14.4 18.4,9.4")
    sketch.fill(gusset, 122)
    sketch.line([(14.5, 4.4), (20, 4.8), (25.8, 4.3)], 235, 0.7)
    sketch.shade([(2.6, 18.8), (7.6, 16.6), (11.6, 13.6)], 44, 1.4, 0.7)
    sketch.line([(10.6, 21.6), (13.6, 17.2), (20.6, 15.2)], 148, 0.5)
    sketch.shade([(25.4, 6), (25.6, 14), (26.4, 21)], -54, 1.0, 0.5)
    return sketch.image()


def _mirrored(half: _Points, *, top: float, bottom: float) -> list[_Point]:
    """A whole outline of its right half, given as distances from the middle line."""
    middle = _SIDE / 2
    right = [(middle + x, y) for x, y in half]
    left = [(middle - x, y) for x, y in reversed(half)]
    return [(middle, top), *right, (middle, bottom), *left]


def _curve(points: _Points, *, closed: bool) -> list[_Point]:
    line = curve([complex(x, y) for x, y in points], steps=12, closed=closed)
    return [(z.real, z.imag) for z in line.tolist()]


def _points(text: str) -> list[_Point]:
    """Corners written as in SVG: "x,y x,y"."""
    pairs = (pair.split(",") for pair in text.split())
    return [(float(x), float(y)) for x, y in pairs]


def _fine(points: _Points) -> list[_Point]:
    return [(x * _FINE, y * _FINE) for x, y in points]


_GARMENTS: dict[str, Callable[[], NDArray[np.float32]]] = {
    "T-shirt/top": _t_shirt,
    "Trouser": _trouser,
    "Pullover": _pullover,
    "Dress": _dress,
    "Coat": _coat,
    "Sandal": _sandal,
    "Shirt": _shirt,
    "Sneaker": _sneaker,
    "Bag": _bag,
    "Ankle boot": _ankle_boot,
}
