"""Feature distances of a judge and a VAE whose every answer is known."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ae.coding.autoencoder import Autoencoder
from ae.coding.feature_distance import feature_distance
from ae.coding.judge import Judge
from ae.data import Dataset
from ae.metrics import Images, LinearBaseline
from ae.models import evaluate, load
from tests.toys import SHAPE, write_toy_judge, write_toy_vae

PIXELS = 4
SPREAD = np.array([1.0, 2.0, 0.5, 1.5], np.float32)


def pictures(split: str, n: int, seed: int) -> Dataset:
    values = np.random.default_rng(seed).normal(0.5, 0.02 * SPREAD, (n, PIXELS))
    images = values.reshape(n, 2, 2, 1).astype(np.float32)
    return Dataset("toy", split, images, None)


class FourPixels:
    """Sees every pixel, 50 times as strong."""

    card = SimpleNamespace(name="four-pixels")

    def features(self, images: Images) -> Images:
        return 50 * images.reshape(len(images), PIXELS)


class Generator:
    """Draws what the data are from the mixture, and grey from the prior."""

    def reconstruct(self, images: Images) -> Images:
        return np.float32(0.5 + 2 * (images - 0.5))

    baseline = LinearBaseline(np.full(PIXELS, 0.5, np.float32), np.eye(2, PIXELS, dtype=np.float32))

    def sample(self, n: int, rng: np.random.Generator, *, source: str) -> Any:
        spread = SPREAD if source == "fitted" else np.zeros(PIXELS)
        return rng.normal(size=(n, PIXELS)) * spread

    def decode(self, codes: Any) -> Images:
        return np.float32(0.5 + 0.02 * codes).reshape(-1, 2, 2, 1)


@pytest.fixture(scope="module")
def measured() -> Any:
    return feature_distance(
        cast(Autoencoder, Generator()),
        cast(Judge, FourPixels()),
        pictures("train", 9000, 0),
        pictures("test", 4000, 1),
    )


def test_what_is_drawn_like_the_data_is_as_near_as_training_images(measured: Any) -> None:
    assert measured.judge == "four-pixels"
    assert measured.n == 4000
    assert 0 < measured.training < 0.02
    assert 0 < measured.fitted < 0.02


def test_what_lacks_spread_is_as_far_as_the_spread_it_lacks(measured: Any) -> None:
    # A feature's spread is 50 * 0.02 = 1 times that of the pixels.
    assert measured.prior == pytest.approx(np.square(SPREAD).sum(), rel=0.05)
    assert measured.pca_gaussian == pytest.approx(np.square(SPREAD[2:]).sum(), rel=0.05)


def test_reconstructions_and_blurred_test_images_stand_beside_the_draws(measured: Any) -> None:
    # Twice the contrast is twice the spread of every feature.
    assert measured.reconstructions == pytest.approx(np.square(SPREAD).sum(), rel=0.05)
    # Blurred, the four pixels are alike: nearly all of their spreads is lost.
    assert 0.2 * np.square(SPREAD).sum() < measured.blurred < np.square(SPREAD).sum()


def test_a_vae_is_measured_where_a_judge_of_its_pictures_is_on_the_shelf(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    images = rng.random((2, 40, *SHAPE), np.float32)
    labels = np.arange(40, dtype=np.uint8) % 6
    train = Dataset("toy", "train", images[0], labels, tuple("abcdef"))
    test = replace(train, split="test", images=images[1])
    validation = replace(test, split="validation")
    monkeypatch.setattr("ae.coding.measures.load_data", lambda name, split: train)
    write_toy_vae(toy_shelf / "vae", SHAPE)
    vae = load("vae", Autoencoder)
    write_toy_judge(toy_shelf / "of-others", (4, 4, 3))
    assert "feature_distance" not in evaluate(vae, test)["test"]
    write_toy_judge(toy_shelf / "of-mine")
    judge = load("of-mine", Judge)
    measured = evaluate(vae, test, validation)
    expected = asdict(feature_distance(vae, judge, train, test))
    assert measured["test"]["feature_distance"] == expected
    assert expected["n"] == 40
    assert "feature_distance" not in measured["validation"]
    read = evaluate(judge, test)["test"]
    assert read["accuracy"] == (judge.read(test.images).argmax(axis=1) == labels).mean()
    assert read["largest_class"] == 7 / 40
