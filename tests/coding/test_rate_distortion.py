"""What a sweep measures, and what is believed of its folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ae.coding.rate_distortion import (
    NUMBERS,
    PICTURES,
    SHIPPED,
    SHOWN,
    Point,
    Sweep,
    load,
    measured,
    numbers_of,
    plan,
    point_name,
    where,
)
from ae.metrics import LinearBaseline
from ae.shelf.places import home

PIXELS = 49


def point(kind: str, size: int, mse: float, beta: float | None = None) -> Point:
    return Point(kind, size, beta, mse, 10.0, 200.0, None, None, None, 1, 0)


def write(folder: Path, *points: Point) -> Sweep:
    pictures = np.zeros((len(points), 3 * SHOWN, 28, 28), np.uint8)
    sweep = Sweep("fashion-mnist", "test", 10, (3, 1), points, pictures)
    (folder / NUMBERS).write_text(numbers_of(sweep), encoding="utf-8")
    np.savez(folder / PICTURES, pictures=pictures)
    return sweep


def test_the_error_of_pca_is_the_variance_that_it_leaves_out() -> None:
    rng = np.random.default_rng(0)
    spread = np.linspace(0.05, 0.001, PIXELS)
    images = np.float32(0.5 + rng.standard_normal((4000, PIXELS)) * spread)
    pca = LinearBaseline(np.full(PIXELS, 0.5, np.float32), np.eye(PIXELS, dtype=np.float32)[:5])
    pictures = images.reshape(-1, 7, 7, 1)
    codes = (pca.encode(pictures),)
    found = measured(
        "pca", 5, None, pictures, codes, lambda z: pca.decode(z, (7, 7, 1)), parameters=1, epochs=0
    )
    assert found.mse == pytest.approx(np.square(spread[5:]).sum() / PIXELS, rel=0.03)
    assert found.rate is found.active_units is None


def test_rate_and_active_units_are_those_of_the_posterior_in_closed_form() -> None:
    rng = np.random.default_rng(1)
    mean = np.zeros((500, 3), np.float32)
    mean[:, 0] = rng.standard_normal(500)
    log_var = np.broadcast_to(np.array([-2, 0, 0], np.float32), mean.shape)
    images = np.full((500, 7, 7, 1), 0.5, np.float32)
    found = measured(
        "variational", 3, 1.0, images, (mean, log_var), lambda _: images, parameters=1, epochs=0
    )
    # The second and third dimension are the prior: they cost nothing and say nothing.
    expected = 0.5 * (np.exp(-2) + np.square(mean[:, 0]).mean() - 1 + 2)
    assert found.rate == pytest.approx(expected, rel=1e-5)
    assert found.active_units == 1
    assert found.mse == 0
    assert found.reconstruction == pytest.approx(PIXELS * np.log(2))


def test_where_pca_wins_is_where_its_error_of_the_same_size_is_smaller(tmp_path: Path) -> None:
    pca, worse, better = point("pca", 4, 0.03), point("stacked", 4, 0.04), point("stacked", 8, 0.04)
    sweep = write(tmp_path, pca, worse, better)
    assert [sweep.worse_than_pca(each) for each in sweep.points] == [False, True, False]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    written = write(tmp_path, point("variational", 16, 0.01, 0.25))
    read = load(tmp_path)
    assert read.points == written.points
    assert read.shown == (3, 1)
    assert list(read.by_name) == ["variational-16-0.25"]


def test_a_sweep_of_this_machine_comes_before_the_shipped_one(tmp_path: Path) -> None:
    assert where() in (None, SHIPPED)
    (home() / "sweep").mkdir(parents=True)
    write(home() / "sweep", point("pca", 2, 0.1))
    assert where() == home() / "sweep"


@pytest.mark.parametrize(
    "damage",
    [
        "no JSON",
        "[]",
        '{"format": 2}',
        json.dumps({"format": 1, "n": 1, "shown": [], "points": [{"kind": "pca"}]}),
        json.dumps({"format": 1, "n": 1, "shown": [], "points": []}),
    ],
)
def test_a_damaged_sweep_is_refused_in_one_sentence(damage: str, tmp_path: Path) -> None:
    write(tmp_path, point("pca", 2, 0.1))
    (tmp_path / NUMBERS).write_text(damage, encoding="utf-8")
    with pytest.raises(ValueError, match="is damaged; run `python -m ae sweep`"):
        load(tmp_path)


def test_numbers_without_their_pictures_are_refused(tmp_path: Path) -> None:
    write(tmp_path, point("pca", 2, 0.1))
    np.savez(tmp_path / PICTURES, pictures=np.zeros((2, 3 * SHOWN, 28, 28), np.uint8))
    with pytest.raises(ValueError, match="does not fit"):
        load(tmp_path)


def test_the_shipped_sweep_is_complete_and_small() -> None:
    sweep = load(SHIPPED)
    assert [point.name for point in sweep.points] == [point_name(*each) for each in plan()]
    assert sweep.n == 10_000
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 3 << 20


@pytest.mark.parametrize(("size", "most"), [(2, 0.0252), (16, 0.0095), (32, 0.0059), (64, 0.0059)])
def test_the_best_of_each_size_is_as_good_as_it_was(size: int, most: float) -> None:
    sweep = load(SHIPPED)
    assert min(point.mse for point in sweep.points if point.size == size) <= most
