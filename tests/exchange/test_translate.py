"""Translated graphs against ONNX Runtime, which runs them as they came."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ae.exchange.elementwise import Steps, function_of, recognised
from ae.exchange.found import code_order
from ae.exchange.layering import Untranslatable, channels_last
from ae.exchange.translate import End, translate
from ae.graph import LayerGraph, Weights
from ae.graph.run import run
from tests.exchange.files import NETWORKS, path_of, run_onnx

Shape = tuple[int, ...]
CLOSE = 1e-5


def order_of(shape: Shape, layout: str = "nchw") -> NDArray[Any]:
    """How this app counts a picture, or a code."""
    if len(shape) == 3 and layout == "nchw":
        return channels_last(*shape)
    return np.arange(prod(shape)).reshape(shape)


def translated(
    model: onnx.ModelProto, takes: Shape, gives: Shape, *, layout: str = "nchw"
) -> tuple[LayerGraph, Weights]:
    source = End(model.graph.input[0].name, (1, *takes), order_of(takes, layout))
    result = End(model.graph.output[0].name, (1, *gives), order_of(gives, layout))
    return translate(model.graph, source, [result])


def assert_alike(model: onnx.ModelProto, takes: Shape, *, layout: str = "nchw") -> LayerGraph:
    """Hold a translated network to ONNX Runtime on random numbers."""
    values = np.random.default_rng(0).normal(size=(3, *takes)).astype(np.float32)
    (expected,) = run_onnx(model.SerializeToString(), values)
    graph, weights = translated(model, takes, expected.shape[1:], layout=layout)
    given = values.reshape(3, -1)[:, order_of(takes, layout)]
    (found,) = run(graph, weights, given)
    order = order_of(expected.shape[1:], layout)
    np.testing.assert_allclose(found, expected.reshape(3, -1)[:, order], atol=CLOSE)
    return graph


def network(
    takes: Shape, nodes: Sequence[onnx.NodeProto], **weights: NDArray[Any]
) -> onnx.ModelProto:
    """A network from x to y."""
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *sizes])
        for name, sizes in (("x", takes), ("y", (None,) * 3))
    ]
    constants = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(list(nodes), "g", ends[:1], [], constants)
    graph.output.append(helper.make_empty_tensor_value_info("y"))
    graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def normal(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", NETWORKS)
def test_decoders_of_pytorch_and_keras_are_those_that_onnx_runtime_runs(name: str) -> None:
    shape, code = NETWORKS[name]
    model, layout = onnx.load(path_of(name, "decoder")), "nhwc" if name == "keras" else "nchw"
    codes = np.random.default_rng(0).normal(size=(5, *code)).astype(np.float32)
    (expected,) = run_onnx(path_of(name, "decoder"), codes)
    order = code_order(code, layout)
    source = End(model.graph.input[0].name, (1, *code), order)
    picture = order_of(expected.shape[1:], layout)
    result = End(model.graph.output[0].name, (1, *expected.shape[1:]), picture)
    graph, weights = translate(model.graph, source, [result])
    assert graph.shapes()[graph.outputs[0]] == shape
    (found,) = run(graph, weights, codes.reshape(5, -1)[:, order])
    np.testing.assert_allclose(found, expected.reshape(5, -1)[:, picture], atol=CLOSE)


def test_a_transposed_convolution_may_be_cut_afterwards() -> None:
    nodes = [
        helper.make_node("ConvTranspose", ["x", "w"], ["h"], strides=[2, 2]),
        helper.make_node("Slice", ["h", "first", "end", "axes"], ["y"]),
    ]
    cut = {"first": [0, 1], "end": [8, -1], "axes": [2, 3]}
    weights = {name: np.array(values, np.int64) for name, values in cut.items()}
    model = network((3, 4, 4), nodes, w=normal(3, 2, 3, 3), **weights)
    assert_alike(model, (3, 4, 4))


def layer_norm_of_channels() -> list[onnx.NodeProto]:
    """As PyTorch writes it, between two changes of order."""
    return [
        helper.make_node("Transpose", ["h"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("LayerNormalization", ["last", "a", "b"], ["even"], axis=-1),
        helper.make_node("Transpose", ["even"], ["y"], perm=[0, 3, 1, 2]),
    ]


def group_norm_of_one_number_a_group() -> list[onnx.NodeProto]:
    """As ``GroupNormalization`` is until opset 21, and PyTorch writes it."""
    options = {"num_groups": 2, "epsilon": 0.1}
    return [helper.make_node("GroupNormalization", ["h", "c", "d"], ["y"], **options)]


EVEN: dict[str, tuple[int, list[onnx.NodeProto], str]] = {
    "instance": (
        17,
        [helper.make_node("InstanceNormalization", ["h", "a", "b"], ["y"], epsilon=0.1)],
        "GroupNormalization",
    ),
    "group": (
        21,
        [helper.make_node("GroupNormalization", ["h", "a", "b"], ["y"], num_groups=2)],
        "GroupNormalization",
    ),
    "group, older": (18, group_norm_of_one_number_a_group(), "GroupNormalization"),
    "layer": (17, layer_norm_of_channels(), "LayerNormalization"),
    "layer of all": (
        17,
        [helper.make_node("LayerNormalization", ["h", "all"], ["y"], axis=1)],
        "GroupNormalization",
    ),
}


@pytest.mark.parametrize("name", EVEN)
def test_normalisations_are_found_again(name: str) -> None:
    opset, nodes, op = EVEN[name]
    nodes = [helper.make_node("Conv", ["x", "w"], ["h"]), *nodes]
    of_channels = {"a": normal(4), "b": normal(4), "c": normal(2), "d": normal(2)}
    ones = np.ones((4, 5, 6), np.float32)
    model = network((3, 5, 6), nodes, w=normal(4, 3, 1, 1), all=ones, **of_channels)
    model.opset_import[0].version = opset
    graph = assert_alike(model, (3, 5, 6))
    assert [layer.op for layer in graph.layers] == ["Conv2D", op]


def test_a_normalisation_across_a_picture_s_places_is_refused() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"]),
        helper.make_node("LayerNormalization", ["h", "a"], ["y"], axis=-1),
    ]
    model = network((3, 5, 6), nodes, w=normal(4, 3, 1, 1), a=normal(6))
    with pytest.raises(Untranslatable, match="evens out"):
        translated(model, (3, 5, 6), (4, 5, 6))


CONVOLUTIONS = [
    (size, kernel, stride, pads)
    for size in (7, 8)
    for kernel, stride, pads in (
        (1, 1, 0),
        (3, 1, 1),
        (3, 1, 0),
        (3, 2, 1),
        (3, 2, 0),
        (4, 2, 1),
        (5, 2, 2),
        (5, 3, 1),
        (2, 2, 0),
        (7, 2, 3),
    )
]


@pytest.mark.parametrize(("size", "kernel", "stride", "pads"), CONVOLUTIONS)
def test_convolutions_padded_in_any_way_are_found_again(
    size: int, kernel: int, stride: int, pads: int
) -> None:
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], strides=[stride] * 2, pads=[pads] * 4)
    weights = {"w": normal(4, 3, kernel, kernel), "b": normal(4)}
    assert_alike(network((3, size, size), [node], **weights), (3, size, size))


@pytest.mark.parametrize(
    ("kernel", "stride", "pads", "more"),
    [
        (1, 2, 0, 1),
        (2, 2, 0, 0),
        (3, 1, 1, 0),
        (3, 2, 1, 0),
        (3, 2, 1, 1),
        (4, 2, 1, 0),
        (4, 4, 0, 0),
        (5, 2, 2, 1),
        (5, 3, 1, 0),
        (6, 2, 2, 0),
    ],
)
def test_transposed_convolutions_are_found_again(
    kernel: int, stride: int, pads: int, more: int
) -> None:
    options = {"strides": [stride] * 2, "pads": [pads] * 4, "output_padding": [more] * 2}
    node = helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], **options)
    weights = {"w": normal(3, 4, kernel, kernel), "b": normal(4)}
    assert_alike(network((3, 5, 4), [node], **weights), (3, 5, 4))


@pytest.mark.parametrize("more", [{"group": 2}, {"dilations": [2, 2]}])
def test_grouped_and_dilated_convolutions_are_found_again(more: dict[str, Any]) -> None:
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4, **more)
    weights = normal(4, 4 // more.get("group", 1), 3, 3)
    assert_alike(network((4, 9, 9), [node], w=weights), (4, 9, 9))


@pytest.mark.parametrize(
    ("op", "options"),
    [
        ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2]}),
        ("GlobalAveragePool", {}),
        ("DepthToSpace", {"blocksize": 2, "mode": "CRD"}),
        ("DepthToSpace", {"blocksize": 2}),
        ("Flatten", {}),
        ("Transpose", {"perm": [0, 2, 3, 1]}),
    ],
)
def test_other_operators_are_found_again(op: str, options: dict[str, Any]) -> None:
    before = helper.make_node("Conv", ["x", "w"], ["h"])
    nodes = [before, helper.make_node(op, ["h"], ["y"], **options)]
    model = network((3, 6, 8), nodes, w=normal(8, 3, 1, 1))
    if op in ("Flatten", "GlobalAveragePool", "Transpose"):
        model.graph.node[-1].output[0] = "f"
        shape = np.array([-1, 8, 1, 1] if op[0] == "G" else [-1, 8, 6, 8], np.int64)
        model.graph.initializer.append(numpy_helper.from_array(shape, "shape"))
        model.graph.node.append(helper.make_node("Reshape", ["f", "shape"], ["y"]))
    assert_alike(model, (3, 6, 8))


PIECES: dict[str, list[tuple[str, ...]]] = {
    "gelu": [
        ("Div", "h", "root"),
        ("Erf", "v0"),
        ("Add", "v1", "one"),
        ("Mul", "h", "v2"),
        ("Mul", "v3", "half"),
    ],
    "silu": [("Sigmoid", "h"), ("Mul", "h", "v0")],
    "halves of tanh": [("Tanh", "h"), ("Mul", "v0", "half"), ("Add", "v1", "half")],
    "relu of silu": [("Sigmoid", "h"), ("Mul", "h", "v0"), ("Relu", "v1")],
    "affine": [("Mul", "h", "each"), ("Sub", "one", "v0"), ("Div", "v1", "root")],
    "residual": [("Relu", "h"), ("Add", "v0", "h"), ("Sub", "each", "v1")],
    "softplus of any sharpness": [("Mul", "h", "root"), ("Softplus", "v0"), ("Div", "v1", "root")],
    "clip": [("Max", "h", "half"), ("Min", "v0", "one")],
    "leaky": [("Mul", "h", "half"), ("Max", "h", "v0")],
}


@pytest.mark.parametrize("pieces", PIECES.values(), ids=list(PIECES))
def test_activations_in_pieces_are_found_again(pieces: list[tuple[str, ...]]) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["h"]),
        *(helper.make_node(op, inputs, [f"v{k}"]) for k, (op, *inputs) in enumerate(pieces)),
        helper.make_node("Identity", [f"v{len(pieces) - 1}"], ["y"]),
    ]
    weights = {"w": normal(4, 3, 1, 1), "each": normal(1, 4, 1, 1)}
    numbers = {"one": 1.0, "half": 0.5, "root": 2**0.5}
    weights |= {name: np.array(value, np.float32) for name, value in numbers.items()}
    assert_alike(network((3, 4, 5), nodes, **weights), (3, 4, 5))


@pytest.mark.parametrize(
    ("op", "attributes", "activation"),
    [
        ("Relu", {}, "relu"),
        ("LeakyRelu", {"alpha": 0.2}, "leaky_relu"),
        ("Elu", {}, "elu"),
        ("Selu", {}, "selu"),
        ("Gelu", {}, "gelu"),
        ("Sigmoid", {}, "sigmoid"),
        ("Tanh", {}, "tanh"),
        ("Swish", {}, "swish"),
        ("Softplus", {}, "softplus"),
    ],
)
def test_an_activation_is_itself(op: str, attributes: dict[str, Any], activation: str) -> None:
    function = function_of(op, attributes)
    assert function is not None
    found = recognised(Steps(function))
    assert found is not None
    assert [term.activation for term in found.terms] == [activation]
    assert (found.constant, found.slope) == (0, 0)
    assert (found.terms[0].scale, found.terms[0].after) == (1, 1)


@pytest.mark.parametrize("op", ["Softsign", "Mish", "HardSwish", "Exp", "Sqrt"])
def test_what_the_engine_does_not_know_is_not_taken_for_something_else(op: str) -> None:
    function = function_of(op, {})
    assert function is not None
    assert recognised(Steps(function)) is None


def test_a_function_that_doubles_at_every_step_is_refused() -> None:
    names = ["x", *(f"v{k}" for k in range(100)), "y"]
    nodes = [helper.make_node("Mul", [a, a], [b]) for a, b in pairwise(names)]
    with pytest.raises(Untranslatable, match="too many steps"):
        translated(network((3,), nodes), (3,), (3,))


def repeated() -> onnx.ModelProto:
    nodes = [helper.make_node("Expand", ["x", "huge"], ["y"])]
    return network((1,), nodes, huge=np.array([1, 1 << 40], np.int64))


def batch_mixed() -> onnx.ModelProto:
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    return network((4,), nodes, shape=np.array([4, -1], np.int64))


def huge_constant() -> onnx.ModelProto:
    nodes = [
        helper.make_node("ConstantOfShape", ["huge"], ["c"]),
        helper.make_node("Add", ["x", "c"], ["y"]),
    ]
    return network((4,), nodes, huge=np.array([1 << 20, 1 << 20], np.int64))


@pytest.mark.parametrize("make", [repeated, batch_mixed, huge_constant])
def test_what_would_run_away_is_refused(make: Callable[[], onnx.ModelProto]) -> None:
    model = make()
    with pytest.raises(Untranslatable):
        translated(model, (1,) if make is repeated else (4,), (4,))
