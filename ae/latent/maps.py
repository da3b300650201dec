"""Between latent space and a two-dimensional map of it: ways there and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ae.metrics import squared_distances

Floats = NDArray[np.floating]

# Of the squared extent: far below the distance between neighbours, so that a known
# point keeps its own value, and far above the rounding of float32.
_SAME = 1e-12
_AT_ONCE = 32  # places whose distances to all points are held in memory
_MAX_NEIGHBOURS = 64  # more take a browser longer than a frame allows


@dataclass(frozen=True)
class Plane:
    """A flat map of latent space: (u, v) stands for ``offset + u axes[0] + v axes[1]``."""

    offset: Floats  # the code at (0, 0), (latent_dim,)
    axes: Floats  # orthonormal, (2, latent_dim)

    def codes(self, places: Floats) -> NDArray[np.float32]:
        """Return the codes of places, (n, 2) to (n, latent_dim)."""
        return np.float32(self.offset + np.asarray(places, np.float64) @ self.axes)

    def places(self, codes: Floats) -> NDArray[np.float32]:
        """Project codes onto the plane, (n, latent_dim) to (n, 2)."""
        return np.float32((np.asarray(codes, np.float64) - self.offset) @ self.axes.T)

    def through(self, z: Floats) -> Plane:
        """Shift the plane until a code lies on it, at the place it had as projected.

        Args:
            z: (latent_dim,).
        """
        within = (np.float64(z) - self.offset) @ self.axes.T @ self.axes
        return Plane(np.float64(z) - within, self.axes)


def fitted_plane(codes: Floats, points: Floats) -> Plane:
    """Recover the plane of a map whose points are projections of its codes.

    PCA scores are, and so are two-dimensional codes that are their own map. The plane
    goes through the mean of the codes.

    Args:
        codes: (n, latent_dim).
        points: Their places on the map, (n, 2), not all on a line.
    """
    codes, points = np.float64(codes), np.float64(points)
    middle, centre = codes.mean(axis=0), points.mean(axis=0)
    axes = np.linalg.lstsq(points - centre, codes - middle)[0]
    return Plane(middle - centre @ axes, axes)


def interpolate(
    at: Sequence[float] | Floats,
    known: Floats,
    values: Floats,
    *,
    k: int = 8,
    leave_out: Sequence[int] = (),
) -> NDArray[np.float32]:
    """Mix the values of the k nearest known points, each weighted by 1 / distance**2.

    With places and codes it guesses the code of a place, with codes and places the
    place of a code, where a map is no projection. On a known point it gives the
    point's own value.

    Args:
        at: Where, (dimensions,).
        known: (n, dimensions).
        values: What is known there, (n, values).
        k: How many take part.
        leave_out: Points that take no part, by index.

    Returns:
        (values,).

    Source: inverse distance weighting, Shepard 1968.
    """
    near = nearest(np.asarray(at, np.float64), known, k, leave_out=leave_out)
    return _mixed(np.asarray(at, np.float64)[None], known, values, near[None])[0]


def _mixed(
    at: Floats, known: Floats, values: Floats, near: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Mix the values of points near places, (m, dimensions) and (m, k) to (m, values)."""
    squared = np.square(np.float64(known[near]) - at[:, None]).sum(axis=2)
    extent = np.ptp(known, axis=0).max()
    weights = 1 / (squared + _SAME * max(float(extent) ** 2, 1e-30))
    mixed = (weights[:, None] @ values[near])[:, 0]
    return np.float32(mixed / weights.sum(axis=1, keepdims=True))


def _interpolated(at: Floats, known: Floats, values: Floats, k: int) -> NDArray[np.float32]:
    """Return ``interpolate`` of many places at once, (m, dimensions) to (m, values)."""
    at, known, n = np.float64(at), np.float64(known), min(k, len(known))
    near = [
        np.argpartition(squared_distances(some, known), n - 1, axis=1)[:, :n]
        for some in np.split(at, range(_AT_ONCE, len(at), _AT_ONCE))
    ]
    return _mixed(at, known, values, np.concatenate(near))


@dataclass(frozen=True)
class Interpolation:
    """A map without a way back: what lies between its points is interpolated."""

    points: Floats  # (n, 2)
    known: Floats  # their codes, (n, latent_dim)
    k: int = 8  # how many neighbours take part

    def __post_init__(self) -> None:
        """Check the count.

        Raises:
            ValueError: If k is not in [1, 64].
        """
        if not 1 <= self.k <= _MAX_NEIGHBOURS:
            raise ValueError(f"k must be in [1, {_MAX_NEIGHBOURS}], got {self.k}")

    def codes(self, places: Floats) -> NDArray[np.float32]:
        """Guess the codes of places, (n, 2) to (n, latent_dim)."""
        return _interpolated(places, self.points, self.known, self.k)

    def places(self, codes: Floats) -> NDArray[np.float32]:
        """Guess the places of codes, (n, latent_dim) to (n, 2)."""
        return _interpolated(codes, self.known, self.points, self.k)


Decoding: TypeAlias = Plane | Interpolation


def decoding_of(kind: str, codes: Floats, points: Floats) -> Decoding:
    """Return how places on a map of that name become codes: of t-SNE there is only a guess.

    Args:
        kind: As in ``ae.training.maps.latent_maps``.
        codes: (n, latent_dim).
        points: Their places on the map, (n, 2).
    """
    return Interpolation(points, codes) if kind == "tsne" else fitted_plane(codes, points)


def nearest(
    z: Floats, codes: Floats, k: int, *, leave_out: Sequence[int] = ()
) -> NDArray[np.int64]:
    """Return the indices of the k codes nearest to one in Euclidean distance.

    Args:
        z: (latent_dim,).
        codes: (n, latent_dim).
        k: How many; all where there are fewer.
        leave_out: Codes that are no answer, by index.
    """
    distances = np.square(np.float64(codes) - z).sum(axis=1)
    distances[list(leave_out)] = np.inf
    n = min(k, len(codes) - len(set(leave_out)))
    near = np.arange(len(codes))
    if 0 < n < len(codes):  # to sort all takes five times as long
        near = np.flatnonzero(distances <= np.partition(distances, n - 1)[n - 1])
    return near[np.argsort(distances[near], kind="stable")][:n]


def neighbours(points: Floats, index: int, *, k: int = 10) -> NDArray[np.int64]:
    """Return the indices of a point's k nearest other points, nearest first.

    Args:
        points: Codes or places, (n, dimensions).
        index: Of the point.
        k: How many; all others where there are fewer.
    """
    return nearest(points[index], points, k, leave_out=[index])


def inside(points: Floats, polygon: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Return which points lie inside a polygon, (n,).

    By the even-odd rule: where an outline crosses itself, what it goes around twice
    is outside.

    Args:
        points: (n, 2).
        polygon: Its corners in order; the last is joined to the first. Fewer than
            three hold nothing.
    """
    u, v = np.float64(points).T
    found = np.zeros(len(points), bool)
    for (u0, v0), (u1, v1) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        if v0 == v1:
            continue
        between = (v0 <= v) != (v1 <= v)
        found ^= between & (u < u0 + (v - v0) * (u1 - u0) / (v1 - v0))
    return found
