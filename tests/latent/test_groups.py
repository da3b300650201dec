from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ae.latent.groups import (
    balanced_weights,
    effect_size,
    has_attribute,
    mean_codes,
    strength,
    thirds,
)
from ae.metrics import auroc
from tests.latent.linear_toy import AXES, codes_of, every_combination, unit

RNG = np.random.default_rng(0)
# Of 80 images with the first attribute 60 have the second too, of 80 without it 20.
CONFOUNDED = np.repeat([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], [60, 20, 20, 60], 0)


def test_unbalanced_means_differ_in_what_goes_along_and_balanced_ones_do_not() -> None:
    codes, labels = codes_of(CONFOUNDED), CONFOUNDED[:, 0]
    without, with_it = mean_codes(codes, labels)
    np.testing.assert_allclose(with_it - without, AXES[0] + 0.5 * AXES[1], atol=1e-6)
    weights = balanced_weights(labels, CONFOUNDED[:, 1:])
    without, with_it = mean_codes(codes, labels, weights)
    np.testing.assert_allclose(with_it - without, AXES[0], atol=1e-6)


def test_in_every_cell_both_groups_weigh_the_same() -> None:
    labels, others = RNG.random(500) < 0.3, RNG.random((500, 3)) < [0.2, 0.5, 0.9]
    labels |= others[:, 0]
    labels[others[:, 1]] ^= RNG.random(int(others[:, 1].sum())) < 0.4
    weights = balanced_weights(labels, others)
    for cell in np.unique(others, axis=0):
        inside = (others == cell).all(axis=1)
        with_it, without = inside & labels, inside & ~labels
        both = with_it.sum() * without.sum() / inside.sum()
        assert weights[with_it].sum() == pytest.approx(both)
        assert weights[without].sum() == pytest.approx(both)


def test_images_of_a_cell_without_both_groups_are_dropped() -> None:
    labels, others = np.array([1, 0, 1, 1]), np.array([[0], [0], [1], [1]])
    assert balanced_weights(labels, others).tolist() == [0.5, 0.5, 0, 0]


def test_an_attribute_that_always_comes_with_another_cannot_be_balanced() -> None:
    labels = np.array([0, 0, 1, 1])
    with pytest.raises(ValueError, match="cannot be balanced"):
        balanced_weights(labels, labels[:, None])


def test_the_strength_takes_the_average_without_as_far_as_the_average_with() -> None:
    combinations = every_combination()
    codes, labels = codes_of(combinations), combinations[:, 1]
    vector = unit(AXES[1] + 0.3 * AXES[0])
    step = strength(vector, codes, labels)
    assert step == pytest.approx(AXES[1] @ vector, abs=1e-6)
    without, with_it = mean_codes(codes, labels)
    assert (without + step * vector) @ vector == pytest.approx(with_it @ vector)
    with pytest.raises(ValueError, match="does not lead"):
        strength(-vector, codes, labels)


def test_thirds_are_the_ends_of_a_continuous_attribute() -> None:
    kept, labels = thirds(RNG.permutation(np.arange(10.0)))
    assert (kept.sum(), labels.sum()) == (8, 4)
    values = RNG.standard_normal(300)
    kept, labels = thirds(values)
    assert (kept.sum(), labels.sum()) == (200, 100)
    assert values[kept][~labels].max() < values[~kept].min()
    assert values[~kept].max() < values[kept][labels].min()


def test_a_value_that_most_images_share_gives_no_thirds() -> None:
    with pytest.raises(ValueError, match="share one value"):
        thirds(np.array([0.0, 0.0, 0.0, 0.0, 1.0]))


@pytest.mark.parametrize("levels", [3, 1_000_000])
def test_auroc_equals_scikit_learn_with_and_without_ties(levels: int) -> None:
    labels = RNG.random(400) < 0.3
    scores = np.floor((RNG.random(400) + 0.3 * labels) * levels)
    assert auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_auroc_of_perfect_reversed_and_constant_scores() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    assert auroc(np.arange(5.0), labels) == 1
    assert auroc(-np.arange(5.0), labels) == 0
    assert auroc(np.zeros(5), labels) == 0.5


def test_the_effect_size_counts_pooled_deviations() -> None:
    scores, labels = np.array([0.0, 2, 10, 12, 14]), np.array([0, 0, 1, 1, 1])
    assert effect_size(scores, labels) == pytest.approx(11 / math.sqrt((2 + 8) / 3))
    with pytest.raises(ValueError, match="do not vary"):
        effect_size(np.array([1.0, 2.0]), np.array([0, 1]))


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], []])
def test_a_group_without_images_is_refused(labels: list[int]) -> None:
    with pytest.raises(ValueError, match="at least one image"):
        has_attribute(np.array(labels))
