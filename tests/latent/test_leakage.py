from __future__ import annotations

import numpy as np
import pytest

from ae.latent.leakage import leakage, monotone_share
from ae.latent.vectors import locked
from tests.latent.linear_toy import AXES, JUDGES, codes_of, every_combination, unit

COMBINATIONS = every_combination()
CODES = codes_of(COMBINATIONS)
BEFORE = CODES @ JUDGES.T
SPREAD = np.array([0.5, 0.25, 2.0])


def test_the_leakage_of_a_linear_edit_is_what_the_judges_see_of_it() -> None:
    vector = unit(0.8 * AXES[0] - 0.1 * AXES[1] + 0.4 * AXES[2])
    found = leakage(BEFORE, (CODES + 3 * vector) @ JUDGES.T, SPREAD, asked=0)
    seen = 3 * JUDGES @ vector / SPREAD
    np.testing.assert_allclose(found.signed, seen, atol=1e-6)
    np.testing.assert_allclose(found.absolute, np.abs(seen), atol=1e-6)
    assert found.asked_change == pytest.approx(seen[0], abs=1e-6)
    # 0.8 / 0.5 is asked for; beside it come 0.1 / 0.25 and 0.4 / 2.
    np.testing.assert_allclose(found.others, [0, 0.4 / 1.6, 0.2 / 1.6], atol=1e-5)
    assert found.total == pytest.approx(0.6 / 1.6, abs=1e-5)


def test_an_edit_away_from_the_attribute_leaks_like_the_one_towards_it() -> None:
    change = np.array([1.0, 0.2, -0.3])
    there = leakage(BEFORE, BEFORE + change, SPREAD, asked=0)
    back = leakage(BEFORE, BEFORE - change, SPREAD, asked=0)
    assert back.asked_change == -there.asked_change
    np.testing.assert_allclose(back.others, there.others)


def test_locking_stops_the_leak() -> None:
    vector = locked(unit(AXES[0] + AXES[1] + AXES[2]), JUDGES[1:])
    found = leakage(BEFORE, (CODES + vector) @ JUDGES.T, SPREAD, asked=0)
    assert found.asked_change > 0
    assert found.total == pytest.approx(0, abs=1e-6)


def test_changes_that_cancel_are_no_drift_but_a_leak() -> None:
    change = np.array([[1.0, 0.5], [1.0, -0.5]])
    found = leakage(np.zeros((2, 2)), change, np.ones(2), asked=0)
    assert found.signed.tolist() == [1, 0]
    assert found.others.tolist() == [0, 0.5]


def test_an_edit_without_effect_has_no_leakage_to_speak_of() -> None:
    with pytest.raises(ValueError, match="does not change what it is for"):
        leakage(BEFORE, BEFORE, SPREAD, asked=1)


def test_the_monotone_share_counts_images_that_only_rise() -> None:
    rising, resting, falling, still = [0, 1, 2], [0, 0, 1], [0, 2, 1], [1, 1, 1]
    readings = np.array([rising, resting, falling, still], float).T
    assert monotone_share(readings) == 0.5
