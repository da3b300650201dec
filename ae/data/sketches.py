"""Ten small garments of our own, drawn in the manner of Fashion-MNIST.

They stand in for photographs where the data set's files are not there: bright on black,
28 by 28 pixels, the longer side filling the frame. Nothing is random.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ae.data.illustration import Points, curve

# One row for each stroke, in the order in which they are drawn: a filled "curve" or "polygon",
# a "line", or a "shade", a soft band that darkens the garment (a level below 0) or brightens it.
# Points are "x y x y", y downwards, and widths and softness in pixels of the small picture.
_STROKES = Path(__file__).with_name("sketches.csv")
_SIDE = 28
_FINE = 8  # drawn eight times as large, then reduced: soft edges


def load() -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Draw the garments.

    Returns:
        images (n, 28, 28, 1) float32 in [0, 1], and the name of each, in the words
        of Fashion-MNIST's classes.
    """
    pages: dict[str, Image.Image] = {}
    with _STROKES.open(encoding="utf-8", newline="") as file:
        for stroke in csv.DictReader(file):
            name = stroke["garment"]
            page = pages.get(name) or Image.new("L", (_SIDE * _FINE,) * 2)
            pages[name] = _drawn(page, stroke)
    small = np.stack([np.asarray(page.reduce(_FINE), np.float32) for page in pages.values()])
    return small[..., None] / np.float32(255), tuple(pages)


def _drawn(page: Image.Image, stroke: dict[str, str]) -> Image.Image:
    tool, level = stroke["tool"], int(stroke["level"])
    points = np.array(stroke["points"].split(), np.float64).view(np.complex128)
    if tool in ("curve", "polygon"):
        outline = curve(points.tolist(), steps=12, closed=True) if tool == "curve" else points
        ImageDraw.Draw(page).polygon(_fine(outline), fill=level)
        return page
    line = _fine(curve(points.tolist(), steps=12))
    width = round(float(stroke["width"]) * _FINE)
    if tool == "line":
        ImageDraw.Draw(page).line(line, fill=level, width=width, joint="curve")
        return page
    band = Image.new("L", page.size)
    ImageDraw.Draw(band).line(line, fill=abs(level), width=width, joint="curve")
    band = band.filter(ImageFilter.GaussianBlur(float(stroke["soft"]) * _FINE))
    band = ImageChops.multiply(band, page.point(lambda pixel: pixel and 255))  # not the black
    return (ImageChops.add if level > 0 else ImageChops.subtract)(page, band)


def _fine(points: Points) -> list[float]:
    return (points * _FINE).view(np.float64).tolist()
