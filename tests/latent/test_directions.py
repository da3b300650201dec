from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ae.latent.directions import MAX_JSON_BYTES, Direction, cosines, equation, measure, unmeasured
from ae.latent.groups import strength
from ae.latent.vectors import mean_difference
from tests.latent.linear_toy import codes_of, every_combination, unit

RNG = np.random.default_rng(0)
SMILE = Direction("smile", np.array([0.6, -0.8], np.float32), 2.5, 0.93, 1.75, 30, 70)


def test_a_direction_is_measured_by_what_was_held_out() -> None:
    held_out = np.array([[0, 0], [2, 9], [1, 0], [4, 9]], np.float32)
    found = measure("smile", np.array([1.0, 0]), 3.0, held_out, np.array([0, 0, 1, 1]))
    assert found.vector.dtype == np.float32
    assert (found.strength, found.n_positive, found.n_negative) == (3.0, 2, 2)
    assert found.auroc == 0.75
    assert found.effect_size == pytest.approx(1.5 / np.sqrt((2 + 4.5) / 2))


def test_one_strength_along_a_direction_adds_the_attribute() -> None:
    combinations = every_combination()
    codes, labels = codes_of(combinations), combinations[:, 0]
    vector = mean_difference(codes, labels)
    step = strength(vector, codes, labels)
    found = measure("first", vector, step, codes, labels)
    edited = codes[labels == 0] + found.strength * found.vector
    added = combinations[labels == 0] + [1, 0, 0]
    np.testing.assert_allclose(edited, codes_of(added), atol=1e-5)


def test_cosines_of_known_angles() -> None:
    vectors = np.array([[2.0, 0], [0, 0.5], [3, 3]])
    half = np.sqrt(0.5)
    expected = [[1, 0, half], [0, 1, half], [half, half, 1]]
    np.testing.assert_allclose(cosines(vectors), expected, atol=1e-12)
    assert vectors[0].tolist() == [2, 0]


def test_an_equation_of_attributes_gives_the_fourth_code() -> None:
    a, b, c, d = codes_of(np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 1]]))
    np.testing.assert_allclose(equation(a, b, c), d, atol=1e-6)
    assert equation(a, b, c).dtype == np.float32


def test_a_direction_comes_back_as_it_was_written() -> None:
    vector = unit(RNG.standard_normal(64)).astype(np.float32)
    written = Direction("Lächeln", vector, 1.25, 0.9, -0.1, 3, 4)
    for text in (written.to_json(), written.to_json().encode()):
        read = Direction.from_json(text, 64)
        assert read.to_json() == written.to_json()
        assert read.vector.tolist() == vector.tolist()


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(SMILE.to_json()), **fields})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        b"\xff\xfe\x00",
        "[" * 100_000,
        "{}",
        changed(vector=None),
        changed(vector="0.6"),
        changed(vector=[0.6, "0.8"]),
        changed(vector=[[0.6], [0.8]]),
        changed(vector=[0.6, True]),
        changed(vector=[0.6, float("nan")]),
        changed(vector=[0.6, 1e300]),
        changed(vector=[0.6, 10**400]),
        changed(strength=float("inf")),
        changed(auroc=None),
        changed(n_positive="30"),
        '{"strength": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_direction_is_refused_in_one_sentence(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"^The file is no direction[^.]*\.$"):
        Direction.from_json(text, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "two\nlines"},
        {"vector": [0.0, 0.0]},
        {"vector": [6.0, 8.0]},
        {"strength": 0},
        {"strength": -2.5},
        {"strength": 1e6},
        {"auroc": 1.5},
        {"n_negative": 0},
        {"n_positive": 0, "n_negative": 0},
    ],
)
def test_values_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="make no sense"):
        Direction.from_json(changed(**fields), 2)


def test_a_direction_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="2 coordinates, but codes of this model have 3"):
        Direction.from_json(SMILE.to_json(), 3)


def test_a_file_too_large_is_refused_unread() -> None:
    with pytest.raises(ValueError, match="larger than 200 kB"):
        Direction.from_json(SMILE.to_json() + " " * MAX_JSON_BYTES, 2)


def test_a_direction_that_nobody_judged_survives_the_file() -> None:
    plain = unmeasured("own", np.array([0.6, 0.8]), 2.0)
    again = Direction.from_json(plain.to_json(), 2)
    assert not again.is_measured
    assert SMILE.is_measured
    assert again.to_json() == plain.to_json()
