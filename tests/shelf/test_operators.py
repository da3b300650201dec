from __future__ import annotations

import ast
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ae.graph import onnx_builder
from ae.models import SHIPPED
from ae.shelf.network import Network
from ae.shelf.operators import OPERATORS, check_operators

NETWORKS = sorted(SHIPPED.glob("*/*.onnx"))


def network(*nodes: onnx.NodeProto, inputs: int = 1) -> onnx.ModelProto:
    """A network from x, (n, 3), to y, (n, 3)."""

    def value(name: str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3])

    weights = [
        numpy_helper.from_array(np.eye(3, dtype=np.float32), "eye"),
        numpy_helper.from_array(np.array([50_000, 50_000], np.int64), "huge"),
    ]
    graph = helper.make_graph(
        list(nodes), "g", [value(f"x{i}") for i in range(inputs)], [value("y")], weights
    )
    return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])


def gemm(source: str = "x0", result: str = "y") -> onnx.NodeProto:
    return helper.make_node("Gemm", [source, "eye"], [result])


def test_the_operators_are_those_that_the_builder_writes() -> None:
    source = Path(onnx_builder.__file__).read_text(encoding="utf-8")
    written = {op for op, _ in onnx_builder._ACTIVATIONS.values()}
    for call in ast.walk(ast.parse(source)):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in ("node", "pool")
            and isinstance(call.args[0], ast.Constant)
        ):
            written.add(str(call.args[0].value))
    assert written == OPERATORS


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: f"{path.parent.name}")
def test_shipped_networks_pass_and_one_strange_node_does_not(path: Path) -> None:
    data = path.read_bytes()
    check_operators(data, path.name)
    model = onnx.load_from_string(data)
    model.graph.node[-1].op_type = "Loop"
    with pytest.raises(ValueError, match="operations that this app does not run"):
        check_operators(model.SerializeToString(), path.name)


def strange_operator() -> onnx.ModelProto:
    """Asks for ten gigabytes from a file of a few hundred bytes."""
    return network(
        helper.make_node("ConstantOfShape", ["huge"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("Add", ["x0", "zero"], ["y"]),
    )


def strange_domain() -> onnx.ModelProto:
    model = network(gemm())
    model.graph.node[0].domain = "com.example"
    return model


def nested_graph() -> onnx.ModelProto:
    model = network(gemm())
    model.graph.node[0].attribute.append(helper.make_attribute("body", strange_operator().graph))
    return model


def nested_graphs() -> onnx.ModelProto:
    model = network(gemm())
    graphs = [strange_operator().graph]
    model.graph.node[0].attribute.append(helper.make_attribute("bodies", graphs))
    return model


def carried_tensor() -> onnx.ModelProto:
    model = network(gemm())
    tensor = numpy_helper.from_array(np.zeros(3, np.float32))
    model.graph.node[0].attribute.append(helper.make_attribute("value", tensor))
    return model


def own_function() -> onnx.ModelProto:
    model = network(gemm())
    loop = [helper.make_node("Loop", ["a"], ["b"])]
    opsets = [helper.make_opsetid("", 20)]
    model.functions.append(helper.make_function("", "Gemm", ["a"], ["b"], loop, opsets))
    return model


def weights_elsewhere() -> onnx.ModelProto:
    model = network(gemm())
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="/etc/passwd")
    return model


def sparse_weights() -> onnx.ModelProto:
    model = network(gemm())
    model.graph.sparse_initializer.append(
        helper.make_sparse_tensor(
            numpy_helper.from_array(np.ones(1, np.float32), "sparse"),
            numpy_helper.from_array(np.zeros(1, np.int64)),
            [50_000, 50_000],
        )
    )
    return model


@pytest.mark.parametrize(
    "make",
    [
        strange_operator,
        strange_domain,
        nested_graph,
        nested_graphs,
        carried_tensor,
        own_function,
        weights_elsewhere,
        sparse_weights,
    ],
)
def test_what_the_builder_would_not_write_is_refused(make: Callable[[], onnx.ModelProto]) -> None:
    with pytest.raises(ValueError, match="operations that this app does not run"):
        Network(make().SerializeToString(), "decoder.onnx", (3,), [(3,)])


def test_a_strange_node_of_a_graph_in_two_parts_is_found() -> None:
    # Parsers join the parts of a message that comes twice.
    data = network(gemm()).SerializeToString()
    second = onnx.ModelProto()
    second.graph.node.append(helper.make_node("Loop", ["a"], ["b"]))
    with pytest.raises(ValueError, match="operations"):
        check_operators(data + second.SerializeToString(), "decoder.onnx")


def test_what_is_no_such_file_is_refused_without_another_exception() -> None:
    data = network(gemm()).SerializeToString()
    Network(data, "decoder.onnx", (3,), [(3,)])
    rng = np.random.default_rng(0)
    for end in range(1, len(data)):
        refused_or_allowed(data[:end])
    for _ in range(500):
        torn = bytearray(data)
        torn[rng.integers(len(data))] = rng.integers(256)
        refused_or_allowed(bytes(torn))
        refused_or_allowed(rng.bytes(50))


def refused_or_allowed(data: bytes) -> None:
    with suppress(ValueError):
        check_operators(data, "decoder.onnx")


def with_fixed_batch() -> onnx.ModelProto:
    model = network(gemm())
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    return model


def with_doubles() -> onnx.ModelProto:
    model = network(helper.make_node("Identity", ["x0"], ["y"]))
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.elem_type = TensorProto.DOUBLE
    return model


def with_lies() -> onnx.ModelProto:
    """Declares as many rows as it takes and gives twice as many."""
    return network(helper.make_node("Concat", ["x0", "x0"], ["y"], axis=0))


def without_inputs() -> onnx.ModelProto:
    model = network(helper.make_node("Identity", ["eye"], ["y"]), inputs=0)
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 3
    return model


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (without_inputs, "must have one input, it has 0"),
        (lambda: network(gemm(), inputs=2), "must have one input, it has 2"),
        (with_fixed_batch, "leave open how many"),
        (with_doubles, "32-bit"),
        (with_lies, "does not give what it declares"),
    ],
)
def test_a_network_that_no_batch_can_be_given_is_refused(
    make: Callable[[], onnx.ModelProto], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Network(make().SerializeToString(), "decoder.onnx", (3,), [(3,)])
