"""Values of an ONNX graph as numbers of layers, and the layers that are made of them.

A value knows where each of its numbers lies in a layer, so that an order costs nothing
until somebody needs it. Layers are made, and made anew in another order or another scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.exchange.constants import Array
from ae.exchange.elementwise import Steps, Sum, recognised
from ae.graph import Layer, LayerGraph, Weights
from ae.graph.layers import INPUT, MAX_ELEMENTS, MAX_LAYERS, NORMALIZATIONS, Shape

Order = NDArray[np.integer]
Floats = NDArray[np.float32]
Around = tuple[int, int, int, int]

# Numbers of all weights and of all orders that are made, 256 MB and 64 MB.
MOST_WEIGHTS, _MOST_ORDERS = 1 << 26, 1 << 24
_MOST_STEPS = 64
_MOST_SCALED = 1024  # numbers of a flat layer, by a matrix
_WEIGHTED = ("Dense", "Conv2D", "Conv2DTranspose")
_SHAPED = ("Reshape", "Flatten")


class Untranslatable(ValueError):
    """What the engine has no layers for, in a few words."""


@dataclass(frozen=True)
class Value:
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
    pads: Around | None = None
    uncut: Callable[[Around], Value] | None = None


def channels_last(channels: int, height: int, width: int) -> Order:
    """Return the order of a channels-first picture in a layer, (height, width, channels)."""
    places = np.arange(channels * height * width, dtype=np.int32)
    return places.reshape(channels, height, width).transpose(1, 2, 0)


class Layering:
    """Layers made so far, and the values that they hold, by their names in the ONNX graph."""

    def __init__(self, shape: Shape) -> None:
        self.layers: dict[str, Layer] = {}
        self.shapes: dict[str, Shape] = {INPUT: shape}
        self.weights: Weights = {}
        self.values: dict[str, Value] = {}
        self.spent = {"weights": 0, "orders": 0}
        self.straight: dict[Shape, Order] = {}

    def graph(self, outputs: tuple[str, ...]) -> LayerGraph:
        """Return the layers that some outputs need, as few as possible."""
        made = LayerGraph(self.shapes[INPUT], tuple(self.layers.values()), outputs)
        return _fused(_alive(made))

    # Orders --------------------------------------------------------------------------

    def viewed(self, value: Value, places: Order) -> Value:
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
        """Return the numbers from 0 up to a size, one array for all who ask."""
        if (size,) not in self.straight:
            self.spend("orders", size)
            self.straight[(size,)] = np.arange(size, dtype=np.int32)
        return self.straight[(size,)]

    def selected(self, value: Value, now: Order) -> Value:
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

    def arranged(self, value: Value, order: Order) -> Value:
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
        """Return a layer's numbers in another shape, without a layer where none is needed."""
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

    def picture(self, value: Value) -> Value:
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

    def of_picture(self, layer: str, rank: int) -> Value:
        """Return a layer's picture as a value of three or four axes."""
        height, width, channels = self.shapes[layer]
        key = (channels, height, width)
        if key not in self.straight:
            self.spend("orders", math.prod(key))
            self.straight[key] = channels_last(*key)
        if rank == 3 and height != 1:
            raise Untranslatable("a line became a picture")
        shape = (1, channels, width) if rank == 3 else (1, channels, height, width)
        return Value(layer, self.straight[key], shape)

    # Layers --------------------------------------------------------------------------

    def layer(self, op: str, inputs: list[str], gives: Shape, /, **attributes: Any) -> str:
        """Make a layer of some inputs that gives a shape, and return its name."""
        name = f"{op.lower()}_{len(self.layers)}"
        if len(self.layers) >= 4 * MAX_LAYERS or math.prod(gives) > MAX_ELEMENTS:
            raise Untranslatable("it is too large")
        self.layers[name] = Layer(name, op, tuple(inputs), attributes=attributes)
        self.shapes[name] = gives
        return name

    def spend(self, what: str, numbers: int) -> None:
        """Count numbers of ``weights`` or ``orders``, of which there may only be so many."""
        self.spent[what] += numbers
        if self.spent[what] > (MOST_WEIGHTS if what == "weights" else _MOST_ORDERS):
            raise Untranslatable("it is too large")

    def of(self, layer: str) -> tuple[Floats, Floats]:
        """Return a layer's kernel and bias."""
        return self.weights[f"{layer}/kernel"], self.weights[f"{layer}/bias"]

    def keep(self, layer: str, kernel: Array, bias: Array) -> str:
        """Give a layer its kernel and bias, and return its name."""
        self.spend("weights", kernel.size)
        self.weights[f"{layer}/kernel"] = np.ascontiguousarray(kernel, np.float32)
        self.weights[f"{layer}/bias"] = np.ascontiguousarray(bias, np.float32)
        return layer

    def dense(self, source: str, kernel: Array, bias: Array) -> str:
        """Make a dense layer; the kernel is (inputs, units)."""
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
        """Make a convolution; the kernel is (rows, columns, channels, filters)."""
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
            if len(scale) > _MOST_SCALED:
                raise Untranslatable(
                    f"it scales more than {_MOST_SCALED:,} numbers of a dense layer after their "
                    "activation"
                )
            return self.dense(layer, matrix, shift)
        return self.conv(layer, matrix[None, None], shift)

    def scaled(self, value: Value, scale: Any, shift: Any) -> Value:
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

    def scaled_places(self, value: Value, scale: Any, shift: Any) -> Value:
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

    # Functions -----------------------------------------------------------------------

    def then(self, value: Value, function: Callable[..., Any], *of: Steps | None) -> Value:
        """Return a value with one more step, by default the next, for its numbers."""
        steps = Steps(function, of or (value.steps,))
        if len(steps.all()) > _MOST_STEPS:
            raise Untranslatable("its activations are made of too many steps")
        return replace(value, steps=steps)

    def settled(self, value: Value) -> Value:
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

    def summed_terms(self, plain: Value, found: Sum) -> Value:
        """Return a function of a value, as layers."""
        if not found.terms:
            return self.scaled(plain, found.slope, found.constant)
        parts: list[Value] = []
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

    def summed(self, parts: list[Value]) -> Value:
        """Return the sum of values that lie in the same order."""
        if len(parts) == 1:
            return parts[0]
        inputs = [part.layer for part in parts]
        return replace(parts[0], layer=self.layer("Add", inputs, self.shapes[inputs[0]]))

    def unpadded(self, value: Value) -> Value:
        """Return a value that waits for no padding and no cut, or refuse it."""
        if value.pads is not None:
            raise Untranslatable("it pads what no convolution takes in")
        if value.uncut is not None:
            raise Untranslatable("it makes pictures of a size that the engine does not")
        return value


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
