"""What Python makes of the map: pin and outline, revisions, hostile messages."""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae.latent.maps import Interpolation, Plane
from ae.models import load
from ae.ui.door.files import file_of
from ae.ui.live import Decoder
from ae.ui.map.component import MapState, latent_map, rounded
from ae.ui.map.points import Colouring, MapPoints, Mark, packed_images
from tests.apps.latent_map import MODEL
from tests.door.saying import open_app, record_of, set_to
from tests.door.saying import say as say_values

KEY = "map"
DECODER = Decoder("toy", 3, (4, 4, 1), "")
N = 12


def points(**changes: Any) -> MapPoints:
    rng = np.random.default_rng(0)
    made: dict[str, Any] = {
        "points": np.float32(rng.normal(size=(N, 2))),
        "codes": np.float32(rng.normal(size=(N, 3))),
        "labels": np.uint8(np.arange(N) % 3),
        "class_names": ("a", "b", "c"),
    }
    return MapPoints(**{**made, **changes})


def returned(at: AppTest) -> MapState:
    assert not at.exception
    state: MapState = at.session_state["state"]
    return state


def say(at: AppTest, revision: str | None = None, **values: Any) -> AppTest:
    return say_values(at, KEY, {"pin": None, "polygon": [], **values}, revision)


TRIANGLE = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.5]]
PINNED = MapState((0.25, 0.5), None, ())


def open_pinned() -> AppTest:
    at = open_app("latent_map")
    assert returned(say(at, pin=[0.25, 0.5])) == PINNED
    return at


def test_pin_and_outline_follow_the_browser() -> None:
    at = open_app("latent_map")
    assert returned(at) == MapState(None, None, ())
    state = returned(say(at, pin=[0.25, -1], polygon=TRIANGLE))
    assert state == MapState((0.25, -1), None, ((0, 0), (1, 0), (0, 1.5)))
    assert returned(say(at)) == MapState(None, None, ())


def test_a_pin_on_a_point_tells_which() -> None:
    at = open_app("latent_map")
    place = load(MODEL).codes[7]
    assert returned(say(at, pin=[float(x) for x in place])).point == 7
    assert returned(say(at, pin=[float(x) + 0.01 for x in place])).point is None
    # As rounded in a link.
    pin = tuple(float(f"{x:.7g}") for x in place)
    assert returned(set_to(at, KEY, (pin, ()))).point == 7


def test_what_is_set_opens_a_revision_and_old_messages_are_late() -> None:
    at = open_app("latent_map")
    old = record_of(at, KEY).revision
    say(at, pin=[0.5, 0.5], polygon=TRIANGLE)
    triangle = rounded([(u, v) for u, v in TRIANGLE])
    state = returned(set_to(at, KEY, ((1.0, 1.0), triangle)))
    assert state == MapState((1, 1), None, triangle)
    assert record_of(at, KEY).revision != old
    assert returned(say(at, old, pin=[0.5, 0.5])).pin == (1, 1)
    assert returned(say(at, pin=[0.75, 0.5])) == MapState((0.75, 0.5), None, ())


@pytest.mark.parametrize("far", [1e30, float("nan"), float("inf")])
def test_what_is_set_out_of_reach_is_none(far: float) -> None:
    at = open_app("latent_map")
    assert returned(set_to(at, KEY, ((far, 0.0), ()))).pin is None
    outline = ((0, 0), (1, 0), (far, 1))
    assert returned(set_to(at, KEY, (None, outline))).polygon == ()


@pytest.mark.parametrize(
    "place",
    [
        "0,0",
        {},
        {"0": 1.0, "1": 2.0},
        [],
        [1.0],
        [1.0, 2.0, 3.0],
        [1.0, None],
        [1.0, "2"],
        [True, 1.0],
        [[1.0], 1.0],
        [1.0, float("nan")],
        [float("inf"), 1.0],
        [1.0, 10**400],
        [1e6, 0.0],
    ],
)
def test_nonsense_from_the_browser_changes_nothing(place: object) -> None:
    at = open_pinned()
    for message in ({"pin": place}, {"polygon": [[0.0, 0.0], [1.0, 1.0], place]}):
        assert returned(say(at, **message)) == PINNED


@pytest.mark.parametrize("values", [None, 3, "pin", [], [[1.0, 1.0], []], {}])
def test_values_of_another_shape_change_nothing(values: object) -> None:
    assert returned(say_values(open_pinned(), KEY, values)) == PINNED


@pytest.mark.parametrize("polygon", [None, 3, "x", {}, [[0.0, 0.0]] * 61])
def test_an_outline_of_another_shape_changes_nothing(polygon: object) -> None:
    assert returned(say(open_pinned(), pin=[1.0, 1.0], polygon=polygon)) == PINNED


def test_an_outline_of_60_corners_is_taken() -> None:
    assert len(returned(say(open_app("latent_map"), polygon=[[0.0, 0.0]] * 60)).polygon) == 60


def test_corners_are_rounded_to_what_a_link_holds() -> None:
    corners = [[0.123456, 0.0], [1.0, 0.00000123456], [0.0, -1.23456]]
    state = returned(say(open_app("latent_map"), polygon=corners))
    assert state.polygon == ((0.1235, 0), (1, 0.000001235), (0, -1.235))


# What is shown -------------------------------------------------------------------


def test_digests_name_the_content_and_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, same = points(), points()
    other = points(labels=np.zeros(N, np.uint8))
    digest = first.offered()["points"]
    assert digest == hashlib.sha256(first.packed_points()).hexdigest()
    assert digest == same.offered()["points"] != other.offered()["points"]
    monkeypatch.setattr(MapPoints, "packed_points", None)
    assert first.offered()["points"] == digest


def test_points_and_images_can_be_fetched_even_after_they_were_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.zeros((N, 4, 4), np.uint8)
    shown = points(images=lambda: images)
    assert points().offered()["images"] == ""
    contents = shown.packed_points(), packed_images(images, N)
    for _ in range(2):
        offered = shown.offered()
        for what, content in zip(("points", "images"), contents, strict=True):
            file = file_of(offered[what])
            assert file is not None
            assert file.plain() == content
        monkeypatch.setattr("ae.ui.door.files._files", OrderedDict())


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
        {"images": lambda: np.zeros((N - 1, 4, 4), np.uint8)},
        {"images": lambda: np.zeros((N, 4, 4, 4), np.uint8)},
        {"images": lambda: np.zeros((N, 2000, 2000), np.uint8)},
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
        {"marks": [Mark("Your image", 0.0, float("inf"))]},
        {"colouring": Colouring("Error", np.zeros(N - 1))},
        {"colouring": Colouring("Error", np.full(N, np.nan))},
    ],
)
def test_what_cannot_be_shown_is_refused(wrong: dict[str, Any]) -> None:
    shown = points()
    given = {"decoding": Interpolation(shown.points, shown.codes), **wrong}
    with pytest.raises(ValueError, match=rf"{N}|finite|codes of 3"):
        latent_map(DECODER, shown, key=KEY, alt="", **given)


@pytest.mark.parametrize("k", [0, -1, 65])
def test_interpolation_of_no_or_too_many_points_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="k must be"):
        Interpolation(points().points, points().codes, k)


def test_the_lattice_covers_the_map_and_its_surroundings_evenly() -> None:
    made = points()
    places = made.lattice(5)
    (u, v), step = made.lattice_from(5)
    assert places.shape == (25, 2)
    np.testing.assert_allclose(places[0], (u, v))
    np.testing.assert_allclose(places[7], (u + 2 * step, v + step))
    np.testing.assert_allclose(places.mean(axis=0), made.middle)
    np.testing.assert_allclose(places[-1] - places[0], 1.5 * made.extent)
