"""Copies, precision and recall, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from ae.coding.generation import nearest_error, precision_recall

RNG = np.random.default_rng(0)


def test_a_planted_copy_is_found_as_a_copy() -> None:
    known = RNG.random((50, 8, 8, 1)).astype(np.float32)
    pictures = RNG.random((3, 8, 8, 1)).astype(np.float32)
    pictures[1] = known[17]
    found = nearest_error(pictures, known)
    assert found[1] == pytest.approx(0, abs=1e-6)
    brute = np.square(pictures[0] - known).mean(axis=(1, 2, 3)).min()
    assert found[0] == pytest.approx(brute, rel=1e-4)


def test_the_same_pictures_have_full_precision_and_recall() -> None:
    real = RNG.standard_normal((200, 4))
    assert precision_recall(real, real) == (1, 1)


def test_one_mode_of_two_is_precise_and_has_half_the_recall() -> None:
    modes = RNG.standard_normal((400, 2)) + np.repeat([[0.0, 0.0], [50.0, 0.0]], 200, axis=0)
    precision, recall = precision_recall(modes, RNG.standard_normal((400, 2)))
    assert precision > 0.9
    assert recall == pytest.approx(0.5, abs=0.05)


def test_pictures_like_none_that_is_real_have_no_precision() -> None:
    real = RNG.standard_normal((100, 3))
    assert precision_recall(real, real + 100)[0] == 0
