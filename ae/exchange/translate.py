"""Translates an ONNX graph into the layer graph that browsers run.

Every value of the ONNX graph is followed as numbers of a layer, in whatever order the
layer has them: so a Transpose or a Reshape costs nothing until somebody needs an order,
and pictures are channels last from end to end. Constants and the arithmetic of shapes
are folded away on the way, with a batch of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from ae.exchange.constants import (
    FOLDED,
    Array,
    Attributes,
    attributes_of,
    axes_of,
    flattened,
    gathered,
    reshaped,
    sliced,
    transposed,
)
from ae.exchange.elementwise import Steps, Sum, function_of, recognised
from ae.graph import Layer, LayerGraph, Weights
from ae.graph.layers import INPUT, MAX_ELEMENTS, MAX_LAYERS, NORMALIZATIONS, Shape

Order = NDArray[np.integer]
Floats = NDArray[np.float32]

# Numbers of all weights and of all orders that are made, 256 MB and 64 MB.
_MOST_WEIGHTS, _MOST_ORDERS = 1 << 26, 1 << 24
# Rows and columns that a kernel may be widened by to be padded as the engine pads.
_WIDEN = 8
_MOST_STEPS = 64
_WEIGHTED = ("Dense", "Conv2D", "Conv2DTranspose")
_SHAPED = ("Reshape", "Flatten")


_Around = tuple[int, int, int, int]


class Untranslatable(ValueError):
    """What the engine has no layers for, in a few words."""


@dataclass(frozen=True)
class End:
    """An input or an output of an ONNX graph, and what it is for the layer graph.

    Attributes:
        name: In the ONNX graph.
        shape: In the ONNX graph, with a batch of one.
        order: Shaped as in the layer graph; for each number there its place in the ONNX
            value, both counted without the batch.
        scale: Of an input, what its numbers are multiplied with before the ONNX graph
            gets them; of an output, afterwards.
        shift: What is added then.
        clip: Whether an output is cut off at 0 and 1.
    """

    name: str
    shape: Shape
    order: Order
    scale: float = 1.0
    shift: float = 0.0
    clip: bool = False


@dataclass(frozen=True)
class _Value:
    """Numbers of a layer, as an ONNX value.

    Attributes:
        layer: Which holds the numbers.
        order: As in ``End``.
        shape: Of the ONNX value, with a batch of one.
        steps: What is still to be done to each number.
        uncut: Of a transposed convolution that gives more than the engine's: makes what is
            left of it when so many rows and columns are cut off, as ``pads`` counts them.
        pads: Zeros around it, which a convolution takes in: above, left, below, right.
    """

    layer: str
    order: Order
    shape: Shape
    steps: Steps | None = None
    pads: _Around | None = None
    uncut: Callable[[_Around], _Value] | None = None


def channels_last(channels: int, height: int, width: int) -> Order:
    """Return the order of a channels-first picture in a layer, (height, width, channels)."""
    places = np.arange(channels * height * width, dtype=np.int32)
    return places.reshape(channels, height, width).transpose(1, 2, 0)


def translate(
    graph: onnx.GraphProto, source: End, results: Sequence[End]
) -> tuple[LayerGraph, Weights]:
    """Return an ONNX graph as layers and their weights.

    Args:
        graph: Checked, see ``ae.exchange.onnx_file``.
        source: Its input.
        results: Those of its values that are wanted, outputs or others.

    Raises:
        Untranslatable: If it needs what the engine does not do.
    """
    translator = _Translator(source)
    for tensor in graph.initializer:
        translator.constants[tensor.name] = onnx.numpy_helper.to_array(tensor)
    try:
        for node in needed(graph, [end.name for end in results]):
            translator.read(node)
        outputs = tuple(translator.result(end) for end in results)
        made = _fused(_alive(LayerGraph(source.order.shape, translator.graph_layers(), outputs)))
        made.shapes()
    except Untranslatable:
        raise
    # Whatever NumPy and Python make of shapes and attributes that do not fit.
    except Exception as problem:
        raise Untranslatable(f"it does not fit together ({problem})") from problem
    names = made.weight_shapes()
    return made, {name: translator.weights[name] for name in names}


def needed(graph: onnx.GraphProto, names: Sequence[str]) -> list[onnx.NodeProto]:
    """Return the nodes of a graph that some of its values depend on, in their order."""
    wanted, kept = set(names), []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


class _Translator:
    def __init__(self, source: End) -> None:
        self.layers: dict[str, Layer] = {}
        self.shapes: dict[str, Shape] = {INPUT: source.order.shape}
        self.weights: Weights = {}
        self.constants: dict[str, Array] = {}
        self.values: dict[str, _Value] = {}
        self.spent = {"weights": 0, "orders": 0}
        self.straight: dict[Shape, Order] = {}
        value = _Value(INPUT, source.order, source.shape)
        if (source.scale, source.shift) != (1.0, 0.0):
            value = self.scaled(value, source.scale, source.shift)
        self.values[source.name] = value

    def graph_layers(self) -> tuple[Layer, ...]:
        return tuple(self.layers.values())

    # Reading -------------------------------------------------------------------------

    def read(self, node: onnx.NodeProto) -> None:
        """Follow one node: fold it if it is about constants, else make layers of it."""
        attributes = attributes_of(node)
        names = list(node.input)
        if node.op_type == "Shape" and names[0] in self.values:
            like = np.empty(self.values[names[0]].shape, np.bool_)
            self.constants[node.output[0]] = FOLDED["Shape"](attributes, [like])
        elif not any(name in self.values for name in names):
            self.fold(node, attributes)
        else:
            given = [self.values.get(name, self.constants.get(name)) for name in names]
            for name, value in zip(node.output, self.follow(node, attributes, given), strict=False):
                self.values[name] = value

    def fold(self, node: onnx.NodeProto, attributes: Attributes) -> None:
        given: list[Any] = [self.constants.get(name) for name in node.input]
        missing = [n for n, v in zip(node.input, given, strict=True) if n and v is None]
        if missing or node.op_type not in FOLDED:
            raise Untranslatable(_unknown(node.op_type))
        with np.errstate(all="ignore"):
            self.constants[node.output[0]] = FOLDED[node.op_type](attributes, given)

    def follow(
        self, node: onnx.NodeProto, attributes: Attributes, given: list[Any]
    ) -> list[_Value]:
        op = node.op_type
        if op in _PASSED:
            return [given[0]]
        function = function_of(op, attributes)
        if function is not None:
            return [self.then(self.unpadded(given[0]), function)]
        if op in _VIEWS:
            return self.views(op, attributes, given, len(node.output))
        if op in _ARITHMETIC:
            return [self.arithmetic(op, given)]
        reader = getattr(self, f"read_{op.lower()}", None)
        if reader is None:
            raise Untranslatable(_unknown(op))
        return [reader(attributes, given)]

    def result(self, end: End) -> str:
        """Return the layer that holds a result in the order and range that is wanted."""
        value = self.values.get(end.name)
        if value is None:
            raise Untranslatable("a result does not depend on the input")
        if (end.scale, end.shift) != (1.0, 0.0):
            value = self.then(value, lambda x: x * end.scale + end.shift)
        if end.clip:
            value = self.then(value, lambda x: np.clip(x, 0, 1))
        if value.order.size != end.order.size:
            raise Untranslatable("a result has another size than it declares")
        held = self.arranged(self.settled(value), end.order)
        # A layer of its own, so that no two results are one layer, and none the input.
        return self.layer("Activation", [held.layer], held.order.shape)

    # Orders --------------------------------------------------------------------------

    def views(
        self, op: str, attributes: Attributes, given: list[Any], n_outputs: int
    ) -> list[_Value]:
        """Follow what only chooses and rearranges numbers."""
        if op == "Slice" and given[0].uncut is not None:
            return [self.cut(given[0], sliced(attributes, [_places(given[0]), *given[1:]]))]
        value = self.unpadded(given[0])
        places = _places(value)
        if op == "Split":
            parts = _split(attributes, places, given[1:], n_outputs)
        else:
            parts = [_VIEWS[op](attributes, [places, *given[1:]])]
        return [self.viewed(value, part) for part in parts]

    def cut(self, value: _Value, places: Order) -> _Value:
        """Cut rows and columns off a transposed convolution, which is done only now."""
        assert value.uncut is not None
        height, width = value.shape[2:]
        high, wide = places.shape[2:]
        top, left = divmod(int(places[0, 0, 0, 0]), width)
        if places.shape[:2] != value.shape[:2] or places[0, 0, -1, -1] != (
            (top + high - 1) * width + left + wide - 1
        ):
            raise Untranslatable("it takes pictures apart")
        return value.uncut((top, left, height - top - high, width - left - wide))

    def viewed(self, value: _Value, places: Order) -> _Value:
        """Return the numbers that stood at some places, (1, ...), as a value."""
        if places.ndim < 2 or places.shape[0] != 1:
            raise Untranslatable("it mixes the pictures of a batch")
        shape, chosen = places.shape, places.ravel()
        if np.array_equal(chosen, self.in_order(value.order.size)):
            return replace(value, shape=shape)
        now = np.full(value.order.size, -1, np.int32)
        now[chosen] = self.in_order(len(chosen))
        if (now < 0).any() or len(chosen) != len(now):
            if len(np.unique(chosen)) < len(chosen):
                raise Untranslatable("it repeats numbers")
            value = self.selected(value, now)
        self.spend("orders", len(chosen))
        return replace(value, order=now[value.order], shape=shape)

    def in_order(self, size: int) -> Order:
        if (size,) not in self.straight:
            self.spend("orders", size)
            self.straight[(size,)] = np.arange(size, dtype=np.int32)
        return self.straight[(size,)]

    def selected(self, value: _Value, now: Order) -> _Value:
        """Return a value without the numbers whose new place is negative."""
        kept = now[value.order] >= 0
        if kept.ndim == 1:
            chosen = np.flatnonzero(kept)
            layer = self.rearranged(value.layer, chosen, chosen.shape)
            return replace(value, layer=layer, order=value.order[chosen])
        rows, columns = (np.flatnonzero(kept.any(axis=axes)) for axes in ((1, 2), (0, 2)))
        channels = np.flatnonzero(kept.any(axis=(0, 1)))
        box = np.ix_(rows, columns, channels)
        whole = kept[box].all() and kept.sum() == rows.size * columns.size * channels.size
        if not whole or any(np.ptp(along) + 1 != len(along) for along in (rows, columns)):
            raise Untranslatable("it takes pictures apart")
        layer = self.cropped(value.layer, rows, columns)
        if len(channels) < kept.shape[2]:
            layer = self.of_channels(layer, channels)
        return replace(value, layer=layer, order=value.order[box])

    def arranged(self, value: _Value, order: Order) -> _Value:
        """Return a value in a layer that has its numbers in an order, of any shape."""
        if value.order.shape == order.shape and np.array_equal(value.order, order):
            return value
        where = np.empty(value.order.size, np.int32)
        where[value.order.ravel()] = self.in_order(value.order.size)
        chosen = where[order.ravel()]
        layer = value.layer
        if not np.array_equal(chosen, self.in_order(len(chosen))):
            layer = self.rearranged(layer, chosen, self.shapes[layer])
        if self.shapes[layer] != order.shape:
            layer = self.shaped(layer, order.shape)
        return replace(value, layer=layer, order=order)

    def shaped(self, layer: str, shape: Shape) -> str:
        made = self.layers.get(layer)
        if made is not None and made.op in _SHAPED and made.activation == "linear":
            layer = made.inputs[0]
        if self.shapes[layer] == shape:
            return layer
        if len(shape) == 1:
            return self.layer("Flatten", [layer], shape)
        return self.layer("Reshape", [layer], shape, shape=list(shape))

    def rearranged(self, layer: str, chosen: Order, shape: Shape) -> str:
        """Return a layer with chosen numbers of one, counted flat, by making it anew."""
        made = self.layers.get(layer)
        if made is not None and made.op == "Dense":
            kernel, bias = self.of(layer)
            again = self.dense(made.inputs[0], kernel[:, chosen], bias[chosen])
            again = self.activated(again, made)
        elif made is not None and made.op in ("Activation", "Add"):
            inner = [self.rearranged(name, chosen, shape) for name in made.inputs]
            again = self.layer(made.op, inner, self.shapes[inner[0]])
            again = self.activated(again, made)
        elif made is not None and made.op in _SHAPED:
            again = self.rearranged(made.inputs[0], chosen, (len(chosen),))
        else:
            return self.by_matrix(layer, chosen, shape)
        return again if self.shapes[again] == shape else self.shaped(again, shape)

    def by_matrix(self, layer: str, chosen: Order, shape: Shape) -> str:
        """Rearrange by channels where that is all, else by a matrix if it is small."""
        size = self.shapes[layer]
        if len(size) == 3 and len(chosen) == math.prod(size):
            channels = chosen[: size[2]]
            pixels = np.arange(size[0] * size[1], dtype=np.int32)[:, None] * size[2]
            if np.array_equal((pixels + channels).ravel(), chosen):
                return self.of_channels(layer, channels)
        n = math.prod(size)
        if n * len(chosen) > MAX_ELEMENTS:
            raise Untranslatable("it changes the order of too many numbers")
        matrix = np.zeros((n, len(chosen)), np.float32)
        matrix[chosen, np.arange(len(chosen))] = 1
        flat = layer if len(size) == 1 else self.shaped(layer, (n,))
        again = self.dense(flat, matrix, np.zeros(len(chosen), np.float32))
        return again if len(shape) == 1 else self.shaped(again, shape)

    def of_channels(self, layer: str, channels: Order) -> str:
        """Return some channels of a picture, by making its layer anew if that is possible."""
        made = self.layers.get(layer)
        if made is not None and made.op in ("Conv2D", "Conv2DTranspose"):
            kernel, bias = self.of(layer)
            axis = 3 if made.op == "Conv2D" else 2
            again = self.weighted(made, kernel.take(channels, axis), bias[channels])
            return self.activated(again, made)
        if made is not None and made.op == "Activation":
            inner = self.of_channels(made.inputs[0], channels)
            return self.activated(self.layer("Activation", [inner], self.shapes[inner]), made)
        n = self.shapes[layer][2]
        kernel = np.zeros((1, 1, n, len(channels)), np.float32)
        kernel[0, 0, channels, np.arange(len(channels))] = 1
        return self.conv(layer, kernel, np.zeros(len(channels), np.float32))

    def cropped(self, layer: str, rows: Order, columns: Order) -> str:
        """Return some rows and columns that follow each other, by a kernel with a single 1."""
        height, width, n = self.shapes[layer]
        if (len(rows), len(columns)) == (height, width):
            return layer
        window = height - len(rows) + 1, width - len(columns) + 1
        kernel = np.zeros((*window, n, n), np.float32)
        kernel[rows[0], columns[0]] = np.eye(n)
        return self.conv(layer, kernel, np.zeros(n, np.float32), padding="valid")

    def picture(self, value: _Value) -> _Value:
        """Return a value as a picture, channels last; of a line, as one of a single row."""
        shape = value.shape
        if len(shape) not in (3, 4):
            raise Untranslatable(f"it takes {len(shape) - 1} axes for a picture")
        channels, height, width = shape[1], shape[2] if len(shape) == 4 else 1, shape[-1]
        key = (channels, height, width)
        if key not in self.straight:
            self.spend("orders", math.prod(key))
            self.straight[key] = channels_last(*key)
        return self.arranged(self.settled(value), self.straight[key])

    def of_picture(self, layer: str, rank: int) -> _Value:
        """Return a layer's picture as a value of three or four axes."""
        height, width, channels = self.shapes[layer]
        key = (channels, height, width)
        if key not in self.straight:
            self.spend("orders", math.prod(key))
            self.straight[key] = channels_last(*key)
        if rank == 3 and height != 1:
            raise Untranslatable("a line became a picture")
        shape = (1, channels, width) if rank == 3 else (1, channels, height, width)
        return _Value(layer, self.straight[key], shape)

    # Layers --------------------------------------------------------------------------

    def layer(self, op: str, inputs: list[str], gives: Shape, /, **attributes: Any) -> str:
        name = f"{op.lower()}_{len(self.layers)}"
        if len(self.layers) >= 4 * MAX_LAYERS or math.prod(gives) > MAX_ELEMENTS:
            raise Untranslatable("it is too large")
        self.layers[name] = Layer(name, op, tuple(inputs), attributes=attributes)
        self.shapes[name] = gives
        return name

    def spend(self, what: str, numbers: int) -> None:
        self.spent[what] += numbers
        if self.spent[what] > (_MOST_WEIGHTS if what == "weights" else _MOST_ORDERS):
            raise Untranslatable("it is too large")

    def of(self, layer: str) -> tuple[Floats, Floats]:
        return self.weights[f"{layer}/kernel"], self.weights[f"{layer}/bias"]

    def keep(self, layer: str, kernel: Array, bias: Array) -> str:
        self.spend("weights", kernel.size)
        self.weights[f"{layer}/kernel"] = np.ascontiguousarray(kernel, np.float32)
        self.weights[f"{layer}/bias"] = np.ascontiguousarray(bias, np.float32)
        return layer

    def dense(self, source: str, kernel: Array, bias: Array) -> str:
        units = kernel.shape[1]
        return self.keep(self.layer("Dense", [source], (units,), units=units), kernel, bias)

    def conv(
        self,
        source: str,
        kernel: Array,
        bias: Array,
        *,
        strides: tuple[int, int] = (1, 1),
        padding: str = "same",
    ) -> str:
        lengths = self.shapes[source][:2]
        if padding == "valid":
            lengths = tuple(n - k + 1 for n, k in zip(lengths, kernel.shape, strict=False))
        size = tuple(-(-n // s) for n, s in zip(lengths, strides, strict=True))
        attributes = {
            "filters": kernel.shape[3],
            "kernel_size": list(kernel.shape[:2]),
            "strides": list(strides),
            "padding": padding,
        }
        layer = self.layer("Conv2D", [source], (*size, kernel.shape[3]), **attributes)
        return self.keep(layer, kernel, bias)

    def weighted(self, made: Layer, kernel: Array, bias: Array) -> str:
        """Return a layer like one, of other weights and perhaps fewer results."""
        attributes = {**made.attributes}
        if made.op in _WEIGHTED:
            attributes["units" if made.op == "Dense" else "filters"] = len(bias)
        shape = (*self.shapes[made.name][:-1], len(bias))
        again = self.layer(made.op, list(made.inputs), shape, **attributes)
        return self.keep(again, kernel, bias)

    def activated(self, layer: str, like: Layer) -> str:
        """Give a layer the activation of another."""
        if like.activation != "linear":
            slope = {k: v for k, v in like.attributes.items() if k == "negative_slope"}
            made = self.layers[layer]
            attributes = {**made.attributes, **slope}
            self.layers[layer] = replace(made, activation=like.activation, attributes=attributes)
        return layer

    def scaled_layer(self, layer: str, scale: Array, shift: Array) -> str:
        """Return ``scale * x + shift``, one number each for every channel or feature."""
        if (scale == 1).all() and (shift == 0).all():
            return layer
        made = self.layers.get(layer)
        linear = made is not None and made.activation == "linear"
        if made is not None and linear and made.op in (*_WEIGHTED, *NORMALIZATIONS):
            kernel, bias = self.of(layer)
            along = scale[:, None] if made.op == "Conv2DTranspose" else scale
            return self.weighted(made, kernel * along, bias * scale + shift)
        if made is not None and made.op in _SHAPED:
            before = self.shapes[made.inputs[0]]
            times = math.prod(before) // len(scale)
            if len(before) == 1 and times * len(scale) <= MAX_ELEMENTS:
                flat = np.tile(scale, times), np.tile(shift, times)
                inner = self.scaled_layer(made.inputs[0], *flat)
                return self.shaped(inner, self.shapes[layer])
        matrix = np.diag(scale).astype(np.float32)
        if len(self.shapes[layer]) == 1:
            if len(scale) > 1024:
                raise Untranslatable("it scales too many numbers one by one")
            return self.dense(layer, matrix, shift)
        return self.conv(layer, matrix[None, None], shift)

    def scaled(self, value: _Value, scale: Any, shift: Any) -> _Value:
        """Return ``scale * x + shift`` of a value that waits for no function.

        Args:
            value: Its shape is (1, ...).
            scale: What can be broadcast to that.
            shift: The same.
        """
        factors = []
        for given in (scale, shift):
            full = np.broadcast_to(np.float64(given), value.shape).ravel()[value.order]
            if full.ndim == 3:
                if np.ptp(full, axis=(0, 1)).any():
                    return self.scaled_places(value, scale, shift)
                full = full[0, 0]
            factors.append(full)
        return replace(value, layer=self.scaled_layer(value.layer, *factors))

    def scaled_places(self, value: _Value, scale: Any, shift: Any) -> _Value:
        """Scale where every place has its own number: only a dense layer can."""
        flat = self.arranged(value, value.order.ravel())
        factors = [
            np.broadcast_to(np.float64(given), value.shape).ravel()[flat.order]
            for given in (scale, shift)
        ]
        inner = self.layers.get(flat.layer)
        while inner is not None and inner.op in _SHAPED:
            inner = self.layers.get(inner.inputs[0])
        if inner is None or inner.op != "Dense" or inner.activation != "linear":
            raise Untranslatable("it has a number of its own for every place of a picture")
        layer = self.scaled_layer(inner.name, *factors)
        return self.arranged(replace(flat, layer=layer), value.order)

    # Functions and arithmetic ----------------------------------------------------------

    def then(self, value: _Value, function: Callable[..., Any], *of: Steps | None) -> _Value:
        """Return a value with one more step, by default the next, for its numbers."""
        steps = Steps(function, of or (value.steps,))
        if len(steps.all()) > _MOST_STEPS:
            raise Untranslatable("its activations are made of too many steps")
        return replace(value, steps=steps)

    def settled(self, value: _Value) -> _Value:
        """Return a value that waits for no function any more."""
        steps = self.unpadded(value).steps
        if steps is None:
            return value
        inner, rest = self.parted(steps)
        done = self.summed_terms(self.settled(replace(value, steps=inner)), rest)
        # Whoever else waits for the same function gets the same layer.
        for name, other in self.values.items():
            if other.steps is steps and other.layer == value.layer:
                self.values[name] = replace(other, layer=done.layer, steps=None)
        return done

    def parted(self, steps: Steps) -> tuple[Steps | None, Sum]:
        """Return as many of the last steps as one sum can do, and those before."""
        found = recognised(steps)
        if found is not None:
            return None, found
        for inner in steps.all()[:-1]:
            rest = steps.after(inner)
            found = None if rest is None else recognised(rest)
            if found is not None:
                return inner, found
        raise Untranslatable("it has an activation that the engine does not know")

    def summed_terms(self, plain: _Value, found: Sum) -> _Value:
        """Return a function of a value, as layers."""
        if not found.terms:
            return self.scaled(plain, found.slope, found.constant)
        parts: list[_Value] = []
        for term in found.terms:
            before = self.scaled(plain, term.scale, term.shift)
            slope = {} if term.slope is None else {"negative_slope": term.slope}
            shape = self.shapes[before.layer]
            layer = self.layer("Activation", [before.layer], shape, **slope)
            self.layers[layer] = replace(self.layers[layer], activation=term.activation)
            constant = 0.0 if parts else found.constant
            parts.append(self.scaled(replace(plain, layer=layer), term.after, constant))
        if found.slope:
            parts.append(self.scaled(plain, found.slope, 0.0))
        return self.summed(parts)

    def summed(self, parts: list[_Value]) -> _Value:
        if len(parts) == 1:
            return parts[0]
        inputs = [part.layer for part in parts]
        return replace(parts[0], layer=self.layer("Add", inputs, self.shapes[inputs[0]]))

    def arithmetic(self, op: str, given: list[Any]) -> _Value:
        total = given[0]
        for other in given[1:]:
            total = self.of_two(op, total, other)
        if not isinstance(total, _Value):
            raise Untranslatable(_unknown(op))
        return total

    def of_two(self, op: str, a: Any, b: Any) -> Any:
        function = _ARITHMETIC[op]
        if isinstance(a, _Value) and isinstance(b, _Value):
            return self.of_values(op, self.unpadded(a), self.unpadded(b))
        value, constant = (a, b) if isinstance(a, _Value) else (b, a)
        self.unpadded(value)
        if constant is None:  # Clip without one of its limits
            return value
        if np.broadcast_shapes(value.shape, constant.shape) != value.shape:
            raise Untranslatable("it spreads one number over many")
        if constant.size == 1:
            number = float(constant.reshape(-1)[0])
            if isinstance(a, _Value):
                return self.then(value, lambda x: function(x, number))
            return self.then(value, lambda x: function(np.full_like(x, number), x))
        constant = np.float64(constant)
        value = self.settled(value)
        if op in ("Add", "Sum"):
            return self.scaled(value, 1.0, constant)
        if op == "Sub":
            first = isinstance(a, _Value)
            return self.scaled(value, 1.0 if first else -1.0, -constant if first else constant)
        if op == "Mul":
            return self.scaled(value, constant, 0.0)
        if op == "Div" and isinstance(a, _Value):
            return self.scaled(value, 1 / constant, 0.0)
        raise Untranslatable(_unknown(op))

    def of_values(self, op: str, a: _Value, b: _Value) -> _Value:
        same = a.layer == b.layer and a.shape == b.shape
        if same and (a.order is b.order or np.array_equal(a.order, b.order)):
            return self.then(a, _ARITHMETIC[op], a.steps, b.steps)
        if op not in ("Add", "Sum", "Sub"):
            raise Untranslatable(f"it combines two pictures by {op}")
        if a.shape != b.shape:
            raise Untranslatable("it adds pictures of different sizes")
        a, b = self.settled(a), self.settled(b)
        if op == "Sub":
            b = self.scaled(b, -1.0, 0.0)
        if a.order.ndim < b.order.ndim:
            a, b = b, a
        return self.summed([a, self.arranged(b, a.order)])

    def unpadded(self, value: _Value) -> _Value:
        if value.pads is not None:
            raise Untranslatable("it pads what no convolution takes in")
        if value.uncut is not None:
            raise Untranslatable("it makes pictures of a size that the engine does not")
        return value

    # Operators -------------------------------------------------------------------------

    def read_clip(self, attributes: Attributes, given: list[Any]) -> _Value:
        limits = [*given[1:], None, None][:2]
        for op, name, limit in zip(("Max", "Min"), ("min", "max"), limits, strict=True):
            found = np.asarray(attributes[name]) if name in attributes else limit
            if found is not None:
                given = [self.of_two(op, given[0], found)]
        return self.unpadded(given[0])

    def read_prelu(self, attributes: Attributes, given: list[Any]) -> _Value:
        slope, value = _constant(given[1]), self.settled(given[0])
        above = self.settled(self.then(value, lambda x: np.maximum(x, 0)))
        return self.summed([self.scaled(value, slope, 0.0), self.scaled(above, 1 - slope, 0.0)])

    def read_gemm(self, attributes: Attributes, given: list[Any]) -> _Value:
        kernel = _constant(given[1])
        if attributes.get("transA") or len(given[0].shape) != 2:
            raise Untranslatable("it multiplies by something that changes")
        kernel = kernel.T if attributes.get("transB") else kernel
        bias = np.zeros(kernel.shape[1])
        if len(given) > 2 and given[2] is not None:
            bias = attributes.get("beta", 1.0) * _constant(given[2]).reshape(-1) + bias
        return self.product(given[0], attributes.get("alpha", 1.0) * kernel, bias)

    def read_matmul(self, attributes: Attributes, given: list[Any]) -> _Value:
        if not isinstance(given[0], _Value):
            raise Untranslatable("it multiplies by something that changes")
        kernel = _constant(given[1])
        if kernel.ndim != 2:
            raise Untranslatable("it multiplies by something else than a matrix")
        return self.product(given[0], kernel, np.zeros(kernel.shape[1]))

    def product(self, value: _Value, kernel: Array, bias: Array) -> _Value:
        value, shape = self.settled(value), (*value.shape[:-1], kernel.shape[1])
        if len(shape) == 2:
            flat = self.arranged(value, value.order.ravel())
            layer = self.dense(flat.layer, kernel[flat.order], bias)
            return _Value(layer, self.in_order(kernel.shape[1]), shape)
        if len(shape) not in (3, 4):
            raise Untranslatable("it multiplies a matrix with more than a picture")
        size = (1, *shape[1:-1])[-2:]
        order = self.in_order(value.order.size).reshape(*size, -1)
        layer = self.conv(self.arranged(value, order).layer, kernel[None, None], bias)
        made = self.shapes[layer]
        return _Value(layer, self.in_order(math.prod(made)).reshape(made), shape)

    def read_conv(self, attributes: Attributes, given: list[Any]) -> _Value:
        value, rank = given[0], len(given[0].shape)
        kernel = _widened(_square(_constant(given[1])), _pair(attributes, "dilations", rank))
        groups = attributes.get("group", 1)
        # (filters, channels, rows, columns) -> (rows, columns, channels, filters)
        kernel = _ungrouped(kernel, groups).transpose(2, 3, 1, 0)
        bias = _bias(given, kernel.shape[3])
        pads = value.pads or (0, 0, 0, 0)
        source = self.picture(replace(value, pads=None)).layer
        strides = _pair(attributes, "strides", rank)
        layer = self.slid(source, kernel, strides, attributes, pads, rank, bias)
        return self.of_picture(layer, rank)

    def slid(
        self,
        source: str,
        kernel: Array,
        strides: tuple[int, int],
        attributes: Attributes,
        outside: tuple[int, int, int, int],
        rank: int,
        bias: Array,
    ) -> str:
        """Return a convolution padded in any way, by one that is padded as Keras pads."""
        before, after = _pads(attributes, self.shapes[source], kernel.shape[:2], strides, rank)
        before = before[0] + outside[0], before[1] + outside[1]
        after = after[0] + outside[2], after[1] + outside[3]
        windows = [
            _window(*along)
            for along in zip(
                self.shapes[source][:2], kernel.shape[:2], strides, before, after, strict=True
            )
        ]
        if all(w.valid for w in windows):
            return self.conv(source, kernel, bias, strides=strides, padding="valid")
        windows = [w if not w.valid else w.as_same() for w in windows]
        wide = np.zeros((*(w.length for w in windows), *kernel.shape[2:]))
        (top, left), (high, across) = (w.first for w in windows), kernel.shape[:2]
        wide[top : top + high, left : left + across] = kernel
        layer = self.conv(source, wide, bias, strides=strides)
        rows, columns = (np.arange(w.results, dtype=np.int32) + w.skipped for w in windows)
        return self.cropped(layer, rows, columns)

    def read_convtranspose(self, attributes: Attributes, given: list[Any]) -> _Value:
        value, rank = self.unpadded(given[0]), len(given[0].shape)
        kernel = _widened(_square(_constant(given[1])), _pair(attributes, "dilations", rank))
        groups = attributes.get("group", 1)
        if groups > 1:
            # (channels, filters, ...): grouped by channels, so as a convolution's turned.
            parts = [part.swapaxes(0, 1) for part in np.split(kernel, groups)]
            kernel = _ungrouped(np.concatenate(parts), groups).swapaxes(0, 1)
        # (channels, filters, rows, columns) -> (rows, columns, filters, channels)
        kernel = kernel.transpose(2, 3, 1, 0)
        bias = _bias(given, kernel.shape[2])
        source = self.picture(value).layer
        shape, window = self.shapes[source], kernel.shape[:2]
        strides = _pair(attributes, "strides", rank)
        more = _pair(attributes, "output_padding", rank, 0)
        whole = tuple(
            (n - 1) * s + k + m for n, s, k, m in zip(shape, strides, window, more, strict=False)
        )
        before, after = _transposed_pads(attributes, shape, whole, strides, rank)

        def made(cut: _Around) -> _Value:
            """Return the result without some of its rows and columns."""
            first = before[0] + cut[0], before[1] + cut[1]
            last = after[0] + cut[2], after[1] + cut[3]
            size = tuple(w - b - a for w, b, a in zip(whole, first, last, strict=True))
            if min(size) < 1 or math.prod(size) * kernel.shape[2] > MAX_ELEMENTS:
                raise Untranslatable("a convolution has no result, or too large a one")
            try:
                return self.of_picture(
                    self.transposed(source, kernel, strides, first, size, bias), rank
                )
            except Untranslatable:
                if rank != 4:
                    raise
            sizes = (kernel.shape[2], *size)
            return _Value(
                source,
                channels_last(*sizes),
                (1, *sizes),
                uncut=lambda more: made(
                    (cut[0] + more[0], cut[1] + more[1], cut[2] + more[2], cut[3] + more[3])
                ),
            )

        return made((0, 0, 0, 0))

    def transposed(
        self,
        source: str,
        kernel: Array,
        strides: tuple[int, int],
        before: tuple[int, int],
        size: Shape,
        bias: Array,
    ) -> str:
        """Return so many rows and columns of a transposed convolution, after the first."""
        shape, window = self.shapes[source], kernel.shape[:2]
        if shape[:2] == (1, 1):
            return self.spread(source, kernel, before, size, bias)
        along = [
            _transposed_window(*each)
            for each in zip(shape, window, strides, before, size, strict=False)
        ]
        wide = np.zeros((*(length for length, _, _ in along), *kernel.shape[2:]))
        (top, left), (high, across) = (first for _, first, _ in along), window
        wide[top : top + high, left : left + across] = kernel
        attributes = {
            "filters": kernel.shape[2],
            "kernel_size": list(wide.shape[:2]),
            "strides": list(strides),
            "padding": "same",
        }
        full = tuple(n * s for n, s in zip(shape, strides, strict=False))
        layer = self.layer("Conv2DTranspose", [source], (*full, kernel.shape[2]), **attributes)
        self.keep(layer, wide, bias)
        rows, columns = (
            np.arange(n, dtype=np.int32) + skipped
            for n, (_, _, skipped) in zip(size, along, strict=True)
        )
        return self.cropped(layer, rows, columns)

    def spread(self, source: str, kernel: Array, before: Shape, size: Shape, bias: Array) -> str:
        """Return a transposed convolution of a single pixel, which is a dense layer."""
        filters, channels = kernel.shape[2:]
        full = np.zeros((before[0] + size[0], before[1] + size[1], filters, channels))
        part = kernel[: full.shape[0], : full.shape[1]]
        full[: part.shape[0], : part.shape[1]] = part
        full = full[before[0] :, before[1] :]
        flat = self.shaped(source, (channels,))
        places = np.broadcast_to(bias, full.shape[:3]).ravel()
        layer = self.dense(flat, full.reshape(-1, channels).T, places)
        return self.shaped(layer, full.shape[:3])

    def read_batchnormalization(self, attributes: Attributes, given: list[Any]) -> _Value:
        gamma, beta, mean, variance = (np.float64(_constant(each)) for each in given[1:5])
        if attributes.get("training_mode"):
            raise Untranslatable("it is still being trained")
        scale = gamma / np.sqrt(variance + attributes.get("epsilon", 1e-5))
        value = self.settled(given[0])
        shift = beta - mean * scale
        return self.by_channel(value, scale, shift)

    def by_channel(self, value: _Value, scale: Array, shift: Array) -> _Value:
        along = (1, -1, *[1] * (len(value.shape) - 2))
        return self.scaled(value, scale.reshape(along), shift.reshape(along))

    def read_instancenormalization(self, attributes: Attributes, given: list[Any]) -> _Value:
        value = self.settled(given[0])
        even = self.normalised(value, value.shape[1], attributes)
        return self.by_channel(even, *(_constant(each) for each in given[1:3]))

    def read_groupnormalization(self, attributes: Attributes, given: list[Any]) -> _Value:
        value, groups = self.settled(given[0]), attributes["num_groups"]
        even = self.normalised(value, groups, attributes)
        # Before opset 21 there is one number for each group.
        factors = (_constant(each) for each in given[1:3])
        each = value.shape[1] // groups
        repeated = (f if len(f) == value.shape[1] else np.repeat(f, each) for f in factors)
        return self.by_channel(even, *repeated)

    def read_layernormalization(self, attributes: Attributes, given: list[Any]) -> _Value:
        value, axis = self.settled(given[0]), attributes.get("axis", -1)
        groups = math.prod(value.shape[:axis])
        even = self.normalised(value, groups, attributes)
        shift = _optional(given, 2)
        return self.scaled(even, _constant(given[1]), 0.0 if shift is None else np.float64(shift))

    def normalised(self, value: _Value, groups: int, attributes: Attributes) -> _Value:
        """Return a value of which so many equal parts, one behind the other, are made even."""
        size = value.order.size
        if size % groups:
            raise Untranslatable("its groups do not fit its channels")
        part, shape = value.order // (size // groups), value.order.shape
        # By its parts, the first to which it belongs.
        by_channel = np.repeat(np.arange(groups), max(shape[-1] // groups, 1))
        if len(by_channel) == shape[-1] and (part == by_channel).all():
            op, more = "GroupNormalization", {"groups": groups}
        elif (
            len(shape) == 3
            and np.array_equal(part[..., 0].ravel(), np.arange(groups))
            and (part == part[..., :1]).all()
        ):
            op, more = "LayerNormalization", {}
        else:
            raise Untranslatable("it evens out numbers in a way that the engine does not")
        epsilon = float(attributes.get("epsilon", 1e-5))
        layer = self.layer(op, [value.layer], shape, epsilon=epsilon, **more)
        ones = np.ones(shape[-1], np.float32)
        return replace(value, layer=self.keep(layer, ones, 0 * ones))

    def read_resize(self, attributes: Attributes, given: list[Any]) -> _Value:
        value = self.unpadded(given[0])
        scales, sizes = (_optional(given, place) for place in (2, 3))
        if sizes is None and scales is None:
            scales = _optional(given, 1)  # before opset 11
        if sizes is not None:
            factors = np.float64(sizes) / value.shape
        else:
            factors = np.float64(attributes.get("scales") if scales is None else scales)
        whole = np.round(factors).astype(int)
        if len(whole) != 4 or (whole != factors).any() or (whole[:2] != 1).any():
            raise Untranslatable("it resizes pictures by something else than whole times")
        mode = attributes.get("mode", "nearest")
        way = attributes.get("coordinate_transformation_mode", "half_pixel")
        bilinear = mode == "linear" and way in ("half_pixel", "pytorch_half_pixel")
        if not (bilinear or mode == "nearest") or way == "align_corners":
            raise Untranslatable(f"it resizes pictures in a way ({mode}) that is not known")
        layer = self.picture(value).layer
        height, width, channels = self.shapes[layer]
        size = [int(times) for times in whole[2:]]
        shape = (height * size[0], width * size[1], channels)
        kind = "bilinear" if bilinear else "nearest"
        layer = self.layer("UpSampling2D", [layer], shape, size=size, interpolation=kind)
        return self.of_picture(layer, 4)

    read_upsample = read_resize

    def read_depthtospace(self, attributes: Attributes, given: list[Any]) -> _Value:
        layer, block = self.picture(given[0]).layer, attributes["blocksize"]
        height, width, channels = self.shapes[layer]
        if channels % block**2:
            raise Untranslatable("a block does not fit its channels")
        if attributes.get("mode", "DCR") == "CRD":
            # There a channel's block lies together, here a place's channels do.
            order = np.arange(channels, dtype=np.int32).reshape(-1, block, block)
            layer = self.of_channels(layer, order.transpose(1, 2, 0).ravel())
        shape = (height * block, width * block, channels // block**2)
        return self.of_picture(self.layer("DepthToSpace", [layer], shape, block_size=block), 4)

    def read_maxpool(self, attributes: Attributes, given: list[Any]) -> _Value:
        return self.pooled("MaxPooling2D", attributes, given[0])

    def read_averagepool(self, attributes: Attributes, given: list[Any]) -> _Value:
        return self.pooled("AveragePooling2D", attributes, given[0])

    def pooled(self, op: str, attributes: Attributes, value: _Value) -> _Value:
        rank = len(value.shape)
        layer = self.picture(self.unpadded(value)).layer
        window, strides = (_pair(attributes, name, rank) for name in ("kernel_shape", "strides"))
        shape = self.shapes[layer]
        before, after = _pads(attributes, shape, window, strides, rank)
        plain = attributes.get("dilations", [1, 1]) == [1] * (rank - 2)
        if not plain or (attributes.get("count_include_pad") and any(before + after)):
            raise Untranslatable("it pools in a way that is not known")
        for padding in ("valid", "same"):
            ends = [
                _same_pads(n, w, s) if padding == "same" else (0, 0)
                for n, w, s in zip(shape, window, strides, strict=False)
            ]
            length = [
                -(-n // s) if padding == "same" else (n - w) // s + 1
                for n, w, s in zip(shape, window, strides, strict=False)
            ]
            if attributes.get("ceil_mode") and padding == "valid":
                length = [
                    -(-(n - w) // s) + 1 for n, w, s in zip(shape, window, strides, strict=False)
                ]
                ends = [
                    (0, (m - 1) * s + w - n)
                    for n, w, s, m in zip(shape, window, strides, length, strict=False)
                ]
                ends = ends if not any(end[1] for end in ends) else [(-1, -1)]
            if list(zip(before, after, strict=True)) == ends:
                size = (*length, shape[2])
                options = {"pool_size": list(window), "strides": list(strides)}
                return self.of_picture(
                    self.layer(op, [layer], size, padding=padding, **options), rank
                )
        raise Untranslatable("it pools in a way that is not known")

    def read_globalaveragepool(self, attributes: Attributes, given: list[Any]) -> _Value:
        layer = self.picture(self.unpadded(given[0])).layer
        channels = self.shapes[layer][2]
        pooled = self.layer("GlobalAveragePooling2D", [layer], (channels,))
        ones = [1] * (len(given[0].shape) - 2)
        return _Value(pooled, self.in_order(channels), (1, channels, *ones))

    def read_reducemean(self, attributes: Attributes, given: list[Any]) -> _Value:
        axes = axes_of(attributes, given) or ()
        rank = len(given[0].shape)
        if rank != 4 or sorted(axis % rank for axis in axes) != [2, 3]:
            raise Untranslatable("it averages over something else than pictures")
        pooled = self.read_globalaveragepool(attributes, given)
        return pooled if attributes.get("keepdims", 1) else replace(pooled, shape=pooled.shape[:2])

    def read_concat(self, attributes: Attributes, given: list[Any]) -> _Value:
        if not all(isinstance(each, _Value) for each in given):
            raise Untranslatable("it joins pictures with constants")
        values = [self.settled(each) for each in given]
        if len(values[0].shape) == 4 and attributes["axis"] in (1, -3):
            values = [self.picture(value) for value in values]
        if len({len(value.order.shape) for value in values}) > 1:
            values = [self.arranged(value, value.order.ravel()) for value in values]
        start, places = 0, []
        for value in values:
            size = value.order.size
            places.append(np.arange(start, start + size, dtype=np.int32).reshape(value.shape))
            start += size
        joined = np.concatenate(places, attributes["axis"])
        if joined.shape[0] != 1:
            raise Untranslatable("it mixes the pictures of a batch")
        now = np.empty(joined.size, np.int32)
        now[joined.ravel()] = self.in_order(joined.size)
        orders, start = [], 0
        for value in values:
            orders.append(now[value.order + start])
            start += value.order.size
        order = np.concatenate(orders, axis=-1)
        layer = self.layer("Concatenate", [value.layer for value in values], order.shape)
        return _Value(layer, order, joined.shape)

    def read_pad(self, attributes: Attributes, given: list[Any]) -> _Value:
        value = self.settled(given[0])
        pads = [int(n) for n in attributes.get("pads") or _constant(given[1]).ravel()]
        fill = _optional(given, 2)
        constant = attributes.get("value", 0) if fill is None else float(fill.reshape(-1)[0])
        rank = len(value.shape)
        axes = _optional(given, 3)
        if (
            attributes.get("mode", "constant") != "constant"
            or constant
            or axes is not None
            or rank != 4
            or len(pads) != 8
            or any(pads[place] for place in (0, 1, 4, 5))
            or min(pads) < 0
            or max(pads) > 64
        ):
            raise Untranslatable("it pads in a way that is not known")
        if not any(pads):
            return value
        return replace(value, pads=(pads[2], pads[3], pads[6], pads[7]))

    def read_expand(self, attributes: Attributes, given: list[Any]) -> _Value:
        if np.broadcast_shapes(given[0].shape, tuple(given[1].tolist())) != given[0].shape:
            raise Untranslatable("it spreads one number over many")
        return self.unpadded(given[0])


_PASSED = ("Identity", "Dropout", "Cast")
_VIEWS: Mapping[str, Callable[[Attributes, list[Array]], Array]] = {
    "Flatten": flattened,
    "Gather": gathered,
    "Reshape": reshaped,
    "Slice": sliced,
    "Split": lambda attributes, given: given[0],
    "Squeeze": FOLDED["Squeeze"],
    "Transpose": transposed,
    "Unsqueeze": FOLDED["Unsqueeze"],
}
_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "Add": np.add,
    "Div": np.divide,
    "Max": np.maximum,
    "Min": np.minimum,
    "Mul": np.multiply,
    "Pow": np.power,
    "Sub": np.subtract,
    "Sum": np.add,
}


def _places(value: _Value) -> Order:
    return np.arange(value.order.size, dtype=np.int32).reshape(value.shape)


def _unknown(op: str) -> str:
    return f"the engine has nothing like {op}"


def _constant(given: Any) -> Array:
    if not isinstance(given, np.ndarray):
        raise Untranslatable("it multiplies by something that changes")
    return np.float64(given)


def _optional(given: list[Any], place: int) -> Array | None:
    found = given[place] if len(given) > place else None
    return found if isinstance(found, np.ndarray) and found.size else None


def _bias(given: list[Any], n: int) -> Array:
    found = _optional(given, 2)
    return np.zeros(n) if found is None else np.float64(found)


def _square(kernel: Array) -> Array:
    """Return a kernel of pictures; one of lines gets a single row."""
    return kernel[:, :, None] if kernel.ndim == 3 else kernel


def _pair(attributes: Attributes, name: str, rank: int, default: int = 1) -> tuple[int, int]:
    """Return two numbers of an attribute, of which a line has one."""
    found = [int(n) for n in attributes.get(name) or [default] * (rank - 2)]
    if rank == 3:
        found = [default if name != "kernel_shape" else 1, *found]
    if len(found) != 2 or not 0 <= min(found) <= max(found) <= 64 or (default and not min(found)):
        raise Untranslatable(f"{name} is {found}")
    return found[0], found[1]


def _widened(kernel: Array, dilations: tuple[int, int]) -> Array:
    """Return a dilated kernel with the zeros that lie between its numbers."""
    high, across = kernel.shape[2:]
    down, right = dilations
    size = ((high - 1) * down + 1, (across - 1) * right + 1)
    if max(size) > 64 or kernel.size * down * right > _MOST_WEIGHTS:
        raise Untranslatable("a kernel is too large")
    wide = np.zeros((*kernel.shape[:2], *size))
    wide[:, :, ::down, ::right] = kernel
    return wide


def _ungrouped(kernel: Array, groups: int) -> Array:
    """Return the kernel that does for all channels what each group's does for its own."""
    if groups == 1:
        return kernel
    filters, channels, *window = kernel.shape
    if kernel.size * groups > _MOST_WEIGHTS or groups < 1 or filters % groups:
        raise Untranslatable("a kernel is too large")
    full = np.zeros((filters, channels * groups, *window))
    each = filters // groups
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        full[rows, group * channels : (group + 1) * channels] = kernel[rows]
    return full


def _same_pads(size: int, window: int, stride: int) -> tuple[int, int]:
    """Return what padding ``same`` puts before and after, as TensorFlow does."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _pads(
    attributes: Attributes, shape: Shape, window: Shape, strides: tuple[int, int], rank: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the zeros before and after, for rows and columns."""
    auto = attributes.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = [_same_pads(*each) for each in zip(shape, window, strides, strict=False)]
        if auto == "SAME_LOWER":
            pads = [(after, before) for before, after in pads]
        (a, b), (c, d) = pads
        return (a, c), (b, d)
    given = [int(n) for n in attributes.get("pads") or [0] * 2 * (rank - 2)]
    if rank == 3:
        given = [0, given[0], 0, given[1]]
    if len(given) != 4 or not 0 <= min(given) <= max(given) <= 64:
        raise Untranslatable(f"pads are {given}")
    return (given[0], given[1]), (given[2], given[3])


@dataclass(frozen=True)
class _Window:
    """How a kernel along one axis is widened for the engine's padding.

    Attributes:
        valid: Whether it needs no padding at all.
        length: Of the widened kernel.
        first: Where the kernel begins in it.
        results: How many results are wanted.
        skipped: How many of the engine's come before them.
    """

    valid: bool
    length: int
    first: int
    results: int
    skipped: int
    same: _Window | None = None

    def as_same(self) -> _Window:
        if self.same is None:
            raise Untranslatable("it pads in a way that the engine does not")
        return self.same


def _window(size: int, kernel: int, stride: int, before: int, after: int) -> _Window:
    """Find the kernel that gives under padding ``same`` what one gives under another.

    The engine's window of result q begins at ``q * stride - pad``, where the pad follows
    from the kernel's length. With zeros before its own numbers, a kernel can begin later.
    """
    results = (size + before + after - kernel) // stride + 1
    if results < 1:
        raise Untranslatable("a convolution has no result")
    same = None
    for length in range(kernel, kernel + 2 * _WIDEN + 1):
        pad = _same_pads(size, length, stride)[0]
        # Result q of ours begins at (q + skipped) * stride - pad + first.
        for skipped in range(-(-size // stride) - results + 1):
            first = pad - before - skipped * stride
            if 0 <= first <= length - kernel:
                same = _Window(False, length, first, results, skipped)
                break
        if same is not None:
            break
    if before == after == 0:
        return _Window(True, kernel, 0, results, 0, same)
    if same is None:
        raise Untranslatable("it pads in a way that the engine does not")
    return same


def _transposed_pads(
    attributes: Attributes, shape: Shape, whole: Shape, strides: tuple[int, int], rank: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    auto, wanted = attributes.get("auto_pad", "NOTSET"), attributes.get("output_shape")
    if auto in ("SAME_UPPER", "SAME_LOWER") or wanted:
        size = [n * s for n, s in zip(shape, strides, strict=False)]
        if wanted:
            size = [1, *wanted][-2:]
        total = [w - n for w, n in zip(whole, size, strict=True)]
        # The one more is cut off at the end, unless SAME_UPPER says otherwise.
        less, more = zip(*((t // 2, t - t // 2) for t in total), strict=True)
        before, after = (more, less) if auto == "SAME_LOWER" or wanted else (less, more)
        if auto == "SAME_UPPER":
            before, after = less, more
        if min(*before, *after) < 0:
            raise Untranslatable("it pads in a way that the engine does not")
        return (before[0], before[1]), (after[0], after[1])
    return _pads(attributes, shape, whole, strides, rank)


def _transposed_window(
    size: int, kernel: int, stride: int, before: int, results: int
) -> tuple[int, int, int]:
    """Return a widened kernel's length, where ours begins in it, and results to skip.

    The engine drops ``(length - stride) // 2`` rows before and gives size * stride.
    """
    for length in range(max(kernel, stride), kernel + stride + 2 * _WIDEN + 1):
        dropped = (length - stride) // 2
        for skipped in range(size * stride - results + 1):
            # Our row r is the whole's row r + before; the engine's e is e + dropped - first.
            first = dropped + skipped - before
            if 0 <= first <= length - kernel:
                return length, first, skipped
    raise Untranslatable("it makes pictures of a size that the engine does not")


def _split(attributes: Attributes, places: Order, given: list[Any], n_outputs: int) -> list[Order]:
    axis = attributes.get("axis", 0)
    sizes = attributes.get("split")
    if sizes is None and given and given[0] is not None:
        sizes = given[0].tolist()
    if sizes is None:
        each = -(-places.shape[axis] // n_outputs)
        return np.split(places, range(each, places.shape[axis], each), axis)
    return np.split(places, np.cumsum(sizes)[:-1], axis)


def _alive(graph: LayerGraph) -> LayerGraph:
    """Drop the layers that no output needs."""
    wanted, kept = set(graph.outputs), []
    for layer in reversed(graph.layers):
        if layer.name in wanted:
            kept.append(layer)
            wanted.update(layer.inputs)
    return replace(graph, layers=tuple(reversed(kept)))


def _fused(graph: LayerGraph) -> LayerGraph:
    """Let layers do the activation that follows them, and drop what does nothing."""
    uses: dict[str, int] = {}
    for name in (*graph.outputs, *(n for layer in graph.layers for n in layer.inputs)):
        uses[name] = uses.get(name, 0) + 1
    layers: dict[str, Layer] = {}
    stands: dict[str, str] = {}
    for layer in graph.layers:
        inputs = tuple(stands.get(name, name) for name in layer.inputs)
        layer, before = replace(layer, inputs=inputs), layers.get(inputs[0])
        if (
            layer.op == "Activation"
            and before is not None
            and before.activation == "linear"
            and uses[layer.inputs[0]] == 1
            and (before.op != "Activation" or layer.activation == "linear")
        ):
            attributes = {**before.attributes, **layer.attributes}
            layers[before.name] = replace(
                before, activation=layer.activation, attributes=attributes
            )
            stands[layer.name] = before.name
        elif (
            layer.op == "Activation"
            and layer.activation == "linear"
            and before is not None
            and uses[before.name] == 1
        ):
            stands[layer.name] = before.name
        else:
            layers[layer.name] = layer
    outputs = tuple(stands.get(name, name) for name in graph.outputs)
    return replace(graph, layers=tuple(layers.values()), outputs=outputs)
