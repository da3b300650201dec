from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.coding.measures import between_dots, loss_of
from ae.data import drawn_faces

RNG = np.random.default_rng(0)


class FourPixels:
    """Its codes are the pixels, and its map shows the first two of them."""

    def __init__(self, codes: Any) -> None:
        self.codes = np.asarray(codes, np.float32)
        self.maps = {"tsne": self.codes[:, :2]}

    def decode(self, codes: Any) -> Any:
        return np.asarray(codes, np.float32).reshape(-1, 2, 2, 1)


def measured(codes: Any, images: Any) -> dict[str, float]:
    return between_dots(cast(Autoencoder, FourPixels(codes)), np.float32(images))


def test_a_dot_with_a_twin_is_guessed_exactly_without_itself() -> None:
    codes = np.repeat(RNG.random((20, 4)), 2, axis=0)
    images = codes.reshape(-1, 2, 2, 1) + 0.1
    found = measured(codes, images)
    assert found["own"] == pytest.approx(0.01, rel=1e-4)
    assert found["guessed"] == pytest.approx(found["own"], rel=1e-3)


def test_what_the_map_does_not_show_cannot_be_guessed() -> None:
    codes = RNG.random((400, 4))
    codes[:, :2] *= 100  # neighbours on the map say nothing of the other two
    found = measured(codes, codes.reshape(-1, 2, 2, 1))
    assert found["own"] == 0
    # A mean of independent values lies further off than their own mean.
    assert found["guessed"] > 2 / 4 * 1 / 12


def test_the_losses_of_pictures_are_the_bound_but_for_a_constant() -> None:
    model = models.load("faces-vae", Autoencoder)
    faces = np.stack([drawn_faces.FacesOnDemand("test")[at] for at in range(40)])
    means, log_vars = model.posterior(faces)
    losses = np.array([loss_of(model, *each) for each in zip(faces, means, log_vars, strict=True)])
    bound = model.card.evaluation["test"]["elbo"]
    constant = 0.5 * np.log(2 * np.pi * bound["variance"]) * faces[0].size
    assert losses[:, 1].mean() == pytest.approx(bound["kl"], rel=0.05)
    assert losses[:, 0].mean() == pytest.approx(bound["reconstruction"] - constant, rel=0.25)
