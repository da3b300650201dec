"""From codes whose attributes are known to a direction: which groups, which method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ae.latent.directions import Direction, measure
from ae.latent.groups import Codes, Floats, Labels, balanced_weights, strength, thirds
from ae.latent.vectors import (
    locked,
    logistic,
    mean_difference,
    partial_difference,
    regression,
    sparing,
    whitened,
)

METHODS = ("Mean difference", "Balanced", "Whitened", "Logistic")
# Attributes that go together less than this need no balancing; each balanced one
# halves the images per cell.
LEAST_CORRELATION = 0.1


@dataclass(frozen=True)
class AttributeCodes:
    """Codes of images whose attributes are known."""

    codes: Codes  # (n, latent_dim)
    values: dict[str, NDArray[np.float32]]  # by attribute, each (n,); NaN where nobody knows
    # By attribute, the disturbance of what a mean difference shall leave alone:
    # ``ae.latent.vectors.disturbance``.
    spared: dict[str, Floats] = field(default_factory=dict)
    # By attribute or two of them what was asked for, which pages do in each of their runs.
    _groups: dict[str, tuple[NDArray[np.bool_], Labels]] = field(
        default_factory=dict, init=False, repr=False
    )
    _correlations: dict[tuple[str, str], float] = field(
        default_factory=dict, init=False, repr=False
    )

    def groups(self, name: str) -> tuple[NDArray[np.bool_], Labels]:
        """Return which images show an attribute clearly, (n,), and their labels.

        Of a yes-or-no attribute all of which it is known; of a continuous one the top
        third (label 1) and the bottom third (label 0).

        Raises:
            ValueError: If there are no two groups.
        """
        if name not in self._groups:
            values = self.values[name]
            kept = ~np.isnan(values)
            if is_yes_or_no(values):
                labels = values[kept]
            else:
                clear, labels = thirds(values[kept])
                kept[kept] = clear
            self._groups[name] = kept, labels
        return self._groups[name]

    def halves(self, name: str) -> tuple[NDArray[np.bool_], Labels]:
        """Return of which images an attribute is known, (n,), and in which half they are.

        Of a yes-or-no attribute those without and with it, of a continuous one those up to
        and above its median; where none is above, as ``groups``.
        """
        kept = ~np.isnan(self.values[name])
        upper = _upper_half(self.values[name][kept])
        return (kept, upper) if 0 < upper.sum() < len(upper) else self.groups(name)

    def along(self, direction: Direction) -> tuple[Floats, Floats]:
        """Return where images lie along an attribute's direction, each ascending.

        Returns:
            The projections of the codes of images that clearly lack the attribute, and of
            those that clearly have it.
        """
        kept, labels = self.groups(direction.name)
        places = np.float64(self.codes[kept]) @ direction.vector
        has = np.asarray(labels) > 0.5
        return np.sort(places[~has]), np.sort(places[has])

    def where_known(self, names: Sequence[str]) -> AttributeCodes:
        """Return the images of which every one of some attributes is known."""
        rows = ~np.isnan([self.values[name] for name in names]).any(axis=0)
        if rows.all():
            return self
        values = {name: each[rows] for name, each in self.values.items()}
        return replace(self, codes=self.codes[rows], values=values)

    def correlated(self, name: str) -> list[str]:
        """Return the other attributes that go together with one in these images."""
        return [
            other
            for other in self.values
            if other != name and abs(self.correlation(name, other)) >= LEAST_CORRELATION
        ]

    def correlation(self, name: str, other: str) -> float:
        """Return the correlation of two attributes in images where both are known."""
        if (name, other) not in self._correlations:
            both = self.where_known((name, other)).values
            found = float(np.corrcoef(both[name], both[other])[0, 1])
            self._correlations[name, other] = found
        return self._correlations[name, other]


def is_yes_or_no(values: Floats) -> bool:
    """Whether an attribute is 0 or 1 wherever it is known, rather than continuous."""
    return bool(np.isin(values, (0, 1))[~np.isnan(values)].all())


def find_direction(
    known: AttributeCodes,
    held_out: AttributeCodes,
    name: str,
    *,
    method: str = METHODS[0],
    lock: Sequence[str] = (),
) -> Direction:
    """Find the direction of an attribute and measure it on codes that did not help.

    Args:
        known: What the direction is learned from.
        held_out: What it is measured on.
        name: The attribute.
        method: One of ``METHODS``. ``Balanced`` is the mean difference in which every
            correlated attribute is as frequent in both groups; continuous ones are
            halved at their median.
        lock: Attributes to keep unchanged. A mean difference is then that of images
            alike in them, ``partial_difference``; the normals, by which attributes are
            read, are made ``locked``: their linear scores of these stay as they are.

    Raises:
        ValueError: If the groups cannot be told apart, or the direction cannot be told
            apart from what is locked.
    """
    needed = [name, *lock]
    if method == "Balanced":
        needed += known.correlated(name)
    known = known.where_known(needed)
    kept, labels = known.groups(name)
    codes = known.codes[kept]
    weights = _weights(known, name, kept, labels) if method == "Balanced" else None
    averages = method in METHODS[:2]
    if averages and lock:
        others = np.stack([known.values[other][kept] for other in lock], axis=1)
        vector = partial_difference(codes, known.values[name][kept], others)
    else:
        vector = _vector(codes, labels, method, weights)
    if averages and name in known.spared:
        vector = sparing(vector, known.spared[name])
    if lock and not averages:
        vector = locked(vector, [score_normal(known, other) for other in lock])
    step = strength(vector, codes, labels)
    measured, truth = held_out.halves(name)
    return measure(name, vector, step, held_out.codes[measured], truth)


def score_normal(known: AttributeCodes, name: str) -> Floats:
    """Return the direction along which an attribute is read best, (latent_dim,)."""
    return regression(known.codes, known.values[name])


def _weights(
    known: AttributeCodes, name: str, kept: NDArray[np.bool_], labels: Labels
) -> Floats | None:
    others = known.correlated(name)
    if not others:
        return None
    halves = [_upper_half(known.values[other]) for other in others]
    return balanced_weights(labels, np.stack(halves, axis=1)[kept])


def _upper_half(values: Floats) -> NDArray[np.bool_]:
    """Return who has a yes-or-no attribute, or more than the median of another."""
    # The median of an attribute that most have is 1, which nothing is above.
    return np.asarray(values > (0.5 if is_yes_or_no(values) else np.median(values)))


def _vector(codes: Codes, labels: Labels, method: str, weights: Floats | None) -> Floats:
    if method == "Whitened":
        return whitened(codes, labels)
    if method == "Logistic":
        return logistic(codes, labels)
    return mean_difference(codes, labels, weights)
