"""The geometry that a decoder gives its codes: how far apart pictures are, not codes.

Source: Arvanitidis, Hansen and Hauberg 2018, Latent space oddity, arXiv 1710.11379: a way
through latent space is as long as its pictures change along it, and a small square of codes
as large as the pictures it covers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.latent.interpolation import Codes, shortest_way
from ae.metrics import squared_distances

Decode = Callable[[Codes], NDArray[np.float32]]

NODES = 2000  # codes that a geodesic may pass, at most
_NEIGHBOURS = 8
_CORNERS, _PIECES = 8, 4  # of a way that is pulled straight: 28 lines of 5 pictures
_STEP = 1e-2  # of a code's deviation, for differences


@dataclass(frozen=True)
class PictureGraph:
    """Codes joined to their nearest, each edge as long as the picture changes along it.

    Attributes:
        neighbours: (n, k), by number.
        lengths: (n, k), root of the mean squared difference of the two pictures.
    """

    neighbours: NDArray[np.integer]
    lengths: NDArray[np.floating]


def picture_graph(decode: Decode, codes: Codes) -> PictureGraph:
    """Join the first ``NODES`` of some codes, (n, latent_dim), to their nearest."""
    codes = codes[:NODES]
    k = min(_NEIGHBOURS, len(codes) - 1)
    squares = squared_distances(codes, codes)
    np.fill_diagonal(squares, np.inf)
    neighbours = np.argpartition(squares, k - 1, axis=1)[:, :k]
    pictures = _flat(decode(codes))
    lengths = np.stack([_distance(pictures, pictures[column]) for column in neighbours.T], axis=1)
    return PictureGraph(neighbours.astype(np.uint16), lengths.astype(np.float16))


def geodesic(a: Codes, b: Codes, known: Codes, graph: PictureGraph, decode: Decode) -> Codes:
    """Find a way from one code to another along which the picture changes little.

    First over known codes, each a neighbour of the last. Then what lies between any two of
    these is left out where the straight line is shorter, so that the whole is no longer
    than the straight line from the one to the other.

    Args:
        a: (latent_dim,).
        b: (latent_dim,).
        known: The codes of the graph, (n, latent_dim).
        graph: See ``picture_graph``.
        decode: Of the two ends, their neighbours, and straight pieces.

    Returns:
        The codes on the way, from a to b, (m, latent_dim) float32, m at least 2.

    Source: Chen, Ferroni, Klushyn, Paraschos, Bayer and van der Smagt 2019, Fast approximate
        geodesics for deep generative models, arXiv 1812.08284.
    """
    nodes = np.concatenate([[a, b], known]).astype(np.float32)
    edges: list[dict[int, float]] = [{}, {}]
    for row, lengths in zip(graph.neighbours.tolist(), graph.lengths.tolist(), strict=True):
        edges.append({node + 2: length for node, length in zip(row, lengths, strict=True)})
    k = graph.neighbours.shape[1]
    near = np.argpartition(squared_distances(nodes[:2], known), k - 1, axis=1)[:, :k] + 2
    for end, others in enumerate(near):
        pictures = _flat(decode(np.concatenate([nodes[[end]], nodes[others]])))
        lengths = _distance(pictures[1:], pictures[0])
        edges[end] = dict(zip(others.tolist(), lengths.tolist(), strict=True))
    return _pulled(nodes[shortest_way(edges)], decode)


def _pulled(way: Codes, decode: Decode) -> Codes:
    """Leave out what lies between two codes of a way where the straight line is shorter."""
    kept = np.unique(np.linspace(0, len(way) - 1, _CORNERS).round().astype(int))
    way = way[kept]
    pairs = [(i, j) for j in range(len(way)) for i in range(j)]
    shares = np.linspace(0, 1, _PIECES + 1, dtype=np.float32)[:, None]
    pieces = np.concatenate([(1 - shares) * way[i] + shares * way[j] for i, j in pairs])
    pictures = _flat(decode(pieces)).reshape(len(pairs), _PIECES + 1, -1)
    # Whole pieces are as long as they are sampled, so many short ones are not favoured.
    lengths = [float(_distance(each[1:], each[:-1]).sum()) for each in pictures]
    edges: list[dict[int, float]] = [{} for _ in way]
    for (i, j), length in zip(pairs, lengths, strict=True):
        edges[i][j] = length
    return way[shortest_way(edges, len(way) - 1)]


def picture_length(decode: Decode, way: Codes) -> float:
    """Return how much the picture changes along codes, (m, latent_dim), in all."""
    pictures = _flat(decode(way))
    return float(_distance(pictures[1:], pictures[:-1]).sum())


def stretch(decode: Decode, codes: Codes) -> NDArray[np.float32]:
    """Return by how much a decoder enlarges a small area around codes, (n,).

    It is the root of the determinant of J^T J, J the derivative of the picture by the code,
    divided by the number of pixels for each dimension as the picture's error is.

    Args:
        decode: The decoder.
        codes: (n, latent_dim), few dimensions.
    """
    steps = _STEP * codes.std(axis=0)
    columns = []
    for axis, step in enumerate(steps):
        moved = np.zeros_like(codes)
        moved[:, axis] = step
        change = _flat(decode(codes + moved)) - _flat(decode(codes - moved))
        columns.append(change / (2 * step * np.sqrt(change.shape[1])))
    slopes = np.stack(columns, axis=2)
    metric = np.einsum("npi,npj->nij", slopes, slopes)
    return np.sqrt(np.maximum(np.linalg.det(metric), 0)).astype(np.float32)


def _flat(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    return pictures.reshape(len(pictures), -1)


def _distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.square(a - b).mean(axis=1, dtype=np.float64)))
