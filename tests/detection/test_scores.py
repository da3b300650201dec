from __future__ import annotations

import numpy as np
import pytest

from ae.detection import scores as anomaly
from ae.detection.scores import NormalClass, Scale, Seen, Untrained
from ae.metrics import p_values

RNG = np.random.default_rng(0)
IMAGES = RNG.random((30, 12, 8, 1), dtype=np.float32)


def test_blurring_is_scipys_gaussian_filter() -> None:
    from scipy.ndimage import gaussian_filter

    expected = gaussian_filter(
        IMAGES[..., 0], (0, anomaly.BLUR, anomaly.BLUR), mode="constant", truncate=12
    )
    np.testing.assert_allclose(anomaly.blurred(IMAGES), expected, atol=1e-4)


def test_thumbnails_lie_between_the_pixels_of_a_large_even_picture() -> None:
    even = np.full((1, 28, 28, 1), 0.5, np.float32)
    small = anomaly.thumbnails(even)
    assert small.shape == (1, 14 * 14)
    assert small.dtype == np.uint8
    assert (small.reshape(14, 14)[4:-4, 4:-4] == 128).all()


@pytest.mark.parametrize("n", [1, 3, 2500])
def test_neighbour_distances_are_scikit_learns(n: int) -> None:
    from sklearn.neighbors import NearestNeighbors

    reference = RNG.normal(size=(50, 6)).astype(np.float32)
    points = RNG.normal(size=(n, 6)).astype(np.float32)
    distances, _ = NearestNeighbors(n_neighbors=5).fit(reference).kneighbors(points)
    found = anomaly.neighbour_distance(points, reference)
    np.testing.assert_allclose(found, distances.mean(axis=1), rtol=1e-4)


def test_neighbours_of_8_bit_points_do_not_overflow() -> None:
    far = anomaly.neighbour_distance(np.full((1, 196), 255, np.uint8), np.zeros((2, 196), np.uint8))
    np.testing.assert_allclose(far, 255 * 14)


def test_a_scale_gives_its_own_scores_mean_0_and_spread_1() -> None:
    scores = RNG.lognormal(3, 2, 500)
    scaled = Scale.fitted(scores).of(scores)
    np.testing.assert_allclose([scaled.mean(), scaled.std()], [0, 1], atol=1e-6)
    assert np.isfinite(Scale.fitted(np.zeros(5)).of(np.array([0.0, 1.0]))).all()


def test_p_values_count_the_normal_scores_that_are_as_high() -> None:
    found = p_values(np.array([-1, 0, 4.5, 9, 99]), np.arange(9.0))
    np.testing.assert_allclose(found, [1, 1, 0.5, 0.1, 0.1])


def test_p_values_of_images_like_the_held_out_ones_are_uniform() -> None:
    scores = RNG.normal(size=200)
    # Any of 200 may have been the new one, and each is as likely: p takes every value once.
    found = [p_values(scores[[i]], np.delete(scores, i))[0] for i in range(200)]
    np.testing.assert_allclose(np.sort(found), np.arange(1, 201) / 200)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1, 0.5])
def test_a_line_flags_what_has_a_p_value_of_its_rate_at_most(rate: float) -> None:
    normal = np.round(RNG.normal(size=1000), 2)  # with ties
    scores = np.concatenate([normal, RNG.normal(size=500)])
    flagged = scores > anomaly.threshold_at(normal, rate)
    np.testing.assert_array_equal(flagged, p_values(scores, normal) <= rate)


def test_a_rate_that_few_images_cannot_promise_flags_nothing() -> None:
    assert anomaly.threshold_at(np.arange(19.0), 0.05) == 18
    assert anomaly.threshold_at(np.arange(18.0), 0.05) == np.inf


def normal_class(n: int = 60) -> tuple[NormalClass, Seen]:
    images = RNG.random((n + 20, 8, 8, 1), dtype=np.float32)
    # One coordinate is ten times as large as the others.
    codes = RNG.normal(size=(n + 20, 3)) * [10, 1, 1]
    held_out = Seen(images[n:], codes[n:], np.clip(images[n:] + 0.1, 0, 1))
    return NormalClass.fitted(images[:n], codes[:n], held_out), held_out


def test_whitened_codes_count_all_coordinates_alike() -> None:
    knows, held_out = normal_class()
    spreads = np.float64(knows.codes).std(axis=0)
    np.testing.assert_allclose(spreads, spreads.mean(), rtol=0.1)
    moved = []
    for axis, scale in enumerate((10, 1, 1)):
        codes = np.tile(knows.centre, (1, 1))
        codes[:, axis] += 8 * scale
        far = Seen(held_out.images[:1], codes, held_out.restored[:1])
        moved.append(knows.part("density", far)[0])
    np.testing.assert_allclose(moved, np.mean(moved), rtol=0.3)


def test_held_out_normal_images_score_zero_on_average() -> None:
    knows, held_out = normal_class()
    for name in anomaly.PARTS:
        scaled = knows.scaled(name, held_out)
        np.testing.assert_allclose([scaled.mean(), scaled.std()], [0, 1], atol=1e-6)
    assert knows.score(held_out).mean() == pytest.approx(0, abs=1e-6)


def test_a_badly_restored_image_scores_higher() -> None:
    knows, held_out = normal_class()
    worse = Seen(held_out.images, held_out.codes, 1 - held_out.restored)
    better = knows.part("reconstruction", held_out)
    assert (knows.part("reconstruction", worse) > better).mean() > 0.9
    with pytest.raises(ValueError, match="no part 'colour'"):
        knows.part("colour", held_out)


def bars(n: int, *, upright: bool) -> np.ndarray:
    images = RNG.uniform(0, 0.1, (n, 28, 28, 1)).astype(np.float32)
    for image in images:
        at = RNG.integers(9, 15)
        band = image[:, at : at + 6] if upright else image[at : at + 6]
        band += 0.8
    return images


def test_a_few_images_of_ones_own_are_told_from_others() -> None:
    untrained = Untrained(bars(40, upright=True))
    normal = untrained.score(bars(20, upright=True))
    other = untrained.score(bars(20, upright=False))
    assert normal.max() < other.min()
    # Scored without themselves, they look like new normal images.
    assert abs(untrained.normal.mean() - normal.mean()) < 1


def test_the_fusion_counts_four_scores_alike_and_tells_others_apart() -> None:
    held_out = anomaly.Fusion.views(bars(30, upright=True))
    fusion = anomaly.Fusion(bars(60, upright=True), bars(30, upright=True))
    assert len(held_out) == 4
    other = fusion.score(anomaly.Fusion.views(bars(20, upright=False)))
    assert fusion.score(held_out).max() < other.min()
    images = bars(30, upright=True)
    own = anomaly.Fusion(bars(60, upright=True), images).score(anomaly.Fusion.views(images))
    assert own.mean() == pytest.approx(0, abs=1e-6)


def test_too_few_images_of_ones_own_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        Untrained(IMAGES[:19])
