from __future__ import annotations

import numpy as np
import pytest

from ae.latent.nested import Nesting

NESTING = Nesting((1, 3), 2)  # two places of three numbers
CODES = np.arange(1, 7, dtype=np.float32)[None]


def test_a_cut_code_keeps_the_first_numbers_of_every_place() -> None:
    assert NESTING.sizes == (2, 6)
    assert NESTING.cut(CODES, 2).tolist() == [[1, 0, 0, 4, 0, 0]]
    assert NESTING.cut(CODES, 6).tolist() == CODES.tolist()
    assert NESTING.first(CODES).tolist() == [[1, 4]]


def test_a_recipe_says_to_which_sizes() -> None:
    assert Nesting.of({"nested": [1, 3]}, 6) == NESTING
    assert Nesting.of({"nested": []}, 6) is None
    assert Nesting.of({}, 6) is None


@pytest.mark.parametrize("kept", ["13", [0, 3], [3, 1], [1, 1, 3], [1, 4], [1.0, 3], [True, 3]])
def test_a_recipe_that_does_not_fit_is_refused(kept: object) -> None:
    with pytest.raises(ValueError, match="to which sizes"):
        Nesting.of({"nested": kept}, 6)
