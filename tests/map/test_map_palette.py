"""The map's class colours, as seen with each kind of colour vision."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent.parent

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# Of sRGB to XYZ, each row divided by its white.
TO_XYZ = np.array(
    [[0.433953, 0.376219, 0.189828], [0.212673, 0.715152, 0.072175], [0.017758, 0.109473, 0.872769]]
)


def lab(colour: str, vision: NDArray[np.float64]) -> NDArray[np.float64]:
    """A colour in CIELAB, as someone sees it."""
    shares = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(vision @ linear, 0, 1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", ["ON_LIGHT", "ON_DARK"])
def test_ten_classes_are_told_apart(theme: str, vision: str) -> None:
    text = (ROOT / "ae" / "ui" / "map" / "palette.js").read_text(encoding="utf-8")
    found = re.search(rf'{theme} =\s+"([^"]+)"', text)
    assert found
    colours = found[1].split()
    assert len(set(colours)) == 10
    seen = [lab(colour, VISION[vision]) for colour in colours]
    # Under 2 nobody sees a difference between large patches; points are small.
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 12
