from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.restoration import denoise_tv_chambolle
from sklearn.decomposition import PCA

from ae.denoising.filters import FILTERS, Spectrum, filtered, tuned
from ae.denoising.noise import Noise, with_noise

RNG = np.random.default_rng(0)
PIXELS = 64


def drawn(n: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth pictures around grey, of a known distribution."""
    rough = rng.normal(0, 0.1, (n, 4))
    waves = np.cos(np.outer(np.arange(4), np.linspace(0, np.pi, PIXELS)))
    return (0.5 + rough @ waves).reshape(n, 8, 8, 1).astype(np.float32)


TRAIN = drawn(500, RNG)
SPECTRUM = Spectrum.of(TRAIN)
CLEAN = drawn(30, RNG)
NOISE = Noise("gaussian", 0.2)
NOISY = with_noise(CLEAN, NOISE)


def test_the_wiener_filter_is_the_best_linear_estimate_in_closed_form() -> None:
    flat = TRAIN.reshape(500, PIXELS).astype(np.float64)
    mean, covariance = flat.mean(axis=0), np.cov(flat, rowvar=False)
    gain = covariance @ np.linalg.inv(covariance + 0.2**2 * np.eye(PIXELS))
    expected = mean + (NOISY.reshape(30, PIXELS) - mean) @ gain.T
    found = filtered("wiener", NOISY, 0.2, SPECTRUM, NOISE).reshape(30, PIXELS)
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=1e-5)


def test_a_known_blur_is_inverted_as_the_best_linear_estimate_in_closed_form() -> None:
    blur, sharp = Noise("blur", 0.9), np.eye(PIXELS).reshape(PIXELS, 8, 8, 1)
    # The blur's matrix, from what is blurred by another hand.
    spread = gaussian_filter(sharp, (0, 0.9, 0.9, 0), mode="constant", truncate=10)
    h = spread.reshape(PIXELS, PIXELS).T
    flat = TRAIN.reshape(500, PIXELS).astype(np.float64)
    mean, covariance = flat.mean(axis=0), np.cov(flat, rowvar=False)
    gain = covariance @ h.T @ np.linalg.inv(h @ covariance @ h.T + 0.01**2 * np.eye(PIXELS))
    blurred = with_noise(CLEAN, blur)
    expected = mean + (blurred.reshape(30, PIXELS) - h @ mean) @ gain.T
    found = filtered("wiener", blurred, 0.01, SPECTRUM, blur).reshape(30, PIXELS)
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=2e-4)
    assert np.square(found - CLEAN.reshape(30, PIXELS)).mean() < np.square(blurred - CLEAN).mean()


@pytest.mark.parametrize("strength", [0.03, 0.8])
def test_total_variation_is_that_of_scikit_image(strength: float) -> None:
    noisy = with_noise(np.random.default_rng(0).random((3, 12, 15, 3), np.float32), NOISE)
    found = FILTERS["total-variation"].run(noisy, strength, SPECTRUM, NOISE)
    each = [denoise_tv_chambolle(image, strength, channel_axis=-1) for image in noisy]
    np.testing.assert_allclose(found, np.stack(each), atol=1e-5)


def test_the_projection_is_that_of_principal_components() -> None:
    pca = PCA(3, svd_solver="full").fit(TRAIN.reshape(500, PIXELS))
    flat = NOISY.reshape(30, PIXELS)
    expected = pca.inverse_transform(pca.transform(flat))
    found = filtered("pca", NOISY, 3, SPECTRUM, NOISE).reshape(30, PIXELS)
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=1e-5)


@pytest.mark.parametrize("name", FILTERS)
def test_filters_treat_every_image_alone_and_stay_in_range(name: str) -> None:
    strength = FILTERS[name].tried[-1]
    together = filtered(name, NOISY * 2 - 0.5, strength, SPECTRUM, NOISE)
    alone = [filtered(name, image[None] * 2 - 0.5, strength, SPECTRUM, NOISE) for image in NOISY]
    np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-5)
    assert together.shape == NOISY.shape
    assert together.dtype == np.float32
    assert 0 <= together.min() <= together.max() <= 1


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_can_leave_a_clean_image_nearly_as_it_is(name: str) -> None:
    weakest = FILTERS[name].tried[-1 if name == "pca" else 0]
    kept = filtered(name, CLEAN, weakest, SPECTRUM, NOISE)
    assert np.abs(kept - np.clip(CLEAN, 0, 1)).mean() < 0.02


def test_tuning_finds_the_noise_that_is_there() -> None:
    strengths = tuned(CLEAN, NOISE, SPECTRUM)
    assert strengths.keys() == FILTERS.keys()
    assert strengths["wiener"] in (0.15, 0.2, 0.3)
    assert strengths["pca"] == min(FILTERS["pca"].tried)
    assert tuned(CLEAN, Noise("gaussian", 0.004), SPECTRUM)["median"] == 0
