from collections import Counter

import pytest

from ae.data.splits import split_of


@pytest.mark.parametrize(
    ("name", "split"),
    [("3.jpg", "train"), ("5.jpg", "validation"), ("32.jpg", "test"), ("é.png", "train")],
)
def test_a_name_keeps_its_split_for_ever(name: str, split: str) -> None:
    assert split_of(name) == split


def test_of_many_names_a_tenth_is_for_validation_and_one_for_testing() -> None:
    n = 10_000
    counts = Counter(split_of(f"{number}.jpg") for number in range(n))
    assert counts.keys() == {"train", "validation", "test"}
    # Three standard deviations of a binomial count at 1 in 10 are 90.
    assert abs(counts["validation"] - n / 10) < 90
    assert abs(counts["test"] - n / 10) < 90
