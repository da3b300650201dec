"""Which operators an ONNX file asks for, read from its bytes without ``onnx``.

Only what can run away is looked at: operators, what they carry along, and weights kept
elsewhere. The web process does not hold the ``onnx`` package.

Source: protocol buffers' wire format, https://protobuf.dev/programming-guides/encoding;
    the numbers of the fields are those of ``onnx.proto``.
"""

from collections.abc import Iterator
from typing import TypeAlias

# All that ``ae.graph.onnx_builder`` writes.
OPERATORS = frozenset(
    {
        "Add",
        "AveragePool",
        "Concat",
        "Conv",
        "ConvTranspose",
        "DepthToSpace",
        "Elu",
        "Flatten",
        "Gelu",
        "Gemm",
        "GlobalAveragePool",
        "Identity",
        "InstanceNormalization",
        "LayerNormalization",
        "LeakyRelu",
        "MaxPool",
        "Mul",
        "Relu",
        "Reshape",
        "Resize",
        "Selu",
        "Sigmoid",
        "Softplus",
        "Sum",
        "Tanh",
        "Transpose",
    }
)
# What networks of others may have beside, as the decoders that no browser runs. None makes
# much out of little, as Expand, Tile and ConstantOfShape do.
IMPORTED = frozenset(
    {
        "Abs",
        "BatchNormalization",
        "Cast",
        "Celu",
        "Clip",
        "Div",
        "Dropout",
        "Erf",
        "Exp",
        "Gather",
        "GlobalMaxPool",
        "GroupNormalization",
        "HardSigmoid",
        "HardSwish",
        "Log",
        "LpNormalization",
        "MatMul",
        "Max",
        "Min",
        "Mish",
        "Neg",
        "PRelu",
        "Pad",
        "Pow",
        "RMSNormalization",
        "Reciprocal",
        "ReduceMean",
        "ReduceSum",
        "Shape",
        "Slice",
        "Softmax",
        "Softsign",
        "Split",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Swish",
        "Unsqueeze",
        "Upsample",
    }
)
# Of a model.
_GRAPH, _TRAINING, _FUNCTIONS = 7, 20, 25
# Of a graph.
_NODE, _WEIGHTS, _SPARSE_WEIGHTS = 1, 5, 15
# Of a node.
_OPERATOR, _ATTRIBUTE, _DOMAIN = 4, 5, 7
# Of weights: where they lie, if not in the file.
_ELSEWHERE = (13, 14)
# Of an attribute: its name, kind and documentation, numbers and texts. The rest are
# tensors and graphs.
_PLAIN = frozenset({1, 2, 3, 4, 7, 8, 9, 13, 20})

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5

Field: TypeAlias = "tuple[int, memoryview]"


def check_operators(data: bytes, name: str) -> None:
    """Refuse an ONNX file that asks for more than this app's own and imported networks do.

    Raises:
        ValueError: If it is no such file, has another operator or a nested graph, or
            keeps weights elsewhere.
    """
    try:
        allowed = _is_allowed(memoryview(data))
    except (IndexError, UnicodeDecodeError) as problem:
        raise ValueError(f"{name} is not a network that can be run") from problem
    if not allowed:
        raise ValueError(f"{name} asks for operations that this app does not run")


def _is_allowed(model: memoryview) -> bool:
    for number, value in _fields(model):
        if number in (_TRAINING, _FUNCTIONS):
            return False
        if number == _GRAPH and not all(_part_is_allowed(*f) for f in _fields(value)):
            return False
    return True


def _part_is_allowed(number: int, value: memoryview) -> bool:
    if number == _WEIGHTS:
        return not any(found in _ELSEWHERE for found, _ in _fields(value))
    if number == _NODE:
        return all(_node_is_allowed(*field) for field in _fields(value))
    return number != _SPARSE_WEIGHTS


def _node_is_allowed(number: int, value: memoryview) -> bool:
    if number == _OPERATOR:
        return str(value, "utf-8") in OPERATORS | IMPORTED
    if number == _ATTRIBUTE:
        return all(found in _PLAIN for found, _ in _fields(value))
    return number != _DOMAIN or not value


def _fields(message: memoryview) -> Iterator[Field]:
    """Yield the numbers and contents of a message's fields.

    A field that is not a text, bytes or a message has no content here.

    Raises:
        IndexError: If the message is cut off or no message.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key >> 32:
            raise IndexError("no such field")
        size, wire = 0, key & 7
        if wire == _VARINT:
            _, at = _varint(message, at)
        elif wire == _LENGTH:
            size, at = _varint(message, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            at += 8 if wire == _EIGHT_BYTES else 4
        else:
            raise IndexError(f"wire type {wire}")
        if at + size > len(message):
            raise IndexError("cut off")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at a byte, and where the next field begins."""
    value = 0
    for place in range(10):
        byte = message[at + place]
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value, at + place + 1
    raise IndexError("a number of more than ten bytes")
