from __future__ import annotations

import numpy as np
import pytest

from ae.latent.maps import Interpolation, Plane, fitted_plane, inside, interpolate, neighbours
from ae.models import SHIPPED, load

RNG = np.random.default_rng(0)
# Off the origin, and much longer one way than another.
CODES = np.float32(RNG.standard_normal((400, 5)) * [3, 2, 1, 0.5, 0.1] + 7)
CENTRED = np.float64(CODES) - CODES.mean(axis=0, dtype=np.float64)
COMPONENTS = np.linalg.svd(CENTRED, full_matrices=False)[2][:2]
SCORES = np.float32(CENTRED @ COMPONENTS.T)
STAR = [(np.sin(a), np.cos(a)) for a in 2 * np.pi * np.arange(0, 10, 2) / 5]


def test_the_plane_of_pca_is_recovered_from_its_scores() -> None:
    plane = fitted_plane(CODES, SCORES)
    np.testing.assert_allclose(plane.axes, COMPONENTS, atol=1e-6)
    np.testing.assert_allclose(plane.offset, CODES.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(plane.places(CODES), SCORES, atol=1e-5)


def test_places_go_to_codes_and_back() -> None:
    plane = fitted_plane(CODES, SCORES)
    places = np.array([[0, 0], [1.5, -2], [40, 3]])
    np.testing.assert_allclose(plane.places(plane.codes(places)), places, atol=1e-5)
    # No code of the plane is nearer to a code than the one at its place.
    shadow = plane.codes(SCORES[:1])
    nearest = np.linalg.norm(CODES[0] - shadow)
    nudged = plane.codes(SCORES[:1] + np.array([[0.1, 0], [0, -0.1], [-0.1, 0.1]]))
    assert (np.linalg.norm(CODES[0] - nudged, axis=1) > nearest).all()


def test_a_plane_through_a_code_gives_it_back_exactly_and_moves_no_place() -> None:
    mean = fitted_plane(CODES, SCORES)
    plane = mean.through(CODES[3])
    np.testing.assert_allclose(plane.codes(SCORES[[3]])[0], CODES[3], atol=1e-5)
    assert np.linalg.norm(mean.codes(SCORES[[3]])[0] - CODES[3]) > 0.1
    np.testing.assert_allclose(plane.places(CODES), SCORES, atol=1e-5)
    np.testing.assert_allclose(plane.through(CODES[3]).offset, plane.offset, atol=1e-9)


def test_a_plane_through_the_mean_is_the_plane_itself() -> None:
    mean = fitted_plane(CODES, SCORES)
    np.testing.assert_allclose(
        mean.through(CENTRED.mean(axis=0) + mean.offset).offset, mean.offset, atol=1e-9
    )


def test_two_dimensional_codes_are_their_own_plane() -> None:
    plane = fitted_plane(CODES[:, :2], CODES[:, :2])
    np.testing.assert_allclose(plane.axes, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.offset, 0, atol=1e-11)


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in SHIPPED.glob("*vae*/card.json"))
)
def test_shipped_flat_maps_are_projections_of_the_stored_codes(name: str) -> None:
    model = load(name)
    for kind in {"pca", "plane"} & set(model.maps):
        plane = fitted_plane(model.codes, model.maps[kind])
        np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-5)
        found = plane.places(model.codes)
        np.testing.assert_allclose(found, model.maps[kind], atol=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_on_a_known_point_its_own_value_comes_back(scale: float) -> None:
    for at in (0, 17, 399):
        found = interpolate(SCORES[at] * scale, SCORES * np.float32(scale), CODES)
        np.testing.assert_allclose(found, CODES[at], atol=1e-4)


def test_between_known_points_the_nearer_counts_more() -> None:
    known = np.array([[0.0], [1.0], [50.0]])
    values = np.array([[0.0, 5.0], [1.0, 5.0], [-99.0, 5.0]])
    assert interpolate([0.5], known, values, k=2).tolist() == [0.5, 5]
    # At a quarter, the weights are 16 and 16 / 9.
    assert interpolate([0.25], known, values, k=2)[0] == pytest.approx(0.1)
    everything = interpolate([1e6], known, values, k=3)[0]
    assert everything == pytest.approx((0 + 1 - 99) / 3, rel=1e-3)


def test_only_the_nearest_take_part_and_equal_points_share() -> None:
    known = np.zeros((4, 2))
    known[3] = 9
    values = np.array([[1.0], [2.0], [6.0], [1000.0]])
    assert interpolate([0, 0], known, values, k=3)[0] == pytest.approx(3)
    assert interpolate([0, 0], known[:3] + 4, values[:3], k=8)[0] == pytest.approx(3)


def test_an_interpolated_map_gives_every_known_point_its_own_code_and_place() -> None:
    bent = np.float32(np.sin(SCORES) * 30)
    way = Interpolation(bent, CODES, k=6)
    np.testing.assert_allclose(way.codes(bent[:9]), CODES[:9], atol=1e-3)
    np.testing.assert_allclose(way.places(CODES[:9]), bent[:9], atol=1e-3)
    between = (bent[[0]] + bent[[1]]) / 2
    np.testing.assert_array_equal(way.codes(between)[0], interpolate(between[0], bent, CODES, k=6))


def test_neighbours_are_the_nearest_others() -> None:
    found = neighbours(CODES, 5, k=4)
    brute = sorted(range(400), key=lambda i: float(((CODES[i] - CODES[5]) ** 2).sum()))
    assert found.tolist() == brute[1:5]
    twins = np.array([[0.0], [0.0], [3.0], [1.0]])
    assert neighbours(twins, 0, k=2).tolist() == [1, 3]
    assert neighbours(twins, 0, k=9).tolist() == [1, 3, 2]


def test_a_box_holds_what_its_sides_say() -> None:
    box = [(-1, -0.5), (2, -0.5), (2, 1.5), (-1, 1.5)]
    u, v = SCORES.T
    expected = (u > -1) & (u < 2) & (v > -0.5) & (v < 1.5)
    assert 0 < expected.sum() < 400
    for corners in (box, box[::-1], [*box, box[0]]):
        assert (inside(SCORES, corners) == expected).all()


def test_a_lasso_may_bend_inwards_and_cross_itself() -> None:
    arrow = [(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)]
    points = np.array([[1, 1], [3, 1], [2, 3], [2, 0.5], [5, 1]])
    assert inside(points, arrow).tolist() == [True, True, False, True, False]
    # Of a five-pointed star in one stroke, the tips are inside, the middle is not.
    tips = 0.8 * np.array(STAR)
    assert inside(tips, STAR).all()
    assert not inside(np.zeros((1, 2)), STAR)[0]


def test_a_convex_lasso_holds_what_lies_left_of_all_its_sides() -> None:
    angles = np.sort(RNG.uniform(0, 2 * np.pi, 40))
    corners = 2.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    sides = np.roll(corners, -1, axis=0) - corners
    away = SCORES[:, None] - corners
    left = sides[:, 0] * away[..., 1] - sides[:, 1] * away[..., 0] > 0
    polygon = [(float(u), float(v)) for u, v in corners]
    assert (inside(SCORES, polygon) == left.all(axis=1)).all()


@pytest.mark.parametrize("polygon", [[], [(0.0, 0.0)], [(0.0, 0.0), (1.0, 1.0)]])
def test_less_than_a_triangle_holds_nothing(polygon: list[tuple[float, float]]) -> None:
    assert not inside(SCORES, polygon).any()


def test_a_plane_keeps_the_codes_single_precision() -> None:
    plane = Plane(np.zeros(3), np.eye(2, 3))
    assert plane.codes(np.zeros((1, 2))).dtype == np.float32
    assert plane.places(np.zeros((1, 3))).dtype == np.float32
