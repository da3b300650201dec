from __future__ import annotations

import numpy as np
import pytest

from ae.data.selection import at_random, extreme, parse_indices

LABELS = np.repeat(np.arange(3, dtype=np.uint8), [5, 2, 9])


def test_a_seed_decides_which_images_come() -> None:
    first = at_random(LABELS, 6, seed=1)
    assert first.tolist() == at_random(LABELS, 6, seed=1).tolist()
    assert first.tolist() != at_random(LABELS, 6, seed=2).tolist()
    assert len(set(first.tolist())) == 6


def test_a_class_is_kept_to_and_may_be_small() -> None:
    assert sorted(at_random(LABELS, 12, seed=0, label=1).tolist()) == [5, 6]


def test_what_is_left_out_does_not_come() -> None:
    left = at_random(LABELS, 16, seed=0, leave_out=[0, 5, 15])
    assert sorted(left.tolist()) == [*range(1, 5), *range(6, 15)]
    assert at_random(LABELS, 12, seed=0, label=1, leave_out=[5]).tolist() == [6]


def test_the_extremes_come_in_order() -> None:
    errors = np.array([0.3, 0.1, 0.5, 0.2], np.float32)
    assert extreme(errors, 2, worst=True).tolist() == [2, 0]
    assert extreme(errors, 9, worst=False).tolist() == [1, 3, 0, 2]


def test_numbers_may_be_typed_in_many_ways() -> None:
    assert parse_indices(" 3, 14  15,9 ", 16, 12).tolist() == [3, 14, 15, 9]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Type whole numbers"),
        ("three", "Type whole numbers"),
        ("-1", "Type whole numbers"),
        ("1.5", "Type whole numbers"),
        ("٣", "Type whole numbers"),
        ("16", "numbered from 0 to 15"),
        ("9" * 5000, "numbered from 0 to 15"),
        ("1 2 3 4", "at most 3"),
    ],
)
def test_anything_else_is_answered_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_indices(text, 16, 3)
