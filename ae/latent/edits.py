"""What is added to a code, by amount: a direction, or any curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Edit:
    """What is added to a code at each amount."""

    # (k, latent_dim), k >= 2: what is added at k evenly spaced amounts from ``lowest`` to
    # ``highest``; linear in between, and on beyond the ends.
    curve: NDArray[np.floating]
    lowest: float  # the first row's amount
    highest: float  # the last row's amount

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: If they are not finite or not in order, or the curve is none.
        """
        shape = np.shape(self.curve)
        if len(shape) != 2 or shape[0] < 2:
            raise ValueError(f"an edit's curve is (k, latent_dim), got {shape}")
        if not np.isfinite([*np.ravel(self.curve), self.lowest, self.highest]).all():
            raise ValueError("an edit has a number that is not finite")
        if not self.lowest < self.highest:
            raise ValueError(f"no edit goes from {self.lowest} to {self.highest}")

    @classmethod
    def along(cls, vector: NDArray[np.floating], lowest: float, highest: float) -> Edit:
        """Return the straight edit that adds amount * vector, (latent_dim,)."""
        return cls(np.outer([lowest, highest], np.float64(vector)), lowest, highest)

    def at(self, amounts: ArrayLike) -> NDArray[np.float64]:
        """Return what is added at amounts of any shape, (..., latent_dim)."""
        last = len(self.curve) - 1
        place = np.asarray(amounts, np.float64) - self.lowest
        place = place / (self.highest - self.lowest) * last
        before = np.clip(np.floor(place), 0, last - 1).astype(int)
        share = (place - before)[..., None]
        curve = np.float64(self.curve)
        return (1 - share) * curve[before] + share * curve[before + 1]


def added(edits: Sequence[Edit], amounts: Sequence[float]) -> NDArray[np.float32]:
    """Return what edits, at least one, add together at their amounts, (latent_dim,)."""
    each = [edit.at(amount) for edit, amount in zip(edits, amounts, strict=True)]
    return np.sum(each, axis=0).astype(np.float32)


def edited(
    codes: NDArray[np.floating], edits: Sequence[Edit], amounts: Sequence[float]
) -> NDArray[np.float32]:
    """Return codes, (..., latent_dim), with every edit's addition at its amount."""
    return np.asarray(codes + added(edits, amounts), np.float32)
