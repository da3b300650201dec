"""Faces are looked for in photographs, and the square begins around them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ae.images import faces


class Cascade:
    """Finds what it was told to, and remembers what it was shown."""

    def __init__(self, *found: tuple[int, int, int]) -> None:
        self.found = [{"r": r, "c": c, "width": w, "height": w} for r, c, w in found]
        self.shown: tuple[int, ...] = ()

    def detect_multi_scale(self, img: np.ndarray, **options: object) -> list[dict[str, int]]:
        self.shown = img.shape
        return self.found


def test_the_square_lies_around_the_largest_face_from_brows_to_chin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cascade = Cascade((0, 0, 40), (50, 100, 108))
    monkeypatch.setattr(faces, "_cascade", lambda: cascade)
    found = faces.find_face(Image.new("RGB", (640, 480)))
    assert cascade.shown == (240, 320)
    assert found == pytest.approx((154 / 320, (104 + 10) / 240, 100 / 240))


def test_without_a_face_there_is_no_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "_cascade", Cascade)
    assert faces.find_face(Image.new("L", (640, 480))) is None
    # Too narrow for a face to be seen in it: nothing is looked for.
    assert faces.find_face(Image.new("L", (2000, 100))) is None


def test_the_cascade_is_there_and_sees_nothing_in_a_plain_picture() -> None:
    assert faces.find_face(Image.new("RGB", (400, 300), "grey")) is None
