from __future__ import annotations

import numpy as np
import pytest

from ae.latent.sampling import Mixture, sample_posterior, sample_prior

MEANS = np.array([[-4.0, 0.0], [4.0, 1.0]], np.float32)
FACTORS = np.array([[[0.5, 0], [0.3, 0.2]], [[0.1, 0], [0, 0.1]]], np.float32)
MIXTURE = Mixture(np.array([0.25, 0.75], np.float32), MEANS, FACTORS)


def test_the_prior_is_standard_normal_and_a_temperature_scales_it() -> None:
    codes = sample_prior(20_000, 3, np.random.default_rng(0))
    assert codes.dtype == np.float32
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(codes.T), np.eye(3), atol=0.05)
    cooler = sample_prior(20_000, 3, np.random.default_rng(0), temperature=0.5)
    np.testing.assert_allclose(cooler, codes / 2, rtol=1e-5)


def test_posterior_samples_have_its_mean_and_spread() -> None:
    z_mean = np.repeat(np.array([[1.0, -2.0]], np.float32), 20_000, axis=0)
    z_log_var = np.repeat(np.log(np.array([[0.25, 4.0]], np.float32)), 20_000, axis=0)
    codes = sample_posterior(z_mean, z_log_var, np.random.default_rng(0))
    np.testing.assert_allclose(codes.mean(axis=0), [1, -2], atol=0.05)
    np.testing.assert_allclose(codes.std(axis=0), [0.5, 2], atol=0.03)


def test_a_mixture_has_the_shares_means_and_covariances_it_was_given() -> None:
    codes = MIXTURE.sample(40_000, np.random.default_rng(1))
    right = codes[:, 0] > 0
    assert right.mean() == pytest.approx(0.75, abs=0.01)
    for part, mean, factor in zip((~right, right), MEANS, FACTORS, strict=True):
        np.testing.assert_allclose(codes[part].mean(axis=0), mean, atol=0.02)
        np.testing.assert_allclose(np.cov(codes[part].T), factor @ factor.T, atol=0.02)


def test_the_same_seed_gives_the_same_codes() -> None:
    one = MIXTURE.sample(5, np.random.default_rng(7))
    assert one.tolist() == MIXTURE.sample(5, np.random.default_rng(7)).tolist()


def test_at_temperature_zero_only_the_means_are_left() -> None:
    codes = MIXTURE.sample(50, np.random.default_rng(2), temperature=0)
    assert {tuple(code) for code in codes.tolist()} == {(-4.0, 0.0), (4.0, 1.0)}
