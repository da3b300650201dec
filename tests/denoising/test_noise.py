from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from ae.denoising.noise import KINDS, SETTINGS, Noise, spoilt, with_noise

RNG = np.random.default_rng(0)
GREY = np.full((1, 400, 400, 1), 0.4, np.float32)
PICTURES = np.float32(RNG.integers(0, 256, (5, 28, 28, 1)) / np.float32(255))


def noisy(kind: str, level: float, **options: bool) -> np.ndarray:
    return spoilt(GREY, kind, level, np.random.default_rng(1), **options)


@pytest.mark.parametrize("sigma", [0.1, 0.5])
def test_gaussian_noise_has_mean_zero_and_the_asked_deviation(sigma: float) -> None:
    added = noisy("gaussian", sigma) - GREY
    assert added.mean() == pytest.approx(0, abs=0.01 * sigma)
    assert added.std() == pytest.approx(sigma, rel=0.01)


def test_speckle_has_a_deviation_that_is_a_share_of_the_pixel() -> None:
    added = noisy("speckle", 0.5) - GREY
    assert added.mean() == pytest.approx(0, abs=0.002)
    assert added.std() == pytest.approx(0.5 * 0.4, rel=0.01)
    black = spoilt(np.zeros_like(GREY), "speckle", 1.0, np.random.default_rng(1))
    assert not black.any()


def test_salt_and_pepper_replaces_the_asked_share_half_by_each() -> None:
    changed = noisy("salt-and-pepper", 0.3)
    assert (changed == 0).mean() == pytest.approx(0.15, abs=0.005)
    assert (changed == 1).mean() == pytest.approx(0.15, abs=0.005)
    assert (changed == GREY).mean() == pytest.approx(0.7, abs=0.005)


def test_masking_blackens_the_asked_share() -> None:
    changed = noisy("masking", 0.3)
    assert (changed == 0).mean() == pytest.approx(0.3, abs=0.005)
    assert ((changed == 0) | (changed == GREY)).all()


@pytest.mark.parametrize("width", [0.5, 1.5])
def test_blur_is_a_gaussian_filter_before_black_rounded_to_8_bits(width: float) -> None:
    expected = gaussian_filter(PICTURES, (0, width, width, 0), mode="constant", truncate=10)
    blurred = spoilt(PICTURES, "blur", width, RNG)
    np.testing.assert_allclose(blurred, expected, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(255 * blurred, np.rint(255 * blurred), atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_can_have_its_own_level(kind: str) -> None:
    levels = np.asarray([0, 0.3, 0.6, 0.3, 0.0])
    changed = spoilt(PICTURES, kind, levels, np.random.default_rng(2))
    moved = np.abs(changed - PICTURES).mean(axis=(1, 2, 3))
    assert moved[0] == moved[4] == 0
    assert 0 < moved[1] < moved[2]


@pytest.mark.parametrize("kind", KINDS)
def test_only_kinds_that_leave_black_and_white_are_measured_clipped(kind: str) -> None:
    free = with_noise(PICTURES, Noise(kind, KINDS[kind].most))
    clipped = with_noise(PICTURES, Noise(kind, KINDS[kind].most, clip=True))
    np.testing.assert_array_equal(clipped, np.clip(free, 0, 1))
    outside = bool((free != clipped).any())
    assert outside == KINDS[kind].outside
    assert Noise(kind, 0.1, clip=True).setting in SETTINGS
    assert (Noise(kind, 0.1, clip=True).setting != kind) == outside


def test_noise_depends_on_seed_and_place_and_not_on_the_other_images() -> None:
    noise = Noise("gaussian", 0.3, seed=7)
    alone = with_noise(PICTURES[:2], noise)
    np.testing.assert_array_equal(alone, with_noise(PICTURES, noise)[:2])
    added = with_noise(PICTURES, noise) - PICTURES
    assert np.abs(added[0] - added[1]).max() > 0.1
    assert (with_noise(PICTURES, Noise("gaussian", 0.3, seed=8)) != alone[0]).any()


def test_no_noise_gives_the_images_themselves() -> None:
    assert with_noise(PICTURES, Noise("gaussian", 0)) is PICTURES
