"""What Python makes of the map: turns, hostile messages, decoding on the server."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np
import pytest
import streamlit as st
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from ae.latent.maps import Plane
from ae.ui.map.component import LocalInterpolation, MapState, latent_map, rounded
from ae.ui.map.points import Colouring, MapPoints, Mark

DECODER = b"never read on this side"
N = 12


def points(seed: int = 0, **changes: Any) -> MapPoints:
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {
        "points": np.float32(rng.normal(size=(N, 2))),
        "codes": np.float32(rng.normal(size=(N, 3))),
        "labels": np.uint8(np.arange(N) % 3),
        "class_names": ("a", "b", "c"),
    }
    return MapPoints(**{**made, **changes})


def page(
    decoder: bytes | None,
    given: tuple[float, float] | None,
    seed: int,
    images: bool,
    outline: tuple[tuple[float, float], ...] | None,
) -> None:
    import numpy as np
    import streamlit as st

    from ae.ui.map.component import LocalInterpolation, latent_map
    from tests.map.test_map import N, points

    pictures = np.zeros((N, 4, 4), np.uint8) if images else None
    st.session_state["returned"] = latent_map(
        decoder,
        points(seed, images=pictures),
        LocalInterpolation(),
        key="map",
        alt="A picture",
        decode=lambda codes: np.full(
            (len(codes), 4, 4, 1), abs(codes[0, 0]) % 1, np.float32
        ),
        pin=given,
        outline=outline,
    )


def open_page(decoder: bytes | None = DECODER, **given: Any) -> AppTest:
    usual = {"given": None, "seed": 0, "images": False, "outline": None}
    kwargs = {"decoder": decoder, **usual, **given}
    return AppTest.from_function(page, kwargs=kwargs, default_timeout=30).run()


def returned(at: AppTest) -> MapState:
    assert not at.exception
    state: MapState = at.session_state["returned"]
    return state


def say(at: AppTest, **message: Any) -> AppTest:
    turn = at.session_state["map-kept"].turn
    view = {"turn": turn, "pin": None, "polygon": [], "has": [], **message}
    at.session_state["map"] = {"view": view, "failed": None}
    return at.run()


def give(at: AppTest, **changes: object) -> None:
    at.kwargs = {**(at.kwargs or {}), **changes}


def mounts(at: AppTest) -> int:
    return len(at.get("bidi_component"))


TRIANGLE = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.5]]


def test_pin_and_outline_follow_the_browser() -> None:
    at = open_page()
    assert returned(at) == MapState(None, None, ())
    state = returned(say(at, pin=[0.25, -1], polygon=TRIANGLE))
    assert state == MapState((0.25, -1), None, ((0, 0), (1, 0), (0, 1.5)))
    assert returned(say(at)) == MapState(None, None, ())


def test_a_pin_on_a_point_tells_which() -> None:
    at = open_page()
    place = points().points[7]
    assert returned(say(at, pin=[float(x) for x in place])).point == 7
    assert returned(say(at, pin=[float(x) + 0.01 for x in place])).point is None
    # As rounded in a link.
    give(at, given=tuple(float(f"{x:.7g}") for x in place))
    assert returned(at.run()).point == 7


def test_a_pin_given_out_of_reach_is_none() -> None:
    assert returned(open_page(given=(1e30, 0.0))).pin is None


def test_bytes_are_mounted_until_the_browser_has_them() -> None:
    at = open_page(images=True)
    assert mounts(at) == 4, "map, points, decoder, images"
    kept = at.session_state["map-kept"]
    say(at, has=[kept.points, "unknown"])
    assert mounts(at) == 3
    give(at, seed=1)
    at.run()
    assert mounts(at) == 4, "other points"


@pytest.mark.skipif(
    tuple(map(int, st.__version__.split(".")[:2])) < (1, 66),
    reason="AppTest of Streamlit 1.65 forgets a component between runs; "
    "tests/browser/test_map.py holds the same there.",
)
def test_giving_back_what_was_returned_goes_on() -> None:
    at = open_page()
    turn = at.session_state["map-kept"].turn
    give(at, given=returned(say(at, pin=[0.5, 0.25], polygon=TRIANGLE)).pin)
    state = returned(at.run())
    assert (state.pin, len(state.polygon)) == ((0.5, 0.25), 3)
    assert at.session_state["map-kept"].turn == turn


def test_another_given_pin_starts_afresh_and_old_messages_are_late() -> None:
    at = open_page()
    old = at.session_state["map-kept"].turn
    say(at, pin=[0.5, 0.5], polygon=TRIANGLE)
    give(at, given=(1.0, 1.0))
    state = returned(at.run())
    assert state.pin == (1, 1)
    assert len(state.polygon) == 3, "the selection is not the pin's"
    assert returned(say(at, turn=old, pin=[0.5, 0.5])).pin == (1, 1)
    assert returned(say(at, pin=[0.75, 0.5])).pin == (0.75, 0.5)


def test_pin_and_outline_outlive_their_component() -> None:
    at = open_page(images=True)
    kept = at.session_state["map-kept"]
    say(at, pin=[0.5, 0.5], polygon=TRIANGLE, has=[kept.points])
    # As after a visit to another page.
    del at.session_state["map"]
    state = returned(at.run())
    assert (state.pin, len(state.polygon)) == ((0.5, 0.5), 3)
    assert at.session_state["map-kept"].turn != kept.turn
    assert mounts(at) == 4


def test_other_points_forget_pin_and_outline() -> None:
    at = open_page()
    say(at, pin=[0.5, 0.5], polygon=TRIANGLE)
    give(at, seed=1)
    assert returned(at.run()) == MapState(None, None, ())


@pytest.mark.parametrize(
    "place",
    [
        "0,0",
        {},
        [],
        [1.0],
        [1.0, 2.0, 3.0],
        [1.0, None],
        [1.0, "2"],
        [True, 1.0],
        [1.0, float("nan")],
        [float("inf"), 1.0],
        [1.0, 10**400],
        [1e6, 0.0],
    ],
)
def test_nonsense_from_the_browser_changes_nothing(place: object) -> None:
    at = open_page(given=(0.25, 0.5))
    for message in ({"pin": place}, {"polygon": [[0.0, 0.0], [1.0, 1.0], place]}):
        assert returned(say(at, **message)) == MapState((0.25, 0.5), None, ())


@pytest.mark.parametrize("polygon", [None, 3, "x", {}, [[0.0, 0.0]] * 61])
def test_an_outline_of_another_shape_changes_nothing(polygon: object) -> None:
    at = open_page(given=(0.25, 0.5))
    assert returned(say(at, pin=[1.0, 1.0], polygon=polygon)).pin == (0.25, 0.5)


def test_an_outline_of_60_corners_is_taken() -> None:
    assert len(returned(say(open_page(), polygon=[[0.0, 0.0]] * 60)).polygon) == 60


def test_corners_are_rounded_to_what_a_link_holds() -> None:
    corners = [[0.123456, 0.0], [1.0, 0.00000123456], [0.0, -1.23456]]
    state = returned(say(open_page(), polygon=corners))
    assert state.polygon == ((0.1235, 0), (1, 0.000001235), (0, -1.235))


def test_a_given_outline_is_shown_until_another_is_drawn() -> None:
    triangle = rounded([(u, v) for u, v in TRIANGLE])
    at = open_page(outline=triangle)
    assert returned(at).polygon == triangle
    assert at.session_state["map-kept"].start == (None, triangle)
    give(at, outline=None)
    assert returned(say(at, polygon=TRIANGLE, pin=[0.5, 0.5])).polygon == triangle
    assert returned(say(at, pin=[0.5, 0.5])).polygon == ()
    turn = at.session_state["map-kept"].turn
    give(at, outline=triangle)
    assert returned(at.run()) == MapState((0.5, 0.5), None, triangle)
    assert at.session_state["map-kept"].turn != turn


@pytest.mark.parametrize("far", [1e30, float("nan"), float("inf")])
def test_an_outline_given_out_of_reach_is_none(far: float) -> None:
    assert returned(open_page(outline=((0, 0), (1, 0), (far, 1)))).polygon == ()


@pytest.mark.parametrize(
    "state",
    [None, 3, [], {"view": 3}, {"view": {}, "failed": {"digest": 5}}, {"failed": "x"}],
)
def test_a_state_of_another_shape_changes_nothing(state: object) -> None:
    at = open_page(given=(0.25, 0.5))
    at.session_state["map"] = state
    assert returned(at.run()) == MapState((0.25, 0.5), None, ())


@pytest.mark.parametrize("has", [None, "all", 5, [None, 3, []], ["x"] * 1000])
def test_a_claim_to_have_nonsense_sends_everything(has: object) -> None:
    assert mounts(say(open_page(), has=has)) == 3


def test_a_decoder_that_fails_in_the_browser_runs_on_the_server() -> None:
    at = open_page(given=(0.25, 0.5))
    assert not at.caption
    failed = {"digest": at.session_state["map-kept"].points, "reason": "x"}
    at.session_state["map"] = {"view": None, "failed": failed}
    assert not at.run().caption, "not the decoder's digest"
    digest = hashlib.sha256(DECODER).hexdigest()
    at.session_state["map"] = {"view": None, "failed": {"digest": digest}}
    assert "server" in at.run().caption[0].value
    assert len(at.image) == 1
    assert mounts(at) == 2, "map and points; nobody needs the decoder"
    give(at, decoder=b"another")
    assert not at.run().caption


def test_without_a_decoder_the_server_decodes_the_pin_and_says_so() -> None:
    at = open_page(None)
    assert "server" in at.caption[0].value
    assert not at.image
    before = say(at, pin=[0.25, 0.5]).image[0].value
    assert say(at, pin=[-0.5, 0.5]).image[0].value != before


# What is shown -------------------------------------------------------------------


def test_digests_name_the_content_and_are_computed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, same = points(), points()
    other = points(labels=np.zeros(N, np.uint8))
    assert first.digest == same.digest != other.digest
    monkeypatch.setattr(MapPoints, "packed_points", None)
    assert first.digest == same.digest


def test_levels_leave_a_few_far_values_at_the_ends() -> None:
    values = np.append(np.linspace(0, 1, 999), 1e6)
    plain = Colouring("Squared error", values).plain(1000)
    levels = np.frombuffer(base64.b64decode(plain["levels"]), np.uint8)
    assert (plain["minimum"], plain["maximum"]) == pytest.approx((0.01, 0.99), abs=0.01)
    assert (plain["below"], plain["above"]) == (True, True)
    assert (np.diff(levels.astype(int)) >= 0).all()
    assert len(np.unique(levels)) == 256
    flat = Colouring("Flat", np.full(5, 2.5)).plain(5)
    assert (flat["minimum"], flat["maximum"], flat["above"]) == (2.5, 2.5, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"points": np.zeros((0, 2), np.float32)},
        {"points": np.zeros((N, 3), np.float32)},
        {"points": np.full((N, 2), np.nan, np.float32)},
        {"codes": np.zeros((N - 1, 3), np.float32)},
        {"codes": np.full((N, 3), np.inf, np.float32)},
        {"labels": np.zeros(N - 1, np.uint8)},
        {"labels": np.full(N, 3, np.uint8)},
        {"images": np.zeros((N - 1, 4, 4), np.uint8)},
        {"images": np.zeros((N, 4, 4, 4), np.uint8)},
        {"images": np.zeros((N, 2000, 2000), np.uint8)},
    ],
)
def test_points_that_make_no_map_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"map|points|label"):
        points(**changes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"selected": np.ones(N - 1, bool)},
        {"selected": np.ones(N, np.uint8)},
        {"lines": [(0, N)]},
        {"lines": [(-1, 0)]},
        {"decoding": Plane(np.zeros(2), np.eye(2))},
        {"pin": (float("nan"), 0.0)},
        {"marks": [Mark("Your image", 0.0, float("inf"))]},
        {"colouring": Colouring("Error", np.zeros(N - 1))},
        {"colouring": Colouring("Error", np.full(N, np.nan))},
    ],
)
def test_what_cannot_be_shown_is_refused(wrong: dict[str, Any]) -> None:
    def decode(codes: NDArray[np.float32]) -> NDArray[np.float32]:
        return codes

    given = {"decoding": LocalInterpolation(), **wrong}
    with pytest.raises(ValueError, match=rf"{N}|finite|codes of 3"):
        latent_map(DECODER, points(), key="map", alt="", decode=decode, **given)


@pytest.mark.parametrize("k", [0, -1, 65])
def test_interpolation_of_no_or_too_many_points_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="k must be"):
        LocalInterpolation(k)
