"""What else an edit changes: attributes that were not asked for, as judges read them.

All changes are in units of each attribute's spread over the data, so that glasses
(yes or no) and brightness (grey levels) can be compared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Readings = NDArray[np.floating]


@dataclass(frozen=True)
class Leakage:
    """How an edit changed k attributes."""

    # Mean change of the asked attribute, in its spreads over the data; negative where an edit takes
    # it away.
    asked_change: float
    signed: NDArray[np.float64]  # (k,) mean change of each: a drift common to the images
    # (k,) mean absolute change of each: also what goes up in one image and down in the next.
    absolute: NDArray[np.float64]
    # (k,) ``absolute`` as a share of ``abs(asked_change)``: 0.3 is three tenths of a spread for
    # each spread that was asked for. 0 at the asked one.
    others: NDArray[np.float64]
    total: float  # the sum of ``others``; 0 for an edit that changes nothing else


def moved(before: Readings, after: Readings, spread: Readings) -> Readings:
    """Return each attribute's change in its spreads, (n, k), with its sign.

    Args:
        before: What the judges read from the unedited reconstructions, (n, k).
        after: The same of the edited images, (n, k).
        spread: Standard deviation of each attribute's readings over the data, (k,),
            above 0.
    """
    return (np.float64(after) - before) / spread


def leakage(before: Readings, after: Readings, spread: Readings, asked: int) -> Leakage:
    """Measure what an edit changed beside what was asked for.

    Args:
        before: What the judges read from the unedited reconstructions, (n, k).
        after: The same of the edited images, (n, k).
        spread: Standard deviation of each attribute's readings over the data, (k,),
            above 0.
        asked: Index of the attribute that the edit is for.

    Raises:
        ValueError: If the edit leaves the asked attribute as it is on average.
    """
    change = moved(before, after, spread)
    signed, absolute = change.mean(axis=0), np.abs(change).mean(axis=0)
    if signed[asked] == 0:
        raise ValueError("the edit does not change what it is for")
    others = absolute / abs(signed[asked])
    others[asked] = 0
    return Leakage(float(signed[asked]), signed, absolute, others, float(others.sum()))


def monotone_share(readings: Readings) -> float:
    """Return the share of images whose reading only rises with the strength.

    Args:
        readings: The asked attribute at rising strengths, (k, n): k strengths of n
            images. Logits rather than probabilities, which saturate.

    Returns:
        In [0, 1]. A reading may stand still for a while, but must end higher.
    """
    never_falls = (np.diff(readings, axis=0) >= 0).all(axis=0)
    return float((never_falls & (readings[-1] > readings[0])).mean())
