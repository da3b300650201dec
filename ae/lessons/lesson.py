"""What a lesson is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from ae.coding.autoencoder import Autoencoder
from ae.shelf.model import Model

_M = TypeVar("_M", bound=Model)


class Load(Protocol):
    """Gives a model of the shelf by name and kind, as ``ae.models.load``."""

    def __call__(self, name: str, kind: type[_M]) -> _M:
        """Return the model, or raise a ``ValueError`` that says what is wrong."""


@dataclass(frozen=True)
class Quantity:
    """A guess on a line."""

    low: float  # the least that can be guessed
    high: float  # the most
    step: float  # between neighbouring guesses
    unit: str  # behind the number, with a blank where one belongs

    def allows(self, guess: float) -> bool:
        """Whether a number, which may come from a stranger's link, can be guessed."""
        return self.low <= guess <= self.high

    def text(self, value: float) -> str:
        """Write a guess or an answer."""
        digits = 0 if float(self.step).is_integer() else 1
        return f"{value:,.{digits}f}{self.unit}"


PERCENT = Quantity(0, 100, 1, " %")


@dataclass(frozen=True)
class Choice:
    """A guess among a few; as a number it is the place of what was chosen."""

    options: tuple[str, ...]

    def allows(self, guess: float) -> bool:
        """Whether a number, which may come from a stranger's link, can be guessed."""
        return guess in range(len(self.options))

    def text(self, value: float) -> str:
        """Write a guess or an answer."""
        return self.options[int(value)]


Guess: TypeAlias = Quantity | Choice


@dataclass(frozen=True)
class Answer:
    """What a model says."""

    value: float  # as a guess of the step would be
    words: str  # why, with the numbers it comes from


@dataclass(frozen=True)
class Step:
    """One question: first guessed, then seen."""

    name: str  # of what is then seen, unique in the lesson
    question: str  # in which {pixels} and {numbers} are those of a model
    guess: Guess
    answer: Callable[[Load], Answer]
    model: str = ""  # whose sizes the question tells, where it tells any
    drawn: bool = False  # whether the question asks for a drawing, too

    def asked(self, load: Load) -> str:
        """Return the question, or raise a ``ValueError`` where its model is not there."""
        if not self.model:
            return self.question
        model = load(self.model, Autoencoder)
        return self.question.format(
            pixels=f"{math.prod(model.image_shape):,}", numbers=model.latent_dim
        )


@dataclass(frozen=True)
class Lesson:
    """A few steps to one idea."""

    title: str  # the idea; stands in links, too
    words: str  # what it is about, in a sentence
    steps: tuple[Step, ...]
