"""What a visitor sees of a slider: its label and the values it shows."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Range:
    """The values that a slider shows."""

    label: str  # what is moved
    minimum: float  # lowest value shown
    maximum: float  # highest value shown
    step: float  # between neighbouring values shown
    origin: float  # the value shown after a reset
    note: str = ""  # a few words behind the label

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: If they are not finite or not in order.
        """
        numbers = (self.minimum, self.maximum, self.step, self.origin)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"slider {self.label!r} has a number that is not finite")
        in_order = self.minimum <= self.origin <= self.maximum
        if self.minimum >= self.maximum or not in_order:
            raise ValueError(
                f"slider {self.label!r} must have minimum <= origin <= maximum, got "
                f"{self.minimum}, {self.origin}, {self.maximum}"
            )
        if self.step <= 0:
            raise ValueError(f"slider {self.label!r} needs a positive step, got {self.step}")

    def clip(self, shown: float) -> float:
        """Return a value cut off at the slider's ends."""
        return min(max(shown, self.minimum), self.maximum)

    def plain(self) -> dict[str, Any]:
        """Return what the browser builds the slider from."""
        exponent = Decimal(str(float(self.step))).normalize().as_tuple().exponent
        return {
            "label": self.label,
            "note": self.note,
            "decimals": min(max(-int(exponent), 0), 6),
            # Numbers of NumPy's own would turn the whole data into a text.
            "minimum": float(self.minimum),
            "maximum": float(self.maximum),
            "step": float(self.step),
            "origin": float(self.origin),
        }
