"""Model folders: built aside, checked, measured, and put in place all or nothing."""

import hashlib
import io
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae import models
from ae.data import Dataset
from ae.metrics import largest_difference
from ae.models import evaluate
from ae.shelf.aside import built_aside
from ae.shelf.card import CARD, ModelCard
from ae.shelf.model import Model
from ae.training.recipes import Recipe

# Largest difference allowed between Keras and what it was exported to, as a share of
# the largest result where that is above 1.
TOLERANCE = 1e-5
_CHECKED = 64  # images

# The same results from the exported networks and from what made them.
Pairs = Iterable[tuple[NDArray[Any], NDArray[Any]]]


def new_card(
    recipe: Recipe,
    data: Dataset,
    history: dict[str, Any],
    *,
    parameters: int,
    encoder_macs: int,
    decoder_macs: int = 0,
) -> ModelCard:
    """Begin a model's card, see ``ModelCard``, with what is known before its files are written."""
    height, width, channels = data.images.shape[1:]
    return ModelCard(
        name=recipe.name,
        title=recipe.title,
        summary=recipe.summary,
        kind=recipe.kind,
        dataset=recipe.dataset,
        class_names=data.class_names,
        image_shape=(height, width, channels),
        latent_dim=recipe.latent_dim,
        parameters=parameters,
        encoder_macs=encoder_macs,
        decoder_macs=decoder_macs,
        recipe=asdict(recipe),
        history=history,
        made_with=_made_with(),
    )


def _made_with() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    # Not imported where a model was made elsewhere.
    keras = sys.modules.get("keras")
    if keras is not None:
        versions |= {"keras": keras.__version__, "backend": keras.backend.backend()}
    return versions


def store(
    card: ModelCard,
    files: dict[str, bytes],
    shelf: Path,
    held_out: tuple[Dataset, ...],
    *,
    pairs: Callable[[Any, NDArray[np.float32]], Pairs],
    maker: str = "Keras",
    tolerance: float | None = None,
) -> Path:
    """Write a model folder, all or nothing, replacing an older one.

    Args:
        card: All of the card but the files' hashes and the evaluation.
        files: Content of every other file.
        shelf: An existing folder.
        held_out: Splits to evaluate on; none of a decoder alone.
        pairs: Gives what the loaded model and its maker each make of images.
        maker: What the networks were made or run by.
        tolerance: Instead of ``TOLERANCE``.

    Returns:
        The model folder.

    Raises:
        ValueError: If a result differs by more than ``TOLERANCE``.
        OSError: If the folder cannot be written.
    """
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    card = replace(card, files=hashes)
    with built_aside(shelf, card.name) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / CARD).write_text(card.to_json(), encoding="utf-8")
        model: Model = models.open_folder(folder, measured=False)
        images = held_out[0].images[:_CHECKED] if held_out else np.zeros(0, np.float32)
        _check_agreement(pairs(model, images), maker, tolerance or TOLERANCE)
        card = replace(card, evaluation=evaluate(model, *held_out))
        (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return shelf / card.name


def _check_agreement(pairs: Pairs, maker: str, tolerance: float) -> None:
    worst = max(largest_difference(found, expected) for found, expected in pairs)
    if not worst <= tolerance:
        raise ValueError(
            f"the exported networks differ from {maker} by {worst:.1e} of their largest "
            f"result, allowed is {tolerance:.0e}"
        )


def npz(*, compress: bool = False, **arrays: NDArray[Any]) -> bytes:
    """Return arrays as the content of one file.

    Args:
        compress: Smaller, and slower to load.
        arrays: By name.
    """
    buffer = io.BytesIO()
    save = np.savez_compressed if compress else np.savez
    save(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
