"""From a recipe to ten one-class detectors in one model folder.

For each class as the normal one: its training images alone, a thousand of them held
out to put scores on one scale. Test images are only scored, by every seed's detectors
and by the evaluation: they decide nothing.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import keras
import numpy as np
from keras import KerasTensor
from numpy.typing import NDArray

from ae.data import Dataset
from ae.detection.detector import NETWORK_FILES, Detector
from ae.detection.scores import PARTS, SCORING, Forest, Fusion, NormalClass, Seen, thumbnails
from ae.graph.onnx_builder import to_onnx
from ae.metrics import auroc
from ae.networks.detectors import detector
from ae.networks.losses import squared_error
from ae.training.batches import DrawnBatches, Images
from ae.training.export import read_network
from ae.training.fit import run
from ae.training.folder import Pairs, new_card, npz, store
from ae.training.recipes import Recipe

_SHIFT = 4  # pixels
_NOISE = 0.15
_SHIFTS = ((_SHIFT, 0), (-_SHIFT, 0), (0, _SHIFT), (0, -_SHIFT))
TRANSFORMATIONS = 8 + len(_SHIFTS)
# Of the turn's cross-entropy, in squared errors per image: both losses start alike.
_TURN_WEIGHT = 10.0


def transformed(images: Images, turns: NDArray[np.integer]) -> Images:
    """Return every image changed in its own way.

    Args:
        images: (n, side, side, channels).
        turns: (n,) in [0, TRANSFORMATIONS): 0 to 3 quarter turns, 4 to 7 the same of
            the mirror image, then shifts down, up, right and left.
    """
    changed = np.empty_like(images)
    for turn in np.unique(turns):
        at = turns == turn
        part = images[at]
        if turn >= 8:
            changed[at] = _shifted(part, *_SHIFTS[turn - 8])
        else:
            mirrored = part[:, :, ::-1] if turn >= 4 else part
            changed[at] = np.rot90(mirrored, int(turn) % 4, axes=(1, 2))
    return changed


def _shifted(images: Images, down: int, right: int) -> Images:
    return np.roll(images, (down, right), axis=(1, 2))


def perturbed(
    images: Images, rng: np.random.Generator
) -> tuple[Images, tuple[Images, NDArray[Any]]]:
    """Return noisy transformed copies, and what is to be told of them."""
    turns = rng.integers(0, TRANSFORMATIONS, len(images))
    levels = rng.uniform(0, _NOISE, (len(images), 1, 1, 1))
    noise = levels * rng.standard_normal(images.shape)
    return np.float32(transformed(images, turns) + noise), (images, turns)


def turn_loss(turns: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """Return the weighted cross-entropy of the turns, (n,)."""
    nats = keras.losses.sparse_categorical_crossentropy(turns, logits, from_logits=True)
    return _TURN_WEIGHT * nats


@dataclass(frozen=True)
class FittedClass:
    """One class's detector."""

    network: keras.Model  # from an image to its code and its restored copy
    knows: NormalClass  # what it knows of the class
    held_out: Images  # the images that set its scales
    history: dict[str, Any]  # as in ``ae.training.fit.run``

    def see(self, images: Images) -> Seen:
        """Run the network on images."""
        code, restored = self.network.predict(images, 500, verbose=0)
        return Seen(images, code, restored)

    def score(self, images: Images) -> NDArray[np.float64]:
        """Return scores, (n,); the higher, the less normal."""
        return self.knows.score(self.see(images))


def fit_class(
    recipe: Recipe, label: int, train: Dataset, validation: Dataset, *, screen: TextIO = sys.stderr
) -> FittedClass:
    """Train a detector on one class, the others never being looked at.

    Args:
        recipe: Its option ``held_out`` says how many training images set the scales.
        label: The normal class.
        train: Its images of that class are learned from.
        validation: Its images of that class decide which epoch is kept.
        screen: Where progress is shown.
    """
    keras.utils.set_random_seed(recipe.seed)
    learned, held_out = normal_images(recipe, label, train)
    network = detector(learned.shape[1:], recipe.latent_dim, TRANSFORMATIONS)
    history = run(
        keras.Model(network.input, network.outputs[1:]),
        recipe,
        DrawnBatches(
            len(learned),
            recipe.batch_size,
            recipe.seed,
            lambda rows, rng: perturbed(learned[rows], rng),
        ),
        perturbed(
            validation.images[validation.labels == label], np.random.default_rng(recipe.seed)
        ),
        loss=[squared_error, turn_loss],
        unit="squared error per image, and ten times the nats of the turn",
        screen=screen,
        survives=False,
    )
    seeing = keras.Model(network.input, network.outputs[:2])
    codes, _ = seeing.predict(learned, 500, verbose=0)
    seen = Seen(held_out, *seeing.predict(held_out, 500, verbose=0))
    return FittedClass(seeing, NormalClass.fitted(learned, codes, seen), held_out, history)


def normal_images(recipe: Recipe, label: int, train: Dataset) -> tuple[Images, Images]:
    """Return a class's training images: those learned from, and those held out."""
    normal = train.images[train.labels == label]
    order = np.random.default_rng(recipe.seed).permutation(len(normal))
    n = recipe.options["held_out"]
    return normal[order[n:]], normal[order[:n]]


def fusion_scores(recipe: Recipe, train: Dataset, images: Images) -> list[NDArray[np.float64]]:
    """Return the scores of images, (n,) for each class, by what needs no training."""
    views = Fusion.views(images)
    labels = range(len(train.class_names))
    return [Fusion(*normal_images(recipe, label, train)).score(views) for label in labels]


def train_detector(
    recipe: Recipe, splits: dict[str, Dataset], shelf: Path, screen: TextIO = sys.stderr
) -> Path:
    """Train a detector for each class; see ``ae.training.train.train``.

    The recipe's option ``seeds`` says how many seeds are trained, counted from its own:
    the first is kept, the others are only measured. Ctrl-C during a later seed keeps
    what the seeds before it gave.

    Raises:
        KeyboardInterrupt: If it was stopped before the first seed's detectors of all
            classes were trained; nothing is written then, which the screen says.
        ValueError: If the data are not those of ten classes, with enough images.
    """
    _check(recipe, splits)
    names = splits["train"].class_names
    kept: list[FittedClass] = []
    aurocs: list[list[float]] = []
    for seed in range(recipe.seed, recipe.seed + recipe.options["seeds"]):
        of_seed: list[FittedClass] = []
        found: list[float] = []
        try:
            for fitted, score in _fit_seed(replace(recipe, seed=seed), splits, screen):
                of_seed.append(fitted)
                found.append(score)
        except KeyboardInterrupt:
            if not kept:
                print(
                    f"\nNothing was written: {len(found)} of {len(names)} classes were "
                    "trained, and a detector needs them all.",
                    file=screen,
                )
                raise
            print(f"\nStopped; seed {seed} is left out.", file=screen, flush=True)
            break
        kept = kept or of_seed
        aurocs.append(found)
    return _write(recipe, kept, aurocs, splits, shelf)


def _fit_seed(
    recipe: Recipe, splits: dict[str, Dataset], screen: TextIO
) -> Iterator[tuple[FittedClass, float]]:
    """Train each class's detector; give it with its AUROC on the test images."""
    train, validation, test = (splits[s] for s in ("train", "validation", "test"))
    assert test.labels is not None
    for label, name in enumerate(train.class_names):
        print(f"Seed {recipe.seed}, {name}", file=screen)
        fitted = fit_class(recipe, label, train, validation, screen=screen)
        found = auroc(fitted.score(test.images), test.labels != label)
        print(f"AUROC {found:.4f}", file=screen, flush=True)
        yield fitted, found


def _check(recipe: Recipe, splits: dict[str, Dataset]) -> None:
    """Refuse data that would be found not to fit only once all was trained."""
    n = len(NETWORK_FILES)
    # Of the training images some beside those held out; of the others one.
    least = {"train": recipe.options["held_out"] + 2, "validation": 1, "test": 1}
    for split, images in splits.items():
        if images.labels is None or len(images.class_names) != n:
            raise ValueError(f"{recipe.name} needs images of {n} classes with labels")
        if images.images.shape[-1] != 1:
            raise ValueError(f"{recipe.name} needs grey images")
        counts = np.bincount(images.labels, minlength=n)
        few = int(counts.argmin())
        if counts[few] < least[split]:
            raise ValueError(
                f"{images.class_names[few]} has {counts[few]} images in the {split} "
                f"split, and {recipe.name} needs {least[split]}"
            )


def _write(
    recipe: Recipe,
    kept: list[FittedClass],
    aurocs: list[list[float]],
    splits: dict[str, Dataset],
    shelf: Path,
) -> Path:
    test, train = splits["test"], splits["train"]
    graphs = [read_network(fitted.network) for fitted in kept]
    files = {
        name: to_onnx(graph, weights, ("code", "restored"))
        for name, (graph, weights) in zip(NETWORK_FILES, graphs, strict=True)
    }
    files["normal.npz"] = npz(compress=True, **_known(kept))
    files["scores.npz"] = npz(
        compress=True, labels=np.asarray(test.labels), **_scores(recipe, kept, splits)
    )
    card = new_card(
        recipe,
        train,
        _history(recipe, kept, aurocs),
        parameters=sum(fitted.network.count_params() for fitted in kept),
        encoder_macs=graphs[0][0].macs(),
    )

    def pairs(exported: Detector, images: Images) -> Pairs:
        for label, fitted in enumerate(kept):
            ours, keras_says = exported.see(images, label), fitted.see(images)
            yield ours.codes, keras_says.codes
            yield ours.restored, keras_says.restored

    return store(card, files, shelf, (test, splits["validation"]), pairs=pairs)


def _history(recipe: Recipe, kept: list[FittedClass], aurocs: list[list[float]]) -> dict[str, Any]:
    """Average the classes' losses; each class kept its own best epoch.

    A class whose training ended early counts with its last finite loss from then on.
    """
    means = {
        name: _average([fitted.history[name] for fitted in kept]) for name in ("loss", "val_loss")
    }
    return {
        **means,
        "best_epoch": int(np.argmin(means["val_loss"])),
        "best_epochs": [fitted.history["best_epoch"] for fitted in kept],
        "unit": kept[0].history["unit"],
        "auroc_by_seed": {str(recipe.seed + number): row for number, row in enumerate(aurocs)},
    }


def _average(losses: list[list[float]]) -> list[float]:
    longest = max(len(row) for row in losses)
    finite = [[loss for loss in row if math.isfinite(loss)] for row in losses]
    full = [row + row[-1:] * (longest - len(row)) for row in finite]
    return [float(mean) for mean in np.mean(full, axis=0)]


def _known(kept: list[FittedClass]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for label, fitted in enumerate(kept):
        knows = fitted.knows
        scales = [(knows.scales[p].mean, knows.scales[p].spread) for p in PARTS]
        arrays |= {
            f"centre_{label}": np.float32(knows.centre),
            f"whitening_{label}": np.float32(knows.whitening),
            f"codes_{label}": knows.codes,
            f"thumbnails_{label}": knows.thumbnails,
            f"scales_{label}": np.array(scales),
        }
    return arrays


def _scores(
    recipe: Recipe, kept: list[FittedClass], splits: dict[str, Dataset]
) -> dict[str, NDArray[Any]]:
    """Score test images and all classes' held-out images by every class's detector."""
    test, n = splits["test"], len(splits["test"])
    held_out = np.concatenate([fitted.held_out for fitted in kept])
    images = np.concatenate([test.images, held_out])
    tables: dict[str, list[NDArray[Any]]] = {method: [] for method in SCORING}
    for fitted in kept:
        knows, seen = fitted.knows, fitted.see(images)
        tables["detector"].append(knows.score(seen))
        tables["neighbours"].append(knows.scaled("pixels", seen))
        forest = Forest(knows.thumbnails)
        tables["forest"].append(forest.score(thumbnails(images)))
    tables["fusion"] = fusion_scores(recipe, splits["train"], images)
    arrays = {}
    for method, rows in tables.items():
        scores = np.stack(rows).astype(np.float16)
        arrays[f"{method}_test"] = scores[:, :n]
        arrays[f"{method}_held_out"] = scores[:, n:].reshape(len(kept), len(kept), -1)
    return arrays
