from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ae.images.cropping import Square, crop, small_jpeg
from ae.ui.crop import LEAST, chosen_place

SIZES = [(1, 1), (1, 4000), (4000, 1), (3, 2), (640, 480)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.1, 0.37, 1.0])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (0.5, 0.25), (1, 1)])
def test_a_square_lies_inside_wherever_it_is_put(
    size: tuple[int, int], share: float, x: float, y: float
) -> None:
    left, top, right, bottom = Square.at(size, x, y, share).box
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert right - left == bottom - top


def test_a_square_lies_around_its_centre_unless_it_would_stick_out() -> None:
    assert Square.at((100, 200), 0.5, 0.25, 0.4) == Square(30, 30, 40)
    assert Square.at((100, 200), 0.5, 0.5, 1) == Square(0, 50, 100)
    assert Square.at((100, 200), 0.1, 1, 0.4) == Square(0, 160, 40)


@pytest.mark.parametrize("place", [(-0.1, 0, 1), (0, 1.1, 1), (0, 0, 0), (0, 0, 1.5)])
def test_a_square_outside_is_refused(place: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no square"):
        Square.at((10, 10), *place)


def test_a_crop_of_the_models_own_size_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    cut = crop(Image.fromarray(pixels), Square(4, 2, 16), (16, 16, 3))
    np.testing.assert_array_equal(np.rint(cut * 255), pixels[2:18, 4:20])


def test_a_larger_square_is_reduced_by_the_mean_of_each_area() -> None:
    pixels = np.kron(np.arange(16).reshape(4, 4) * 16, np.ones((5, 5))).astype(np.uint8)
    cut = crop(Image.fromarray(pixels), Square(0, 0, 20), (4, 4, 1))
    np.testing.assert_array_equal(np.rint(cut[..., 0] * 255), pixels[::5, ::5])


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_every_mode_and_size_become_the_models_input(
    mode: str, channels: int, size: tuple[int, int]
) -> None:
    picture = Image.new(mode, size)
    square = Square.at(size, 1, 0.5, 0.5)
    cut = crop(picture, square, (64, 64, channels))
    assert cut.shape == (64, 64, channels)
    assert cut.dtype == np.float32
    assert 0 <= cut.min() <= cut.max() <= 1
    shown = Image.open(io.BytesIO(small_jpeg(picture)))
    assert shown.format == "JPEG"
    assert max(shown.size) == min(max(size), 480)


def test_what_is_see_through_becomes_white() -> None:
    picture = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert crop(picture, Square(0, 0, 8), (4, 4, 1)).min() == 1


def test_a_see_through_picture_is_shown_on_white_too() -> None:
    shown = small_jpeg(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))
    assert np.asarray(Image.open(io.BytesIO(shown))).min() == 255


# What the browser says -------------------------------------------------------------


def message(**changed: object) -> dict[str, Any]:
    return {"x": 0.25, "y": 1, "share": 0.5, **changed}


def test_a_place_is_read_as_it_was_sent() -> None:
    assert chosen_place(message()) == ((0.25, 1, 0.5), True)


def test_a_square_too_small_becomes_the_smallest() -> None:
    assert chosen_place(message(share=0)) == ((0.25, 1, LEAST), True)


@pytest.mark.parametrize("part", ["x", "y", "share"])
@pytest.mark.parametrize(
    "value", [None, "0.5", True, [0.5], {}, -0.01, 1.01, np.nan, np.inf, -np.inf, 10**400]
)
def test_a_number_that_is_none_is_refused(part: str, value: object) -> None:
    assert chosen_place(message(**{part: value})) is None


@pytest.mark.parametrize("sent", [None, 1, "me", [], {}, {"x": 0.5}])
def test_a_message_that_is_none_is_refused(sent: object) -> None:
    assert chosen_place(sent) is None
