from __future__ import annotations

import numpy as np
import pytest

from ae.latent.alignment import aligned_planes

RNG = np.random.default_rng(0)


def test_a_map_that_was_only_turned_and_mirrored_stays_where_it_is() -> None:
    codes = RNG.normal(size=(50, 4)) * [5, 3, 0.1, 0.1]
    turn = np.linalg.qr(RNG.normal(size=(4, 4)))[0] @ np.diag([1, -1, 1, 1])
    first, second, last = aligned_planes([2 * codes @ turn + 7, codes @ turn, codes])
    np.testing.assert_allclose(first, last, atol=1e-4)
    np.testing.assert_allclose(second, last, atol=1e-4)
    assert np.square(last).sum(axis=1).mean() == pytest.approx(1, rel=1e-4)


def test_codes_that_are_all_the_same_lie_in_one_point() -> None:
    planes = aligned_planes([np.ones((5, 3)), RNG.normal(size=(5, 3))])
    assert np.isfinite(planes).all()
    assert not planes[0].any()
