"""Trains any recipe, or what was chosen: loads its data and hands it to the trainer of its kind."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ae import data
from ae.data import Dataset, Progress
from ae.data.splits import SPLITS
from ae.models import KINDS
from ae.shelf.card import check_named
from ae.training.recipes import Recipe, Wanted, of_choices

if TYPE_CHECKING:
    from ae.training.fit import Watch

Trainer = Callable[[Recipe, dict[str, Dataset], Path, TextIO], Path]


def train(
    recipe: Recipe, shelf: Path, *, screen: TextIO = sys.stderr, progress: Progress | None = None
) -> Path:
    """Train a recipe and put its model folder on a shelf, replacing an older one.

    Args:
        recipe: What to train.
        shelf: The folder that will hold ``recipe.name``; made if it is not there.
        screen: Where progress is shown.
        progress: Told of downloads, as in ``ae.data.load``.

    Returns:
        The model folder.

    Raises:
        KeyboardInterrupt: If it was stopped before the first epoch ended; nothing is
            written then.
        ValueError: If the recipe's name, title or summary fits no card, or the exported
            files do not agree with Keras.
        OSError: If the data is missing or the folder cannot be written.
    """
    check_named(recipe.name, recipe.title, recipe.summary)
    shelf.mkdir(parents=True, exist_ok=True)
    splits = _splits(recipe.dataset, progress)
    return _trainer(recipe.kind)(recipe, splits, shelf, screen)


def train_wanted(
    wanted: Wanted,
    shelf: Path,
    *,
    screen: TextIO = sys.stderr,
    progress: Progress | None = None,
    watch: "Watch | None" = None,
) -> Path:
    """Train what was chosen on the page or the command line; as ``train``."""
    check_named(wanted.name, wanted.title)
    shelf.mkdir(parents=True, exist_ok=True)
    splits = _splits(wanted.dataset, progress)
    learned = splits["train"]
    height, width, channels = learned.images.shape[1:]
    recipe = of_choices(
        wanted, (height, width, channels), len(learned), attributes=bool(learned.attributes)
    )
    from ae.training.autoencoders import train_autoencoder

    return train_autoencoder(recipe, splits, shelf, screen, watch)


def _splits(name: str, progress: Progress | None) -> dict[str, Dataset]:
    return {split: data.load(name, split, download=True, progress=progress) for split in SPLITS}


def _trainer(kind: str) -> Trainer:
    module, name = KINDS[kind].trainer.split(":")
    found: Trainer = getattr(importlib.import_module(module), name)
    return found
