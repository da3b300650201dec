"""Whether there is data behind a code: against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from ae.coding.measures import information_of
from ae.latent.maps import nearest
from ae.latent.sampling import Mixture
from ae.latent.support import Support
from ae.metrics import p_values

RNG = np.random.default_rng(0)


def gaussian(covariance: NDArray[np.float64], noise: NDArray[np.float64]) -> Support:
    """Codes of covariance ``covariance`` without the noise, calibrated on 20,000."""
    total = covariance + np.diag(noise)
    factor = np.linalg.cholesky(total)
    mixture = Mixture(
        *(np.float32(a) for a in (np.ones(1), np.zeros((1, len(noise))), factor[None]))
    )
    held_out = RNG.multivariate_normal(np.zeros(len(noise)), covariance, 20_000)
    empty = Support(mixture, noise, np.empty(0), np.empty(0))
    return Support(mixture, noise, np.sort(empty.score(held_out)), np.empty(0))


def test_the_support_of_a_gaussian_is_the_tail_of_chi_square() -> None:
    d = 5
    support = gaussian(np.eye(d), np.zeros(d))
    codes = RNG.standard_normal((200, d))
    expected = chi2.sf(np.square(codes).sum(axis=1), d)
    np.testing.assert_allclose(support.p_values(codes), expected, atol=0.015)


def test_of_a_correlated_gaussian_it_is_the_tail_of_mahalanobis() -> None:
    covariance = np.array([[2.0, 1.2], [1.2, 1.0]])
    support = gaussian(covariance, np.zeros(2))
    codes = RNG.standard_normal((200, 2)) * 2
    squared = np.einsum("ni,ij,nj->n", codes, np.linalg.inv(covariance), codes)
    np.testing.assert_allclose(support.p_values(codes), chi2.sf(squared, 2), atol=0.015)


def test_a_dead_dimension_counts_nothing() -> None:
    # The third dimension says nothing: its codes are 0, its posterior is the prior.
    support = gaussian(np.diag([1.0, 1.0, 0.0]), np.array([0.1, 0.1, 1.0]))
    codes = RNG.standard_normal((50, 3))
    moved = codes + np.array([0, 0, 9])
    np.testing.assert_allclose(support.p_values(codes), support.p_values(moved))


def test_far_codes_have_the_least_p_value_there_is() -> None:
    support = gaussian(np.eye(2), np.zeros(2))
    assert support.p_values(np.full((1, 2), 50.0)) == pytest.approx([1 / 20_001])


def test_conformal_p_values_count_held_out_scores_that_are_as_large() -> None:
    held_out = np.array([1.0, 2.0, 2.0, 4.0])
    found = p_values(np.array([0.0, 2.0, 3.0, 9.0]), held_out)
    np.testing.assert_allclose(found, [1.0, 0.8, 0.4, 0.2])


def test_of_held_out_scores_no_more_than_promised_are_called_rare() -> None:
    held_out, scores = np.sort(RNG.random(999)), RNG.random(100_000)
    for rare in (0.01, 0.05, 0.2):
        assert (p_values(scores, held_out) <= rare).mean() == pytest.approx(rare, abs=0.02)


def test_what_is_left_out_is_no_neighbour() -> None:
    codes = np.array([[0.0], [1.0], [2.0], [5.0]])
    assert nearest(np.zeros(1), codes, 2).tolist() == [0, 1]
    assert nearest(np.zeros(1), codes, 2, leave_out=[0]).tolist() == [1, 2]
    assert nearest(np.zeros(1), codes, 9, leave_out=[0]).tolist() == [1, 2, 3]


def test_the_information_of_posteriors_far_apart_is_the_log_of_their_number() -> None:
    z_mean = np.float32(100 * np.arange(64))[:, None]
    assert information_of(z_mean, np.zeros_like(z_mean), z_mean) == pytest.approx(np.log(64))


def test_the_information_of_equal_posteriors_is_nothing() -> None:
    zeros = np.zeros((64, 3), np.float32)
    codes = RNG.standard_normal((64, 3)).astype(np.float32)
    assert information_of(zeros, zeros, codes) == pytest.approx(0, abs=1e-9)
