"""From a recipe to fitted networks: shows progress, stops early, survives Ctrl-C."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TextIO, TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.latent.attributes import is_yes_or_no
from ae.metrics import LinearBaseline, squared_error
from ae.models import SHIPPED
from ae.networks.autoencoders import LINEAR, NESTED, NETWORKS
from ae.networks.layers import NestedDropout
from ae.networks.losses import LOSSES
from ae.networks.vae import Hint, VariationalAutoencoder, rescale_codes
from ae.training.batches import DrawnBatches, batches_of, draws_anew
from ae.training.beginnings import begin_as_model, begin_as_pca
from ae.training.contents import linear_baseline
from ae.training.muon import Muon
from ae.training.recipes import Recipe

UNITS = {
    "binary_cross_entropy": "nats per image",
    "error_db": "dB, minus the PSNR",
    "gaussian": "nats per image",
    "squared_error": "squared error per image",
}
_BAR = 24
# Steps between two looks at a training: in a trial of three networks 3 to 10 % less time than
# with a look at each, which is what the pictures of ``ae.training.follow`` cost.
_AT_ONCE = 4

Pairs = tuple[NDArray[Any], Any]


@dataclass(frozen=True)
class Training:
    """What is known when a training begins."""

    recipe: Recipe
    encoder: keras.Model
    decoder: keras.Model
    baseline: LinearBaseline  # principal components of the training images
    train: Dataset
    validation: Dataset


# Makes what follows a training.
Watch: TypeAlias = Callable[[Training], keras.callbacks.Callback]


@dataclass(frozen=True)
class Fitted:
    """Trained networks and how the training went."""

    encoder: keras.Model  # images to codes
    decoder: keras.Model  # codes to images
    # Per epoch ``loss`` and ``val_loss`` (for a VAE also their two terms), their ``unit``, which
    # epoch (from 0) the weights are from, and whether it was ``interrupted`` by hand.
    history: dict[str, Any]

    def encode(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return what Keras's encoder says: codes, or z_mean and z_log_var."""
        results = self.encoder.predict(images, 500, verbose=0)
        return tuple(results) if isinstance(results, list | tuple) else (results,)

    def put_on_scale(self, images: NDArray[np.float32]) -> None:
        """Shift and scale a VAE's codes so that its KL is the least, pictures unchanged.

        Args:
            images: Of training. In every dimension the mean of their codes becomes 0 and
                the variance of their posterior samples 1, where the KL from N(0, 1) is
                least.

        Raises:
            ValueError: If the layers beside the code are no linear ones.
        """
        z_mean, z_log_var = self.encode(images)
        shift = z_mean.mean(axis=0, dtype=np.float64)
        variance = z_mean.var(axis=0, dtype=np.float64) + np.exp(np.float64(z_log_var)).mean(axis=0)
        rescale_codes(self.encoder, self.decoder, shift, np.sqrt(variance))

    def decode(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the images that Keras's decoder makes of codes."""
        return np.asarray(self.decoder.predict(codes, 500, verbose=0))


def fit(
    recipe: Recipe,
    train: Dataset,
    validation: Dataset,
    *,
    baseline: LinearBaseline | None = None,
    screen: TextIO = sys.stderr,
    watch: Watch | None = None,
    start: Callable[[keras.Model, keras.Model], None] | None = None,
) -> Fitted:
    """Train a recipe's networks. Same seed, same machine: same weights.

    Args:
        recipe: What to train.
        train: Images to learn from.
        validation: Images that decide when to stop.
        baseline: Principal components of the training images, fitted here unless given.
        screen: Where progress is shown.
        watch: Makes what follows the training, if anything does.
        start: Gives the new encoder and decoder other first weights than random ones.

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
    if recipe.network == LINEAR:
        baseline = baseline or linear_baseline(train, recipe.latent_dim)
        return _principal_components(encoder, decoder, baseline, train, validation)
    if start is not None:
        start(encoder, decoder)
    elif recipe.begins_as:
        begin_as_model(encoder, decoder, SHIPPED / recipe.begins_as)
    elif recipe.network == NESTED:
        begin_as_pca(encoder, decoder, train)
    told = _told(recipe, train)
    pairs: DrawnBatches | Pairs = (train.images, train.images if told is None else told)
    if draws_anew(recipe):
        pairs = batches_of(recipe, train.images, told)
    hint = None
    if recipe.hint:
        after = int(recipe.hint_after * recipe.epochs * steps_of(recipe, pairs))
        hint = Hint(recipe.hint, _yes_or_no(train), after)
    watching = []
    if watch is not None:
        baseline = baseline or linear_baseline(train, recipe.latent_dim)
        watching.append(watch(Training(recipe, encoder, decoder, baseline, train, validation)))
    history = run(
        _joined(recipe, encoder, decoder, hint),
        recipe,
        pairs,
        (validation.images, validation.images),
        loss=LOSSES[recipe.loss] if recipe.beta is None else None,
        unit=UNITS[recipe.loss],
        screen=screen,
        watching=watching,
    )
    return Fitted(encoder, decoder, history)


def compiled_network(
    recipe: Recipe, image_shape: tuple[int, int, int]
) -> tuple[keras.Model, keras.Model, keras.Model]:
    """Build encoder, decoder and what trains both, ready for a step without a hint."""
    encoder, decoder = NETWORKS[recipe.network](image_shape, recipe.latent_dim, **recipe.options)
    network = _joined(recipe, encoder, decoder)
    network.compile(_optimizer(recipe, 1000), LOSSES[recipe.loss] if recipe.beta is None else None)
    return encoder, decoder, network


def steps_of(recipe: Recipe, train: DrawnBatches | Pairs) -> int:
    """Return how many batches an epoch has."""
    # Unlike batches that are drawn anew, arrays are cut by Keras, in four fifths of the time
    # where networks are small.
    return len(train) if isinstance(train, DrawnBatches) else -(-len(train[0]) // recipe.batch_size)


def _principal_components(
    encoder: keras.Model,
    decoder: keras.Model,
    pca: LinearBaseline,
    train: Dataset,
    validation: Dataset,
) -> Fitted:
    """Give linear networks the weights of least squared error, which are known.

    Source: Baldi and Hornik 1989, Neural Networks 2, 53-58.
    """
    encoder.get_layer("code").set_weights([pca.components.T, -pca.components @ pca.mean])
    decoder.get_layer("pixels").set_weights([pca.components, pca.mean])
    eye = np.eye(train.images.shape[3], dtype=np.float32)
    for name in ("from_1", "reconstruction"):
        decoder.get_layer(name).set_weights([-eye[None, None], np.ones(len(eye))])
    errors = (
        squared_error(data.images, pca.reconstruct(data.images)).mean() * data.images[0].size
        for data in (train, validation)
    )
    history = dict(zip(("loss", "val_loss"), ([float(error)] for error in errors), strict=True))
    unit = UNITS["squared_error"]
    return Fitted(
        encoder, decoder, {**history, "best_epoch": 0, "unit": unit, "interrupted": False}
    )


def run(
    network: keras.Model,
    recipe: Recipe,
    train: DrawnBatches | Pairs,
    validation: Pairs,
    *,
    loss: Any,
    unit: str,
    screen: TextIO,
    survives: bool = True,
    watching: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, Any]:
    """Train any network as a recipe says and leave it with its best weights.

    Args:
        network: What to train; not compiled.
        recipe: Its rate, batches, epochs and patience.
        train: Inputs and what they should give, as arrays or in batches.
        validation: The same of images that decide when to stop.
        loss: As in ``keras.Model.compile``.
        unit: Of the loss, in words.
        screen: Where progress is shown.
        survives: Whether Ctrl-C leaves something of use: the best weights so far.
        watching: What else is called; a KeyboardInterrupt that it raises counts as Ctrl-C.

    Returns:
        As ``Fitted.history``. Ctrl-C ends the training early.

    Raises:
        KeyboardInterrupt: If it was stopped before the first epoch ended, or does not
            survive that.
        ValueError: If the loss stopped being a finite number.
    """
    network.compile(
        _optimizer(recipe, recipe.epochs * steps_of(recipe, train)),
        loss,
        steps_per_execution=_AT_ONCE,
    )
    best = _KeepBest(recipe.patience)
    interrupted = False
    try:
        network.fit(
            **_given(recipe, train),
            epochs=recipe.epochs,
            validation_data=validation,
            validation_batch_size=500,
            callbacks=[best, _Progress(screen), keras.callbacks.TerminateOnNaN(), *watching],
            verbose=0,
        )
    except KeyboardInterrupt:
        if best.weights is None or not survives:
            raise
        interrupted = True
        print(f"\nStopped; keeping epoch {best.epoch + 1}, the best.", file=screen)
    if best.weights is None:
        raise ValueError("the loss stopped being a finite number in the first epoch")
    network.set_weights(best.weights)
    return {**best.history, "best_epoch": best.epoch, "unit": unit, "interrupted": interrupted}


def _given(recipe: Recipe, train: DrawnBatches | Pairs) -> dict[str, Any]:
    if isinstance(train, DrawnBatches):
        return {"x": train}
    return {"x": train[0], "y": train[1], "batch_size": recipe.batch_size}


def _told(recipe: Recipe, train: Dataset) -> NDArray[Any] | None:
    """Return what a hint tells of the training images, (n, attributes), if there is one.

    A yes-or-no attribute is 0 or 1, any other is in its spreads over the training data.
    """
    if not recipe.hint:
        return None
    table = attribute_table(train)
    continuous = ~np.array(_yes_or_no(train))
    # In double precision, because values may be large and many.
    mean = np.where(continuous, np.nanmean(table, axis=0, dtype=np.float64), 0)
    spread = np.where(continuous, np.nanstd(table, axis=0, dtype=np.float64), 1)
    return np.float32((table - mean) / spread)


def attribute_table(data: Dataset) -> NDArray[np.float32]:
    """Return the attributes of images as columns, (n, attributes), NaN if unknown.

    Raises:
        ValueError: If the data have none.
    """
    if not data.attributes:
        raise ValueError(f"{data.name} has no attributes to learn from")
    return np.stack(list(data.attributes.values()), axis=1)


def _yes_or_no(data: Dataset) -> tuple[bool, ...]:
    return tuple(is_yes_or_no(values) for values in data.attributes.values())


def _joined(
    recipe: Recipe, encoder: keras.Model, decoder: keras.Model, hint: Hint | None = None
) -> keras.Model:
    if recipe.nested:
        each = recipe.nested[-1]
        shorten = NestedDropout(each, recipe.nested, recipe.nested_shares, name="shorten")
        return keras.Model(encoder.input, decoder(shorten(encoder.output)))
    if recipe.beta is None:
        return keras.Model(encoder.input, decoder(encoder.output))
    return VariationalAutoencoder(
        encoder,
        decoder,
        LOSSES[recipe.loss],
        beta=recipe.beta,
        warmup_steps=recipe.warmup_steps,
        seed=recipe.seed,
        hint=hint,
    )


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    warmup = min(recipe.warmup_steps, steps // 4)
    optimizer = Muon if recipe.nested else keras.optimizers.Adam
    return optimizer(
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

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if not self.live:
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
