"""A histogram of two groups' scores with a threshold to drag.

While it is dragged the rates follow in the browser; when it is let go, one message
brings the new threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.ui.door.component import Component
from ae.ui.door.record import settled

_STEPS = 240
# The few most extreme scores of the other group would squeeze all the rest.
_SHOWN = 0.995

_HTML = """
<div class="threshold" data-testid="threshold">
  <p class="group"><span><i class="mark blue"></i>Normal, upwards</span>
    <span>flagged: right of the line</span></p>
  <svg viewBox="0 0 600 190" preserveAspectRatio="none" aria-hidden="true"></svg>
  <p class="group"><span><i class="mark orange"></i>Other, downwards</span></p>
  <input type="range" min="0" step="1" aria-label="Threshold">
  <p class="rates" data-testid="rates">
    <span>Threshold <b data-name="score"></b></span>
    <span>False alarms <b data-name="alarms"></b> of normal</span>
    <span>Missed <b data-name="misses"></b> of others</span>
    <button type="button">Promised line</button>
  </p>
</div>
"""
_component = Component("threshold", "threshold/threshold.js", ["threshold/threshold.css"], _HTML)


@dataclass(frozen=True)
class Steps:
    """The thresholds that can be chosen, evenly spaced."""

    low: float  # the first
    width: float  # from one to the next

    @classmethod
    def over(cls, normal: NDArray[np.floating], other: NDArray[np.floating]) -> Steps:
        """Span the scores of both groups, (n,) and (m,)."""
        low = float(min(normal.min(), other.min()))
        high = float(max(normal.max(), np.quantile(other, _SHOWN)))
        return cls(low, max(high - low, 1e-6) / _STEPS)

    def value(self, step: int) -> float:
        """Return the threshold at a step from 0."""
        return self.low + step * self.width

    def nearest(self, threshold: float) -> int:
        """Return the step of a threshold, cut off at the ends."""
        return round(float(np.clip((threshold - self.low) / self.width, 0, _STEPS)))

    def above(self, scores: NDArray[np.floating]) -> list[int]:
        """Count the scores above every step."""
        edges = self.value(0) + self.width * np.arange(_STEPS + 1)
        below = np.searchsorted(np.sort(np.float64(scores)), edges, side="right")
        return (len(scores) - below).tolist()


def threshold_histogram(
    normal: NDArray[np.floating], other: NDArray[np.floating], *, usual: float, key: str
) -> float:
    """Show two groups of scores and return the threshold as it was left.

    It moves in small steps; the usual threshold counts as the step next to it.
    ``ae.ui.door.record.begin(key, threshold)`` sets it.

    Args:
        normal: Scores of normal images, (n,), at least one; drawn upwards.
        other: Scores of other images, (m,), at least one; drawn downwards.
        usual: Where the line is at first, and where a button brings it back to.
        key: Of the component, unique on the page.
    """
    steps = Steps.over(normal, other)

    def read(step: object, _: object) -> float | None:
        # A bool is an int.
        known = type(step) is int and 0 <= step <= _STEPS
        return steps.value(step) if known else None  # type: ignore[arg-type]

    record = settled(key, usual, read)
    chosen, usual_step = steps.nearest(record.value), steps.nearest(usual)
    _component(
        key=key,
        data={
            "low": steps.low,
            "width": steps.width,
            "normal": steps.above(normal),
            "other": steps.above(other),
            "counts": [len(normal), len(other)],
            "revision": record.revision,
            "chosen": chosen,
            "usual": usual_step,
        },
        states={"moved": None},
    )
    return usual if chosen == usual_step else steps.value(chosen)
