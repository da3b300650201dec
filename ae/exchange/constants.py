"""What ONNX says of constants, in NumPy: weights and the arithmetic of shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

Array = NDArray[Any]
Attributes = Mapping[str, Any]

# A constant that a small file asks for must not fill the memory: 64 MB of float32.
MOST = 1 << 24


def _bounded(shape: Any) -> tuple[int, ...]:
    sizes = tuple(int(size) for size in shape)
    if min(sizes, default=0) < 0 or math.prod(sizes) > MOST:
        raise ValueError(f"it asks for a constant of shape {sizes}")
    return sizes


def axes_of(attributes: Attributes, inputs: list[Array], place: int = 1) -> tuple[int, ...] | None:
    """Return a node's axes, which newer files give as an input; None where there are none."""
    if "axes" in attributes:
        return tuple(attributes["axes"])
    given = inputs[place] if len(inputs) > place else None
    return None if given is None else tuple(int(axis) for axis in given.ravel())


def _unsqueeze(attributes: Attributes, inputs: list[Array]) -> Array:
    axes = axes_of(attributes, inputs)
    return np.expand_dims(inputs[0], axes or ())


def _squeeze(attributes: Attributes, inputs: list[Array]) -> Array:
    return np.squeeze(inputs[0], axes_of(attributes, inputs))


def reshaped(attributes: Attributes, inputs: list[Array]) -> Array:
    """Return what Reshape makes: 0 keeps a size unless ``allowzero``."""
    given, target = inputs[0], [int(size) for size in inputs[1].ravel()]
    if not attributes.get("allowzero"):
        target = [given.shape[k] if size == 0 else size for k, size in enumerate(target)]
    return given.reshape(target)


def flattened(attributes: Attributes, inputs: list[Array]) -> Array:
    """Return what Flatten makes: two axes, parted before ``axis``."""
    axis, shape = attributes.get("axis", 1), inputs[0].shape
    axis += len(shape) if axis < 0 else 0
    return inputs[0].reshape(math.prod(shape[:axis]), -1)


def transposed(attributes: Attributes, inputs: list[Array]) -> Array:
    """Return what Transpose makes."""
    return inputs[0].transpose(attributes.get("perm"))


def sliced(attributes: Attributes, inputs: list[Array]) -> Array:
    """Return what Slice makes; files before opset 10 have its numbers as attributes."""
    names = ("starts", "ends", "axes", "steps")
    rest = [*inputs[1:], *[None] * 4][:4]
    starts, ends, axes, steps = (
        attributes.get(name, None if given is None else given.ravel().tolist())
        for name, given in zip(names, rest, strict=True)
    )
    where = [slice(None)] * inputs[0].ndim
    axes = range(len(starts)) if axes is None else axes
    for axis, start, end, step in zip(axes, starts, ends, steps or [1] * len(starts), strict=True):
        # Going backwards, an end before the first is said by a very small number.
        stop = None if step < 0 and end < -inputs[0].shape[axis] else end
        where[axis] = slice(start, stop, step)
    return inputs[0][tuple(where)]


def gathered(attributes: Attributes, inputs: list[Array]) -> Array:
    """Return what Gather makes."""
    values, places = inputs[0], inputs[1]
    _bounded((values.size, max(places.size, 1)))
    return np.take(values, places.astype(np.int64), axis=attributes.get("axis", 0))


def _cast(attributes: Attributes, inputs: list[Array]) -> Array:
    return inputs[0].astype(onnx.helper.tensor_dtype_to_np_dtype(attributes["to"]))


def _shape(attributes: Attributes, inputs: list[Array]) -> Array:
    shape = inputs[0].shape[attributes.get("start", 0) : attributes.get("end")]
    return np.array(shape, np.int64)


def _constant(attributes: Attributes, inputs: list[Array]) -> Array:
    (given,) = attributes.values()
    return given if isinstance(given, np.ndarray) else np.array(given)


def _constant_of_shape(attributes: Attributes, inputs: list[Array]) -> Array:
    value = attributes.get("value", np.zeros(1, np.float32))
    return np.full(_bounded(inputs[0].ravel()), value.ravel()[0], value.dtype)


def _expand(attributes: Attributes, inputs: list[Array]) -> Array:
    shape = np.broadcast_shapes(inputs[0].shape, _bounded(inputs[1].ravel()))
    return np.broadcast_to(inputs[0], _bounded(shape))


def _range(attributes: Attributes, inputs: list[Array]) -> Array:
    start, limit, step = (float(given.item()) for given in inputs)
    _bounded([max(math.ceil((limit - start) / step), 0)])
    return np.arange(start, limit, step).astype(inputs[0].dtype)


def _divide(a: Array, b: Array) -> Array:
    if a.dtype.kind not in "iu":
        return np.divide(a, b)
    return np.trunc(np.divide(a, b)).astype(a.dtype)


def _of_two(
    function: Callable[[Array, Array], Array],
) -> Callable[[Attributes, list[Array]], Array]:
    def apply(attributes: Attributes, inputs: list[Array]) -> Array:
        _bounded(np.broadcast_shapes(*(given.shape for given in inputs)))
        result = inputs[0]
        for other in inputs[1:]:
            result = function(result, other)
        return result

    return apply


def _of_one(function: Callable[[Array], Array]) -> Callable[[Attributes, list[Array]], Array]:
    return lambda attributes, inputs: function(inputs[0])


# One result each. Split, which has several, is left to who reads a graph.
FOLDED: dict[str, Callable[[Attributes, list[Array]], Array]] = {
    "Abs": _of_one(np.abs),
    "Add": _of_two(np.add),
    "Cast": _cast,
    "Ceil": _of_one(np.ceil),
    "Concat": lambda attributes, inputs: np.concatenate(inputs, attributes["axis"]),
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Div": _of_two(_divide),
    "Equal": _of_two(np.equal),
    "Exp": _of_one(np.exp),
    "Expand": _expand,
    "Flatten": flattened,
    "Floor": _of_one(np.floor),
    "Gather": gathered,
    "Identity": _of_one(np.asarray),
    "Max": _of_two(np.maximum),
    "Min": _of_two(np.minimum),
    "Mod": _of_two(np.mod),
    "Mul": _of_two(np.multiply),
    "Neg": _of_one(np.negative),
    "Pow": _of_two(np.power),
    "Range": _range,
    "Reciprocal": _of_one(np.reciprocal),
    "Reshape": reshaped,
    "Shape": _shape,
    "Size": _of_one(lambda given: np.array(given.size, np.int64)),
    "Slice": sliced,
    "Sqrt": _of_one(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _of_two(np.subtract),
    "Transpose": transposed,
    "Unsqueeze": _unsqueeze,
    "Where": lambda attributes, inputs: np.where(*inputs),
}


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """Return a node's attributes by name: numbers, lists, texts and arrays."""
    found = {}
    for attribute in node.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, onnx.TensorProto):
            value = onnx.numpy_helper.to_array(value)
        found[attribute.name] = value.decode() if isinstance(value, bytes) else value
    return found
