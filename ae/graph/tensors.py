"""Weights and their layer graph in one safetensors file."""

import json

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from ae.graph.layers import LayerGraph

Weights = dict[str, NDArray[np.float32]]

_METADATA_KEY = "layer_graph"
_MAX_HEADER_BYTES = 1 << 20


def to_safetensors(graph: LayerGraph, weights: Weights) -> bytes:
    """Serialise a network; the same network gives the same bytes.

    Args:
        graph: The layers.
        weights: float32 arrays by name, shaped as ``graph.weight_shapes()`` says.

    Raises:
        ValueError: If a weight is missing, superfluous, misshapen or not finite.
    """
    _check(graph, weights)
    # One metadata key only: the library writes several in no fixed order.
    return safetensors.numpy.save(
        {name: np.ascontiguousarray(weights[name]) for name in sorted(weights)},
        {_METADATA_KEY: graph.to_json()},
    )


def from_safetensors(data: bytes) -> tuple[LayerGraph, Weights]:
    """Read a network and check that graph and weights fit each other.

    Raises:
        ValueError: If the file is damaged, or its weights do not fit its graph.
    """
    header_bytes = int.from_bytes(data[:8], "little")
    if not 0 < header_bytes <= min(_MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError("the file is not a safetensors file")
    try:
        header = json.loads(data[8 : 8 + header_bytes])
        graph = LayerGraph.from_json(header["__metadata__"][_METADATA_KEY])
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ValueError(f"the file holds no layer graph: {problem}") from problem
    try:
        weights = safetensors.numpy.load(data)
    except safetensors.SafetensorError as problem:
        raise ValueError(f"the file is damaged: {problem}") from problem
    _check(graph, weights)
    return graph, weights


def _check(graph: LayerGraph, weights: Weights) -> None:
    expected = graph.weight_shapes()
    for name in sorted(expected.keys() ^ weights.keys()):
        problem = "missing" if name in expected else "not in the layer graph"
        raise ValueError(f"weight {name!r} is {problem}")
    for name, shape in expected.items():
        weight = weights[name]
        if weight.shape != shape or weight.dtype != np.float32:
            raise ValueError(
                f"weight {name!r} is {weight.dtype} {weight.shape}, expected float32 {shape}"
            )
        if not np.isfinite(weight).all():
            raise ValueError(f"weight {name!r} holds values that are not finite")
