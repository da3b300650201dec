"""Drawn faces: 64 by 64, in colour, every attribute known exactly. Nothing to download.

Attributes are independent of each other, so that a model has no reason to confuse them.
With ``biased=True`` they go together as in ``CORRELATIONS``: a model that learns from
these faces learns the bias too.
"""

import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, sqrt
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.data.face_drawing import draw_face
from ae.data.splits import check_split

Rows: TypeAlias = int | np.integer | slice | NDArray[np.integer[Any]]

NAME = "drawn-faces"
BIASED_NAME = "drawn-faces-biased"
CLASS_NAMES = ("Frowning", "Smiling")
SIZES = {"train": 20_000, "validation": 1_000, "test": 2_000}
SEEDS = {"train": 1, "validation": 2, "test": 3}


@dataclass(frozen=True)
class Attribute:
    """One thing that varies between faces."""

    name: str  # as in ``Dataset.attributes``; made to be read on screen
    low: str  # in words, what a face is at the lowest value
    high: str  # in words, what a face is at the highest value
    # ``"continuous"``: any value, all equally likely. ``"binary"``: 0 or 1.
    kind: Literal["continuous", "binary"] = "continuous"
    lowest: float = 0.0  # the lowest value
    highest: float = 1.0  # the highest value
    unit: str = ""  # of the value; empty where it has none
    share: float = 0.5  # of the faces that have a binary attribute, in (0, 1)


ATTRIBUTES = (
    Attribute("smile", "frown", "grin", lowest=-1.0),
    Attribute("mouth opening", "closed", "wide open"),
    Attribute("eye opening", "closed", "wide open"),
    Attribute("gaze", "left", "right", lowest=-1.0),
    Attribute("brow angle", "worried", "angry", lowest=-1.0),
    Attribute("face width", "narrow", "wide"),
    Attribute("skin tone", "lightest", "darkest"),
    Attribute("hair length", "cropped", "past the shoulders"),
    Attribute("hair colour", "black", "light blond"),
    Attribute("glasses", "none", "glasses", "binary", share=0.4),
    Attribute("beard", "none", "beard", "binary", share=0.3),
    Attribute("hat", "none", "hat", "binary", share=0.3),
    Attribute("head tilt", "left", "right", lowest=-10.0, highest=10.0, unit="degrees"),
    Attribute("background", "warm", "cool"),
)


@dataclass(frozen=True)
class Correlation:
    """Two attributes that go together in the biased faces."""

    leader: str  # an attribute's name
    follower: str  # the name of the attribute that depends on it; each depends on one
    # Correlation of their normal scores, in [-1, 1]. That of the values is a little nearer 0:
    # (6 / pi) arcsin(strength / 2) if both are continuous.
    strength: float


CORRELATIONS = (
    Correlation("smile", "mouth opening", 0.7),  # laughing
    Correlation("smile", "brow angle", -0.6),  # angry brows with a frown
    Correlation("skin tone", "hair colour", -0.7),  # dark hair with dark skin
    Correlation("hair length", "beard", -0.8),  # beards with short hair
    Correlation("hat", "glasses", 0.8),  # for no reason: the telling one
)


def draw(attributes: Mapping[str, float], *, side: int = 64) -> NDArray[np.uint8]:
    """Draw the face that has these attributes: the true picture of a set of values.

    Args:
        attributes: A value for every one of ``ATTRIBUTES``, within its range.
        side: Height and width in pixels, 8 to 1024; not enlarged but drawn anew.

    Returns:
        The picture (side, side, 3) uint8.

    Raises:
        ValueError: An attribute is missing, unknown or out of range, or the side is.
    """
    if not 8 <= side <= 1024:
        raise ValueError(f"side must be 8 to 1024 pixels, got {side}")
    if unknown := attributes.keys() ^ {a.name for a in ATTRIBUTES}:
        raise ValueError(f"missing or unknown attributes: {', '.join(sorted(unknown))}")
    for a in ATTRIBUTES:
        value = attributes[a.name]
        if not a.lowest <= value <= a.highest:
            raise ValueError(f"{a.name} must be {a.lowest:g} to {a.highest:g}, got {value}")
        if a.kind == "binary" and value not in (0, 1):
            raise ValueError(f"{a.name} must be 0 or 1, got {value}")
    return draw_face(attributes, side)


def attributes_of(n: int, seed: int, biased: bool = False) -> dict[str, NDArray[np.float32]]:
    """Draw the attributes of n faces at random.

    Args:
        n: How many faces, at least 0. Fewer are the first of more.
        seed: At least 0.
        biased: Let attributes go together as in ``CORRELATIONS``; each alone is
            distributed as before.

    Returns:
        The values of every attribute by name, each (n,).
    """
    scores = np.random.default_rng(seed).standard_normal((n, len(ATTRIBUTES)))
    column = {a.name: scores[:, i] for i, a in enumerate(ATTRIBUTES)}
    for c in CORRELATIONS if biased else ():
        own = sqrt(1 - c.strength**2) * column[c.follower]
        column[c.follower] = c.strength * column[c.leader] + own
    return {a.name: _values(a, column[a.name]) for a in ATTRIBUTES}


def with_more(attributes: Mapping[str, NDArray[np.float32]], name: str) -> NDArray[np.float32]:
    """Draw faces anew with more of one attribute and nothing else changed.

    Args:
        attributes: Of the faces, every one of ``ATTRIBUTES``, each (n,).
        name: One of them. Faces get it if one has it or not; otherwise it grows by two
            thirds of its range at most, from the bottom third's middle to the top's.

    Returns:
        Images (n, 64, 64, 3) in [0, 1].
    """
    a = next(a for a in ATTRIBUTES if a.name == name)
    share = 1 if a.kind == "binary" else 2 / 3
    more = np.minimum(attributes[name] + share * (a.highest - a.lowest), a.highest)
    return _draw_all({**attributes, name: more.astype(np.float32)})


def _draw_all(attributes: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    n = len(next(iter(attributes.values())))
    images = np.empty((n, 64, 64, 3), np.float32)
    for i in range(n):
        np.divide(_draw(attributes, i), 255, out=images[i], dtype=np.float32)
    return images


def _draw(attributes: Mapping[str, NDArray[np.float32]], i: int) -> NDArray[np.uint8]:
    return draw_face({name: float(values[i]) for name, values in attributes.items()})


def _values(a: Attribute, scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Spread normal scores evenly over an attribute's range, or over its two values."""
    ranks = np.array([0.5 + erf(score / sqrt(2)) / 2 for score in scores.tolist()])
    if a.kind == "binary":
        return (ranks >= 1 - a.share).astype(np.float32)
    return (a.lowest + (a.highest - a.lowest) * ranks).astype(np.float32)


def load(split: str = "test", *, biased: bool = False, n: int | None = None) -> Dataset:
    """Draw one split; the training faces take about half a minute and 1 GB.

    Args:
        split: ``"train"`` (20 000 faces), ``"validation"`` (1 000) or ``"test"`` (2 000).
        biased: Draw the faces of which some attributes go together.
        n: Draw only the first n of the split.

    Returns:
        Images (n, 64, 64, 3) float32 in [0, 1], labels (n,) uint8 (1 is smiling: a
        smile above 0) and every attribute (n,) float32, read-only.

    Raises:
        ValueError: The split is unknown, or has fewer than n faces.
    """
    check_split(split)
    size = SIZES[split]
    n = size if n is None else n
    if not 0 <= n <= size:
        raise ValueError(f"n must be 0 to {size} faces of {split}, got {n}")
    attributes = attributes_of(n, SEEDS[split], biased)
    images = _draw_all(attributes)
    labels = (attributes["smile"] > 0).astype(np.uint8)
    images.setflags(write=False)
    labels.setflags(write=False)
    for values in attributes.values():
        values.setflags(write=False)
    return Dataset(BIASED_NAME if biased else NAME, split, images, labels, CLASS_NAMES, attributes)


# More faces than this are drawn by another process: all of them take three seconds, in
# which visitors who want anything else would wait as well.
_MANY = 200
_ASIDE = """
import sys, numpy
from ae.data import drawn_faces
images = drawn_faces.load(sys.argv[1], biased=sys.argv[2] == "True").images
sys.stdout.buffer.write(numpy.rint(images * 255).astype(numpy.uint8).tobytes())
"""


class FacesOnDemand:
    """The faces of a split, each drawn when it is first asked for.

    A face takes a thousandth of a second or two, so a page that shows ten of two
    thousand need not wait for all of them. Visitors may share it.

    Attributes:
        shape: (n, 64, 64, 3), as if all were there.
    """

    def __init__(self, split: str = "test", *, biased: bool = False) -> None:
        """Draw none yet; arguments as in ``load``."""
        check_split(split)
        self.shape = (SIZES[split], 64, 64, 3)
        self._arguments = split, str(biased)
        self._attributes = attributes_of(SIZES[split], SEEDS[split], biased)
        self._pixels = np.empty(self.shape, np.uint8)
        self._drawn = np.zeros(SIZES[split], np.bool_)
        self._drawing = threading.Lock()

    def __getitem__(self, rows: Rows) -> NDArray[np.float32]:
        """Return faces as NumPy would, from (n, 64, 64, 3) in [0, 1]; a copy."""
        return self.pixels(rows) / np.float32(255)

    def pixels(self, rows: Rows) -> NDArray[np.uint8]:
        """Return the same with pixels from 0 to 255."""
        asked = np.zeros_like(self._drawn)
        asked[rows] = True
        if (asked & ~self._drawn).sum() > _MANY:
            self._draw_aside()
        for i in np.flatnonzero(asked):
            # One at a time: who waits for a few is not kept by who waits for all.
            with self._drawing:
                if not self._drawn[i]:
                    self._pixels[i] = _draw(self._attributes, int(i))
                    self._drawn[i] = True
        return self._pixels[rows].copy()

    def _draw_aside(self) -> None:
        command = [sys.executable, "-c", _ASIDE, *self._arguments]
        root = Path(__file__).parent.parent.parent
        drawn = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=False)
        if len(drawn.stdout) == self._pixels.size:  # else they are drawn here
            with self._drawing:
                self._pixels[:] = np.frombuffer(drawn.stdout, np.uint8).reshape(self.shape)
                self._drawn[:] = True
