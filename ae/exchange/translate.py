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
from ae.exchange.elementwise import function_of
from ae.exchange.layering import Around, Layering, Order, Untranslatable, Value, channels_last
from ae.exchange.windows import (
    pads_of,
    pair,
    same_pads,
    square,
    transposed_pads,
    transposed_window,
    ungrouped,
    widened,
    window_of,
)
from ae.graph import LayerGraph, Weights
from ae.graph.layers import INPUT, MAX_ELEMENTS, Shape


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
        made = translator.graph(outputs)
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


class _Translator(Layering):
    def __init__(self, source: End) -> None:
        super().__init__(source.order.shape)
        self.constants: dict[str, Array] = {}
        value = Value(INPUT, source.order, source.shape)
        if (source.scale, source.shift) != (1.0, 0.0):
            value = self.scaled(value, source.scale, source.shift)
        self.values[source.name] = value

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

    def follow(self, node: onnx.NodeProto, attributes: Attributes, given: list[Any]) -> list[Value]:
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
        if value.order.ndim < end.order.ndim:
            # Of a picture one number for each channel scales all pixels; flat it takes a matrix.
            value = self.arranged(self.unpadded(value), end.order)
        held = self.arranged(self.settled(value), end.order)
        # A layer of its own, so that no two results are one layer, and none the input.
        return self.layer("Activation", [held.layer], held.order.shape)

    def views(
        self, op: str, attributes: Attributes, given: list[Any], n_outputs: int
    ) -> list[Value]:
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

    def cut(self, value: Value, places: Order) -> Value:
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

    def arithmetic(self, op: str, given: list[Any]) -> Value:
        total = given[0]
        for other in given[1:]:
            total = self.of_two(op, total, other)
        if not isinstance(total, Value):
            raise Untranslatable(_unknown(op))
        return total

    def of_two(self, op: str, a: Any, b: Any) -> Any:
        function = _ARITHMETIC[op]
        if isinstance(a, Value) and isinstance(b, Value):
            return self.of_values(op, self.unpadded(a), self.unpadded(b))
        value, constant = (a, b) if isinstance(a, Value) else (b, a)
        self.unpadded(value)
        if constant is None:  # Clip without one of its limits
            return value
        if np.broadcast_shapes(value.shape, constant.shape) != value.shape:
            raise Untranslatable("it spreads one number over many")
        if constant.size == 1:
            number = float(constant.reshape(-1)[0])
            if isinstance(a, Value):
                return self.then(value, lambda x: function(x, number))
            return self.then(value, lambda x: function(np.full_like(x, number), x))
        constant = np.float64(constant)
        value = self.settled(value)
        if op in ("Add", "Sum"):
            return self.scaled(value, 1.0, constant)
        if op == "Sub":
            first = isinstance(a, Value)
            return self.scaled(value, 1.0 if first else -1.0, -constant if first else constant)
        if op == "Mul":
            return self.scaled(value, constant, 0.0)
        if op == "Div" and isinstance(a, Value):
            return self.scaled(value, 1 / constant, 0.0)
        raise Untranslatable(_unknown(op))

    def of_values(self, op: str, a: Value, b: Value) -> Value:
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

    # Operators -------------------------------------------------------------------------

    def read_clip(self, attributes: Attributes, given: list[Any]) -> Value:
        limits = [*given[1:], None, None][:2]
        for op, name, limit in zip(("Max", "Min"), ("min", "max"), limits, strict=True):
            found = np.asarray(attributes[name]) if name in attributes else limit
            if found is not None:
                given = [self.of_two(op, given[0], found)]
        return self.unpadded(given[0])

    def read_prelu(self, attributes: Attributes, given: list[Any]) -> Value:
        slope, value = _constant(given[1]), self.settled(given[0])
        above = self.settled(self.then(value, lambda x: np.maximum(x, 0)))
        return self.summed([self.scaled(value, slope, 0.0), self.scaled(above, 1 - slope, 0.0)])

    def read_gemm(self, attributes: Attributes, given: list[Any]) -> Value:
        kernel = _constant(given[1])
        if attributes.get("transA") or len(given[0].shape) != 2:
            raise Untranslatable("it multiplies by something that changes")
        kernel = kernel.T if attributes.get("transB") else kernel
        bias = np.zeros(kernel.shape[1])
        if len(given) > 2 and given[2] is not None:
            bias = attributes.get("beta", 1.0) * _constant(given[2]).reshape(-1) + bias
        return self.product(given[0], attributes.get("alpha", 1.0) * kernel, bias)

    def read_matmul(self, attributes: Attributes, given: list[Any]) -> Value:
        if not isinstance(given[0], Value):
            raise Untranslatable("it multiplies by something that changes")
        kernel = _constant(given[1])
        if kernel.ndim != 2:
            raise Untranslatable("it multiplies by something else than a matrix")
        return self.product(given[0], kernel, np.zeros(kernel.shape[1]))

    def product(self, value: Value, kernel: Array, bias: Array) -> Value:
        value, shape = self.settled(value), (*value.shape[:-1], kernel.shape[1])
        if len(shape) == 2:
            flat = self.arranged(value, value.order.ravel())
            layer = self.dense(flat.layer, kernel[flat.order], bias)
            return Value(layer, self.in_order(kernel.shape[1]), shape)
        if len(shape) not in (3, 4):
            raise Untranslatable("it multiplies a matrix with more than a picture")
        size = (1, *shape[1:-1])[-2:]
        order = self.in_order(value.order.size).reshape(*size, -1)
        layer = self.conv(self.arranged(value, order).layer, kernel[None, None], bias)
        made = self.shapes[layer]
        return Value(layer, self.in_order(math.prod(made)).reshape(made), shape)

    def read_conv(self, attributes: Attributes, given: list[Any]) -> Value:
        value, rank = given[0], len(given[0].shape)
        kernel = widened(square(_constant(given[1])), pair(attributes, "dilations", rank))
        groups = attributes.get("group", 1)
        # (filters, channels, rows, columns) -> (rows, columns, channels, filters)
        kernel = ungrouped(kernel, groups).transpose(2, 3, 1, 0)
        bias = _bias(given, kernel.shape[3])
        pads = value.pads or (0, 0, 0, 0)
        source = self.picture(replace(value, pads=None)).layer
        strides = pair(attributes, "strides", rank)
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
        before, after = pads_of(attributes, self.shapes[source], kernel.shape[:2], strides, rank)
        before = before[0] + outside[0], before[1] + outside[1]
        after = after[0] + outside[2], after[1] + outside[3]
        windows = [
            window_of(*along)
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

    def read_convtranspose(self, attributes: Attributes, given: list[Any]) -> Value:
        value, rank = self.unpadded(given[0]), len(given[0].shape)
        kernel = widened(square(_constant(given[1])), pair(attributes, "dilations", rank))
        groups = attributes.get("group", 1)
        if groups > 1:
            # (channels, filters, ...): grouped by channels, so as a convolution's turned.
            parts = [part.swapaxes(0, 1) for part in np.split(kernel, groups)]
            kernel = ungrouped(np.concatenate(parts), groups).swapaxes(0, 1)
        # (channels, filters, rows, columns) -> (rows, columns, filters, channels)
        kernel = kernel.transpose(2, 3, 1, 0)
        bias = _bias(given, kernel.shape[2])
        source = self.picture(value).layer
        shape, window = self.shapes[source], kernel.shape[:2]
        strides = pair(attributes, "strides", rank)
        more = pair(attributes, "output_padding", rank, 0)
        whole = tuple(
            (n - 1) * s + k + m for n, s, k, m in zip(shape, strides, window, more, strict=False)
        )
        before, after = transposed_pads(attributes, shape, whole, strides, rank)

        def made(cut: Around) -> Value:
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
            return Value(
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
            transposed_window(*each)
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

    def read_batchnormalization(self, attributes: Attributes, given: list[Any]) -> Value:
        gamma, beta, mean, variance = (np.float64(_constant(each)) for each in given[1:5])
        if attributes.get("training_mode"):
            raise Untranslatable("it is still being trained")
        scale = gamma / np.sqrt(variance + attributes.get("epsilon", 1e-5))
        value = self.settled(given[0])
        shift = beta - mean * scale
        return self.by_channel(value, scale, shift)

    def by_channel(self, value: Value, scale: Array, shift: Array) -> Value:
        along = (1, -1, *[1] * (len(value.shape) - 2))
        return self.scaled(value, scale.reshape(along), shift.reshape(along))

    def read_instancenormalization(self, attributes: Attributes, given: list[Any]) -> Value:
        value = self.settled(given[0])
        even = self.normalised(value, value.shape[1], attributes)
        return self.by_channel(even, *(_constant(each) for each in given[1:3]))

    def read_groupnormalization(self, attributes: Attributes, given: list[Any]) -> Value:
        value, groups = self.settled(given[0]), attributes["num_groups"]
        even = self.normalised(value, groups, attributes)
        # Before opset 21 there is one number for each group.
        factors = (_constant(each) for each in given[1:3])
        each = value.shape[1] // groups
        repeated = (f if len(f) == value.shape[1] else np.repeat(f, each) for f in factors)
        return self.by_channel(even, *repeated)

    def read_layernormalization(self, attributes: Attributes, given: list[Any]) -> Value:
        value, axis = self.settled(given[0]), attributes.get("axis", -1)
        groups = math.prod(value.shape[:axis])
        even = self.normalised(value, groups, attributes)
        shift = _optional(given, 2)
        return self.scaled(even, _constant(given[1]), 0.0 if shift is None else np.float64(shift))

    def normalised(self, value: Value, groups: int, attributes: Attributes) -> Value:
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

    def read_resize(self, attributes: Attributes, given: list[Any]) -> Value:
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

    def read_depthtospace(self, attributes: Attributes, given: list[Any]) -> Value:
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

    def read_maxpool(self, attributes: Attributes, given: list[Any]) -> Value:
        return self.pooled("MaxPooling2D", attributes, given[0])

    def read_averagepool(self, attributes: Attributes, given: list[Any]) -> Value:
        return self.pooled("AveragePooling2D", attributes, given[0])

    def pooled(self, op: str, attributes: Attributes, value: Value) -> Value:
        rank = len(value.shape)
        layer = self.picture(self.unpadded(value)).layer
        window, strides = (pair(attributes, name, rank) for name in ("kernel_shape", "strides"))
        shape = self.shapes[layer]
        before, after = pads_of(attributes, shape, window, strides, rank)
        plain = attributes.get("dilations", [1, 1]) == [1] * (rank - 2)
        if not plain or (attributes.get("count_include_pad") and any(before + after)):
            raise Untranslatable("it pools in a way that is not known")
        for padding in ("valid", "same"):
            ends = [
                same_pads(n, w, s) if padding == "same" else (0, 0)
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

    def read_globalaveragepool(self, attributes: Attributes, given: list[Any]) -> Value:
        layer = self.picture(self.unpadded(given[0])).layer
        channels = self.shapes[layer][2]
        pooled = self.layer("GlobalAveragePooling2D", [layer], (channels,))
        ones = [1] * (len(given[0].shape) - 2)
        return Value(pooled, self.in_order(channels), (1, channels, *ones))

    def read_reducemean(self, attributes: Attributes, given: list[Any]) -> Value:
        axes = axes_of(attributes, given) or ()
        rank = len(given[0].shape)
        if rank != 4 or sorted(axis % rank for axis in axes) != [2, 3]:
            raise Untranslatable("it averages over something else than pictures")
        pooled = self.read_globalaveragepool(attributes, given)
        return pooled if attributes.get("keepdims", 1) else replace(pooled, shape=pooled.shape[:2])

    def read_concat(self, attributes: Attributes, given: list[Any]) -> Value:
        if not all(isinstance(each, Value) for each in given):
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
        return Value(layer, order, joined.shape)

    def read_pad(self, attributes: Attributes, given: list[Any]) -> Value:
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

    def read_expand(self, attributes: Attributes, given: list[Any]) -> Value:
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


def _places(value: Value) -> Order:
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


def _split(attributes: Attributes, places: Order, given: list[Any], n_outputs: int) -> list[Order]:
    axis = attributes.get("axis", 0)
    sizes = attributes.get("split")
    if sizes is None and given and given[0] is not None:
        sizes = given[0].tolist()
    if sizes is None:
        each = -(-places.shape[axis] // n_outputs)
        return np.split(places, range(each, places.shape[axis], each), axis)
    return np.split(places, np.cumsum(sizes)[:-1], axis)
