"""The shelf of trained models: what is there, and how to use one. ONNX Runtime only.

A model is a folder of plain files. Everything in it is checked before it is used,
and a folder that does not pass is refused with one sentence; the others go on working.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

from ae.coding.autoencoder import Autoencoder
from ae.coding.judge import Judge
from ae.denoising.denoiser import Denoiser
from ae.detection.detector import Detector
from ae.shelf.card import CARD, ModelCard, read_card
from ae.shelf.model import Model
from ae.shelf.places import home

__all__ = [
    "Autoencoder",
    "Denoiser",
    "Detector",
    "Judge",
    "Model",
    "Refusal",
    "available",
    "judge_of",
    "load",
    "open_folder",
    "survey",
]

SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "models"

_KINDS: dict[str, type[Model]] = {
    "autoencoder": Autoencoder,
    "vae": Autoencoder,
    "denoiser": Denoiser,
    "judge": Judge,
    "anomaly": Detector,
}
_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True)
class Refusal:
    """A model folder that cannot be used, and why, in one sentence."""

    name: str
    reason: str


def shelves() -> tuple[Path, ...]:
    """Return where models are looked for: the user's own first, then the shipped."""
    return home() / "models", SHIPPED


def _folders() -> dict[str, list[Path]]:
    """Model folders by name, in the order in which they are tried."""
    found: dict[str, list[Path]] = {}
    for shelf in reversed(shelves()):
        entries = sorted(shelf.iterdir()) if shelf.is_dir() else []
        for folder in entries:
            if (folder.is_dir() or folder.is_symlink()) and folder.name[0] != ".":
                found.setdefault(folder.name, []).insert(0, folder)
    return found


def survey() -> tuple[list[ModelCard], list[Refusal]]:
    """Return the usable models' cards, and the folders that were refused.

    Only cards are read here; ``load`` checks the rest.
    """
    cards, refusals = [], []
    for name, folders in _folders().items():
        for folder in folders:
            try:
                cards.append(read_card(folder))
                break
            except ValueError as problem:
                refusals.append(Refusal(name, str(problem)))
    return cards, refusals


def available() -> list[ModelCard]:
    """Return the cards of all usable models, shipped ones first."""
    return survey()[0]


# By folder, when its card was written and the model that was loaded then.
_loaded: dict[Path, tuple[int, Model]] = {}
_loading = threading.Lock()


@overload
def load(name: str) -> Any: ...


@overload
def load(name: str, kind: type[_M]) -> _M: ...


def load(name: str, kind: type[Model] = Model) -> Model:
    """Return a model of the shelf, loaded once and shared.

    The user's own folder wins over a shipped one of the same name, unless it is
    damaged.

    Args:
        name: The model's name.
        kind: What it must be, such as ``Autoencoder``; anything unless given.

    Raises:
        ValueError: If there is no such model, its folder is refused, or it is of
            another kind.
    """
    problem: ValueError | None = None
    for folder in _folders().get(name, []):
        try:
            model = _load_folder(folder)
        except ValueError as refused:
            problem = refused
            continue
        if not isinstance(model, kind):
            raise ValueError(f"The model {name!r} is no {kind.__name__.lower()}.")
        return model
    if problem is not None:
        raise problem
    names = ", ".join(card.name for card in available()) or "none"
    raise ValueError(f"There is no model {name!r}; on the shelf: {names}.")


def judge_of(model: Model) -> Judge | None:
    """Return the shelf's judge of the pictures a model was trained on, if any.

    A judge whose folder is refused is passed over.
    """
    mine = model.card
    for card in available():
        if card.kind == "judge" and (card.dataset, card.image_shape) == (
            mine.dataset,
            mine.image_shape,
        ):
            with suppress(ValueError):
                return load(card.name, Judge)
    return None


def open_folder(folder: Path, *, measured: bool = True) -> Model:
    """Load a model folder wherever it lies.

    Args:
        folder: The model folder.
        measured: As in ``read_card``.

    Raises:
        ValueError: One sentence that names the folder and what is wrong with it.
    """
    kind = _KINDS[read_card(folder, measured=measured).kind]
    return kind(folder, measured=measured)


def _load_folder(folder: Path) -> Model:
    try:
        written = (folder / CARD).stat().st_mtime_ns
    except OSError:
        written = 0
    # The lock keeps two first visitors from loading the same model twice.
    with _loading:
        if folder not in _loaded or _loaded[folder][0] != written:
            _loaded.pop(folder, None)
            _loaded[folder] = written, open_folder(folder)
        return _loaded[folder][1]
