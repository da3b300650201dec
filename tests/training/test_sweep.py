"""The sweep goes on where it was, and a point starts as its neighbour ended."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae import models
from ae.coding.rate_distortion import Point, load
from ae.data import Dataset, sketches
from tests.training.test_training import blobs

pytestmark = pytest.mark.slow

SPLITS = {"train": blobs("train", 100, 0), "validation": blobs("validation", 20, 1)}
SPLITS["test"] = blobs("test", 30, 2)
STACKED = ("pca", "stacked")


@pytest.fixture(autouse=True)
def blobs_for_garments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae.data.load", lambda name, split, **more: SPLITS[split])


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let networks stay as they start; notes which were asked for."""
    from ae.networks.autoencoders import NETWORKS
    from ae.training.fit import Fitted

    asked: list[str] = []

    def fit(recipe: Any, train: Dataset, *_: Any, start: Any, **more: Any) -> Fitted:
        asked.append(f"{recipe.name}-{recipe.latent_dim}")
        encoder, decoder = NETWORKS[recipe.network]((28, 28, 1), recipe.latent_dim)
        if start is not None:
            start(encoder, decoder)
        history = {"val_loss": [1 / len(asked)], "best_epoch": 0, "interrupted": False}
        return Fitted(encoder, decoder, history)

    monkeypatch.setattr("ae.training.sweep.fit", fit)
    return asked


def sweep(folder: Path, *, rounds: int = 1) -> None:
    from ae.training.sweep import run_sweep

    run_sweep(folder / "sweep", folder / "work", rounds=rounds, kinds=STACKED, screen=io.StringIO())


def test_it_is_complete_and_trains_nothing_twice(tmp_path: Path, untrained: list[str]) -> None:
    sweep(tmp_path)
    found = load(tmp_path / "sweep")
    assert [point.size for point in found.points] == 2 * [2, 4, 8, 16, 32, 64]
    assert found.n == 30
    assert untrained == [f"stacked-{size}" for size in (64, 32, 16, 8, 4, 2)]
    sweep(tmp_path)
    assert len(untrained) == 6
    sweep(tmp_path, rounds=2)
    assert len(untrained) == 12


def test_stopped_at_any_point_it_goes_on_there(
    tmp_path: Path, untrained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import ae.training.sweep as module

    whole: Callable[..., Any] = vars(module)["fit"]

    def stopping(recipe: Any, *given: Any, **more: Any) -> Any:
        if recipe.latent_dim == 16:
            raise KeyboardInterrupt
        return whole(recipe, *given, **more)

    monkeypatch.setattr(module, "fit", stopping)
    with pytest.raises(KeyboardInterrupt):
        sweep(tmp_path)
    kept = {file: file.read_bytes() for file in (tmp_path / "work").iterdir()}
    found = load(tmp_path / "sweep")
    assert [point.size for point in found.points if point.kind == "stacked"] == [32, 64]
    # What was being written when the machine went down is not believed.
    (tmp_path / "work" / ".stacked-16.npz.part").write_bytes(b"half")
    monkeypatch.setattr(module, "fit", whole)
    sweep(tmp_path)
    assert untrained == [f"stacked-{size}" for size in (64, 32, 16, 8, 4, 2)]
    assert all(file.read_bytes() == content for file, content in kept.items())


def test_a_round_that_makes_it_worse_is_not_kept(
    tmp_path: Path, untrained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import ae.training.sweep as module

    sweep(tmp_path)
    before = (tmp_path / "work" / "stacked-2.npz").read_bytes()
    better: Callable[..., Any] = vars(module)["fit"]

    def worse(*given: Any, **more: Any) -> Any:
        fitted = better(*given, **more)
        fitted.history["val_loss"] = [9.0]
        return fitted

    monkeypatch.setattr(module, "fit", worse)
    sweep(tmp_path, rounds=2)
    after = module.Trained.read(tmp_path / "work" / "stacked-2.npz")
    assert (tmp_path / "work" / "stacked-2.npz").read_bytes() != before
    assert (after.rounds, after.point.epochs) == (2, 1)


def trained(size: int, network: str = "dense") -> Any:
    import keras

    from ae.networks.autoencoders import NETWORKS
    from ae.training.sweep import Trained

    keras.utils.set_random_seed(0)
    encoder, decoder = NETWORKS[network]((28, 28, 1), size)
    point = Point("stacked", size, None, 0, 0, 0, None, None, None, 1, 0)
    weights = encoder.get_weights(), decoder.get_weights()
    return Trained(point, 1, 0.0, np.zeros(0, np.uint8), *weights), encoder, decoder


def trainer(folder: Path) -> Any:
    from ae.training.sweep import _Trainer

    return _Trainer(SPLITS, folder, io.StringIO())


def test_a_smaller_code_starts_as_the_first_principal_axes_of_a_larger(tmp_path: Path) -> None:
    larger, encoder, decoder = trained(8)
    _, small_encoder, small_decoder = trained(4)
    trainer(tmp_path).cutting("stacked", larger)(small_encoder, small_decoder)
    codes = encoder.predict(SPLITS["train"].images, verbose=0)
    centred = codes - codes.mean(axis=0)
    axes = np.linalg.svd(np.float64(centred), full_matrices=False)[2][:4]
    small = small_encoder.predict(SPLITS["train"].images, verbose=0)
    np.testing.assert_allclose(small, centred @ axes.T, atol=1e-4)
    projected = np.float32(small @ axes + codes.mean(axis=0))
    expected = decoder.predict(projected, verbose=0)
    np.testing.assert_allclose(small_decoder.predict(small, verbose=0), expected, atol=1e-5)


def test_a_variational_code_starts_on_the_prior_s_scale_with_the_same_pictures(
    tmp_path: Path,
) -> None:
    stacked, encoder, decoder = trained(4)
    _, vae_encoder, vae_decoder = trained(4, "dense_variational")
    trainer(tmp_path).to_prior(stacked)(vae_encoder, vae_decoder)
    images = SPLITS["train"].images
    z_mean, z_log_var = vae_encoder.predict(images, verbose=0)
    np.testing.assert_allclose(z_mean.mean(axis=0), 0, atol=1e-3)
    # Of the mean over images, and of the posterior around it: together that of the prior.
    np.testing.assert_allclose(z_mean.var(axis=0) + np.exp(z_log_var[0]), 1, atol=1e-2)
    off_diagonal = np.cov(z_mean.T) - np.diag(z_mean.var(axis=0))
    assert np.abs(off_diagonal).max() < 0.02
    expected = decoder.predict(encoder.predict(images, verbose=0), verbose=0)
    np.testing.assert_allclose(vae_decoder.predict(z_mean, verbose=0), expected, atol=1e-4)


def test_the_convolutional_one_of_the_shelf_is_measured_as_it_is(tmp_path: Path) -> None:
    found = trainer(tmp_path).untrained("convolutional", 32)
    shelf = models.open_folder(models.SHIPPED / "fashion-conv")
    pictures = np.rint(255 * shelf.reconstruct(sketches.load()[0])[..., 0])
    # After one test image of each of the two classes.
    drawn = found.pictures[2:][: len(pictures)]
    assert np.abs(drawn - pictures).max() <= 1
    assert found.point.parameters == shelf.card.parameters


def test_two_convolutional_numbers_start_as_the_means_of_the_shelf_s_plane() -> None:
    from ae.networks.autoencoders import NETWORKS
    from ae.training.sweep import _from_shelf, _recipe

    encoder, decoder = NETWORKS["convolutional"](
        (28, 28, 1), 2, **_recipe("convolutional", 2).options
    )
    _from_shelf(2)(encoder, decoder)
    shelf, garments = models.open_folder(models.SHIPPED / "fashion-vae-2"), sketches.load()[0]
    codes = encoder.predict(garments, verbose=0)
    np.testing.assert_allclose(codes, shelf.encode(garments), atol=1e-4)
    rebuilt = decoder.predict(codes, verbose=0)
    np.testing.assert_allclose(rebuilt, shelf.decode(codes), atol=1e-4)
