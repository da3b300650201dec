"""A network whose codes may be cut, from its linear beginning to its folder."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ae import models
from ae.data import Dataset
from ae.latent.nested import Nesting
from ae.metrics import psnr, squared_error
from ae.models import evaluate
from ae.training.recipes import recipe

pytestmark = pytest.mark.slow

RECIPE = replace(
    recipe("photos-conv"),
    latent_dim=128,
    nested=(4, 8),
    nested_shares=(0.5, 0.5),
    epochs=3,
    flips=False,
    options={"down": (8, 8, 8), "back": (8, 8, 8)},
)


def patches(split: str, n: int, seed: int) -> Dataset:
    """Pictures of soft colours with one sharp edge each."""
    rng = np.random.default_rng(seed)
    soft = rng.random((n, 4, 4, 3)).repeat(16, axis=1).repeat(16, axis=2)
    edge = np.arange(64)[None, None, :, None] > rng.integers(8, 56, (n, 1, 1, 1))
    images = np.clip(0.6 * soft + 0.4 * edge, 0, 1).astype(np.float32)
    return Dataset("patches", split, images, None)


TRAIN, VALIDATION, TEST = (
    patches(split, n, seed)
    for seed, (split, n) in enumerate((("train", 400), ("validation", 20), ("test", 24)))
)


def test_training_begins_at_what_pca_on_blocks_can_do() -> None:
    from ae.networks.autoencoders import nested
    from ae.training.beginnings import begin_as_pca
    from ae.training.contents import block_baseline

    encoder, decoder = nested((64, 64, 3), 128, **RECIPE.options)
    begin_as_pca(encoder, decoder, TRAIN)
    rebuilt = decoder.predict(encoder.predict(TEST.images, verbose=0), verbose=0)
    blocks, _ = block_baseline(TRAIN, 16, 8)
    np.testing.assert_allclose(rebuilt, blocks.reconstruct(TEST.images), atol=1e-4)


def test_training_cuts_codes_at_random_and_measuring_takes_turns() -> None:
    from ae.networks.layers import NestedDropout

    layer = NestedDropout(3, (1, 3), (0.5, 0.5))
    codes = np.ones((200, 6), np.float32)
    drawn = np.asarray(layer(codes, training=True))
    assert 60 < (drawn.sum(axis=1) == 2).sum() < 140
    assert set(drawn.sum(axis=1)) == {2, 6}
    assert drawn[drawn.sum(axis=1) == 2][0].tolist() == [1, 0, 0, 1, 0, 0]
    assert np.asarray(layer(codes))[:3].sum(axis=1).tolist() == [2, 6, 2]


def test_a_nested_recipe_becomes_a_folder_measured_at_every_size(tmp_path: Path) -> None:
    from ae.training.autoencoders import train_autoencoder

    splits = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    model = models.open_folder(train_autoencoder(RECIPE, splits, tmp_path, io.StringIO()))
    assert isinstance(model, models.Autoencoder)
    assert model.nesting == Nesting.of(asdict(RECIPE), 128)
    assert model.sizes == (64, 128)
    assert model.card.evaluation == evaluate(model, TEST, VALIDATION)
    rows = model.card.evaluation["test"]["sizes"]
    assert [row["numbers"] for row in rows] == [64, 128]
    for row in rows:
        rebuilt = model.reconstruct(TEST.images, row["numbers"])
        measured = psnr(squared_error(TEST.images, rebuilt)).mean()
        assert row["model"]["psnr_db"] == pytest.approx(measured, abs=1e-3)
    assert rows[0]["model"]["psnr_db"] < rows[1]["model"]["psnr_db"]
    # Held-out codes have support, and codes far from all have less.
    codes = model.encode(TEST.images)
    assert np.median(model.support(codes)) > 0.2
    assert model.support(10 * codes).max() < 0.1
    # Networks with fewer numbers of a place begin as what this one makes of cut codes.
    from ae.networks.autoencoders import nested
    from ae.training.beginnings import begin_as_model

    encoder, decoder = nested((64, 64, 3), 64, **RECIPE.options)
    begin_as_model(encoder, decoder, tmp_path / RECIPE.name)
    begun = decoder.predict(encoder.predict(TEST.images, verbose=0), verbose=0)
    np.testing.assert_allclose(begun, model.reconstruct(TEST.images, 64), atol=1e-5)
