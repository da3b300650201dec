"""From a recipe to fitted networks: shows progress, stops early, survives Ctrl-C."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, TextIO

import keras
import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.networks.autoencoders import NETWORKS
from ae.networks.losses import LOSSES
from ae.networks.vae import VariationalAutoencoder
from ae.training.recipes import Recipe

_UNITS = {
    "binary_cross_entropy": "nats per image",
    "gaussian": "nats per image",
    "squared_error": "squared error per image",
}
_BAR = 24

Pairs = tuple[NDArray[Any], Any]


@dataclass(frozen=True)
class Fitted:
    """Trained networks and how the training went.

    Attributes:
        encoder: Images to codes.
        decoder: Codes to images.
        history: Per epoch ``loss`` and ``val_loss`` (for a VAE also their two terms),
            their ``unit``, which epoch (from 0) the weights are from, and whether it
            was ``interrupted`` by hand.
    """

    encoder: keras.Model
    decoder: keras.Model
    history: dict[str, Any]


def fit(
    recipe: Recipe, train: Dataset, validation: Dataset, *, screen: TextIO = sys.stderr
) -> Fitted:
    """Train a recipe's networks. Same seed, same machine: same weights.

    Args:
        recipe: What to train.
        train: Images to learn from.
        validation: Images that decide when to stop.
        screen: Where progress is shown.

    Returns:
        The networks with the weights of the best validation loss. Ctrl-C ends the
        training early with the best weights so far.

    Raises:
        KeyboardInterrupt: If it was stopped before the first epoch ended.
        ValueError: If the loss stopped being a finite number.
    """
    keras.utils.set_random_seed(recipe.seed)
    encoder, decoder = NETWORKS[recipe.network](
        train.images.shape[1:], recipe.latent_dim, **recipe.options
    )
    pairs = _pairs(recipe, train, mirrored=recipe.flips)
    autoencoder = _joined(recipe, encoder, decoder, _steps(recipe, pairs[0]))
    cycles: list[dict[str, Any]] = []
    while len(cycles) < recipe.cycles and not (cycles and cycles[-1]["interrupted"]):
        if cycles:
            autoencoder.warmup_steps = 0  # the KL term has risen in the first cycle
        cycles.append(
            run(
                autoencoder,
                recipe,
                pairs,
                _pairs(recipe, validation),
                loss=LOSSES[recipe.loss] if recipe.beta is None else None,
                unit=_UNITS[recipe.loss],
                screen=screen,
            )
        )
    return Fitted(encoder, decoder, _one_after_the_other(cycles))


def _one_after_the_other(cycles: list[dict[str, Any]]) -> dict[str, Any]:
    """Join the histories of cycles; the weights are the best of the last."""
    last = cycles[-1]
    losses = {
        name: [value for cycle in cycles for value in cycle[name]]
        for name in last
        if isinstance(last[name], list)
    }
    before = len(losses["loss"]) - len(last["loss"])
    return {**last, **losses, "best_epoch": before + last["best_epoch"]}


def run(
    network: keras.Model,
    recipe: Recipe,
    train: Pairs | keras.utils.PyDataset,
    validation: Pairs,
    *,
    loss: Any,
    unit: str,
    screen: TextIO,
) -> dict[str, Any]:
    """Train any network as a recipe says and leave it with its best weights.

    Args:
        network: What to train; not compiled.
        recipe: Its rate, batches, epochs and patience.
        train: Inputs and what they should give, or their batches, drawn afresh.
        validation: The same of images that decide when to stop.
        loss: As in ``keras.Model.compile``.
        unit: Of the loss, in words.
        screen: Where progress is shown.

    Returns:
        As ``Fitted.history``. Ctrl-C ends the training early.

    Raises:
        KeyboardInterrupt: If it was stopped before the first epoch ended.
        ValueError: If the loss stopped being a finite number.
    """
    if isinstance(train, keras.utils.PyDataset):
        data, batches = {"x": train}, len(train)
    else:
        data = {"x": train[0], "y": train[1], "batch_size": recipe.batch_size}
        batches = -(-len(train[0]) // recipe.batch_size)
    steps = recipe.epochs * batches
    network.compile(_optimizer(recipe, steps), loss)
    best = _KeepBest(recipe.patience)
    interrupted = False
    try:
        network.fit(
            **data,
            epochs=recipe.epochs,
            validation_data=validation,
            validation_batch_size=500,
            callbacks=[best, _Progress(screen), keras.callbacks.TerminateOnNaN()],
            verbose=0,
        )
    except KeyboardInterrupt:
        if best.weights is None:
            raise
        interrupted = True
        print(f"\nStopped; keeping epoch {best.epoch + 1}, the best.", file=screen)
    if best.weights is None:
        raise ValueError("the loss stopped being a finite number in the first epoch")
    network.set_weights(best.weights)
    return {
        **best.history,
        "best_epoch": best.epoch,
        "unit": unit,
        "interrupted": interrupted,
    }


def with_mirrored(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images and, after them, their mirror images."""
    return np.concatenate([images, images[:, :, ::-1]])


def _pairs(recipe: Recipe, split: Dataset, *, mirrored: bool = False) -> Pairs:
    """Pair images with what is asked of them: themselves, or as a hint their classes.

    Mirrored pictures come last, and are of the same class.
    """
    images = with_mirrored(split.images) if mirrored else split.images
    if not recipe.hint:
        return images, images
    if split.labels is None or len(split.class_names) != 2:
        raise ValueError(f"a hint needs two classes, {split.name} has none")
    return images, np.resize(split.labels, len(images))


def _joined(
    recipe: Recipe, encoder: keras.Model, decoder: keras.Model, steps: int
) -> keras.Model:
    if recipe.beta is None:
        return keras.Model(encoder.input, decoder(encoder.output))
    return VariationalAutoencoder(
        encoder,
        decoder,
        LOSSES[recipe.loss],
        beta=recipe.beta,
        warmup_steps=recipe.warmup_steps,
        seed=recipe.seed,
        hint=recipe.hint,
        hint_after=int(recipe.hint_after * steps),
    )


def _steps(recipe: Recipe, images: NDArray[Any]) -> int:
    return recipe.epochs * -(-len(images) // recipe.batch_size)


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    warmup = min(recipe.warmup_steps, steps // 4)
    return keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(
            recipe.learning_rate / 100,
            max(steps - warmup, 1),
            warmup_target=recipe.learning_rate,
            warmup_steps=warmup,
        )
    )


class _KeepBest(keras.callbacks.Callback):
    """Keeps the weights of the least validation loss; stops when it stays worse."""

    def __init__(self, patience: int) -> None:
        super().__init__()
        self.patience = patience
        self.weights: list[Any] | None = None
        self.epoch = -1
        self.history: dict[str, list[float]] = {"loss": [], "val_loss": []}

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))
        loss = self.history["val_loss"]
        if np.isfinite(loss[-1]) and loss[-1] <= np.nanmin(loss):
            self.weights, self.epoch = self.model.get_weights(), epoch
        if epoch - self.epoch >= self.patience:
            self.model.stop_training = True


class _Progress(keras.callbacks.Callback):
    """One line per epoch, and a bar that grows within it on a terminal."""

    def __init__(self, screen: TextIO) -> None:
        super().__init__()
        self.screen = screen
        self.live = screen.isatty()
        self.title = ""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.title = f"epoch {epoch + 1:3d}/{self.params['epochs']}"

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        if not self.live or batch % 10:
            return
        done = _BAR * (batch + 1) // self.params["steps"]
        bar = "#" * done + "." * (_BAR - done)
        loss = (logs or {}).get("loss", float("nan"))
        print(f"\r{self.title} [{bar}] loss {loss:.3f}", end="", file=self.screen)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        numbers = f"loss {logs['loss']:.3f}  validation {logs['val_loss']:.3f}"
        start = "\r" if self.live else ""
        print(f"{start}{self.title}  {numbers:<40}", file=self.screen, flush=True)
