from __future__ import annotations

import numpy as np
import pytest

from ae.latent.evidence import calibrated_radius, evidence

CODES = np.random.default_rng(0).standard_normal((1500, 3)).astype(np.float32)


def test_a_known_code_is_its_own_nearest() -> None:
    found = evidence(CODES[7], CODES, 0.5, k=3)
    assert found.nearest[0] == 7
    assert found.distances[0] == 0
    assert (np.diff(found.distances) >= 0).all()
    brute = np.linalg.norm(CODES - CODES[7], axis=1)
    assert found.n_within == (brute <= 0.5).sum()


def test_far_away_nobody_is_near() -> None:
    found = evidence(np.full(3, 50, np.float32), CODES, 1.0)
    assert found.n_within == 0
    assert found.norm_percentile == 100
    assert evidence(np.zeros(3, np.float32), CODES, 1.0).norm_percentile == 0


def test_the_radius_gives_most_codes_company() -> None:
    radius = calibrated_radius(CODES, k=5, share=0.9)
    company = [(np.linalg.norm(CODES - z, axis=1) <= radius).sum() - 1 for z in CODES]
    assert np.mean(np.array(company) >= 5) == pytest.approx(0.9, abs=0.01)


def test_the_radius_of_a_grid_is_its_step() -> None:
    line = np.arange(50, dtype=np.float32)[:, None] * 2
    assert calibrated_radius(line, k=2, share=0.5) == pytest.approx(2, abs=1e-3)


def test_what_is_left_out_is_no_neighbour_and_not_counted() -> None:
    codes = np.array([[0.0], [1.0], [2.0], [5.0]], np.float32)
    found = evidence(np.zeros(1, np.float32), codes, 2.5, k=2, leave_out=[0])
    assert found.nearest.tolist() == [1, 2]
    assert found.n_within == 2
