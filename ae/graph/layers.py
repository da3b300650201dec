"""Layers and their graph: what fits what, in shapes. Refuses whatever it does not know.

Shapes leave out the batch: ``(features,)`` or ``(height, width, channels)``. Operations
carry Keras's names and meanings (channels last, kernels as Keras stores them).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Shape = tuple[int, ...]

GRAPH_VERSION = 1
INPUT = "input"
ACTIVATIONS = (
    *("linear", "relu", "leaky_relu", "elu", "selu"),
    *("swish", "gelu", "softplus", "sigmoid", "tanh"),
)
# A picture of 256x256x16 is the largest tensor any shipped network comes near.
MAX_ELEMENTS = 1 << 20
MAX_LAYERS = 500


@dataclass(frozen=True)
class Layer:
    """One layer: its operation, where its inputs come from, and its constants."""

    name: str  # unique in the graph; weights are called ``name/kernel``, ``name/bias``
    op: str  # one of ``OPERATIONS``
    inputs: tuple[str, ...]  # names of earlier layers, or ``"input"``
    activation: str = "linear"  # one of ``ACTIVATIONS``, applied last
    # What the operation needs: strides, padding, size, shape, ...
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def pair(self, attribute: str) -> tuple[int, int]:
        """Two whole positive numbers such as strides, or ValueError."""
        value = self.attributes.get(attribute)
        if (
            not isinstance(value, list | tuple)
            or len(value) != 2
            or not all(type(v) is int and 0 < v <= 64 for v in value)
        ):
            raise ValueError(f"layer {self.name!r}: {attribute} is {value!r}")
        return value[0], value[1]


def _check_slope(layer: Layer) -> None:
    slope: Any = layer.attributes.get("negative_slope")
    if layer.activation == "leaky_relu" and (
        type(slope) not in (int, float) or not math.isfinite(slope)
    ):
        raise ValueError(f"layer {layer.name!r}: negative_slope is {slope!r}")


def _same(size: int, stride: int) -> int:
    return -(-size // stride)


def _image(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(f"layer {layer.name!r} needs a picture, got shape {shape}")
    return shape[0], shape[1], shape[2]


def _padding(layer: Layer) -> str:
    padding = layer.attributes.get("padding")
    if padding not in ("same", "valid"):
        raise ValueError(f"layer {layer.name!r}: padding is {padding!r}")
    return str(padding)


def _windows(layer: Layer, shape: Shape, window: tuple[int, int]) -> tuple[int, int]:
    height, width, _ = _image(layer, shape)
    strides = layer.pair("strides")
    if _padding(layer) == "same":
        return _same(height, strides[0]), _same(width, strides[1])
    return (_same(height - window[0] + 1, strides[0]), _same(width - window[1] + 1, strides[1]))


def _whole(layer: Layer, attribute: str) -> int:
    value = layer.attributes.get(attribute)
    if type(value) is not int or not 0 < value <= MAX_ELEMENTS:
        raise ValueError(f"layer {layer.name!r}: {attribute} is {value!r}")
    return value


def _dense(layer: Layer, shapes: list[Shape]) -> Shape:
    if len(shapes[0]) != 1:
        raise ValueError(f"layer {layer.name!r} needs features, got {shapes[0]}")
    return (_whole(layer, "units"),)


def _conv(layer: Layer, shapes: list[Shape]) -> Shape:
    size = _windows(layer, shapes[0], layer.pair("kernel_size"))
    return (*size, _whole(layer, "filters"))


def _conv_transpose(layer: Layer, shapes: list[Shape]) -> Shape:
    height, width, _ = _image(layer, shapes[0])
    strides, kernel = layer.pair("strides"), layer.pair("kernel_size")
    if _padding(layer) != "same" or kernel[0] < strides[0] or kernel[1] < strides[1]:
        raise ValueError(
            f"layer {layer.name!r}: a transposed convolution needs padding 'same' and "
            f"a kernel no smaller than its strides"
        )
    return height * strides[0], width * strides[1], _whole(layer, "filters")


def _upsampling(layer: Layer, shapes: list[Shape]) -> Shape:
    height, width, channels = _image(layer, shapes[0])
    if layer.attributes.get("interpolation") not in ("nearest", "bilinear"):
        raise ValueError(f"layer {layer.name!r}: unknown interpolation")
    size = layer.pair("size")
    return height * size[0], width * size[1], channels


def _depth_to_space(layer: Layer, shapes: list[Shape]) -> Shape:
    height, width, channels = _image(layer, shapes[0])
    block = _whole(layer, "block_size")
    if channels % (block * block):
        raise ValueError(
            f"layer {layer.name!r}: {channels} channels cannot be split into blocks "
            f"of {block} x {block}"
        )
    return height * block, width * block, channels // (block * block)


def _pooling(layer: Layer, shapes: list[Shape]) -> Shape:
    size = _windows(layer, shapes[0], layer.pair("pool_size"))
    return (*size, shapes[0][2])


def _global_pooling(layer: Layer, shapes: list[Shape]) -> Shape:
    return (_image(layer, shapes[0])[2],)


def _reshape(layer: Layer, shapes: list[Shape]) -> Shape:
    target = layer.attributes.get("shape")
    if (
        not isinstance(target, list | tuple)
        or len(target) not in (1, 3)
        or not all(type(v) is int and v > 0 for v in target)
        or math.prod(target) != math.prod(shapes[0])
    ):
        raise ValueError(f"layer {layer.name!r}: cannot reshape {shapes[0]} to {target}")
    return tuple(target)


def _flatten(layer: Layer, shapes: list[Shape]) -> Shape:
    return (math.prod(shapes[0]),)


def _normalization(layer: Layer, shapes: list[Shape]) -> Shape:
    epsilon: Any = layer.attributes.get("epsilon")
    if type(epsilon) not in (int, float) or not 0 < epsilon <= 1:
        raise ValueError(f"layer {layer.name!r}: epsilon is {epsilon!r}")
    if layer.op == "GroupNormalization" and shapes[0][-1] % _whole(layer, "groups"):
        raise ValueError(f"layer {layer.name!r}: its groups do not fit {shapes[0][-1]} channels")
    return shapes[0]


def _activation(layer: Layer, shapes: list[Shape]) -> Shape:
    return shapes[0]


def _add(layer: Layer, shapes: list[Shape]) -> Shape:
    if len(set(shapes)) != 1:
        raise ValueError(f"layer {layer.name!r}: cannot add shapes {shapes}")
    return shapes[0]


def _concatenate(layer: Layer, shapes: list[Shape]) -> Shape:
    if len({shape[:-1] for shape in shapes}) != 1:
        raise ValueError(f"layer {layer.name!r}: cannot join shapes {shapes}")
    return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


OPERATIONS: dict[str, Callable[[Layer, list[Shape]], Shape]] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_transpose,
    "UpSampling2D": _upsampling,
    "DepthToSpace": _depth_to_space,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "GroupNormalization": _normalization,
    "LayerNormalization": _normalization,
    "Activation": _activation,
    "Add": _add,
    "Concatenate": _concatenate,
}
_JOINING = ("Add", "Concatenate")
# Means and deviations of one input: of each group of channels over all pixels, or of all
# channels at each pixel. The kernel is what Keras calls gamma, the bias beta.
NORMALIZATIONS = ("GroupNormalization", "LayerNormalization")


@dataclass(frozen=True)
class LayerGraph:
    """Layers in an order in which each finds its inputs ready."""

    input_shape: Shape  # shape of one input, without the batch
    layers: tuple[Layer, ...]  # the layers, inputs before outputs
    outputs: tuple[str, ...]  # names of the layers whose values are the network's results

    def shapes(self) -> dict[str, Shape]:
        """Return every layer's output shape by name, ``"input"`` included.

        Raises:
            ValueError: If a layer is unknown, unconnected or does not fit.
        """
        if len(self.layers) > MAX_LAYERS:
            raise ValueError(f"{len(self.layers)} layers; at most {MAX_LAYERS} are read")
        if not all(type(v) is int and 0 < v <= 4096 for v in self.input_shape):
            raise ValueError(f"the graph's input shape is {self.input_shape}")
        known: dict[str, Shape] = {INPUT: self.input_shape}
        for layer in self.layers:
            known[layer.name] = self._shape_of(layer, known)
        unknown = [name for name in self.outputs if name not in known]
        if unknown or not self.outputs:
            raise ValueError(f"the graph has no output {', '.join(unknown)}".rstrip())
        return known

    def _shape_of(self, layer: Layer, known: dict[str, Shape]) -> Shape:
        if layer.op not in OPERATIONS:
            raise ValueError(f"layer {layer.name!r}: unknown operation {layer.op!r}")
        if layer.activation not in ACTIVATIONS:
            raise ValueError(f"layer {layer.name!r}: unknown activation {layer.activation!r}")
        _check_slope(layer)
        if layer.name in known or not layer.name:
            raise ValueError(f"two layers are called {layer.name!r}")
        fed_by = [name for name in layer.inputs if name in known]
        if len(fed_by) != len(layer.inputs) or not fed_by:
            raise ValueError(f"layer {layer.name!r} is fed by {layer.inputs}")
        if len(fed_by) > 1 and layer.op not in _JOINING:
            raise ValueError(f"layer {layer.name!r} takes one input")
        shape = OPERATIONS[layer.op](layer, [known[name] for name in fed_by])
        if min(shape) < 1 or math.prod(shape) > MAX_ELEMENTS:
            raise ValueError(f"layer {layer.name!r} would have shape {shape}")
        return shape

    def weight_shapes(self) -> dict[str, Shape]:
        """Return the shape of every weight by name, kernels as Keras stores them."""
        shapes = self.shapes()
        weights: dict[str, Shape] = {}
        for layer in self.layers:
            kernel = _kernel_shape(layer, shapes[layer.inputs[0]])
            if kernel:
                weights[f"{layer.name}/kernel"] = kernel
                weights[f"{layer.name}/bias"] = (shapes[layer.name][-1],)
        return weights

    def macs(self) -> int:
        """Count the multiply-adds that one input costs, biases left out."""
        shapes = self.shapes()
        return sum(
            math.prod(kernel) * _positions(layer, shapes)
            for layer in self.layers
            if (kernel := _kernel_shape(layer, shapes[layer.inputs[0]]))
        )

    def to_json(self) -> str:
        """Write the graph as compact JSON; the same graph gives the same text."""
        return json.dumps({"version": GRAPH_VERSION, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> LayerGraph:
        """Read and check a graph written by ``to_json``.

        Raises:
            ValueError: If the text is not such a graph, or is from a newer version.
        """
        try:
            fields = json.loads(text)
            version = int(fields["version"])
            if version > GRAPH_VERSION:
                raise ValueError(f"layer graph version {version} is newer than this app")
            graph = cls(
                tuple(fields["input_shape"]),
                tuple(_layer_from(layer) for layer in fields["layers"]),
                tuple(str(name) for name in fields["outputs"]),
            )
        except (TypeError, KeyError, AttributeError, RecursionError) as problem:
            raise ValueError("the layer graph is not readable") from problem
        graph.shapes()
        return graph


def _layer_from(fields: dict[str, Any]) -> Layer:
    return Layer(
        str(fields["name"]),
        str(fields["op"]),
        tuple(str(name) for name in fields["inputs"]),
        str(fields["activation"]),
        dict(fields["attributes"]),
    )


def _kernel_shape(layer: Layer, shape: Shape) -> Shape:
    if layer.op == "Dense":
        return (shape[0], _whole(layer, "units"))
    if layer.op == "Conv2D":
        return (*layer.pair("kernel_size"), shape[2], _whole(layer, "filters"))
    if layer.op == "Conv2DTranspose":
        return (*layer.pair("kernel_size"), _whole(layer, "filters"), shape[2])
    return shape[-1:] if layer.op in NORMALIZATIONS else ()


def _positions(layer: Layer, shapes: dict[str, Shape]) -> int:
    """How often a kernel is applied: once, per output pixel, or per input pixel."""
    if layer.op == "Dense" or len(shapes[layer.name]) == 1:
        return 1
    at = layer.inputs[0] if layer.op == "Conv2DTranspose" else layer.name
    return shapes[at][0] * shapes[at][1]
