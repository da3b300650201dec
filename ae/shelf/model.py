"""What every kind of model shares: a verified folder."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ae.shelf.card import (
    CARD,
    MAX_CARD_BYTES,
    MAX_TITLE,
    NAME,
    ModelCard,
    parse_card,
    path_in,
    read_file,
)

Images = NDArray[np.float32]

# Far above any number that is measured, and within a float32.
_MOST = 1e30


class Model:
    """A loaded model. Safe to call from many threads at once.

    A kind of model is a class that says what its folder and its card must hold.

    Attributes:
        FILES: What its folder holds beside the card.
        OPTIONAL: What it may hold, and then the card says so.
        HAS_CODES: Whether it encodes images and decodes their codes.
        card: What is known about it.
        folder: Where it lies.
    """

    FILES: ClassVar[tuple[str, ...]]
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    HAS_CODES: ClassVar[bool] = False

    def __init__(self, folder: Path, card: ModelCard) -> None:
        """Load and check a model folder.

        Args:
            folder: The model folder.
            card: As ``read_card`` gives it.

        Raises:
            ValueError: One sentence that names the folder and what is wrong with it.
        """
        self.card, self.folder = card, folder
        try:
            self._open({name: self._file(name)() for name in self.files_of(card)})
        except ValueError as problem:
            raise ValueError(f"Model folder {folder.name!r}: {problem}.") from problem

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield what pages show of a card and what must therefore be numbers.

        Raises:
            KeyError, IndexError, TypeError, AttributeError: If one is missing.
        """
        if card.history:  # which a model that was made elsewhere has not
            losses = several(card.history["loss"])
            yield from losses
            yield from several(card.history["val_loss"], len(losses))
            yield losses[card.history["best_epoch"]]
        yield card.evaluation["test"]["n"]

    @classmethod
    def files_of(cls, card: ModelCard) -> tuple[str, ...]:
        """Return the names of the files that a card's folder must hold beside it."""
        return (*cls.FILES, *(name for name in cls.OPTIONAL if name in card.files))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.card.image_shape

    def _open(self, files: dict[str, bytes]) -> None:
        """Take what the files hold, or raise a ValueError that says what is wrong."""
        raise NotImplementedError

    def _file(self, name: str) -> Callable[[], bytes]:
        """Return what reads a file, or raises a ValueError; it does not hold the model."""
        return partial(_verified, self.folder, name, self.card.files.get(name))


def _verified(folder: Path, name: str, digest: str | None) -> bytes:
    data = read_file(folder, name)
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{name} is not the file its card describes")
    return data


_M = TypeVar("_M", bound=Model)


class Companions(Protocol):
    """Finds a model of a class that knows the same pictures, for measuring with it."""

    def __call__(self, kind: type[_M], /) -> _M | None:
        """Return the first such model, or None."""


def read_card(
    folder: Path, kinds: Mapping[str, type[Model]], *, measured: bool = True
) -> ModelCard:
    """Read and check a model folder's card and the presence of its files.

    Args:
        folder: The model folder.
        kinds: By name, the kinds of models there are.
        measured: Whether the card must hold its numbers; it cannot before they are measured.

    Raises:
        ValueError: One sentence that names the folder and what is wrong with it.
    """
    try:
        if not NAME.fullmatch(folder.name) or folder.is_symlink():
            raise ValueError(
                "its name must be lower-case letters, digits and hyphens, and it must not be a link"
            )
        card = parse_card(read_file(folder, CARD, MAX_CARD_BYTES))
        kind = kinds.get(card.kind)
        if kind is None:
            raise ValueError("this app does not know its kind of model; update the app")
        if kind.HAS_CODES and card.latent_dim < 1:
            raise ValueError(f"{CARD} holds values that make no sense")
        if measured and not _has_numbers(card, kind):
            raise ValueError(f"{CARD} lacks the numbers that were measured")
        if card.name != folder.name:
            raise ValueError("its card belongs to another model")
        for name in kind.files_of(card):
            path_in(folder, name)
        return card
    except ValueError as problem:
        # Without what Markdown would act on.
        name = re.sub(r"[^A-Za-z0-9 .-]", "?", folder.name)[:MAX_TITLE]
        raise ValueError(f"Model folder {name!r}: {problem}.") from problem


def _has_numbers(card: ModelCard, kind: type[Model]) -> bool:
    """Whether what pages show of a card is there and is numbers."""
    try:
        unit = card.history["unit"] if card.history else ""
        return isinstance(unit, str) and all(map(_is_number, kind.numbers(card)))
    except (KeyError, IndexError, TypeError, AttributeError):
        return False


def _is_number(value: Any) -> bool:
    # Comparing turns away NaN, and integers too large for a float, all the same.
    return type(value) in (int, float) and -_MOST < value < _MOST


def several(values: Any, n: int | None = None) -> list[Any]:
    """Return a list of n values, or of one at least.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(values, list) or len(values) != (n or max(len(values), 1)):
        raise TypeError(f"expected {n or 'some'} values, got {values!r}")
    return values
