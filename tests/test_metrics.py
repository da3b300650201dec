from __future__ import annotations

import math

import numpy as np
import pytest

from ae import metrics

RNG = np.random.default_rng(0)
IMAGES = RNG.random((4, 5, 6, 1), dtype=np.float32)


def test_equal_images_have_no_error_and_cost_their_entropy() -> None:
    assert metrics.squared_error(IMAGES, IMAGES).tolist() == [0, 0, 0, 0]
    assert metrics.psnr(0.0) == math.inf
    floor = metrics.entropy_floor(IMAGES)
    np.testing.assert_allclose(metrics.cross_entropy(IMAGES, IMAGES), floor)
    for shift in (-0.05, 0.05):
        moved = np.clip(IMAGES + shift, 0, 1).astype(np.float32)
        assert (metrics.cross_entropy(IMAGES, moved) > floor).all()


def test_cross_entropy_is_summed_over_pixels_in_nats() -> None:
    half = np.full((2, 5, 6, 1), 0.5, np.float32)
    np.testing.assert_allclose(metrics.cross_entropy(IMAGES[:2], half), 30 * math.log(2))


def test_black_and_white_pixels_have_no_entropy() -> None:
    binary = np.round(IMAGES)
    np.testing.assert_allclose(metrics.entropy_floor(binary), 0, atol=1e-4)


def test_psnr_of_a_known_error() -> None:
    black, grey = np.zeros((1, 2, 2, 1), np.float32), np.full((1, 2, 2, 1), 0.1)
    mse = metrics.squared_error(black, grey.astype(np.float32))
    np.testing.assert_allclose(metrics.psnr(mse), 20, atol=1e-5)


def test_rounded_accuracy_counts_sides_of_one_half() -> None:
    images = np.array([0.9, 0.1, 0.8, 0.2], np.float32).reshape(1, 2, 2, 1)
    rebuilt = np.array([0.6, 0.4, 0.3, 0.1], np.float32).reshape(1, 2, 2, 1)
    assert metrics.rounded_accuracy(images, rebuilt) == [0.75]


def test_quality_refuses_nothing_and_misfits() -> None:
    for other in (IMAGES[:2], IMAGES[:0]):
        with pytest.raises(ValueError, match="shapes"):
            metrics.quality(other, IMAGES[:0] if len(other) == 0 else IMAGES)


def test_a_full_basis_reconstructs_exactly() -> None:
    basis, _ = np.linalg.qr(RNG.normal(size=(30, 30)))
    mean = IMAGES.reshape(4, 30).mean(axis=0)
    linear = metrics.LinearBaseline(mean, basis.astype(np.float32))
    np.testing.assert_allclose(linear.reconstruct(IMAGES), IMAGES, atol=1e-5)
    nothing = metrics.LinearBaseline(mean, np.zeros((1, 30), np.float32))
    np.testing.assert_allclose(
        nothing.reconstruct(IMAGES), np.broadcast_to(mean.reshape(5, 6, 1), IMAGES.shape)
    )


def test_the_floor_of_fashion_mnist(fashion_mnist_test: object) -> None:
    from ae.data import Dataset

    assert isinstance(fashion_mnist_test, Dataset)
    floor = metrics.entropy_floor(fashion_mnist_test.images).mean()
    assert floor == pytest.approx(189.86, abs=0.005)


def test_the_frechet_distance_of_a_shift_is_its_square() -> None:
    features = RNG.normal(size=(500, 4))
    assert metrics.frechet_distance(features, features) == pytest.approx(0, abs=1e-9)
    shifted = features + np.array([3, 0, -4, 0])
    assert metrics.frechet_distance(features, shifted) == pytest.approx(25)
    assert metrics.frechet_distance(shifted, features) == pytest.approx(25)


def test_the_frechet_distance_of_commuting_gaussians_is_that_of_their_spreads() -> None:
    features = RNG.normal(size=(500, 3))
    centred = features - features.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    scaled = (centred @ axes.T * [2.0, 0.5, 1.0]) @ axes
    sigma = (centred @ axes.T).std(axis=0, ddof=1)
    expected = ((sigma * 2 - sigma) ** 2)[0] + ((sigma * 0.5 - sigma) ** 2)[1]
    assert metrics.frechet_distance(centred, scaled) == pytest.approx(expected)


def test_the_frechet_distance_agrees_with_the_root_of_the_product() -> None:
    a = RNG.normal(size=(300, 5)) @ RNG.normal(size=(5, 5))
    b = RNG.normal(size=(200, 5)) @ RNG.normal(size=(5, 5)) + 1
    product = np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)
    root = np.sqrt(np.linalg.eigvals(product).real).sum()
    expected = (
        np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
        + np.trace(np.cov(a, rowvar=False) + np.cov(b, rowvar=False))
        - 2 * root
    )
    assert metrics.frechet_distance(a, b) == pytest.approx(expected)


def test_features_that_never_vary_have_a_distance() -> None:
    flat = np.zeros((50, 3))
    assert metrics.frechet_distance(flat, flat) == 0
    assert metrics.frechet_distance(flat, flat + 2) == pytest.approx(12)


def test_reading_the_mean_explains_nothing_and_the_truth_all() -> None:
    values = RNG.normal(size=40)
    assert metrics.explained_variance(values, values) == 1
    mean = np.full(40, values.mean())
    assert metrics.explained_variance(values, mean) == pytest.approx(0)
    assert metrics.explained_variance(values, -values) < 0


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.6])
def test_structural_similarity_agrees_with_scikit_image(noise: float) -> None:
    from skimage.metrics import structural_similarity

    images = RNG.random((3, 12, 9, 2), dtype=np.float32)
    images[0] = 0  # flat windows have no variance
    other = np.clip(images + noise * RNG.normal(size=images.shape), 0, 1)
    found = metrics.ssim(images, other.astype(np.float32))
    expected = [
        structural_similarity(a, b, win_size=7, data_range=1, channel_axis=-1)
        for a, b in zip(np.float64(images), other, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_psnr_agrees_with_scikit_image() -> None:
    from skimage.metrics import peak_signal_noise_ratio

    other = np.clip(IMAGES + RNG.normal(0, 0.2, IMAGES.shape), 0, 1).astype(np.float32)
    found = metrics.psnr(metrics.squared_error(IMAGES, other))
    expected = [
        peak_signal_noise_ratio(np.float64(a), np.float64(b), data_range=1)
        for a, b in zip(IMAGES, other, strict=True)
    ]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("levels", [3, 10_000])
def test_roc_curves_are_scikit_learns_with_and_without_ties(levels: int) -> None:
    from sklearn.metrics import auc, roc_auc_score, roc_curve

    normal = RNG.integers(0, levels, 80) / levels
    other = RNG.integers(0, levels, 120) / levels + 0.1 * (levels > 3)
    labels = np.repeat([0, 1], [80, 120])
    scores = np.concatenate([normal, other])
    alarms, detected, _ = roc_curve(labels, scores, drop_intermediate=False)
    found = metrics.roc_curve(normal, other)
    np.testing.assert_allclose(found[0], alarms)
    np.testing.assert_allclose(found[1], detected)
    assert auc(*found) == pytest.approx(roc_auc_score(labels, scores))


def test_error_rates_count_scores_above_the_threshold() -> None:
    normal, other = np.array([0.0, 1, 2, 3]), np.array([2.0, 4])
    assert metrics.error_rates(normal, other, 2.0) == (0.25, 0.5)
    assert metrics.error_rates(normal, other, -1.0) == (1.0, 0.0)


@pytest.mark.parametrize("levels", [4, 10_000])
def test_the_error_of_an_auroc_difference_is_delongs(levels: int) -> None:
    labels = np.repeat([1, 0], [30, 50])
    first = RNG.integers(0, levels, 80) / levels + 0.4 * labels
    second = (first + RNG.integers(0, levels, 80) / levels) / 2

    def kernel(scores: np.ndarray) -> np.ndarray:
        pairs = scores[:30, None] - scores[None, 30:]
        return (pairs > 0) + 0.5 * (pairs == 0)

    kernels = np.stack([kernel(first), kernel(second)])
    s10, s01 = np.cov(kernels.mean(axis=2)), np.cov(kernels.mean(axis=1))
    contrast = np.array([1, -1])
    variance = contrast @ (s10 / 30 + s01 / 50) @ contrast
    difference, added = metrics.auroc_difference(first, second, labels)
    assert difference == pytest.approx(metrics.auroc(first, labels) - metrics.auroc(second, labels))
    assert np.square(added).sum() == pytest.approx(variance)
