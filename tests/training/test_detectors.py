from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import NO_TENSORFLOW

pytest.importorskip("tensorflow", reason=NO_TENSORFLOW)

from ae.data import Dataset
from ae.detection.detector import Detector
from ae.detection.scores import METHODS, SCORING, threshold_at
from ae.models import open_folder
from ae.training import detectors
from ae.training.detectors import (
    TRANSFORMATIONS,
    FittedClass,
    fit_class,
    perturbed,
    train_detector,
    transformed,
)
from ae.training.recipes import Recipe, recipe

pytestmark = pytest.mark.slow

NAMES = tuple("abcdefghij")
RECIPE = replace(
    recipe("fashion-anomaly"),
    latent_dim=20,
    batch_size=16,
    epochs=1,
    options={"held_out": 10, "seeds": 1},
)


def data(split: str, n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    images = rng.random((n, 8, 8, 1), dtype=np.float32)
    return Dataset("toy", split, images, np.arange(n, dtype=np.uint8) % 10, NAMES)


TRAIN, VALIDATION = data("train", 400, 0), data("validation", 60, 1)


@pytest.fixture(scope="module")
def fitted() -> FittedClass:
    return fit_class(RECIPE, 3, TRAIN, VALIDATION, screen=StringIO())


def test_transformations_turn_mirror_and_shift() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((TRANSFORMATIONS, 12, 12, 1), dtype=np.float32)
    found = transformed(images, np.arange(TRANSFORMATIONS))
    np.testing.assert_array_equal(found[0], images[0])
    np.testing.assert_array_equal(found[1], np.rot90(images[1]))
    np.testing.assert_array_equal(found[4], images[4, :, ::-1])
    np.testing.assert_array_equal(found[8, 4:], images[8, :8])
    copies = np.repeat(images[:1], TRANSFORMATIONS, axis=0)
    changed = transformed(copies, np.arange(TRANSFORMATIONS))
    flat = changed.reshape(TRANSFORMATIONS, -1)
    assert len(np.unique(flat, axis=0)) == TRANSFORMATIONS


def test_what_is_restored_is_the_picture_before_it_was_perturbed() -> None:
    images = TRAIN.images[:50]
    copies, (target, turns) = perturbed(images, np.random.default_rng(0))
    assert target is images
    noise = copies - transformed(images, turns)
    assert 0 < np.abs(noise).mean() < 0.2


def test_a_class_is_learned_without_looking_at_any_other(fitted: FittedClass) -> None:
    changed = []
    for split in (TRAIN, VALIDATION):
        images = 1 - split.images
        images[split.labels == 3] = split.images[split.labels == 3]
        changed.append(replace(split, images=images))
    again = fit_class(RECIPE, 3, changed[0], changed[1], screen=StringIO())
    np.testing.assert_array_equal(again.knows.codes, fitted.knows.codes)
    assert again.knows.scales == fitted.knows.scales
    assert again.history == fitted.history


def test_held_out_images_are_normal_and_not_learned_from(fitted: FittedClass) -> None:
    own = TRAIN.images[TRAIN.labels == 3]
    assert len(fitted.held_out) == 10
    assert len(fitted.knows.codes) == len(own) - 10
    assert all((own == image).all(axis=(1, 2, 3)).any() for image in fitted.held_out)


def written(shelf: Path, test: Dataset) -> Detector:
    splits = {"train": TRAIN, "validation": VALIDATION, "test": test}
    found = open_folder(train_detector(RECIPE, splits, shelf, StringIO()))
    assert isinstance(found, Detector)
    return found


def test_no_test_image_touches_the_fit_the_scales_or_the_threshold(
    fitted: FittedClass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fit(recipe: Recipe, *_: object, **__: object) -> FittedClass:
        return fitted

    monkeypatch.setattr(detectors, "fit_class", fit)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = written(tmp_path / "a", data("test", 40, 2))
    two = written(tmp_path / "b", data("test", 40, 3))
    assert one.card.files["normal.npz"] == two.card.files["normal.npz"]
    for method in METHODS:
        held_out = one.held_out_scores(["d"], method)
        np.testing.assert_array_equal(held_out, two.held_out_scores(["d"], method))
        stored = one.test_scores(["d"], method)
        assert (stored != two.test_scores(["d"], method)).any()
    threshold = threshold_at(one.held_out_scores(["d"]), 0.1)
    assert threshold == threshold_at(two.held_out_scores(["d"]), 0.1)
    assert len(one.card.history["auroc_by_seed"]["0"]) == 10


def test_stored_scores_are_what_the_loaded_detector_says(
    fitted: FittedClass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(detectors, "fit_class", lambda *_, **__: fitted)
    test = data("test", 40, 2)
    found = written(tmp_path, test)
    for method in SCORING:
        np.testing.assert_allclose(
            found.test_scores(["d"], method),
            found.score(test.images, "d", method=method),
            rtol=2e-3,  # stored as 16-bit floats
            atol=2e-3,
        )


# Ctrl-C ----------------------------------------------------------------------------


class Interrupting(StringIO):
    """A screen on which someone presses Ctrl-C while a class of a seed is trained."""

    def __init__(self, seed: int, name: str) -> None:
        super().__init__()
        self.at, self.armed = f"Seed {seed}, {name}", False

    def write(self, text: str) -> int:
        self.armed |= self.at in text
        written = super().write(text)
        # At the end of its first epoch: the fit alone would keep its weights.
        if self.armed and "epoch   1/" in text:
            self.armed = False
            raise KeyboardInterrupt
        return written


def interrupted(shelf: Path, screen: StringIO, seeds: int = 2) -> Detector:
    splits = {"train": TRAIN, "validation": VALIDATION, "test": data("test", 40, 2)}
    made = replace(RECIPE, options={**RECIPE.options, "seeds": seeds})
    found = open_folder(train_detector(made, splits, shelf, screen))
    assert isinstance(found, Detector)
    return found


def test_ctrl_c_before_all_classes_are_trained_writes_nothing(tmp_path: Path) -> None:
    older = tmp_path / RECIPE.name
    older.mkdir()
    (older / "card.json").write_text("older")
    screen = Interrupting(0, "c")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path, screen)
    said = screen.getvalue()
    assert said.endswith(
        "\nNothing was written: 2 of 10 classes were trained, and a detector needs them all.\n"
    )
    assert "Seed 0, d" not in said
    assert "keeping" not in said
    assert [path.name for path in tmp_path.iterdir()] == [RECIPE.name]
    assert (older / "card.json").read_text() == "older"


def test_ctrl_c_in_a_later_seed_keeps_the_first_ones_detectors(
    fitted: FittedClass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seeds: list[int] = []

    def fit(recipe: Recipe, label: int, *_: object, **__: object) -> FittedClass:
        seeds.append(recipe.seed)
        if (recipe.seed, label) == (2, 4):
            raise KeyboardInterrupt
        return fitted

    monkeypatch.setattr(detectors, "fit_class", fit)
    screen = StringIO()
    found = interrupted(tmp_path, screen, seeds=5)
    assert seeds == [0] * 10 + [1] * 10 + [2] * 5
    assert "\nStopped; seed 2 is left out.\n" in screen.getvalue()
    aurocs = found.card.history["auroc_by_seed"]
    assert {seed: len(row) for seed, row in aurocs.items()} == {"0": 10, "1": 10}


def test_losses_of_classes_that_ended_early_are_averaged(
    fitted: FittedClass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    losses = {0: [9.0, 5.0, 4.0], 1: [8.0], 2: [7.0, 6.0, float("nan")]}

    def fit(recipe: Recipe, label: int, *_: object, **__: object) -> FittedClass:
        row = losses.get(label, [1.0, 1.0, 1.0])
        history = {**fitted.history, "loss": row, "val_loss": row}
        return replace(fitted, history=history)

    monkeypatch.setattr(detectors, "fit_class", fit)
    history = interrupted(tmp_path, StringIO(), seeds=1).card.history
    assert history["loss"] == pytest.approx([3.1, 2.6, 2.5])
    assert history["best_epoch"] == 2


# Data that do not fit --------------------------------------------------------------


@pytest.mark.parametrize(
    ("split", "changes", "words"),
    [
        ("test", {"labels": None}, "images of 10 classes with labels"),
        ("train", {"class_names": NAMES[:9]}, "images of 10 classes with labels"),
        ("train", {"images": np.zeros((400, 8, 8, 3), np.float32)}, "grey images"),
        ("train", {"labels": np.arange(400, dtype=np.uint8) % 9}, "j has 0 images in"),
        (
            "validation",
            {"labels": np.arange(60, dtype=np.uint8) % 9},
            "j has 0 images in the validation split, and fashion-anomaly needs 1",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, split: str, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.delattr(detectors, "fit_class")
    splits = {"train": TRAIN, "validation": VALIDATION, "test": data("test", 40, 2)}
    splits[split] = replace(splits[split], **changes)
    with pytest.raises(ValueError, match=words):
        train_detector(RECIPE, splits, tmp_path, StringIO())
