from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ae.data import Dataset
from ae.detection.detector import Detector
from ae.detection.measures import USUAL_RATE, measure_detector
from ae.detection.scores import SCORING, WEIGHTS, threshold_at, thumbnails
from ae.models import open_folder
from tests.toys import npz, replace_file, write_toy_detector

IMAGES = np.random.default_rng(0).random((40, 4, 4, 1), dtype=np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy_detector(tmp_path_factory.mktemp("shelf") / "toy-detector")


@pytest.fixture(scope="module")
def detector(folder: Path) -> Detector:
    found = open_folder(folder)
    assert isinstance(found, Detector)
    return found


@pytest.mark.parametrize("method", SCORING)
def test_of_several_normal_classes_the_one_that_suits_best_counts(
    detector: Detector, method: str
) -> None:
    alone = [detector.score(IMAGES, name, method=method) for name in "bd"]
    both = detector.score(IMAGES, ["b", "d"], method=method)
    np.testing.assert_array_equal(both, np.min(alone, axis=0))
    assert both.shape == (40,)


def test_the_parts_average_to_the_score(detector: Detector) -> None:
    parts = detector.scaled_parts(detector.see(IMAGES, 1), 1)
    total = sum(WEIGHTS[name] * values for name, values in parts.items())
    mean = total / sum(WEIGHTS.values())
    np.testing.assert_allclose(mean, detector.score(IMAGES, "b"))
    pixels = detector.score(IMAGES, "b", method="neighbours")
    np.testing.assert_array_equal(parts["pixels"], pixels)


def test_a_forest_is_grown_once_and_is_the_same_when_grown_again(
    detector: Detector, folder: Path
) -> None:
    assert detector.forest(3) is detector.forest(3)
    again = open_folder(folder)
    assert isinstance(again, Detector)
    points = thumbnails(IMAGES)
    np.testing.assert_array_equal(again.forest(3).score(points), detector.forest(3).score(points))


def test_unknown_and_missing_classes_are_refused(detector: Detector) -> None:
    with pytest.raises(ValueError, match="no class 'hat'; there are: a, b"):
        detector.score(IMAGES, "hat")
    with pytest.raises(ValueError, match="at least one"):
        detector.score(IMAGES, [])
    with pytest.raises(ValueError, match="expected images"):
        detector.score(IMAGES[:, :3], "a")


def test_stored_scores_are_those_of_the_chosen_classes(detector: Detector) -> None:
    assert detector.test_scores(["a", "c"]).shape == (20,)
    assert detector.held_out_scores(["a"]).shape == (5,)
    pair = detector.held_out_scores(["a", "c"])
    assert pair.shape == (10,)
    # Each image is held to both classes, so no score can be above its own class's.
    assert (pair[:5] <= detector.held_out_scores(["a"])).all()


@pytest.mark.parametrize("name", ["normal.npz", "scores.npz"])
def test_arrays_that_do_not_fit_are_refused(name: str, tmp_path: Path) -> None:
    folder = write_toy_detector(tmp_path / "damaged")
    with np.load(folder / name) as file:
        arrays = {key: file[key] for key in file.files}
    arrays["codes_4" if name == "normal.npz" else "forest_test"][0, 0] = np.nan
    replace_file(folder, name, npz(**arrays))
    with pytest.raises(ValueError, match="missing or does not fit"):
        open_folder(folder)


def test_measures_agree_with_scikit_learn(detector: Detector) -> None:
    from sklearn.metrics import roc_auc_score

    labels = detector.labels
    data = Dataset("toy", "test", IMAGES[:20], labels, tuple("abcdefghij"))
    measured = measure_detector(detector, data, lambda kind: None)
    scores = detector.score(IMAGES[:20], "e")
    row = measured["classes"]["e"]
    assert row["detector"] == pytest.approx(roc_auc_score(labels != 4, scores))
    fusion = roc_auc_score(labels != 4, detector.test_scores(["e"], "fusion"))
    assert row["fusion"] == pytest.approx(fusion)
    assert row["gain"] == pytest.approx(row["detector"] - fusion)
    gains = [each["gain"] for each in measured["classes"].values()]
    assert measured["mean"]["gain"] == pytest.approx(np.mean(gains))
    assert 0 < measured["mean"]["gain_error"] < 0.5
    threshold = threshold_at(detector.held_out_scores(["e"]), USUAL_RATE)
    assert row["false_alarms"] == (scores[labels == 4] > threshold).mean()
    means = [measured["classes"][name]["forest"] for name in "abcdefghij"]
    assert measured["mean"]["forest"] == pytest.approx(np.mean(means))
    assert measured["n"] == 20
    other = replace(data, split="validation")
    assert "gain" not in measure_detector(detector, other, lambda kind: None)["mean"]
