"""A slider of the editor: how an edit of a code is shown."""

from __future__ import annotations

from dataclasses import dataclass

from ae.latent.directions import Direction
from ae.latent.edits import Edit
from ae.ui.live.ranges import Range


@dataclass(frozen=True, eq=False)
class Move:
    """One slider of the editor."""

    label: str  # what is moved; unlike that of any other move
    edit: Edit  # what it adds to a code; the slider goes from its lowest to its highest amount
    step: float = 0.05  # between neighbouring values shown
    origin: float = 0.0  # the value shown after a reset
    note: str = ""  # a few words behind the label

    @classmethod
    def along(cls, direction: Direction) -> Move:
        """Return a slider that adds an attribute, 1 for a default step."""
        quality = f"AUROC {direction.auroc:.2f}" if direction.is_measured else "not measured"
        return cls(direction.name, direction.edit, note=quality)

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: If they are not finite or not in order.
        """
        _ = self.range  # which checks its own numbers

    @property
    def range(self) -> Range:
        """The values shown."""
        low, high = self.edit.lowest, self.edit.highest
        return Range(self.label, low, high, self.step, self.origin, self.note)
