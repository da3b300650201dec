"""What Python makes of the sliders: codes, revisions, hostile messages."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ae.ui.live import Decoder, Slider, latent_sliders
from tests.door.saying import heard, open_app, record_of, rerun, say

KEY = "live"
DECODER = Decoder("toy", 3, (4, 4, 1), "")


def sliders(*axes: int, low: float = -2) -> list[Slider]:
    return [Slider(n, f"Axis {n}", low, 2, 0.5, 0, 10, 1) for n in axes]


def open_page(*start: float) -> AppTest:
    return open_app("sliders", decoder=DECODER, sliders=sliders(0, 1), start=start)


def test_another_start_changes_nothing_once_there_is_a_code() -> None:
    at = open_page(1, 3, 5)
    say(at, KEY, [-4.0, 3.0, 5.0])
    revision = record_of(at, KEY).revision
    assert heard(rerun(at, KEY, start=[2.0, 2.0, 2.0])) == (-4, 3, 5)
    assert record_of(at, KEY).revision == revision


def test_a_narrower_slider_cuts_the_code_off() -> None:
    at = open_page(1, 3, 5)
    say(at, KEY, [-19.0, 3.0, 5.0])
    assert heard(rerun(at, KEY, sliders=sliders(0, 1, low=-1))) == (-9, 3, 5)


def test_other_sliders_keep_what_the_former_ones_moved() -> None:
    at = open_page(1, 3, 5)
    say(at, KEY, [-4.0, 3.0, 5.0])
    assert heard(rerun(at, KEY, sliders=sliders(1, 2))) == (-4, 3, 5)
    assert heard(say(at, KEY, [-4.0, 3.0, 7.0])) == (-4, 3, 7)
    assert heard(say(at, KEY, [9.0, 3.0, 7.0])) == (-4, 3, 7), "not by a slider"


@pytest.mark.parametrize(
    "code",
    [
        None,
        "1,2,3",
        {},
        {"0": 1.0, "1": 2.0, "2": 5.0},
        [],
        [1.0, 2.0],
        [1.0, 2.0, 5.0, 0.0],
        [1.0, None, 5.0],
        [1.0, "2", 5.0],
        [1.0, True, 5.0],
        [1.0, [2.0], 5.0],
        [1.0, float("nan"), 5.0],
        [1.0, 2.0, float("nan")],
        [1.0, float("inf"), 5.0],
        [1.0, 10**400, 5.0],
        [1.0, 2.0, 1e31],
    ],
)
def test_nonsense_from_the_browser_changes_nothing(code: object) -> None:
    at = open_page(1, 3, 5)
    say(at, KEY, [2.0, 3.0, 5.0])
    assert heard(say(at, KEY, code)) == (2, 3, 5)


def test_messages_are_cut_off_at_the_sliders_ends() -> None:
    at = open_page(1, 3, 5)
    assert heard(say(at, KEY, [1e9, -1e9, 77])) == (21, -19, 5)


def test_a_coordinate_may_start_outside() -> None:
    at = open_page(1, 50, 5)
    assert heard(at) == (1, 50, 5)
    assert heard(say(at, KEY, [2.0, 50.0, 5.0])) == (2, 50, 5)
    assert heard(say(at, KEY, [2.0, 60.0, 5.0])) == (2, 50, 5)


@pytest.mark.parametrize(
    ("start", "axes", "complaint"),
    [([float("nan"), 0.0], 2, "finite"), ([0.0], 2, "axes"), ([0.0], 0, "one slider")],
)
def test_what_cannot_be_shown_is_refused(start: list[float], axes: int, complaint: str) -> None:
    sliders = [Slider(axis, "Sleeve") for axis in range(axes)]
    decoder = Decoder("toy", len(start), (4, 4, 1), "")
    with pytest.raises(ValueError, match=complaint):
        latent_sliders(decoder, sliders, start, key=KEY, alt="")


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum": 3.0},
        {"origin": 4.0},
        {"step": 0.0},
        {"scale": 0.0},
        {"axis": -1},
        {"offset": float("nan")},
        {"maximum": float("inf")},
    ],
)
def test_sliders_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="slider 'Sleeve'"):
        Slider(**{"axis": 0, "label": "Sleeve", **wrong})
