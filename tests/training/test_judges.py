"""Judges, from a recipe to a folder, on small sets of drawn pictures."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae.coding.judge import Judge
from ae.data import Dataset
from ae.metrics import class_cross_entropy
from ae.models import evaluate, open_folder
from ae.training.recipes import Recipe, recipe

pytestmark = pytest.mark.slow


def discs(split: str, n: int, seed: int) -> Dataset:
    """Pictures of one disc each: high or low, at a column from 4 to 12."""
    rng = np.random.default_rng(seed)
    row, column = rng.uniform(4, 12, (2, n, 1, 1))
    rows, columns = np.mgrid[:16, :16]
    distance = (rows - row) ** 2 + (columns - column) ** 2
    images = np.exp(-distance / 8).astype(np.float32)[..., None]
    labels = (row[:, 0, 0] > 8).astype(np.uint8)
    attributes = {
        "column": column[:, 0, 0].astype(np.float32),
        "thousands": (1000 * row[:, 0, 0]).astype(np.float32),
        "low": np.where(column[:, 0, 0] < 5, np.nan, labels).astype(np.float32),
    }
    return Dataset("discs", split, images, labels, ("high", "low"), attributes)


SPLITS = {
    "train": discs("train", 512, 0),
    "validation": discs("validation", 60, 1),
    "test": discs("test", 100, 2),
}


def small(reads: str, **changes: Any) -> Recipe:
    known = replace(
        recipe("fashion-judge"), latent_dim=8, epochs=12, batch_size=32, warmup_steps=20
    )
    options = {"reads": reads, "channels": (8, 16), "dropout": 0.0}
    return replace(known, options=options, **changes)


def trained(made: Recipe, shelf: Path, **splits: Dataset) -> Judge:
    from ae.training.judges import train_judge

    return open_folder(train_judge(made, {**SPLITS, **splits}, shelf, io.StringIO()))


def test_a_judge_of_classes_gives_features_and_a_logit_per_class(tmp_path: Path) -> None:
    judge = trained(small("classes"), tmp_path)
    test = SPLITS["test"]
    assert judge.features(test.images).shape == (100, 8)
    assert judge.read(test.images).shape == (100, 2)
    assert judge.card.attributes == ()
    measured = judge.card.evaluation["test"]
    assert measured == evaluate(judge, test)["test"]
    assert measured["accuracy"] > 0.9 > measured["largest_class"]
    assert judge.card.history["unit"] == "nats per image"
    best = judge.card.history["val_loss"][judge.card.history["best_epoch"]]
    validation = judge.card.evaluation["validation"]["cross_entropy_nats"]
    assert validation == pytest.approx(best, rel=1e-3)


def test_a_judge_of_attributes_reads_them_in_their_own_units(tmp_path: Path) -> None:
    judge = trained(small("attributes"), tmp_path)
    assert judge.card.attributes == ("column", "thousands", "low")
    column, thousands, low = judge.read(SPLITS["test"].images).T
    np.testing.assert_allclose(column, SPLITS["test"].attributes["column"], atol=2)
    assert np.ptp(thousands) > 5000
    measured = judge.card.evaluation["test"]["attributes"]
    assert min(each["explained_variance"] for each in measured.values()) > 0.8
    truth = SPLITS["test"].attributes["low"]
    known = ~np.isnan(truth)
    assert measured["low"]["n"] == known.sum() < 100
    assert measured["low"]["accuracy"] == ((low > 0.5) == truth)[known].mean()
    assert measured["low"]["accuracy"] > 0.9 > measured["low"]["largest_class"]
    assert "accuracy" not in measured["column"]


def test_mirrored_pictures_double_what_is_learned(tmp_path: Path) -> None:
    judge = trained(small("classes", flips=True), tmp_path)
    assert judge.card.evaluation["test"]["accuracy"] > 0.9


def test_a_judge_of_blurred_pictures_tells_how_far_they_are_blurred(tmp_path: Path) -> None:
    from scipy.ndimage import gaussian_filter

    judge = trained(small("attributes", blur=2.0), tmp_path)
    assert judge.read(SPLITS["test"].images).shape == (100, 3)
    sigmas = np.linspace(0, 2, 100)
    images = SPLITS["test"].images
    soft = [gaussian_filter(image, (s, s, 0)) for image, s in zip(images, sigmas, strict=True)]
    features = np.column_stack([judge.features(np.stack(soft)), np.ones(100)])
    guessed = features @ np.linalg.lstsq(features, sigmas, rcond=None)[0]
    assert np.corrcoef(guessed, sigmas)[0, 1] > 0.9
    with pytest.raises(ValueError, match="only a judge of attributes"):
        trained(small("classes", blur=2.0), tmp_path)


@pytest.mark.parametrize(
    ("reads", "changes", "message"),
    [
        ("minds", {}, "'classes' or 'attributes'"),
        ("attributes", {"attributes": {}}, "no attributes"),
        ("classes", {"labels": None}, "no classes"),
    ],
)
def test_what_cannot_be_read_is_said(
    reads: str, changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    bare = replace(SPLITS["train"], **changes)
    with pytest.raises(ValueError, match=message):
        trained(small(reads, epochs=1), tmp_path, train=bare)


def test_a_judge_that_differs_from_keras_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ae.training import folder

    monkeypatch.setattr(folder, "TOLERANCE", -1.0)
    with pytest.raises(ValueError, match="differ from Keras"):
        trained(small("classes", epochs=1), tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_cross_entropy_agrees_with_keras() -> None:
    import keras

    rng = np.random.default_rng(0)
    logits = rng.normal(0, 30, (50, 7))
    labels = rng.integers(7, size=50)
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ours = class_cross_entropy(logits, labels)
    assert ours.mean() == pytest.approx(float(expected(labels, logits)), rel=1e-5)
