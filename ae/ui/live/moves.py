"""What a slider of the editor adds to a code: a direction, or any curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.ui.live.ranges import Range


@dataclass(frozen=True, eq=False)
class Move:
    """One slider of the editor, and what it adds to a code.

    Attributes:
        label: What is moved; unlike that of any other move.
        table: (k, latent_dim), k >= 2: what is added at k evenly spaced shown values
            from ``minimum`` to ``maximum``; linear in between.
        minimum: Lowest value shown.
        maximum: Highest value shown.
        step: Between neighbouring values shown.
        origin: The value shown after a reset.
        note: A few words behind the label.
    """

    label: str
    table: NDArray[np.float32]
    minimum: float = -2.0
    maximum: float = 2.0
    step: float = 0.05
    origin: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: If they are not finite or not in order, or the table is none.
        """
        _ = self.range  # which checks its own numbers
        shape = np.shape(self.table)
        if len(shape) != 2 or shape[0] < 2:
            raise ValueError(
                f"the table of {self.label!r} has shape {shape}, needs (k, latent_dim)"
            )
        if not np.isfinite(self.table).all():
            raise ValueError(
                f"the table of {self.label!r} has a number that is not finite"
            )

    @classmethod
    def along(
        cls,
        label: str,
        vector: NDArray[np.floating],
        *,
        minimum: float = -2.0,
        maximum: float = 2.0,
        step: float = 0.05,
        origin: float = 0.0,
        note: str = "",
    ) -> Move:
        """Return a move along a straight direction: it adds shown * vector.

        Args:
            label: What is moved.
            vector: (latent_dim,).
            minimum: Lowest value shown.
            maximum: Highest value shown.
            step: Between neighbouring values shown.
            origin: The value shown after a reset.
            note: A few words behind the label.
        """
        table = np.outer([minimum, maximum], vector).astype(np.float32)
        return cls(label, table, minimum, maximum, step, origin, note)

    @property
    def range(self) -> Range:
        """The values shown."""
        return Range(
            self.label, self.minimum, self.maximum, self.step, self.origin, self.note
        )

    def added(self, shown: float) -> NDArray[np.float64]:
        """Return what is added to a code at a shown value, (latent_dim,)."""
        at = np.linspace(self.minimum, self.maximum, len(self.table))
        columns = np.float64(self.table).T
        return np.array([np.interp(shown, at, column) for column in columns])


def edited(
    codes: NDArray[np.floating], moves: Sequence[Move], amounts: Sequence[float]
) -> NDArray[np.float32]:
    """Return codes, (..., latent_dim), with every move's addition at its amount."""
    added = sum(m.added(x) for m, x in zip(moves, amounts, strict=True))
    return np.asarray(codes + added, np.float32)
