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
    np.testing.assert_allclose(
        metrics.cross_entropy(IMAGES[:2], half), 30 * math.log(2)
    )


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
        nothing.reconstruct(IMAGES),
        np.broadcast_to(mean.reshape(5, 6, 1), IMAGES.shape),
    )


def test_the_floor_of_fashion_mnist(fashion_mnist_test: object) -> None:
    from ae.data import Dataset

    assert isinstance(fashion_mnist_test, Dataset)
    floor = metrics.entropy_floor(fashion_mnist_test.images).mean()
    assert floor == pytest.approx(189.86, abs=0.005)
