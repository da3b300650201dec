"""Trains any recipe: loads its data and hands it to the trainer of its kind."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from ae import data
from ae.data import Dataset, Progress
from ae.models import KINDS
from ae.shelf.card import NAME, check_words
from ae.training.recipes import Recipe

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
    _check_card(recipe)
    shelf.mkdir(parents=True, exist_ok=True)
    splits = {
        split: data.load(recipe.dataset, split, download=True, progress=progress)
        for split in ("train", "validation", "test")
    }
    return _trainer(recipe.kind)(recipe, splits, shelf, screen)


def _trainer(kind: str) -> Trainer:
    module, name = KINDS[kind].trainer.split(":")
    found: Trainer = getattr(importlib.import_module(module), name)
    return found


def _check_card(recipe: Recipe) -> None:
    """Refuse before hours of training what the reader of the card would refuse."""
    if not NAME.fullmatch(recipe.name):
        raise ValueError(
            f"{recipe.name!r} is no name of a model: use lower case letters, digits "
            "and hyphens, 63 at most"
        )
    try:
        check_words(recipe.title, recipe.summary)
    except ValueError as problem:
        raise ValueError(f"{recipe.name}: {problem}") from problem
