"""What is written down of a training while it goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import NO_TENSORFLOW

pytest.importorskip("tensorflow", reason=NO_TENSORFLOW)

from ae.metrics import LinearBaseline
from ae.networks.losses import LOSSES
from ae.training.batches import batches_of
from ae.training.export import read_network
from ae.training.fit import compiled_network
from ae.training.follow import FRAMES, epochs_kept, pca_loss
from ae.training.recipes import DESIGNS, Choices, Wanted, of_choices

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
WANTED = Wanted("pictures", Choices(width=16, latent=3), "mine", "Mine")


@pytest.mark.parametrize("epochs", [1, 2, 12, 25, 200, 1000])
def test_few_epochs_are_kept_and_always_the_last(epochs: int) -> None:
    kept = epochs_kept(epochs)
    assert kept == sorted(set(kept))
    assert len(kept) <= FRAMES
    assert (kept[0], kept[-1]) == (1, epochs)


@pytest.mark.parametrize("loss", ["squared_error", "gaussian"])
def test_the_line_of_pca_is_the_loss_of_its_reconstructions(loss: str) -> None:
    images = RNG.random((20, 4, 4, 1), np.float32)
    pca = LinearBaseline(images.mean(axis=0).ravel(), np.eye(16, dtype=np.float32)[:3])
    expected = float(np.mean(LOSSES[loss](images, pca.reconstruct(images))))
    assert pca_loss(loss, pca, images) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("design", list(DESIGNS))
@pytest.mark.parametrize("shape", [(16, 16, 1), (48, 48, 3)])
def test_every_design_can_be_exported_for_every_size(
    design: str, shape: tuple[int, int, int]
) -> None:
    chosen = replace(WANTED, choices=replace(WANTED.choices, design=design))
    encoder, decoder, _ = compiled_network(of_choices(chosen, shape, 100), shape)
    assert read_network(decoder)[0].macs() > 0
    assert read_network(encoder)[0].input_shape == shape


def test_a_denoising_one_sees_noise_and_is_asked_for_the_clean_picture() -> None:
    images = np.full((32, 8, 8, 1), 0.5, np.float32)
    chosen = replace(WANTED, choices=Choices("denoising", 3, 16, noise=0.1))
    seen, wanted = batches_of(of_choices(chosen, (8, 8, 1), 32), images)[0]
    np.testing.assert_array_equal(wanted, images)
    assert np.std(seen - wanted) == pytest.approx(0.1, rel=0.1)
