"""The shelf of trained models: what is there, and how to use one. ONNX Runtime only.

A model is a folder of plain files. Everything in it is checked before it is used,
and a folder that does not pass is refused with one sentence; the others go on working.
"""

import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, overload

from ae.coding.autoencoder import Autoencoder, VariationalAutoencoder
from ae.coding.decoder import Decoder
from ae.coding.judge import Judge
from ae.coding.measures import measure_autoencoder, measure_judge
from ae.data import Dataset
from ae.denoising.denoiser import Denoiser
from ae.denoising.trial import measure_denoiser
from ae.detection.detector import Detector
from ae.detection.measures import measure_detector
from ae.shelf.card import CARD, MAX_TITLE, ModelCard
from ae.shelf.model import Companions, Model
from ae.shelf.model import read_card as read_any_card
from ae.shelf.places import home, opened_folder

__all__ = [
    "Autoencoder",
    "Decoder",
    "Denoiser",
    "Detector",
    "Judge",
    "Model",
    "Refusal",
    "available",
    "companion",
    "load",
    "open_folder",
    "read_card",
    "survey",
]

SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "models"


@dataclass(frozen=True)
class Kind:
    """A kind of model: all that the rest of the app needs to know of it."""

    model: type[Model]  # its class, which says what its folder and its card must hold
    # Returns its numbers on a split, given a model, the split and what finds other models of the
    # same pictures.
    measure: Callable[[Any, Dataset, Companions], dict[str, Any]]
    # ``module:function`` that makes a model folder from a recipe; named only, because it needs
    # Keras.
    trainer: str


KINDS: dict[str, Kind] = {
    "autoencoder": Kind(
        Autoencoder, measure_autoencoder, "ae.training.autoencoders:train_autoencoder"
    ),
    "vae": Kind(
        VariationalAutoencoder, measure_autoencoder, "ae.training.autoencoders:train_autoencoder"
    ),
    # Made by ``ae.exchange`` alone, and there is nothing to measure.
    "decoder": Kind(Decoder, lambda model, data, found: {}, ""),
    "denoiser": Kind(Denoiser, measure_denoiser, "ae.training.denoisers:train_denoiser"),
    "judge": Kind(Judge, measure_judge, "ae.training.judges:train_judge"),
    "anomaly": Kind(Detector, measure_detector, "ae.training.detectors:train_detector"),
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
        for folder in _on_shelf(shelf, shelf.stat().st_mtime_ns if shelf.is_dir() else 0):
            found.setdefault(folder.name, []).insert(0, folder)
    opened = opened_folder()
    if opened is not None:
        found.setdefault(opened.name, []).insert(0, opened)
    return found


@lru_cache(maxsize=4)
def _on_shelf(shelf: Path, changed_ns: int) -> list[Path]:
    """Return the folders of a shelf, which change with its time; 0 where it is none."""
    entries = sorted(shelf.iterdir()) if changed_ns else []
    return [e for e in entries if (e.is_dir() or e.is_symlink()) and e.name[0] != "."]


def read_card(folder: Path, *, measured: bool = True) -> ModelCard:
    """Read a model folder's card; arguments and errors as of ``ae.shelf.model``."""
    classes = {name: kind.model for name, kind in KINDS.items()}
    return read_any_card(folder, classes, measured=measured)


def class_of(card: ModelCard) -> type[Model]:
    """Return the class of a card's model, which says what it can do."""
    return KINDS[card.kind].model


def survey() -> tuple[list[ModelCard], list[Refusal]]:
    """Return the usable models' cards, and the folders that were refused.

    Only cards are read here; ``load`` checks the rest.
    """
    cards, refusals = [], []
    for folders in _folders().values():
        for folder in folders:
            found = _looked_at(folder)
            if isinstance(found, ModelCard):
                cards.append(found)
                break
            refusals.append(found)
    return cards, refusals


# By folder, what lay in it when it was looked at and what that was found to be: every
# run of most pages asks, and reading all cards takes 3.4 ms.
_seen: dict[Path, tuple[object, ModelCard | Refusal]] = {}


def _looked_at(folder: Path) -> ModelCard | Refusal:
    """Return a folder's card, or why it was refused."""
    try:
        # What is added to the folder or taken away changes its own time.
        stats = folder.lstat(), (folder / CARD).lstat()
        content = [(each.st_mtime_ns, each.st_size) for each in stats]
    except OSError:
        content = None
    if content is None or _seen.get(folder, (None,))[0] != content:
        try:
            found: ModelCard | Refusal = read_card(folder)
        except ValueError as problem:
            found = Refusal(folder.name, str(problem))
        _seen[folder] = content, found
    return _seen[folder][1]


def available(kind: type[Model] = Model) -> list[ModelCard]:
    """Return the cards of all usable models, shipped ones first.

    Args:
        kind: What they must be, such as ``Autoencoder``; anything unless given.
    """
    return [card for card in survey()[0] if issubclass(class_of(card), kind)]


# By folder, what lay in it and the model that was loaded then.
_loaded: dict[Path, tuple[object, Model]] = {}
_loading = threading.Lock()


def free_title(title: str, *, of: str = "", beside: Collection[str] = ()) -> str:
    """Return a title that nobody else has, for links name models by it: numbered if need be.

    Args:
        title: The one that is wanted.
        of: The name of the model that is to have it.
        beside: Titles that are taken, too.
    """
    taken = {card.title for card in available() if card.name != of} | {*beside}
    numbered = (f"{title[: MAX_TITLE - 4]} {number}" for number in range(2, len(taken) + 3))
    return title if title not in taken else next(n for n in numbered if n not in taken)


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


def companion(model: Model, kind: type[_M]) -> _M | None:
    """Return the first model of a class that knows the same pictures, if any.

    One whose folder is refused is passed over.

    Args:
        model: Whose data set and shape of pictures it must share.
        kind: Its class, such as ``Judge``.
    """
    pictures = model.card.dataset, model.image_shape
    for card in available(kind):
        if (card.dataset, card.image_shape) == pictures:
            with suppress(ValueError):
                return load(card.name, kind)
    return None


def open_folder(folder: Path, *, measured: bool = True) -> Any:
    """Load a model folder wherever it lies.

    Args:
        folder: The model folder.
        measured: As in ``ae.shelf.model.read_card``.

    Returns:
        A model of the class that its kind has in ``KINDS``.

    Raises:
        ValueError: One sentence that names the folder and what is wrong with it.
    """
    card = read_card(folder, measured=measured)
    return class_of(card)(folder, card)


def _load_folder(folder: Path) -> Model:
    # Any file of it: of weights that rest only their file is left.
    try:
        with os.scandir(folder) as entries:
            content = sorted((e.name, e.stat().st_mtime_ns, e.stat().st_size) for e in entries)
    except OSError:
        content = []
    # The lock keeps two first visitors from loading the same model twice.
    with _loading:
        if folder not in _loaded or _loaded[folder][0] != content:
            _loaded.pop(folder, None)
            _loaded[folder] = content, open_folder(folder)
        return _loaded[folder][1]


def evaluate(model: Model, *datasets: Dataset) -> dict[str, Any]:
    """Measure a model on every split given, by name; exactly this goes into the card.

    The splits are of data it was not trained on, and each number stands beside its baselines.
    """
    measure, found = KINDS[model.card.kind].measure, partial(companion, model)
    return {data.split: measure(model, data, found) for data in datasets}
