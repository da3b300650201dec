from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf as sklearn_ledoit_wolf
from sklearn.linear_model import LogisticRegression

from ae.latent.groups import balanced_weights
from ae.latent.vectors import (
    disturbance,
    ledoit_wolf,
    locked,
    logistic,
    mean_difference,
    partial_difference,
    regression,
    sparing,
    whitened,
)
from tests.latent.linear_toy import AXES, LATENT_DIM, codes_of, every_combination, unit

Method = Callable[..., NDArray[np.floating]]

RNG = np.random.default_rng(0)
COMBINATIONS = every_combination(250)
# Where the first two attributes agree, four times as many images are kept.
AGREE = COMBINATIONS[:, 0] == COMBINATIONS[:, 1]
CONFOUNDED = COMBINATIONS[RNG.random(2000) < np.where(AGREE, 0.8, 0.2)]
NOISY = codes_of(COMBINATIONS, 0.3 * RNG.standard_normal((2000, LATENT_DIM)))


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_the_mean_difference_is_what_the_attribute_adds(asked: int) -> None:
    combinations = every_combination()
    vector = mean_difference(codes_of(combinations), combinations[:, asked])
    np.testing.assert_allclose(vector, unit(AXES[asked]), atol=1e-6)


def test_balancing_takes_a_planted_correlation_out_of_the_direction() -> None:
    codes, labels, others = codes_of(CONFOUNDED), CONFOUNDED[:, 0], CONFOUNDED[:, 1:]
    biased = mean_difference(codes, labels)
    balanced = mean_difference(codes, labels, balanced_weights(labels, others))
    assert unit(AXES[0]) @ biased < 0.9
    np.testing.assert_allclose(balanced, unit(AXES[0]), atol=1e-6)


@pytest.mark.parametrize(("n", "spread"), [(40, 1.0), (3000, 1.0), (40, 0.0)])
def test_the_shrunk_covariance_equals_that_of_scikit_learn(n: int, spread: float) -> None:
    codes = RNG.standard_normal((n, 8)) * (1 + spread * np.arange(8))
    covariance, share = ledoit_wolf(codes)
    expected, expected_share = sklearn_ledoit_wolf(codes, assume_centered=True)
    np.testing.assert_allclose(covariance, expected, rtol=1e-10, atol=1e-12)
    assert share == pytest.approx(expected_share)


def test_whitening_finds_the_normal_of_two_gaussians() -> None:
    # Its own: by chance the means may lie almost along the normal.
    rng = np.random.default_rng(1)
    factor = np.tril(rng.standard_normal((5, 5))) + 2 * np.eye(5)
    difference = rng.standard_normal(5)
    labels = np.arange(40_000) % 2
    noise = rng.standard_normal((40_000, 5)) @ factor.T
    codes = (noise + labels[:, None] * difference).astype(np.float32)
    expected = unit(np.linalg.solve(factor @ factor.T, difference))
    assert whitened(codes, labels) @ expected > 0.999
    assert mean_difference(codes, labels) @ expected < 0.9


def test_the_whitened_direction_takes_its_means_balanced() -> None:
    codes = codes_of(CONFOUNDED, RNG.standard_normal((len(CONFOUNDED), LATENT_DIM)))
    labels, others = CONFOUNDED[:, 0], CONFOUNDED[:, 1:]
    weights = balanced_weights(labels, others)
    groups = [codes[labels == label] for label in (0, 1)]
    residuals = np.vstack([group - group.mean(axis=0) for group in groups])
    covariance, _ = sklearn_ledoit_wolf(residuals, assume_centered=True)
    normal = np.linalg.solve(covariance, mean_difference(codes, labels, weights))
    found = whitened(codes, labels, weights)
    np.testing.assert_allclose(found, unit(normal), atol=1e-5)


@pytest.mark.parametrize("l2", [0.01, 1.0, 100.0])
def test_the_logistic_normal_equals_that_of_scikit_learn(l2: float) -> None:
    labels = COMBINATIONS[:, 0]
    weights = RNG.random(2000)
    reference = LogisticRegression(C=1 / l2, tol=1e-10, max_iter=10_000)
    for weight in (None, weights):
        reference.fit(NOISY.astype(np.float64), labels, sample_weight=weight)
        expected = unit(reference.coef_[0])
        np.testing.assert_allclose(logistic(NOISY, labels, weight, l2=l2), expected, atol=1e-5)


def test_the_logistic_fit_halves_steps_that_overshoot() -> None:
    rng = np.random.default_rng(59)  # here Newton's method alone goes round in circles
    codes = (100 * rng.standard_normal((60, 8)) + 100).astype(np.float32)
    labels = rng.random(60) < 0.1
    reference = LogisticRegression(C=1e4, solver="newton-cholesky", tol=1e-10)
    expected = unit(reference.fit(codes.astype(np.float64), labels).coef_[0])
    np.testing.assert_allclose(logistic(codes, labels, l2=1e-4), expected, atol=1e-6)


def test_regression_finds_the_gradient_of_a_continuous_attribute() -> None:
    codes = RNG.standard_normal((4000, LATENT_DIM)) @ np.diag([1, 2, 3, 1, 2, 3])
    gradient = unit(RNG.standard_normal(LATENT_DIM))
    values = codes @ gradient + 5 + 0.1 * RNG.standard_normal(4000)
    assert regression(codes.astype(np.float32), values) @ gradient > 0.9999


def test_locking_leaves_every_locked_score_unchanged() -> None:
    normals = [logistic(NOISY, COMBINATIONS[:, other]) for other in (1, 2)]
    vector = locked(mean_difference(NOISY, COMBINATIONS[:, 0]), normals)
    assert np.linalg.norm(vector) == pytest.approx(1)
    moved = NOISY[:10] + 5 * vector
    for normal in normals:
        np.testing.assert_allclose(moved @ normal, NOISY[:10] @ normal, atol=1e-6)


def test_locking_is_the_projection_of_the_paper() -> None:
    vector, first = unit(AXES[0]), unit(AXES[1])
    expected = unit(vector - (vector @ first) * first)
    np.testing.assert_allclose(locked(vector, [first]), expected, atol=1e-12)
    np.testing.assert_allclose(locked(vector, [first, 2 * first]), expected, atol=1e-12)
    span = np.stack([AXES[1], AXES[2]], axis=1)
    rest = vector - span @ np.linalg.inv(span.T @ span) @ span.T @ vector
    np.testing.assert_allclose(locked(vector, AXES[1:]), unit(rest), atol=1e-12)


def test_what_is_locked_itself_cannot_be_moved() -> None:
    vector = unit(AXES[1] + AXES[2])
    with pytest.raises(ValueError, match="cannot be told apart"):
        locked(vector, AXES[1:])
    with pytest.raises(ValueError, match="cannot be told apart"):
        locked(vector, [vector + 0.01 * unit(AXES[0])])


@pytest.mark.parametrize("method", [mean_difference, whitened, logistic])
def test_groups_that_do_not_differ_have_no_direction(method: Method) -> None:
    codes = np.array([[1, 0], [0, 1], [2, 3]] * 2, np.float32)
    with pytest.raises(ValueError, match="do not differ"):
        method(codes, np.array([0, 0, 0, 1, 1, 1]))


@pytest.mark.parametrize("method", [mean_difference, whitened, logistic])
def test_a_few_images_are_enough_for_a_finite_direction(method: Method) -> None:
    codes = np.array([[1, 0, 0], [-1, 0, 0], [1, 1, 1]], np.float32)
    vector = method(codes, np.array([0, 0, 1]))
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert (codes[2] - codes[:2].mean(axis=0)) @ vector > 0


def test_a_disturbance_is_that_of_a_linear_decoder() -> None:
    rng = np.random.default_rng(5)
    codes, weights = rng.normal(size=(200, 4)), rng.normal(size=(4, 30))
    expected = weights @ weights.T
    found = disturbance(codes.astype(np.float32), codes @ weights + 3)
    np.testing.assert_allclose(found, 4 * expected / np.trace(expected), rtol=1e-4)


def test_a_sparing_direction_gives_up_what_disturbs_most() -> None:
    form = np.diag([3.0, 0.0])
    found = sparing(np.array([0.6, 0.8]), form)
    expected = np.array([0.6 / 4, 0.8])
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected))
    np.testing.assert_allclose(sparing(np.eye(2)[0], 0 * form), np.eye(2)[0])


def test_a_partial_difference_is_that_of_images_alike_in_the_rest() -> None:
    rng = np.random.default_rng(6)
    hat = rng.normal(size=4000)
    smile = 0.9 * hat + 0.3 * rng.normal(size=4000)
    codes = np.stack([smile, hat, 0 * hat], axis=1).astype(np.float32)
    found = partial_difference(codes, smile, hat[:, None])
    np.testing.assert_allclose(found, [1, 0, 0], atol=1e-5)
    with pytest.raises(ValueError, match="cannot be told apart"):
        partial_difference(codes, smile, np.stack([hat, 2 * smile], axis=1))
