"""What is trained, and how: one frozen record per shipped model. No Keras here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training run yields, kept in the model's card.

    Attributes:
        name: The model's name and its folder's.
        title: What the page calls it.
        summary: One sentence for a visitor.
        dataset: As in ``ae.data.load``.
        network: One of ``ae.networks.autoencoders.NETWORKS``.
        latent_dim: Coordinates of the code.
        loss: One of ``ae.networks.losses.LOSSES``, per image.
        learning_rate: Peak rate of Adam; it rises over the first ``warmup_steps`` and
            falls to zero along a cosine. A VAE's KL term rises over as many steps.
        batch_size: Images per step.
        epochs: The most passes over the training split.
        patience: Epochs without a better validation loss before stopping early.
        warmup_steps: See ``learning_rate``.
        beta: Weight of the KL term of a VAE; None for a plain autoencoder.
        seed: For the initial weights and the order of the images.
        options: Further arguments of the network.
        kind: Of model, as in ``ae.card.FILES``.
    """

    name: str
    title: str
    summary: str
    dataset: str
    network: str
    latent_dim: int
    loss: str
    learning_rate: float
    batch_size: int
    epochs: int
    patience: int = 6
    warmup_steps: int = 400
    beta: float | None = None
    seed: int = 42
    options: dict[str, Any] = field(default_factory=dict)
    kind: str = "autoencoder"


_RECIPES = (
    Recipe(
        name="fashion-stacked",
        title="Stacked autoencoder",
        summary="The classic: five dense layers, 784-100-30-100-784, and 30 numbers "
        "for a garment.",
        dataset="fashion-mnist",
        network="stacked",
        latent_dim=30,
        loss="binary_cross_entropy",
        learning_rate=1e-3,
        batch_size=128,
        epochs=80,
    ),
    Recipe(
        name="fashion-conv",
        title="Convolutional autoencoder",
        summary="Looks through small windows instead of at all pixels at once, and "
        "keeps 32 numbers for a garment.",
        dataset="fashion-mnist",
        network="convolutional",
        latent_dim=32,
        loss="squared_error",
        learning_rate=2e-3,
        batch_size=128,
        epochs=40,
    ),
    Recipe(
        name="fashion-vae-2",
        title="VAE with a plane",
        summary="A variational autoencoder with two numbers for a garment: its latent "
        "space is a plane that can be looked at.",
        dataset="fashion-mnist",
        network="variational",
        latent_dim=2,
        loss="binary_cross_entropy",
        learning_rate=1.5e-3,
        batch_size=128,
        epochs=24,
        warmup_steps=1300,
        beta=1.0,
        kind="vae",
    ),
    Recipe(
        name="fashion-vae-16",
        title="VAE with 16 numbers",
        summary="A variational autoencoder: its codes fill the space around zero, so "
        "that a random code is a garment too.",
        dataset="fashion-mnist",
        network="variational",
        latent_dim=16,
        loss="binary_cross_entropy",
        learning_rate=1.5e-3,
        batch_size=128,
        epochs=30,
        warmup_steps=1300,
        beta=1.0,
        kind="vae",
    ),
)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _RECIPES}


def recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        ValueError: If there is none, naming those there are.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]
