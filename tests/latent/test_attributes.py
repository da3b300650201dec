from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ae.latent.attributes import METHODS, AttributeCodes, find_direction

AXES = np.eye(6, dtype=np.float32)


def faces(n: int, seed: int, *, bias: float = 0.0) -> AttributeCodes:
    """Codes whose first coordinate is a smile and whose second is a hat."""
    rng = np.random.default_rng(seed)
    smile = rng.uniform(-1, 1, n).astype(np.float32)
    lean = bias * np.sign(smile) / 2
    hat = (rng.random(n) < 0.5 + lean).astype(np.float32)
    codes = rng.normal(0, 0.1, (n, 6)).astype(np.float32)
    codes[:, 0] += smile
    codes[:, 1] += hat
    return AttributeCodes(codes, {"smile": smile, "hat": hat})


HELD_OUT = faces(1000, 9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("name", "axis"), [("smile", 0), ("hat", 1)])
def test_every_method_finds_the_attribute(method: str, name: str, axis: int) -> None:
    found = find_direction(faces(4000, 0), HELD_OUT, name, method=method)
    np.testing.assert_allclose(found.vector, AXES[axis], atol=0.15)
    assert found.auroc > 0.99


def test_of_a_continuous_attribute_the_outer_thirds_are_compared() -> None:
    known = faces(6000, 0)
    kept, labels = known.groups("smile")
    assert kept.mean() == pytest.approx(2 / 3, abs=0.01)
    assert known.values["smile"][kept][labels > 0].min() > 0.3
    # The thirds of a uniform variable in [-1, 1] have means of -2/3 and 2/3.
    found = find_direction(known, HELD_OUT, "smile")
    assert found.strength == pytest.approx(4 / 3, abs=0.03)


def test_a_planted_bias_leaks_until_it_is_balanced_or_locked() -> None:
    biased = faces(8000, 0, bias=0.8)
    assert biased.correlated("smile") == ["hat"]
    assert faces(8000, 0).correlated("smile") == []
    plain = find_direction(biased, HELD_OUT, "smile")
    assert abs(plain.vector[1]) > 0.4
    balanced = find_direction(biased, HELD_OUT, "smile", method="Balanced")
    assert abs(balanced.vector[1]) < 0.05
    locked = find_direction(biased, HELD_OUT, "smile", lock=["hat"])
    assert abs(locked.vector[1]) < 0.05


@pytest.mark.parametrize("lean", [-0.3, 0.3])
def test_what_most_have_is_balanced_too(lean: float) -> None:
    rng = np.random.default_rng(0)
    smile = rng.uniform(-1, 1, 8000).astype(np.float32)
    hat = np.float32(rng.random(8000) < 0.5 + lean + 0.2 * np.sign(smile))
    codes = rng.normal(0, 0.1, (8000, 6)).astype(np.float32)
    codes[:, 0] += smile
    codes[:, 1] += hat
    known = AttributeCodes(codes, {"smile": smile, "hat": hat})
    assert (hat.mean() > 0.5) == (lean > 0)
    assert abs(find_direction(known, HELD_OUT, "smile").vector[1]) > 0.2
    balanced = find_direction(known, HELD_OUT, "smile", method="Balanced")
    assert abs(balanced.vector[1]) < 0.05


def test_what_is_locked_cannot_be_moved() -> None:
    with pytest.raises(ValueError, match="cannot be told apart"):
        find_direction(faces(4000, 0), HELD_OUT, "smile", lock=["smile"])


def test_a_step_to_the_median_of_those_who_have_it_ends_there() -> None:
    known = faces(4000, 0)
    hat = find_direction(known, HELD_OUT, "hat")
    lacking, having = known.along(hat)
    assert np.median(lacking) < np.median(having)
    codes = HELD_OUT.codes[:5]
    amounts = hat.amount_to(float(np.median(having)), codes)
    moved = codes + np.outer(amounts * hat.strength, hat.vector)
    np.testing.assert_allclose(moved @ hat.vector, np.median(having), rtol=1e-5)


def test_a_mean_difference_spares_what_shall_not_be_disturbed() -> None:
    biased = faces(8000, 0, bias=0.8)
    hats = 1e6 * np.outer(AXES[1], AXES[1])
    spared = replace(biased, spared={"smile": hats})
    assert abs(find_direction(spared, HELD_OUT, "smile").vector[1]) < 1e-3
    plain = find_direction(biased, HELD_OUT, "smile", method="Logistic")
    same = find_direction(spared, HELD_OUT, "smile", method="Logistic")
    np.testing.assert_array_equal(same.vector, plain.vector)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lock", [(), ("hat",)])
def test_what_is_unknown_is_left_out(method: str, lock: tuple[str, ...]) -> None:
    biased = faces(4000, 0, bias=0.5)
    known = {name: values.copy() for name, values in biased.values.items()}
    known["smile"][::5], known["hat"][1::5] = np.nan, np.nan
    partly = replace(biased, values=known)
    assert partly.correlated("smile") == ["hat"]
    rows = ~np.isnan(known["smile"])
    if lock or method == "Balanced":
        rows &= ~np.isnan(known["hat"])
    rest = {name: values[rows] for name, values in known.items()}
    same = AttributeCodes(biased.codes[rows], rest)
    found, expected = (
        find_direction(each, HELD_OUT, "smile", method=method, lock=lock) for each in (partly, same)
    )
    np.testing.assert_allclose(found.vector, expected.vector, atol=1e-6)
    assert found.strength == pytest.approx(expected.strength)


def test_held_out_images_count_where_they_are_known() -> None:
    unknown = HELD_OUT.values["hat"].copy()
    unknown[:400] = np.nan
    part = replace(HELD_OUT, values={**HELD_OUT.values, "hat": unknown})
    found = find_direction(faces(4000, 0), part, "hat")
    assert found.n_positive + found.n_negative == 600
