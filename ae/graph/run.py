"""Runs a layer graph with NumPy: to check what other engines make of it, not for speed.

Sources: padding ``same`` puts the odd row below and to the right,
    https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2; bilinear
    upsampling takes pixels' centres, as ``keras.layers.UpSampling2D``.
"""

import math
from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ae.graph.layers import INPUT, Layer, LayerGraph
from ae.graph.tensors import Weights

Values = NDArray[np.floating]

# Multiply-adds for one input, 400 times those of the largest shipped decoder, and
# numbers in all layers together: a few seconds, and 270 MB for two inputs.
_MOST_MACS, _MOST_NUMBERS = 1 << 32, 1 << 25

# The normal distribution's integral, which NumPy lacks; linear in between, off by 3e-8.
_AT = np.linspace(-6, 6, 12_001)
_INTEGRAL = np.array([(1 + math.erf(x / math.sqrt(2))) / 2 for x in _AT])
# Klambauer et al. 2017, arXiv 1706.02515, the constants of Keras.
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def run(graph: LayerGraph, weights: Weights, inputs: Values) -> list[Values]:
    """Return the values of each of a graph's outputs.

    Args:
        graph: The layers.
        weights: As ``graph.weight_shapes()`` says.
        inputs: (n, *graph.input_shape).

    Raises:
        ValueError: If the graph does not fit, or costs more than any decoder should.
    """
    shapes = graph.shapes()
    windows = sum(
        math.prod(shapes[layer.name]) * math.prod(layer.pair("pool_size"))
        for layer in graph.layers
        if "pool_size" in layer.attributes
    )
    numbers = sum(math.prod(shape) for shape in shapes.values())
    if graph.macs() + windows > _MOST_MACS or numbers > _MOST_NUMBERS:
        raise ValueError("the layer graph costs too much to run")
    values = {INPUT: inputs}
    with np.errstate(all="ignore"):  # what overflows is the caller's to find
        for layer in graph.layers:
            x = [values[name] for name in layer.inputs]
            if layer.op in _WEIGHTED:
                kernel, bias = (weights[f"{layer.name}/{w}"] for w in ("kernel", "bias"))
                value = _WEIGHTED[layer.op](layer, x[0], kernel) + bias
            elif layer.op in _JOINING:
                value = _JOINING[layer.op](x)
            else:
                value = _PLAIN[layer.op](layer, x[0])
            value = _ACTIVATIONS[layer.activation](layer, value)
            values[layer.name] = value.astype(np.float32, copy=False)
    return [values[name] for name in graph.outputs]


def _windows(
    layer: Layer, x: Values, window: tuple[int, int], outside: float = 0
) -> Iterator[Values]:
    """Yield for each place in a window what stands there, (n, height, width, c)."""
    strides, same = layer.pair("strides"), layer.attributes["padding"] == "same"
    pads, lengths = [(0, 0)], []
    for size, length, stride in zip(x.shape[1:3], window, strides, strict=True):
        last = stride * (-(-(size if same else size - length + 1) // stride) - 1)
        missing = max(last + length - size, 0)
        pads.append((missing // 2, missing - missing // 2))
        lengths.append(last + 1)
    x = np.pad(x, [*pads, (0, 0)], constant_values=outside)
    for row, column in np.ndindex(window):
        rows = slice(row, row + lengths[0], strides[0])
        yield x[:, rows, column : column + lengths[1] : strides[1]]


def _conv(layer: Layer, x: Values, kernel: Values) -> Values:
    (high, wide, _, _), total = kernel.shape, np.float32(0)
    parts = _windows(layer, x, (high, wide))
    for part, place in zip(parts, np.ndindex(high, wide), strict=True):
        total = total + part @ kernel[place]
    return total


def _conv_transpose(layer: Layer, x: Values, kernel: Values) -> Values:
    (n, height, width, _), (down, right) = x.shape, layer.pair("strides")
    high, wide, filters, _ = kernel.shape
    size = n, height * down + high - down, width * right + wide - right, filters
    total = np.zeros(size, np.float32)
    for row, column in np.ndindex(high, wide):
        rows = slice(row, row + height * down - down + 1, down)
        columns = slice(column, column + width * right - right + 1, right)
        total[:, rows, columns] += x @ kernel[row, column].T
    top, left = (high - down) // 2, (wide - right) // 2
    return total[:, top : top + height * down, left : left + width * right]


def _upsampling(layer: Layer, x: Values) -> Values:
    for axis, times in enumerate(layer.pair("size"), 1):
        if layer.attributes["interpolation"] == "nearest":
            x = x.repeat(times, axis)
            continue
        last = x.shape[axis] - 1
        centres = (np.arange(x.shape[axis] * times) + 0.5) / times - 0.5
        place = np.clip(centres, 0, last)
        before = place.astype(int)
        share = (place - before).reshape(-1, *[1] * (3 - axis))
        after = x.take(np.minimum(before + 1, last), axis)
        x = (1 - share) * x.take(before, axis) + share * after
    return x


def _depth_to_space(layer: Layer, x: Values) -> Values:
    (n, height, width, _), block = x.shape, layer.attributes["block_size"]
    blocks = x.reshape(n, height, width, block, block, -1).swapaxes(2, 3)
    return blocks.reshape(n, height * block, width * block, -1)


def _max_pooling(layer: Layer, x: Values) -> Values:
    return reduce(np.maximum, _windows(layer, x, layer.pair("pool_size"), -np.inf))


def _average_pooling(layer: Layer, x: Values) -> Values:
    window = layer.pair("pool_size")
    inside = sum(_windows(layer, np.ones_like(x), window))
    return np.divide(sum(_windows(layer, x, window)), inside)


def _normalised(layer: Layer, x: Values, kernel: Values) -> Values:
    """Wu and He 2018, arXiv 1803.08494, equation 1; Ba et al. 2016, arXiv 1607.06450."""
    axes: tuple[int, ...] = (-1,)
    parts = x
    if layer.op == "GroupNormalization":
        groups = layer.attributes["groups"]
        parts = x.reshape(*x.shape[:-1], groups, -1)
        axes = (*range(1, x.ndim - 1), -1)
    parts = parts.astype(np.float64)
    centred = parts - parts.mean(axis=axes, keepdims=True)
    variance = np.square(centred).mean(axis=axes, keepdims=True)
    return (centred / np.sqrt(variance + layer.attributes["epsilon"])).reshape(x.shape) * kernel


_WEIGHTED: dict[str, Callable[[Layer, Values, Values], Values]] = {
    "Dense": lambda layer, x, kernel: x @ kernel,
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_transpose,
    "GroupNormalization": _normalised,
    "LayerNormalization": _normalised,
}
_PLAIN: dict[str, Callable[[Layer, Values], Values]] = {
    "UpSampling2D": _upsampling,
    "DepthToSpace": _depth_to_space,
    "MaxPooling2D": _max_pooling,
    "AveragePooling2D": _average_pooling,
    "GlobalAveragePooling2D": lambda layer, x: x.mean(axis=(1, 2)),
    "Reshape": lambda layer, x: x.reshape(len(x), *layer.attributes["shape"]),
    "Flatten": lambda layer, x: x.reshape(len(x), -1),
    "Activation": lambda layer, x: x,
}
_JOINING: dict[str, Callable[[list[Values]], Values]] = {
    "Add": lambda given: np.sum(given, axis=0),
    "Concatenate": lambda given: np.concatenate(given, axis=-1),
}


def _elu(x: Values) -> Values:
    return np.where(x < 0, np.expm1(x), x)


_ACTIVATIONS: dict[str, Callable[[Layer, Values], Values]] = {
    "linear": lambda layer, x: x,
    "relu": lambda layer, x: np.maximum(x, 0),
    "leaky_relu": lambda layer, x: np.where(x < 0, layer.attributes["negative_slope"] * x, x),
    "elu": lambda layer, x: _elu(x),
    "selu": lambda layer, x: _SELU_SCALE * np.where(x < 0, _SELU_ALPHA * _elu(x), x),
    "swish": lambda layer, x: x / (1 + np.exp(-x)),
    "gelu": lambda layer, x: x * np.interp(x, _AT, _INTEGRAL),
    "softplus": lambda layer, x: np.logaddexp(0, x),
    "sigmoid": lambda layer, x: 1 / (1 + np.exp(-x)),
    "tanh": lambda layer, x: np.tanh(x),
}
