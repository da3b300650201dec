"""What Python makes of the sliders: turns, hostile messages, decoding on the server."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ae.ui.live import Slider, latent_sliders

DECODER = b"never read on this side"


def page(decoder: bytes | None, given: list[float], low: float, axes: int) -> None:
    import numpy as np
    import streamlit as st

    from ae.ui.live import Slider, latent_sliders

    sliders = [Slider(n, f"Axis {n}", low, 2, 0.5, 0, 10, 1) for n in range(axes)]
    st.session_state["returned"] = latent_sliders(
        decoder,
        sliders,
        given,
        key="live",
        alt="A picture",
        decode=lambda codes: np.full(
            (len(codes), 4, 4, 1), codes[0, 0] / 21, np.float32
        ),
    )


def open_page(decoder: bytes | None = DECODER) -> AppTest:
    kwargs = {"decoder": decoder, "given": [1.0, 3.0, 5.0], "low": -2, "axes": 2}
    return AppTest.from_function(page, kwargs=kwargs, default_timeout=30).run()


def returned(at: AppTest) -> tuple[float, ...]:
    assert not at.exception
    code: tuple[float, ...] = at.session_state["returned"]
    return code


def say(at: AppTest, **message: Any) -> AppTest:
    turn = at.session_state["live-kept"].turn
    at.session_state["live"] = {"z": {"turn": turn, **message}, "failed": None}
    return at.run()


def give(at: AppTest, **changes: object) -> None:
    at.kwargs = {**(at.kwargs or {}), **changes}


def mounts(at: AppTest) -> int:
    return len(at.get("bidi_component"))


def test_the_code_starts_as_given_and_follows_the_browser() -> None:
    at = open_page()
    assert returned(at) == (1, 3, 5)
    assert mounts(at) == 2, "sliders and decoder"
    assert returned(say(at, code=[-4.0, 3.0, 5.0])) == (-4, 3, 5)
    assert mounts(at) == 1, "the browser has the decoder by now"


def test_another_given_code_starts_afresh_and_old_messages_are_late() -> None:
    at = open_page()
    old = at.session_state["live-kept"].turn
    say(at, code=[-4.0, 3.0, 5.0])
    give(at, given=[2.0, 2.0, 2.0])
    assert returned(at.run()) == (2, 2, 2)
    assert returned(say(at, turn=old, code=[-4.0, 3.0, 5.0])) == (2, 2, 2)
    assert returned(say(at, code=[6.0, 2.0, 2.0])) == (6, 2, 2)


@pytest.mark.skipif(
    tuple(map(int, st.__version__.split(".")[:2])) < (1, 66),
    reason="AppTest of Streamlit 1.65 forgets a component between runs; "
    "tests/browser/test_live.py holds the same there.",
)
def test_giving_back_what_was_returned_goes_on() -> None:
    at = open_page()
    turn = at.session_state["live-kept"].turn
    give(at, given=list(returned(say(at, code=[-4.0, 3.0, 5.0]))))
    assert returned(at.run()) == (-4, 3, 5)
    assert at.session_state["live-kept"].turn == turn


def test_the_code_outlives_its_component() -> None:
    at = open_page()
    say(at, code=[-4.0, 3.0, 5.0])
    turn = at.session_state["live-kept"].turn
    # As after a visit to another page.
    del at.session_state["live"]
    assert returned(at.run()) == (-4, 3, 5)
    assert at.session_state["live-kept"].turn != turn
    assert mounts(at) == 2


def test_a_narrower_slider_cuts_the_code_off() -> None:
    at = open_page()
    say(at, code=[-19.0, 3.0, 5.0])
    give(at, low=-1)
    assert returned(at.run()) == (-9, 3, 5)


@pytest.mark.parametrize(
    "code",
    [
        None,
        "1,2,3",
        {},
        [],
        [1.0, 2.0],
        [1.0, 2.0, 5.0, 0.0],
        [1.0, None, 5.0],
        [1.0, "2", 5.0],
        [1.0, True, 5.0],
        [1.0, [2.0], 5.0],
        [1.0, float("nan"), 5.0],
        [1.0, float("inf"), 5.0],
        [1.0, 10**400, 5.0],
    ],
)
def test_nonsense_from_the_browser_changes_nothing(code: object) -> None:
    at = open_page()
    assert returned(say(at, code=code)) == (1, 3, 5)


@pytest.mark.parametrize(
    "state", [None, 3, [], {"z": 3}, {"failed": "x"}, {"other": 1}]
)
def test_a_state_of_another_shape_changes_nothing(state: object) -> None:
    at = open_page()
    at.session_state["live"] = state
    assert returned(at.run()) == (1, 3, 5)


def test_messages_are_cut_off_at_the_sliders_ends() -> None:
    at = open_page()
    assert returned(say(at, code=[1e9, -1e9, 77])) == (21, -19, 5)


def test_a_given_coordinate_may_lie_outside() -> None:
    at = open_page()
    give(at, given=[1.0, 50.0, 5.0])
    assert returned(at.run()) == (1, 50, 5)
    assert returned(say(at, code=[2.0, 50.0, 5.0])) == (2, 50, 5)
    assert returned(say(at, code=[2.0, 60.0, 5.0])) == (2, 50, 5)


def test_a_decoder_that_fails_in_the_browser_runs_on_the_server() -> None:
    at = open_page()
    digest = at.session_state["live-kept"].digest
    at.session_state["live"] = {"z": None, "failed": {"digest": "of another"}}
    assert not at.run().slider
    failed = {"digest": digest, "reason": "x"}
    at.session_state["live"] = {"z": None, "failed": failed}
    at.run()
    assert [slider.value for slider in at.slider] == [0.0, 0.2]
    assert mounts(at) == 0
    at.slider[0].set_value(2.0).run()
    assert returned(at) == (21, 3, 5)
    assert returned(at.run()) == (21, 3, 5), "and it stays"


def test_without_a_decoder_the_server_decodes_and_says_so() -> None:
    at = open_page(None)
    assert returned(at) == (1, 3, 5)
    assert "server" in at.caption[0].value
    before = at.image[0].value
    at.slider[0].set_value(1.5).run()
    assert returned(at) == (16, 3, 5)
    assert at.image[0].value != before
    give(at, given=[1.0, 1.0, 1.0])
    assert returned(at.run()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("given", "axes", "complaint"),
    [([float("nan"), 0.0], 2, "finite"), ([0.0], 2, "axes"), ([0.0], 0, "one slider")],
)
def test_what_cannot_be_shown_is_refused(
    given: list[float], axes: int, complaint: str
) -> None:
    sliders = [Slider(axis, "Sleeve") for axis in range(axes)]
    with pytest.raises(ValueError, match=complaint):
        latent_sliders(
            DECODER, sliders, given, key="live", alt="", decode=lambda codes: codes
        )


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
