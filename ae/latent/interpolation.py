"""Paths and grids between codes, without a decoder."""

import heapq
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ae.metrics import squared_distances

Codes: TypeAlias = NDArray[np.float32]
Positions: TypeAlias = Sequence[float] | NDArray[np.floating]

# Two codes with a smaller sine of the angle between them span no plane to turn in:
# below it the rounding of float32 would choose the plane.
_SMALLEST_SINE = 1e-6


def lerp(a: Codes, b: Codes, t: Positions) -> Codes:
    """Walk the straight line from one code to another.

    Args:
        a: (latent_dim,), reached exactly at t = 0.
        b: (latent_dim,), reached exactly at t = 1.
        t: (k,) positions; outside [0, 1] the walk goes on beyond the ends.

    Returns:
        (k, latent_dim) float32.
    """
    along = np.asarray(t, np.float64)[:, None]
    return ((1 - along) * a + along * b).astype(np.float32)


def slerp(a: Codes, b: Codes, t: Positions) -> Codes:
    """Turn from one code to another while the norm goes linearly from |a| to |b|.

    Straight lines pass nearer to the origin than codes drawn from the prior lie; this
    path does not. Beyond the ends it goes on turning, and the norm stops at 0.

    Codes that are parallel, opposite or zero span no plane to turn in and give the
    straight line; between opposite codes it leads through the origin.

    Args:
        a: (latent_dim,), reached exactly at t = 0.
        b: (latent_dim,), reached exactly at t = 1.
        t: (k,) positions; may lie outside [0, 1].

    Returns:
        (k, latent_dim) float32.

    Source:
        White 2016, arXiv 1609.04468, for codes of one norm. He mixes codes of
        different norms by the same weights; here the norm is linear.
    """
    start, end = np.float64(a), np.float64(b)
    norms = np.linalg.norm(start), np.linalg.norm(end)
    if min(norms) == 0:
        return lerp(a, b, t)
    start, end = start / norms[0], end / norms[1]
    # Unlike the arc cosine of the dot product, exact for small angles too.
    angle = 2 * np.arctan2(np.linalg.norm(start - end), np.linalg.norm(start + end))
    if np.sin(angle) < _SMALLEST_SINE:
        return lerp(a, b, t)
    along = np.asarray(t, np.float64)[:, None]
    turned = np.sin((1 - along) * angle) * start + np.sin(along * angle) * end
    norm = np.maximum((1 - along) * norms[0] + along * norms[1], 0)
    return (norm * turned / np.sin(angle)).astype(np.float32)


def along_neighbours(a: Codes, b: Codes, known: Codes, *, k: int = 8) -> Codes:
    """Find a way from one code to another by known codes, each a neighbour of the last.

    Every code is joined to its k nearest. The way is the shortest one in the sum of squared
    lengths, which prefers many short steps, where data lie, to a long one through nothing.
    Where the neighbours do not join the two, it leads straight from the one to the other.

    Args:
        a: (latent_dim,).
        b: (latent_dim,).
        known: Codes of images, (n, latent_dim).
        k: Neighbours of each.

    Returns:
        The codes on the way, from a to b, (m, latent_dim) float32, m at least 2.

    Source: the neighbour graph of Isomap, Tenenbaum, de Silva and Langford 2000, Science 290.
    """
    nodes = np.concatenate([[a, b], known])
    squares = squared_distances(np.float64(nodes), np.float64(nodes))
    near = np.argpartition(squares, min(k, len(nodes) - 1), axis=1)[:, : k + 1]
    edges = [
        {other: float(squares[node, other]) for other in others}
        for node, others in enumerate(near.tolist())
    ]
    return np.float32(nodes[shortest_way(edges)])


def walk(way: Codes, t: Positions) -> Codes:
    """Walk a way at an even pace.

    Args:
        way: (m, latent_dim), m at least 2; its ends are reached exactly at t = 0 and 1.
        t: (k,) positions; outside [0, 1] the walk goes straight on beyond the ends.

    Returns:
        (k, latent_dim) float32.
    """
    nodes = np.float64(way)
    lengths = np.linalg.norm(np.diff(nodes, axis=0), axis=1)
    nodes = nodes[np.append(True, lengths > 0)]
    if len(nodes) < 2:
        return lerp(way[0], way[-1], t)
    at = np.append(0, np.cumsum(lengths[lengths > 0]))
    place = np.asarray(t, np.float64) * at[-1]
    before = np.clip(np.searchsorted(at, place, side="right") - 1, 0, len(nodes) - 2)
    share = ((place - at[before]) / (at[before + 1] - at[before]))[:, None]
    return ((1 - share) * nodes[before] + share * nodes[before + 1]).astype(np.float32)


def shortest_way(edges: Sequence[Mapping[int, float]], end: int = 1) -> list[int]:
    """Return the nodes from the first to another by the shortest way (Dijkstra 1959).

    Args:
        edges: By node, how far it is to others, which is as far as back.
        end: Where it leads, by number.

    Returns:
        At least the two; only they where nothing joins them.
    """
    joined = [dict(others) for others in edges]
    for node, others in enumerate(edges):
        for other, length in others.items():
            joined[other][node] = length
    best, before, waiting = {0: 0.0}, {0: 0}, [(0.0, 0)]
    while waiting:
        cost, node = heapq.heappop(waiting)
        if node == end:
            break
        for other, length in joined[node].items():
            through = cost + length
            if through < best.get(other, np.inf):
                best[other], before[other] = through, node
                heapq.heappush(waiting, (through, other))
    if end not in before:
        return [0, end]
    way = [end]
    while way[-1] != 0:
        way.append(before[way[-1]])
    return way[::-1]


def four_corners(a: Codes, b: Codes, c: Codes, d: Codes, side: int) -> Codes:
    """Fill a square between four codes, linearly along rows and columns.

    Args:
        a: (latent_dim,), top left.
        b: (latent_dim,), top right.
        c: (latent_dim,), bottom left.
        d: (latent_dim,), bottom right.
        side: Codes per side, at least 2.

    Returns:
        (side * side, latent_dim) float32, row by row from the top.
    """
    steps = np.linspace(0, 1, side)
    weights = np.stack([1 - steps, steps])  # (2, side)
    corners = np.array([[a, b], [c, d]], np.float64)  # (2, 2, latent_dim)
    grid = np.einsum("ir,jc,ijd->rcd", weights, weights, corners)
    return grid.reshape(side * side, -1).astype(np.float32)
