from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ae.latent.directions import unmeasured
from ae.latent.edits import Edit, edited

DIM = 3


def curve(rows: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)


@pytest.mark.parametrize("edit", [Edit(curve(7, 0), -1, 3), Edit(curve(2, 1), 10, 30)])
def test_a_curve_is_interpolated_as_numpy_does(edit: Edit) -> None:
    amounts = np.linspace(edit.lowest, edit.highest, 57)
    at = np.linspace(edit.lowest, edit.highest, len(edit.curve))
    expected = [np.interp(amounts, at, column) for column in edit.curve.T]
    np.testing.assert_allclose(edit.at(amounts), np.transpose(expected), atol=1e-6)
    np.testing.assert_allclose(edit.at(amounts[5]), edit.at(amounts)[5])


@pytest.mark.parametrize("amount", [-3.0, -1.0, 0.0, 0.7, 3.0, 12.5])
def test_a_straight_edit_adds_its_vector_as_often_as_asked(amount: float) -> None:
    vector = np.array([1.0, -2.0, 0.5])
    edit = Edit.along(vector, -1, 3)
    np.testing.assert_allclose(edit.at(amount), amount * vector, atol=1e-14)
    codes = np.arange(6.0).reshape(2, 3)
    found = edited(codes, [edit, edit], [amount, -0.5])
    np.testing.assert_allclose(found, codes + (amount - 0.5) * vector, atol=1e-5)
    assert found.dtype == np.float32


def test_a_direction_is_added_in_default_steps() -> None:
    direction = unmeasured("smile", np.array([0.6, 0.8]), 2.5)
    expected = np.array([[1.5, 2.0], [-3.0, -4.0]])
    np.testing.assert_allclose(direction.edit.at([1, -2]), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lowest": 3.0},
        {"highest": float("inf")},
        {"curve": np.zeros((1, DIM))},
        {"curve": np.zeros(DIM)},
        {"curve": np.full((2, DIM), np.nan)},
    ],
)
def test_edits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="edit"):
        Edit(**{"curve": np.zeros((2, DIM)), "lowest": -2.0, "highest": 2.0, **wrong})
