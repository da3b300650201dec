"""The denoiser's training, end to end, on small drawn pictures."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ae.data import Dataset
from ae.denoising.denoiser import Denoiser
from ae.metrics import psnr, squared_error
from ae.models import evaluate, open_folder
from ae.training.recipes import recipe

pytestmark = pytest.mark.slow

RECIPE = replace(
    recipe("fashion-denoiser"), epochs=3, batch_size=16, options={"half": 8, "quarter": 8}
)


def stripes(split: str, n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    waves = np.sin(np.linspace(0, 6, 12)[:, None] + rng.uniform(0, 6, (n, 1, 1)))
    images = np.broadcast_to(waves[..., None] / 2 + 0.5, (n, 12, 12, 1))
    return Dataset("stripes", split, images.astype(np.float32), None)


SPLITS = {
    "train": stripes("train", 160, 0),
    "validation": stripes("validation", 4, 1),
    "test": stripes("test", 5, 2),
}


def train(shelf: Path, splits: dict[str, Dataset], epochs: int = 3) -> Denoiser:
    from ae.training.denoisers import train_denoiser

    made = replace(RECIPE, epochs=epochs)
    return open_folder(train_denoiser(made, splits, shelf, io.StringIO()))


def test_the_shipped_recipe_is_small_enough() -> None:
    from ae.networks.denoisers import NETWORKS

    shipped = recipe("fashion-denoiser")
    network = NETWORKS[shipped.network]((28, 28, 1), **shipped.options)
    assert network.count_params() <= 500_000
    with pytest.raises(ValueError, match="divisible by 4"):
        NETWORKS[shipped.network]((30, 28, 1))


def test_a_recipe_becomes_a_folder_that_denoises(tmp_path: Path) -> None:
    denoiser = train(tmp_path, SPLITS)
    card = denoiser.card
    assert card.kind == "denoiser"
    assert card.history["unit"].endswith("dB")
    assert card.history["val_loss"][-1] < card.history["val_loss"][0]
    assert card.evaluation == evaluate(denoiser, SPLITS["test"])
    for kept in denoiser.strengths.values():
        assert len(kept) == 6


def test_test_images_decide_nothing_but_the_numbers(tmp_path: Path) -> None:
    others = SPLITS | {"test": stripes("test", 5, 99)}
    shelves = tmp_path / "a", tmp_path / "b"
    for shelf in shelves:
        shelf.mkdir()
    cards = [
        train(shelf, splits, epochs=1).card
        for shelf, splits in zip(shelves, (SPLITS, others), strict=True)
    ]
    assert cards[0].files == cards[1].files
    assert cards[0].evaluation != cards[1].evaluation


def test_batches_hold_every_image_once_with_new_noise_each_epoch() -> None:
    from ae.training.denoisers import noisy_batches

    images = SPLITS["train"].images[:50]
    batches = noisy_batches(images, 16, seed=3)
    assert len(batches) == 4
    epochs = []
    for _ in range(2):
        pairs = [batches[at] for at in range(4)]
        clean = np.concatenate([pair[1] for pair in pairs])
        assert sorted(map(bytes, clean)) == sorted(map(bytes, images))
        epochs.append(np.concatenate([pair[0] for pair in pairs]))
        batches.on_epoch_end()
    assert (epochs[0] != epochs[1]).any()
    again = noisy_batches(images, 16, seed=3)
    np.testing.assert_array_equal(again[0][0], epochs[0][:16])


def test_the_network_meets_every_kind_of_noise_clipped_and_not() -> None:
    from ae.training.denoisers import blindly_spoilt

    grey = np.full((3000, 6, 6, 1), 0.5, np.float32)
    noisy = blindly_spoilt(grey, np.random.default_rng(0)).reshape(3000, -1)
    lost = np.isin(noisy, (0, 0.5, 1)).all(axis=1)
    salted = lost & (noisy == 1).any(axis=1)
    masked = lost & (noisy == 0).any(axis=1) & ~salted
    assert 0.04 < salted.mean() < 0.08
    assert 0.04 < masked.mean() < 0.08
    outside = (noisy.min(axis=1) < 0) | (noisy.max(axis=1) > 1)
    assert 0.2 < outside.mean() < 0.7
    deviation = noisy[~lost].std(axis=1)
    assert np.quantile(deviation, 0.1) < 0.06
    assert np.quantile(deviation, 0.9) > 0.3


def test_the_loss_is_minus_the_psnr_of_what_is_read() -> None:
    from ae.networks.losses import error_db

    rng = np.random.default_rng(0)
    x = rng.random((4, 6, 6, 1), dtype=np.float32)
    estimate = np.clip(x + rng.normal(0, 0.3, x.shape), 0, 1).astype(np.float32)
    expected = -psnr(squared_error(x, estimate))
    np.testing.assert_allclose(np.asarray(error_db(x, estimate)), expected, atol=0.02)
    black_and_white = np.round(x)
    beyond = black_and_white * 3 - 1
    found = np.asarray(error_db(black_and_white, beyond))
    np.testing.assert_allclose(found, -40, atol=1e-3)
