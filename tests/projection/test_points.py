import numpy as np
import pytest

from ae.projection.points import generate_cloud, new_points


def test_sixty_points_are_the_notebooks() -> None:
    points = generate_cloud(60).points
    assert points.shape == (60, 3)
    assert points.dtype == np.float64
    np.testing.assert_allclose(points[0], [-1.03976771, -0.76023846, -0.33288048], atol=1e-8)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-15)
    assert points.var() == pytest.approx(0.30281, abs=5e-6)


def test_new_points_are_drawn_alike_and_not_centred_anew() -> None:
    cloud, other = generate_cloud(60), generate_cloud(60, seed=5)
    found = new_points(cloud, 0.1, 0.3, 0.1, seed=5)
    np.testing.assert_allclose(found + cloud.centre, other.points + other.centre)
    assert np.abs(found.mean(axis=0)).max() > 0.01


def test_pca_explains_what_the_notebook_says() -> None:
    points = generate_cloud(60).points
    squares = np.linalg.svd(points, compute_uv=False) ** 2
    np.testing.assert_allclose(squares / squares.sum(), [0.84249, 0.14632, 0.01120], atol=5e-6)
    assert squares[2] / points.size == pytest.approx(0.0033901, abs=5e-8)


def test_angles_lie_on_three_quarters_of_a_turn() -> None:
    cloud = generate_cloud(500, seed=0)
    assert cloud.angles.shape == (500,)
    assert cloud.angles.min() >= -0.5
    assert cloud.angles.max() < 1.5 * np.pi - 0.5


def test_slopes_tilt_the_cloud_exactly_without_noise() -> None:
    x1, x2, x3 = generate_cloud(40, 0.7, -0.2, 0.0).points.T
    np.testing.assert_allclose(x3, 0.7 * x1 - 0.2 * x2, atol=1e-12)


def test_the_global_generator_changes_nothing() -> None:
    np.random.seed(0)  # noqa: NPY002 - the generator that must not matter
    first = generate_cloud(10).points
    np.testing.assert_array_equal(first, generate_cloud(10).points)


def test_a_seed_repeats_and_another_differs() -> None:
    first, again, other = (generate_cloud(10, seed=seed).points for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(("m", "noise"), [(0, 0.1), (10, -0.1)])
def test_impossible_clouds_are_refused(m: int, noise: float) -> None:
    with pytest.raises(ValueError, match="at least"):
        generate_cloud(m, noise=noise)
