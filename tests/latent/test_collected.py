from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ae.latent.collected import LEAST_MEASURED, between
from tests.latent.linear_toy import RNG

STEP = np.array([3.0, 4.0, 0.0])


def group(n: int, at: NDArray[np.float64]) -> NDArray[np.float32]:
    return (at + RNG.normal(0, 0.1, (n, 3))).astype(np.float32)


def test_the_direction_leads_from_the_mean_of_a_to_the_mean_of_b() -> None:
    a, b = group(4, np.zeros(3)), group(3, STEP)
    found = between("mine", a, b)
    step = b.mean(axis=0) - a.mean(axis=0)
    np.testing.assert_allclose(found.strength * found.vector, step, rtol=1e-5)


def test_few_codes_are_not_judged() -> None:
    few = between("few", group(LEAST_MEASURED - 1, np.zeros(3)), group(50, STEP))
    enough = between("enough", group(LEAST_MEASURED, np.zeros(3)), group(50, STEP))
    assert not few.is_measured
    assert enough.is_measured
    assert (enough.n_negative, enough.n_positive) == (5, 25)


def test_groups_that_differ_by_chance_only_are_not_told_apart() -> None:
    # In 40 dimensions chance alone tells 20 from 20 that taught apart almost surely.
    rng = np.random.default_rng(1)
    scores = [
        between("chance", *rng.normal(size=(2, 20, 40)).astype(np.float32)).auroc for _ in range(40)
    ]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.05)


def test_an_empty_group_gives_no_direction() -> None:
    with pytest.raises(ValueError, match="both groups"):
        between("none", np.zeros((0, 3), np.float32), group(3, STEP))


def test_groups_with_one_mean_give_no_direction() -> None:
    codes = group(5, STEP)
    with pytest.raises(ValueError, match="do not differ"):
        between("same", codes, codes)
