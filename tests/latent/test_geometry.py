"""Lengths and areas that a decoder gives its codes, where they are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ae.latent.geometry import geodesic, picture_graph, picture_length, stretch
from ae.latent.interpolation import lerp

Floats = NDArray[np.float32]


def lattice(side: int) -> Floats:
    steps = np.linspace(-1, 1, side)
    return np.stack(np.meshgrid(steps, steps), axis=2).reshape(-1, 2).astype(np.float32)


def linear(codes: Floats) -> Floats:
    weights = np.array([[3, 0, 4, 0], [0, 2, 0, 0]], np.float32)
    return (codes @ weights).reshape(-1, 2, 2, 1)


def hill(codes: Floats) -> Floats:
    """A picture of three pixels: the code, and a steep hill in the middle."""
    height = 4 * np.exp(-8 * np.square(codes).sum(axis=1, keepdims=True))
    return np.concatenate([codes, height], axis=1).reshape(-1, 3, 1, 1)


def test_a_linear_decoder_stretches_by_its_determinant() -> None:
    # Columns of length 5 and 2 at right angles, over 4 pixels.
    np.testing.assert_allclose(stretch(linear, lattice(5)), 5 * 2 / 4, rtol=1e-3)


def test_stretch_is_largest_on_the_slope_of_a_hill() -> None:
    codes = np.array([[0, 0], [0.25, 0], [1, 1], [-1, -1]], np.float32)
    found = stretch(hill, codes)
    assert found.argmax() == 1
    # In two dimensions the area is sqrt(1 + |slope|^2); over 3 pixels.
    slope = 4 * 16 * 0.25 * np.exp(-8 * 0.25**2)
    assert found[1] == pytest.approx(np.sqrt(1 + slope**2) / 3, rel=1e-2)


def test_edges_are_as_long_as_pictures_differ() -> None:
    codes = lattice(9)
    graph = picture_graph(linear, codes)
    assert graph.neighbours.shape == (81, 8)
    node, other = 40, int(graph.neighbours[40, 0])
    expected = np.sqrt(np.square(linear(codes[[node]]) - linear(codes[[other]])).mean())
    assert graph.lengths[40, 0] == pytest.approx(float(expected), rel=1e-3)
    assert not (graph.neighbours == np.arange(81)[:, None]).any()


def test_a_geodesic_goes_around_a_hill_and_is_shorter_than_the_straight_line() -> None:
    codes = lattice(21)
    a, b = np.array([-0.9, 0], np.float32), np.array([0.9, 0], np.float32)
    way = geodesic(a, b, codes, picture_graph(hill, codes), hill)
    np.testing.assert_array_equal(way[[0, -1]], [a, b])
    assert np.linalg.norm(way, axis=1).min() > 0.3
    straight = lerp(a, b, np.linspace(0, 1, 60))
    assert picture_length(hill, way) < 0.6 * picture_length(hill, straight)


def test_a_geodesic_of_a_linear_decoder_is_the_straight_line() -> None:
    codes = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    way = geodesic(codes[0], codes[1], codes, picture_graph(linear, codes), linear)
    np.testing.assert_array_equal(way, codes[:2])


def test_where_nothing_joins_the_two_it_leads_straight() -> None:
    rng = np.random.default_rng(0)
    islands = np.concatenate([rng.normal(c, 0.1, (20, 2)) for c in (-9, 9)]).astype(np.float32)
    a, b = islands[0], islands[-1]
    way = geodesic(a, b, islands, picture_graph(linear, islands), linear)
    np.testing.assert_array_equal(way, [a, b])


def test_length_of_a_linear_way_does_not_depend_on_its_stops() -> None:
    ends = np.array([[0, 0], [1, 1]], np.float32)
    many = lerp(ends[0], ends[1], np.linspace(0, 1, 30))
    assert picture_length(linear, ends) == pytest.approx(picture_length(linear, many), rel=1e-5)
