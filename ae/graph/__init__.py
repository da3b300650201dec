"""One description of a network's layers, read by every engine. NumPy only.

A network is a ``LayerGraph`` (which layers, in which order, fed by what) and its
weights by name. Keras writes both once; the ONNX builder, the browser engine and any
check read them. So a stored network is data, never code.
"""

from ae.graph.layers import ACTIVATIONS, GRAPH_VERSION, OPERATIONS, Layer, LayerGraph
from ae.graph.tensors import Weights, from_safetensors, to_safetensors

__all__ = [
    "ACTIVATIONS",
    "GRAPH_VERSION",
    "OPERATIONS",
    "Layer",
    "LayerGraph",
    "Weights",
    "from_safetensors",
    "to_safetensors",
]
