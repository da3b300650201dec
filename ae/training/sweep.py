"""Error and rate against size of code and beta: trains, measures and writes every point.

A point starts where its neighbour ended, for 48 trainings from nothing take a day:

- stacked: 64 numbers from nothing, every smaller code from the next larger one, turned to its
  principal axes and cut;
- convolutional: the shipped ``fashion-conv`` with 32 numbers, as it is; 64 numbers from it with 32
  new ones, smaller codes as above, and two numbers from the means of the shipped ``fashion-vae-2``;
- variational: the first beta from the stacked one with as many numbers, each further beta from the
  one before.

Every further round trains each network on from where it is, at a smaller rate, and keeps it if its
validation loss became better.
"""

import json
import os
import sys
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import keras
import numpy as np
from numpy.typing import NDArray

from ae import data
from ae.coding.rate_distortion import (
    BETAS,
    KINDS,
    NUMBERS,
    PCA,
    PICTURES,
    SHOWN,
    SIZES,
    VARIATIONAL,
    Point,
    Sweep,
    measured,
    numbers_of,
    plan,
    point_name,
)
from ae.data import Dataset, Progress, fashion_mnist, sketches
from ae.latent.sampling import sample_prior
from ae.metrics import LinearBaseline
from ae.models import SHIPPED, read_card
from ae.networks.autoencoders import NETWORKS
from ae.shelf.aside import built_aside
from ae.training.beginnings import begin_as_model
from ae.training.contents import linear_baseline
from ae.training.fit import Fitted, fit
from ae.training.folder import npz
from ae.training.recipes import Recipe, recipe

# Whose weights the convolutional ones start from, by size of code.
_SHELF = {32: "fashion-conv", 2: "fashion-vae-2"}
# Of the mean variance of a plain code: that of the posterior which a variational one starts with.
_NOISE = 0.03
_LOOKED_AT = 10_000  # training images that say how codes lie
_STACKED = Recipe(
    name="stacked",
    title="Stacked",
    summary="784-512-256 and back.",
    dataset=fashion_mnist.NAME,
    network="dense",
    latent_dim=max(SIZES),
    loss="squared_error",
    learning_rate=2e-3,
    batch_size=256,
    epochs=15,
    warmup_steps=100,
)
_RECIPES = {
    "stacked": _STACKED,
    "convolutional": replace(
        recipe(_SHELF[32]), name="convolutional", learning_rate=1.5e-3, epochs=2, warmup_steps=50
    ),
    VARIATIONAL: replace(
        _STACKED,
        name=VARIATIONAL,
        network="dense_variational",
        loss="binary_cross_entropy",
        learning_rate=1.5e-3,
        epochs=1,
        warmup_steps=50,
        beta=1.0,
    ),
}
# Of those that need more: 64 numbers start from nothing or half of them do, and two must be folded
# with care. Convolutions with 64 learn their pictures by heart unless these move: .0059 became
# .0050.
_OTHERWISE: dict[tuple[str, int], dict[str, Any]] = {
    ("stacked", 64): {"epochs": 40},
    ("stacked", 2): {"epochs": 60},
    ("convolutional", 64): {"epochs": 6, "flips": True, "shifts": 1},
    # As that of the shelf is built.
    ("convolutional", 2): {"epochs": 8, "options": {"channels": (16, 32, 64), "units": 384}},
}
_SHAPE = (28, 28, 1)
Weights = list[NDArray[np.float32]]
Start = Callable[[keras.Model, keras.Model], None]


@dataclass
class Trained:
    """A point as it is kept between rounds."""

    point: Point  # its numbers
    rounds: int  # how often it was trained
    loss: float  # its validation loss
    pictures: NDArray[np.uint8]  # as in ``Sweep``
    encoder: Weights  # as Keras lists them; none of PCA
    decoder: Weights  # likewise

    def write(self, file: Path) -> None:
        """Write it, all or nothing."""
        told = {"point": asdict(self.point), "rounds": self.rounds, "loss": self.loss}
        arrays: dict[str, Any] = {f"encoder_{i}": each for i, each in enumerate(self.encoder)}
        arrays |= {f"decoder_{i}": each for i, each in enumerate(self.decoder)}
        told_bytes = np.frombuffer(json.dumps(told).encode(), np.uint8)
        part = file.with_name(f".{file.name}.part")
        part.write_bytes(npz(told=told_bytes, pictures=self.pictures, **arrays))
        os.replace(part, file)

    @classmethod
    def read(cls, file: Path) -> "Trained":
        """Read what ``write`` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            told = json.loads(arrays["told"].tobytes())
            networks = [
                [arrays[f"{who}_{i}"] for i in range(sum(n.startswith(who) for n in arrays.files))]
                for who in ("encoder", "decoder")
            ]
            return cls(
                Point(**told["point"]), told["rounds"], told["loss"], arrays["pictures"], *networks
            )


def run_sweep(
    folder: Path,
    work: Path,
    *,
    rounds: int = 1,
    kinds: Collection[str] = KINDS,
    screen: TextIO = sys.stderr,
    progress: Progress | None = None,
) -> None:
    """Train and measure all points that are not there yet; run again, it goes on.

    Args:
        folder: Takes the numbers and pictures, replaced whenever a point is finished.
        work: Takes every finished point with its weights, to go on from.
        rounds: How often each network is to be trained in all.
        kinds: Those to train.
        screen: Where progress is shown.
        progress: Told of downloads, as in ``ae.data.load``.

    Raises:
        OSError: If data are missing or a folder cannot be written.
    """
    splits = {
        split: data.load(fashion_mnist.NAME, split, download=True, progress=progress)
        for split in ("train", "validation", "test")
    }
    work.mkdir(parents=True, exist_ok=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    trainer = _Trainer(splits, work, screen)
    for number in range(1, rounds + 1):
        for kind, size, beta in _in_order():
            if kind in kinds and trainer.rounds_of(kind, size, beta) < number:
                trainer.train(kind, size, beta)
                collect(work, folder, splits["test"])
    collect(work, folder, splits["test"])


def collect(work: Path, folder: Path, test: Dataset) -> None:
    """Write the numbers and pictures of all finished points into a folder, all or nothing."""
    files = [work / f"{point_name(*each)}.npz" for each in plan()]
    trained = [Trained.read(file) for file in files if file.is_file()]
    sweep = Sweep(
        test.name,
        test.split,
        len(test),
        _shown(test),
        tuple(each.point for each in trained),
        np.stack([each.pictures for each in trained]),
    )
    with built_aside(folder.parent, folder.name) as aside:
        (aside / NUMBERS).write_text(numbers_of(sweep), encoding="utf-8")
        (aside / PICTURES).write_bytes(npz(compress=True, pictures=sweep.pictures))


def _in_order() -> list[tuple[str, int, float | None]]:
    """Return the points so that each comes after the one it starts from."""
    larger_first = sorted(plan(), key=lambda each: (KINDS.index(each[0]), -each[1], each[2] or 0))
    # 64 numbers of the convolutional one start from its 32.
    first = [each for each in larger_first if each[0] == "convolutional" and each[1] == 32]
    at = next(i for i, each in enumerate(larger_first) if each[0] == "convolutional")
    rest = [each for each in larger_first if each not in first]
    return [*rest[:at], *first, *rest[at:]]


def _shown(test: Dataset) -> tuple[int, ...]:
    """Return the first test image of every class."""
    _, first = np.unique(np.asarray(test.labels), return_index=True)
    return tuple(int(each) for each in first[:SHOWN])


class _Trainer:
    def __init__(self, splits: dict[str, Dataset], work: Path, screen: TextIO) -> None:
        self.splits, self.work, self.screen = splits, work, screen
        self.sketches = sketches.load()[0][:SHOWN]

    def file(self, kind: str, size: int, beta: float | None) -> Path:
        return self.work / f"{point_name(kind, size, beta)}.npz"

    def rounds_of(self, kind: str, size: int, beta: float | None) -> int:
        file = self.file(kind, size, beta)
        return Trained.read(file).rounds if file.is_file() else 0

    def train(self, kind: str, size: int, beta: float | None) -> None:
        file = self.file(kind, size, beta)
        before = Trained.read(file) if file.is_file() else None
        if kind == PCA or (kind == "convolutional" and size == 32):
            found = _once_more(before) if before else self.untrained(kind, size)
        else:
            found = self.trained(kind, size, beta, before)
        found.write(file)
        point = found.point
        rate = "" if point.rate is None else f", rate {point.rate:.2f}, {point.active_units} active"
        print(f"{point.name}: squared error {point.mse:.5f}{rate}", file=self.screen, flush=True)

    def untrained(self, kind: str, size: int) -> Trained:
        """Return PCA, or the model that is on the shelf."""
        if kind == PCA:
            pca = linear_baseline(self.splits["train"], size)
            return self.finished(kind, size, None, _Linear(pca), pca.components.size, 0)
        encoder, decoder = NETWORKS["convolutional"](_SHAPE, size)
        _from_shelf(size)(encoder, decoder)
        coder = Fitted(encoder, decoder, {})
        parameters = encoder.count_params() + decoder.count_params()
        epochs = len(read_card(SHIPPED / _SHELF[size]).history["loss"])
        found = self.finished(kind, size, None, coder, parameters, epochs)
        return replace(found, encoder=encoder.get_weights(), decoder=decoder.get_weights())

    def trained(self, kind: str, size: int, beta: float | None, before: Trained | None) -> Trained:
        rounds = before.rounds if before else 0
        recipe = _recipe(kind, size)
        rate, seed = recipe.learning_rate / (rounds + 1), recipe.seed + rounds
        recipe = replace(recipe, beta=beta, learning_rate=rate, seed=seed)
        start = _taking(before) if before else self.start(kind, size, beta)
        train = self.splits["train"]
        seen, held_out = replace(train, labels=None), self.splits["validation"]
        fitted = fit(recipe, seen, held_out, screen=self.screen, start=start)
        history = fitted.history
        if history["interrupted"]:
            raise KeyboardInterrupt
        loss = history["val_loss"][history["best_epoch"]]
        if before and before.loss <= loss:
            return replace(before, rounds=rounds + 1)
        if beta is not None:
            fitted.put_on_scale(train.images[:_LOOKED_AT])
        encoder, decoder = fitted.encoder, fitted.decoder
        epochs = len(history["val_loss"]) + (before.point.epochs if before else 0)
        parameters = encoder.count_params() + decoder.count_params()
        found = self.finished(kind, size, beta, fitted, parameters, epochs)
        return replace(
            found,
            rounds=rounds + 1,
            loss=loss,
            encoder=encoder.get_weights(),
            decoder=decoder.get_weights(),
        )

    def start(self, kind: str, size: int, beta: float | None) -> Start | None:
        """Return what gives new networks the weights of a neighbour."""
        if kind == VARIATIONAL:
            at = BETAS.index(beta or 0)
            if at:
                return _taking(Trained.read(self.file(kind, size, BETAS[at - 1])))
            stacked = Trained.read(self.file("stacked", size, None))
            return self.to_prior(stacked)
        if kind == "stacked" and size == max(SIZES):
            return None
        if kind == "convolutional" and size == 2:
            return _from_shelf(size)
        if kind == "convolutional" and size == 64:
            return _widening(Trained.read(self.file(kind, 32, None)))
        return self.cutting(kind, Trained.read(self.file(kind, 2 * size, None)))

    def codes(self, kind: str, of: Trained) -> NDArray[np.float64]:
        encoder, _ = self.networks(kind, of)
        images = self.splits["train"].images[:_LOOKED_AT]
        return np.float64(encoder.predict(images, 500, verbose=0))

    def networks(self, kind: str, of: Trained) -> tuple[keras.Model, keras.Model]:
        recipe = _recipe(kind, of.point.size)
        encoder, decoder = NETWORKS[recipe.network](_SHAPE, of.point.size, **recipe.options)
        encoder.set_weights(of.encoder)
        decoder.set_weights(of.decoder)
        return encoder, decoder

    def cutting(self, kind: str, larger: Trained) -> Start:
        """Return what gives networks the first principal axes of a larger code."""
        codes = self.codes(kind, larger)
        mean = codes.mean(axis=0)
        axes = np.linalg.svd(codes - mean, full_matrices=False)[2]

        def start(encoder: keras.Model, decoder: keras.Model) -> None:
            kept = axes[: decoder.input_shape[1]]
            *rest, kernel, bias = larger.encoder
            encoder.set_weights([*rest, kernel @ kept.T, (bias - mean) @ kept.T])
            kernel, bias, *rest = larger.decoder
            decoder.set_weights([kept @ kernel, bias + mean @ kernel, *rest])

        return start

    def to_prior(self, stacked: Trained) -> Start:
        """Return what gives variational networks a plain code, turned and scaled to the prior.

        Its axes are the principal ones and its posterior is equally wide along all of them, as in
        the linear case: what varies less than that is near to collapse already.

        Source: Tipping and Bishop 1999, Probabilistic principal component analysis; Lucas et al.
            2019, Don't blame the ELBO, arXiv 1911.02469.
        """
        codes = self.codes("stacked", stacked)
        mean = codes.mean(axis=0)
        _, singular, axes = np.linalg.svd(codes - mean, full_matrices=False)
        variance = np.square(singular) / len(codes)
        noise = _NOISE * variance.mean()
        scale = np.sqrt(variance + noise)

        def start(encoder: keras.Model, decoder: keras.Model) -> None:
            *rest, kernel, bias = stacked.encoder
            turned = axes.T / scale
            encoder.get_layer("z_mean").set_weights([kernel @ turned, (bias - mean) @ turned])
            log_var = np.log(noise / np.square(scale))
            encoder.get_layer("z_log_var").set_weights([np.zeros_like(kernel), log_var])
            for layer, at in ((1, 0), (2, 2)):
                encoder.get_layer(f"encoder_{layer}").set_weights(rest[at : at + 2])
            kernel, bias, *rest = stacked.decoder
            decoder.set_weights([scale[:, None] * axes @ kernel, bias + mean @ kernel, *rest])

        return start

    def finished(
        self, kind: str, size: int, beta: float | None, coder: Any, parameters: int, epochs: float
    ) -> Trained:
        test = self.splits["test"]
        codes = coder.encode(test.images)
        point = measured(
            kind, size, beta, test.images, codes, coder.decode, parameters=parameters, epochs=epochs
        )
        shown = [codes[0][list(_shown(test))], coder.encode(self.sketches)[0]]
        if beta is not None:
            # The same draws of all sizes: a smaller code is the beginning of a larger one.
            drawn = sample_prior(SHOWN, max(SIZES), np.random.default_rng(0))
            shown.append(drawn[:, :size])
        pictures = np.rint(255 * coder.decode(np.concatenate(shown))[..., 0]).astype(np.uint8)
        empty = np.zeros((3 * SHOWN - len(pictures), *pictures.shape[1:]), np.uint8)
        return Trained(point, 1, 0.0, np.concatenate([pictures, empty]), [], [])


def _once_more(before: Trained) -> Trained:
    """Return what needs no training as if it had been trained once more."""
    return replace(before, rounds=before.rounds + 1)


class _Linear:
    def __init__(self, pca: LinearBaseline) -> None:
        self.pca = pca

    def encode(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        return (self.pca.encode(images),)

    def decode(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.pca.decode(codes, _SHAPE)


def _taking(of: Trained) -> Start:
    def start(encoder: keras.Model, decoder: keras.Model) -> None:
        encoder.set_weights(of.encoder)
        decoder.set_weights(of.decoder)

    return start


def _widening(smaller: Trained) -> Start:
    """Return what gives networks a code with further numbers, which begin as they are."""

    def start(encoder: keras.Model, decoder: keras.Model) -> None:
        *_, new_kernel, new_bias = encoder.get_weights()
        *rest, kernel, bias = smaller.encoder
        size = len(bias)
        new_kernel[:, :size], new_bias[:size] = kernel, bias
        encoder.set_weights([*rest, new_kernel, new_bias])
        kernel, *rest = smaller.decoder
        new_kernel = decoder.get_weights()[0]
        new_kernel[:size] = kernel
        decoder.set_weights([new_kernel, *rest])

    return start


def _recipe(kind: str, size: int) -> Recipe:
    """Return how a kind is trained with a size of code."""
    return replace(_RECIPES[kind], latent_dim=size, **_OTHERWISE.get((kind, size), {}))


def _from_shelf(size: int) -> Start:
    """Return what gives convolutional networks the weights of a shipped model."""
    return partial(begin_as_model, folder=SHIPPED / _SHELF[size])
