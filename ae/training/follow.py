"""Follows a training: how far it is, and what its pictures and codes look like by now."""

import os
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ae.images.sheets import to_uint8
from ae.metrics import LinearBaseline, squared_error
from ae.training import jobs
from ae.training.export import read_network
from ae.training.fit import UNITS, Training, compiled_network
from ae.training.jobs import Discarded, State
from ae.training.recipes import Wanted, of_choices

FRAMES = 12  # epochs of which pictures are kept
SHOWN = 8  # pictures in each
CODES = 200  # at most: a few parts in a thousand of a usual training
STEPS = 7  # of a traversal
_REACH = 2.0  # standard deviations from the middle, either way
_NOTE_S = 1.0
_TIMED = 6  # steps, after as many that are not


def epochs_kept(epochs: int) -> list[int]:
    """Return the epochs, from 1, of which pictures are kept: close together at first."""
    spread = np.linspace(0, 1, FRAMES) ** (2 if epochs > 2 * FRAMES else 1)
    return sorted({1 + round(share * (epochs - 1)) for share in spread})


class Follow(keras.callbacks.Callback):
    """Writes down what a training does, and stops it where that was asked for.

    Attributes:
        state: As it was written last.
        ended: What to say of how it ended, if anything.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.state = State("loading")
        self.ended = ""
        self._noted, self._began, self._before = 0.0, 0.0, 0
        self._scores: NDArray[np.float32] | None = None

    def begin(self, training: Training) -> "Follow":
        """Follow these networks; see ``ae.training.fit.Watch``."""
        self._training = training
        pictures, learned = training.validation.images, training.train
        rows = slice(None, None, max(1, len(learned) // CODES))
        self._pictures = np.concatenate([pictures[:SHOWN], learned.images[rows][:CODES]])
        labels = np.zeros(0) if learned.labels is None else learned.labels[rows][:CODES]
        pca = training.baseline.reconstruct(pictures[:SHOWN])
        keep = {"originals": to_uint8(pictures[:SHOWN]), "pca": to_uint8(pca)}
        self._save("start", {**keep, "labels": labels})
        self.state = State(
            "training",
            epochs=training.recipe.epochs,
            unit=UNITS[training.recipe.loss],
            pca=pca_loss(training.recipe.loss, training.baseline, pictures),
        )
        self._kept = epochs_kept(training.recipe.epochs)
        return self

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Note the number of steps."""
        per_epoch = int(self.params["steps"] or 1)
        self.state = replace(self.state, steps=per_epoch * self.state.epochs)
        jobs.note(self.folder, self.state)
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Note now and then how far it is."""
        self._obey()
        now = time.perf_counter()
        if now - self._noted < _NOTE_S:
            return
        self._noted = now
        per_epoch = self.state.steps // self.state.epochs
        self._note(step=self.state.epoch * per_epoch + batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note the losses, and keep pictures of some epochs."""
        history = {name: [*values] for name, values in self.state.history.items()}
        for name, value in (logs or {}).items():
            history.setdefault(name, []).append(float(value))
        losses = np.array(history["val_loss"])
        best = int(np.nanargmin(losses)) if np.isfinite(losses).any() else -1
        if epoch + 1 in self._kept:
            self._keep_frame(epoch + 1)
        per_epoch = self.state.steps // self.state.epochs
        self._note(epoch=epoch + 1, step=(epoch + 1) * per_epoch, history=history, best_epoch=best)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Note that the networks are now exported and measured."""
        if self.state.epoch < self.state.epochs:
            self.ended = (
                f"It stopped after epoch {self.state.epoch}, because the validation loss had long "
                f"not become better; epoch {self.state.best_epoch + 1} was kept."
            )
        self._note(phase="measuring", seconds_left=0.0)

    def _obey(self) -> None:
        asked = jobs.asked_to_stop(self.folder)
        if asked == jobs.DISCARD:
            raise Discarded
        if asked == jobs.KEEP:
            self.ended = f"Cancelled; the best so far was kept, epoch {self.state.best_epoch + 1}."
            self._note(phase="measuring", seconds_left=0.0)
            raise KeyboardInterrupt

    def _note(self, **changes: Any) -> None:
        step = changes.get("step", self.state.step)
        if step:
            each = (time.perf_counter() - self._began) / step
            changes.setdefault("seconds_left", each * (self.state.steps - step))
        self.state = replace(self.state, **changes)
        jobs.note(self.folder, self.state)

    def _keep_frame(self, epoch: int) -> None:
        """Keep held-out pictures as they are rebuilt by now, some codes, and a traversal."""
        encoder, decoder = self._training.encoder, self._training.decoder
        # Called as they are: to compile them for so few calls takes longer.
        results = encoder(self._pictures, training=False)
        both = np.asarray(results[0] if isinstance(results, list | tuple) else results)
        n = min(SHOWN, len(self._training.validation))
        shown, codes = both[:n], both[n:]
        middle = codes.mean(axis=0)
        direction = np.linalg.svd(codes - middle, full_matrices=False)[2][0]
        scores = (codes - middle) @ direction
        if self._scores is not None and scores @ self._scores < 0:
            direction, scores = -direction, -scores
        self._scores = scores
        along = np.linspace(-_REACH, _REACH, STEPS, dtype=np.float32) * scores.std()
        moved = middle + along[:, None] * direction
        pictures = decoder(np.float32(np.concatenate([shown, moved])), training=False)
        self._save(
            f"{epoch:05}",
            {
                "codes": np.float16(codes),
                "rebuilt": to_uint8(np.asarray(pictures[:n])),
                "traversal": to_uint8(np.asarray(pictures[n:])),
            },
        )

    def _save(self, name: str, arrays: dict[str, NDArray[Any]]) -> None:
        folder = self.folder / "frames"
        folder.mkdir(exist_ok=True)
        part = folder / f".{secrets.token_hex(4)}.npz"
        np.savez(part, allow_pickle=False, **arrays)
        os.replace(part, folder / f"{name}.npz")


def pca_loss(loss: str, pca: LinearBaseline, images: NDArray[np.float32]) -> float | None:
    """Return what a loss would be of PCA's reconstructions, without any KL; None if unknown."""
    pixels = images[0].size
    mse = float(squared_error(images, pca.reconstruct(images)).mean())
    if loss == "squared_error":
        return mse * pixels
    if loss == "gaussian":
        return 0.5 * pixels * (float(np.log(2 * np.pi * mse)) + 1)
    return None


def time_steps(wanted: Wanted, image_shape: tuple[int, int, int], n: int) -> dict[str, float]:
    """Take a few steps of a training on noise, and time them.

    Returns:
        What ``ae.training.jobs.Estimate`` holds.
    """
    recipe = of_choices(wanted, image_shape, n)
    encoder, decoder, network = compiled_network(recipe, image_shape)
    parameters = encoder.count_params() + decoder.count_params()
    steps = recipe.epochs * -(-n // recipe.batch_size)
    seconds = 0.0
    if recipe.network != "linear":
        rng = np.random.default_rng(0)
        images = rng.random((recipe.batch_size, *image_shape), np.float32)
        for _ in range(_TIMED):
            network.train_on_batch(images, images)
        start = time.perf_counter()
        for _ in range(_TIMED):
            network.train_on_batch(images, images)
        seconds = (time.perf_counter() - start) / _TIMED * steps
    macs = read_network(decoder)[0].macs()
    return {"parameters": parameters, "decoder_macs": macs, "steps": steps, "seconds": seconds}
