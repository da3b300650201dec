from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ae.latent.interpolation import along_neighbours, four_corners, lerp, slerp, walk

Path = Callable[..., NDArray[np.float32]]

RNG = np.random.default_rng(0)
A, B, C, D = RNG.standard_normal((4, 16)).astype(np.float32)
T = np.linspace(-0.5, 1.5, 21)


@pytest.mark.parametrize("path", [lerp, slerp])
def test_a_path_reaches_its_ends_exactly(path: Path) -> None:
    codes = path(A, 3 * B, [0, 1])
    assert codes.dtype == np.float32
    assert codes.tolist() == [A.tolist(), (3 * B).tolist()]


def test_lerp_goes_on_straight_beyond_its_ends() -> None:
    np.testing.assert_allclose(lerp(A, B, [1.5])[0], B + (B - A) / 2, atol=1e-6)
    np.testing.assert_allclose(lerp(A, B, [-1])[0], A - (B - A), atol=1e-6)


def test_slerp_on_a_circle_turns_at_constant_speed() -> None:
    right, up = np.eye(2, dtype=np.float32)
    codes = slerp(right, up, T)
    angles = T * np.pi / 2
    expected = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(codes, expected, atol=1e-6)


def test_slerp_interpolates_norms_linearly_and_stays_in_the_plane() -> None:
    a, b = A, 3 * B
    codes = slerp(a, b, T)
    norms = (1 - T) * np.linalg.norm(a) + T * np.linalg.norm(b)
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), np.maximum(norms, 0), atol=1e-5)
    assert np.linalg.matrix_rank(np.vstack([a, b, codes]), tol=1e-4) == 2


def test_far_beyond_the_longer_end_slerp_stops_at_the_origin() -> None:
    assert not slerp(A, np.float32(0.1) * A[::-1], [2.0]).any()


def test_slerp_of_nearly_parallel_codes_is_the_straight_line() -> None:
    near = (A * np.float32(1 + 1e-6)).astype(np.float32)
    for b in (A, 2 * A, near, np.zeros_like(A)):
        np.testing.assert_array_equal(slerp(A, b, T), lerp(A, b, T))


def test_between_opposite_codes_slerp_leads_through_the_origin() -> None:
    assert not slerp(A, -A, [0.5]).any()


def test_slerp_and_lerp_meet_as_the_angle_shrinks() -> None:
    b = (A + 1e-3 * B).astype(np.float32)
    np.testing.assert_allclose(slerp(A, b, T), lerp(A, b, T), atol=1e-5)


def test_four_corners_hold_their_codes_and_the_middle_is_the_mean() -> None:
    grid = four_corners(A, B, C, D, 5).reshape(5, 5, 16)
    for row, column, corner in ((0, 0, A), (0, 4, B), (4, 0, C), (4, 4, D)):
        assert grid[row, column].tolist() == corner.tolist()
    np.testing.assert_allclose(grid[2, 2], (A + B + C + D) / 4, atol=1e-6)
    np.testing.assert_allclose(grid[0], lerp(A, B, np.linspace(0, 1, 5)), atol=1e-6)
    np.testing.assert_allclose(grid[:, 4], lerp(B, D, np.linspace(0, 1, 5)), atol=1e-6)


def test_the_way_along_neighbours_stays_where_the_data_are() -> None:
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = np.float32(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    a, b = ring[0], ring[100]
    t = np.linspace(0, 1, 41)
    way = walk(along_neighbours(a, b, ring), t)
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-6)
    assert np.linalg.norm(way, axis=1).min() > 0.99
    assert np.linalg.norm(lerp(a, b, t), axis=1).min() < 0.01
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.02)


def test_where_neighbours_do_not_join_two_codes_the_way_is_straight() -> None:
    islands = np.concatenate([np.zeros((20, 2)), np.full((20, 2), 9.0)])
    islands = np.float32(islands + np.random.default_rng(0).normal(0, 0.1, islands.shape))
    a, b, t = islands[0], islands[-1], np.linspace(-0.2, 1.2, 9)
    np.testing.assert_allclose(
        walk(along_neighbours(a, b, islands, k=3), t), lerp(a, b, t), atol=1e-5
    )
    same = walk(along_neighbours(a, a, islands), t)
    np.testing.assert_allclose(same, np.tile(a, (9, 1)), atol=1e-6)
