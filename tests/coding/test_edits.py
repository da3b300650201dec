"""Edits of bar faces, where every code moves known rows and the judge reads those."""

from __future__ import annotations

import numpy as np
import pytest

from ae.coding import edits as editing
from ae.coding.autoencoder import Autoencoder
from ae.coding.judge import Judge
from ae.latent.attributes import AttributeCodes, find_direction
from ae.latent.directions import Direction
from ae.models import open_folder
from tests import face_toys


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Autoencoder, Judge]:
    shelf = face_toys.write_shelf(tmp_path_factory.mktemp("home")) / "models"
    return open_folder(shelf / "bar-faces"), open_folder(shelf / "bar-judge")


def held_out(autoencoder: Autoencoder) -> AttributeCodes:
    return AttributeCodes(autoencoder.codes, autoencoder.attributes)


def along(axis: int, name: str) -> Direction:
    vector = np.eye(3, dtype=np.float32)[axis]
    return Direction(name, vector, 0.5, 1.0, 1.0, 1, 1)


def test_an_edit_along_one_code_moves_what_that_code_shows_and_nothing_else(
    faces: tuple[Autoencoder, Judge],
) -> None:
    autoencoder, judge = faces
    codes = autoencoder.codes[:5]
    spreads = editing.spread(autoencoder, judge)
    examination = editing.Examination.of(autoencoder, judge, codes, spreads)
    found = examination.leakage(along(0, "smile"))
    sigmoid = [1 / (1 + np.exp(-2 * (codes[:, 0] + step))) for step in (0, 0.5)]
    expected = (sigmoid[1] - sigmoid[0]).mean() / spreads[0]
    assert found.asked_change == pytest.approx(expected, rel=1e-4)
    assert found.total == pytest.approx(0, abs=1e-5)


def test_a_bias_leaks_and_locking_stops_it(faces: tuple[Autoencoder, Judge]) -> None:
    autoencoder, judge = faces
    measured = editing.measure_edits(autoencoder, judge, held_out(autoencoder))
    biased, fair = (measured["smile"]["leakage"][name] for name in ("toy-biased", "toy"))
    assert biased["plain"]["total"] > 0.5 > fair["plain"]["total"]
    assert biased["left"] < 0.3
    assert biased["locked"]["asked_change"] > 0.5
    assert [name for name, edit in measured.items() if "flips" in edit] == ["glasses", "hat"]


def test_a_perfect_edit_shows_how_wrong_the_judge_is(faces: tuple[Autoencoder, Judge]) -> None:
    autoencoder, judge = faces
    asked: dict[str, np.ndarray] = {}

    def redraw(rows: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
        asked[name] = rows
        before = np.full((len(rows), *autoencoder.image_shape), 0.25, np.float32)
        after = before.copy()
        after[:, face_toys.ROWS[name]] += 0.5
        after[:, face_toys.ROWS["smile"]] += 0.125  # the hand that draws errs
        return before, after

    known = held_out(autoencoder)
    measured = editing.measure_edits(autoencoder, judge, known, redraw)
    spreads = editing.spread(autoencoder, judge)
    perfect = measured["hat"]["perfect"]
    assert perfect["asked_change"] == pytest.approx(0.5 / spreads[2], rel=1e-4)
    error = (0.125 / spreads[0]) / (0.5 / spreads[2])
    assert perfect["total"] == pytest.approx(error, rel=1e-3)
    assert list(asked) == list(judge.card.attributes)
    assert (known.values["hat"][asked["hat"]] == 0).all()
    assert perfect["n"] == len(asked["hat"]) == measured["hat"]["leakage"]["toy"]["n"]


def test_directions_are_measured_for_every_data_set_attribute_and_method(
    faces: tuple[Autoencoder, Judge],
) -> None:
    autoencoder, _ = faces
    measured = editing.measure_directions(autoencoder, held_out(autoencoder))
    assert list(measured) == ["toy", "toy-biased"]
    for name in ("smile", "glasses", "hat"):
        for method in ("Mean difference", "Balanced", "Whitened", "Logistic"):
            assert measured["toy"][name][method]["auroc"] > 0.9
    expected = find_direction(
        autoencoder.known["toy"], held_out(autoencoder), "hat", method="Whitened"
    )
    assert measured["toy"]["hat"]["Whitened"]["auroc"] == expected.auroc
    assert measured["toy"]["luck"]["Mean difference"]["auroc"] < 0.8


def test_flips_are_counted_as_a_judge_sees_them(faces: tuple[Autoencoder, Judge]) -> None:
    autoencoder, judge = faces
    codes = np.zeros((4, 3), np.float32)
    codes[:, 0] = [-0.9, -0.4, -0.3, 0.3]
    flips = editing.measure_flips(
        autoencoder, judge, codes, np.array([0, 0, 0, 1]), along(0, "smile")
    )
    assert flips["n_without"] == 3
    assert flips["already_seen"] == 0
    # The median of those who smile is where the judge sees a smile.
    assert flips["flipped"] == 1
    assert flips["flipped_by_distance"]["1"] == pytest.approx(2 / 3)
    assert flips["flipped_by_distance"]["3"] == 1
    assert flips["flipped_at_random"] < flips["flipped_at_random_most"] <= 1
    assert flips["taken_away"] == flips["still_seen"] == 1
    # Who is seen with it already cannot get it, who is not cannot lose it.
    more = np.concatenate([codes, codes[3:], codes[:1]])
    flips = editing.measure_flips(
        autoencoder, judge, more, np.array([0, 0, 0, 1, 0, 1]), along(0, "smile")
    )
    assert flips["already_seen"] == 1 / 4
    assert flips["flipped_by_distance"]["1"] == pytest.approx(2 / 3)
    assert (flips["still_seen"], flips["taken_away"]) == (1 / 2, 1)
    assert flips["monotone"] == 1
    assert flips["upper_half_ssim"] == pytest.approx(1)


def test_ssim_of_the_upper_half_falls_when_the_eyes_move(faces: tuple[Autoencoder, Judge]) -> None:
    autoencoder, judge = faces
    labels = np.arange(len(autoencoder.codes)) % 2
    flips = editing.measure_flips(autoencoder, judge, autoencoder.codes, labels, along(1, "smile"))
    assert flips["upper_half_ssim"] < 0.99
    assert flips["monotone"] == 0


def test_a_face_is_nearer_to_itself_than_to_another() -> None:
    faces = np.random.default_rng(0).random((20, 32, 32, 1)).astype(np.float32)
    smiling = faces.copy()
    smiling[:, 20:] = 0.5
    found = editing.measure_identity(faces, smiling)
    assert found["edited"] == 0 < found["different"]
    assert found["nearer"] == 1
    assert editing.measure_identity(faces, np.roll(faces, 1, axis=0))["nearer"] < 0.5
