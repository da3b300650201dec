"""From codes whose attributes are known to a direction: which groups, which method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Codes of images whose attributes are known.

    Attributes:
        codes: (n, latent_dim).
        values: By attribute, each (n,).
        disturbance: Of what a mean difference shall leave alone, if it shall:
            ``ae.latent.vectors.disturbance``.
        step: The default step, in distances between the groups' means.
    """

    codes: Codes
    values: dict[str, NDArray[np.float32]]
    disturbance: Floats | None = None
    step: float = 1.0

    def groups(self, name: str) -> tuple[NDArray[np.bool_], Labels]:
        """Return which images show an attribute clearly, (n,), and their labels.

        Of a yes-or-no attribute all do; of a continuous one the top third (label 1)
        and the bottom third (label 0).

        Raises:
            ValueError: If there are no two groups.
        """
        values = self.values[name]
        if set(np.unique(values)) <= {0, 1}:
            return np.ones(len(values), bool), values
        return thirds(values)

    def correlated(self, name: str) -> list[str]:
        """Return the other attributes that go together with one in these images."""
        names = [other for other in self.values if other != name]
        if not names:
            return []
        table = np.corrcoef([self.values[n] for n in (name, *names)])[0, 1:]
        return [
            other
            for other, r in zip(names, table, strict=True)
            if abs(r) >= LEAST_CORRELATION
        ]


def find_direction(
    known: AttributeCodes,
    held_out: AttributeCodes,
    name: str,
    *,
    method: str = METHODS[0],
    lock: Sequence[str] = (),
) -> Direction:
    """Find the direction of an attribute and judge it on codes that did not help.

    Args:
        known: What the direction is learned from.
        held_out: What it is judged on.
        name: The attribute.
        method: One of ``METHODS``. ``Balanced`` is the mean difference in which every
            correlated attribute, halved at its median, is as frequent in both groups.
        lock: Attributes to keep unchanged. A mean difference is then that of images
            alike in them, ``partial_difference``; the normals, by which attributes are
            read, are made ``locked``: their linear scores of these stay as they are.

    Raises:
        ValueError: If the groups cannot be told apart, or the direction cannot be told
            apart from what is locked.
    """
    kept, labels = known.groups(name)
    codes = known.codes[kept]
    weights = _weights(known, name, kept, labels) if method == "Balanced" else None
    averages = method in METHODS[:2]
    if averages and lock:
        others = np.stack([known.values[other][kept] for other in lock], axis=1)
        vector = partial_difference(codes, known.values[name][kept], others)
    else:
        vector = _vector(codes, labels, method, weights)
    if averages and known.disturbance is not None:
        vector = sparing(vector, known.disturbance)
    if lock and not averages:
        vector = locked(vector, [score_normal(known, other) for other in lock])
    step = known.step * strength(vector, codes, labels)
    judged, truth = held_out.groups(name)
    return measure(name, vector, step, held_out.codes[judged], truth)


def score_normal(known: AttributeCodes, name: str) -> Floats:
    """Return the direction along which an attribute is read best, (latent_dim,)."""
    return regression(known.codes, known.values[name])


def _weights(
    known: AttributeCodes, name: str, kept: NDArray[np.bool_], labels: Labels
) -> Floats | None:
    others = known.correlated(name)
    if not others:
        return None
    halves = [known.values[o] > np.median(known.values[o]) for o in others]
    return balanced_weights(labels, np.stack(halves, axis=1)[kept])


def _vector(
    codes: Codes, labels: Labels, method: str, weights: Floats | None
) -> Floats:
    if method == "Whitened":
        return whitened(codes, labels)
    if method == "Logistic":
        return logistic(codes, labels)
    return mean_difference(codes, labels, weights)
