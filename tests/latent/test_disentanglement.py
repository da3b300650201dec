"""Sliders and attributes, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from ae.latent.disentanglement import disentanglement, mutual_information_gap

RNG = np.random.default_rng(0)
VALUES = RNG.standard_normal((4000, 3))


def test_codes_that_are_the_attributes_are_disentangled() -> None:
    codes = VALUES[:, [2, 0, 1]] * [1.0, -3.0, 0.5]
    found = disentanglement(codes[:2000], VALUES[:2000], codes[2000:], VALUES[2000:])
    assert found.disentanglement == pytest.approx(1, abs=0.01)
    assert found.completeness == pytest.approx(1, abs=0.01)
    assert found.informativeness == pytest.approx(1)
    assert found.mig > 0.85


def test_turned_codes_know_as_much_and_are_not_disentangled() -> None:
    turn = np.linalg.qr(np.ones((3, 3)) + np.diag([1.0, -1.0, 2.0]))[0]
    codes = VALUES @ turn
    found = disentanglement(codes[:2000], VALUES[:2000], codes[2000:], VALUES[2000:])
    assert found.informativeness == pytest.approx(1)
    assert found.disentanglement < 0.6
    assert found.mig < mutual_information_gap(VALUES, VALUES) / 2


def test_codes_that_know_nothing_tell_nothing() -> None:
    codes = RNG.standard_normal((4000, 3))
    found = disentanglement(codes[:2000], VALUES[:2000], codes[2000:], VALUES[2000:])
    assert found.informativeness == pytest.approx(0, abs=0.02)
    assert found.mig == pytest.approx(0, abs=0.02)
