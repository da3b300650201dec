"""Codes that may be cut: a grid of places, and of every place the first numbers matter most.

A code holds all numbers of a place, then those of the next. Of a cut one the first of every
place are kept, and the others are 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.float32]


@dataclass(frozen=True)
class Nesting:
    """To which sizes a code may be cut."""

    kept: tuple[int, ...]  # numbers of every place, ascending; the last is all of them
    places: int  # of the grid

    @classmethod
    def of(cls, recipe: Mapping[str, Any], latent_dim: int) -> "Nesting | None":
        """Return how a recipe's codes may be cut; None where they cannot.

        Raises:
            ValueError: If that does not fit codes of ``latent_dim`` numbers.
        """
        kept: Any = recipe.get("nested") or ()
        if not kept:
            return None
        whole = isinstance(kept, list | tuple) and all(type(each) is int for each in kept)
        if not whole or kept[0] < 1 or list(kept) != sorted(set(kept)) or latent_dim % kept[-1]:
            raise ValueError("card.json does not say to which sizes codes may be cut")
        return cls(tuple(kept), latent_dim // kept[-1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers a code may be cut to, ascending."""
        return tuple(each * self.places for each in self.kept)

    @property
    def stops(self) -> tuple[int, ...]:
        """All sizes that differ by the smallest, of which only ``sizes`` were trained."""
        return tuple(range(self.sizes[0], self.sizes[-1] + 1, self.sizes[0]))

    def cut(self, codes: Codes, size: int) -> Codes:
        """Return codes, (n, latent_dim), of which so many numbers are kept, the others 0."""
        kept = np.arange(codes.shape[1]) % self.kept[-1] < size // self.places
        return np.where(kept, codes, np.float32(0))

    def first(self, codes: Codes) -> Codes:
        """Return the numbers that the smallest size keeps, (n, sizes[0])."""
        grid = codes.reshape(len(codes), self.places, self.kept[-1])
        return grid[:, :, : self.kept[0]].reshape(len(codes), -1)
