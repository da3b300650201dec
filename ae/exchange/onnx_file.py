"""ONNX files that anybody made: read with limits, looked through, run, written anew."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ae.exchange.constants import FOLDED, attributes_of
from ae.exchange.translate import End, needed
from ae.shelf.card import MAX_FILE_BYTES
from ae.shelf.operators import IMPORTED, OPERATORS

_MOST_NODES = 5000
# Operators whose results are another each time.
RANDOM = ("RandomNormalLike", "RandomNormal", "RandomUniformLike", "RandomUniform", "Bernoulli")
Floats = NDArray[np.float32]
Given: TypeAlias = "str | Path | bytes | onnx.ModelProto"


def read(given: Given, what: str) -> onnx.ModelProto:
    """Read an ONNX network and hold it to what can be imported.

    Args:
        given: A file's path, a file's content, or the network itself.
        what: What it is called in messages, such as ``"the decoder"``.

    Returns:
        The network with all its weights in it.

    Raises:
        ValueError: One sentence that says what is wrong with it.
        OSError: If a file cannot be read.
    """
    folder = None
    if isinstance(given, str | Path):
        folder = Path(given).expanduser().absolute().parent
        given = _content(Path(given).expanduser(), what)
    if isinstance(given, bytes):
        if len(given) > MAX_FILE_BYTES:
            raise ValueError(f"{what} is larger than {MAX_FILE_BYTES >> 20} MB.")
        try:
            given = onnx.load_model_from_string(given)
        # protobuf's own error, which is of no class that is exported.
        except Exception as problem:
            raise ValueError(f"{what} is not an ONNX file.") from problem
    model = onnx.ModelProto()
    model.CopyFrom(given)
    _check(model, what)
    _take_in(model, folder, what)
    return model


def _content(path: Path, what: str) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}; give the path of {what} as ONNX.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{what} is larger than {MAX_FILE_BYTES >> 20} MB.")
    return path.read_bytes()


def _check(model: onnx.ModelProto, what: str) -> None:
    graph = model.graph
    if not graph.node or not graph.output or len(graph.node) > _MOST_NODES:
        raise ValueError(
            f"{what} is not an ONNX network of 1 to {_MOST_NODES:,} operators with a result."
        )
    if model.functions or any(node.domain not in ("", "ai.onnx") for node in graph.node):
        raise ValueError(
            f"{what} has operators of its own; export it with those of ONNX itself only."
        )
    inner = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
    if any(attribute.type in inner for node in graph.node for attribute in node.attribute):
        raise ValueError(f"{what} has loops or branches, which are not imported.")
    if graph.sparse_initializer or model.training_info:
        raise ValueError(f"{what} has sparse weights or a training in it; export it without.")


def _take_in(model: onnx.ModelProto, folder: Path | None, what: str) -> None:
    """Load weights that lie in files beside, and in no other place."""
    total = 0
    for tensor in model.graph.initializer:
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        place = {entry.key: entry.value for entry in tensor.external_data}
        name = place.get("location", "")
        plain = name and os.path.basename(name) == name and name not in (".", "..")
        if (
            folder is None
            or not plain
            or not (folder / name).is_file()
            or (folder / name).is_symlink()
        ):
            raise ValueError(
                f"{what} has its weights in another file, which is not beside it; "
                "export it with its weights inside."
            )
        total += (folder / name).stat().st_size if "length" not in place else int(place["length"])
        if total > MAX_FILE_BYTES:
            raise ValueError(f"{what} is larger than {MAX_FILE_BYTES >> 20} MB.")
        onnx.external_data_helper.load_external_data_for_tensor(tensor, str(folder))
        tensor.data_location = TensorProto.DEFAULT
        del tensor.external_data[:]


def sizes(value: onnx.ValueInfoProto) -> list[int | None]:
    """Return the sizes of a graph's input or output, None where they are left open."""
    dims = value.type.tensor_type.shape.dim
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in dims]


def source_of(model: onnx.ModelProto, what: str) -> onnx.ValueInfoProto:
    """Return the only input of a network.

    Raises:
        ValueError: If it has several, or one that is not of 32-bit numbers.
    """
    known = {tensor.name for tensor in model.graph.initializer}
    sources = [value for value in model.graph.input if value.name not in known]
    if len(sources) != 1 or sources[0].type.tensor_type.elem_type != TensorProto.FLOAT:
        raise ValueError(f"{what} must have one input of 32-bit numbers; it has {len(sources)}.")
    return sources[0]


def session_of(data: bytes, what: str) -> Any:
    """Return an ONNX Runtime session of two threads.

    Raises:
        ValueError: If ONNX Runtime does not take it; its own words are kept.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    # ONNX Runtime raises a dozen unrelated classes of its own for a bad file.
    except Exception as problem:
        raise ValueError(
            f"{what} is not a network that ONNX Runtime runs: {brief(problem)}"
        ) from problem


def brief(problem: Exception) -> str:
    """Return the first line of what others' code says went wrong, 200 characters at most."""
    return (str(problem).splitlines() or [type(problem).__name__])[0][:200]


def with_results(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """Return a network that gives some of its values, whatever it gave, and no more."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    nodes = needed(model.graph, names)
    del made.graph.node[:], made.graph.output[:], made.graph.value_info[:]
    made.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del made.graph.initializer[:]
    made.graph.initializer.extend(kept)
    made.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    for output in made.graph.output:
        output.type.tensor_type.elem_type = TensorProto.FLOAT
    return made


def wrapped(
    model: onnx.ModelProto, source: End, results: Sequence[End], names: Sequence[str]
) -> bytes:
    """Return a network that takes and gives what this app's networks do.

    Args:
        model: The network.
        source: Its input.
        results: Those of its values that are wanted.
        names: What they are called.

    Raises:
        ValueError: If it has operators that the app does not run.
    """
    made = _folded(with_results(model, [end.name for end in results]))
    unknown = sorted({node.op_type for node in made.graph.node} - OPERATORS - IMPORTED)
    if unknown:
        raise ValueError(f"The app does not run these operators: {', '.join(unknown)}.")
    before, after = _Ends(), _Ends()
    given = before.arithmetic("input:app", source.scale, source.shift)
    shape = [-1, *source.order.shape]
    # Where the app's numbers are in another order than ONNX's, they are gathered.
    back = np.argsort(source.order.ravel())
    given = before.reordered(given, shape, back)
    before.add("Reshape", [given, before.number([-1, *source.shape[1:]])], source.name)
    outputs = []
    for end, name in zip(results, names, strict=True):
        flat = after.add("Reshape", [end.name, after.number([-1, end.order.size])])
        value = after.reordered(flat, [-1, end.order.size], end.order.ravel())
        value = after.arithmetic(value, end.scale, end.shift)
        if end.clip:
            value = after.add(
                "Min", [after.add("Max", [value, after.number(0.0)]), after.number(1.0)]
            )
        after.add("Reshape", [value, after.number([-1, *end.order.shape])], f"{name}:app")
        sizes_ = ["n", *end.order.shape]
        outputs.append(helper.make_tensor_value_info(f"{name}:app", TensorProto.FLOAT, sizes_))
    nodes = [*before.nodes, *made.graph.node, *after.nodes]
    takes = helper.make_tensor_value_info(
        "input:app", TensorProto.FLOAT, ["n", *source.order.shape]
    )
    constants = [*made.graph.initializer, *before.constants, *after.constants]
    graph = helper.make_graph(nodes, "network", [takes], outputs, constants)
    imports = [each for each in model.opset_import if each.domain in ("", "ai.onnx")]
    whole = helper.make_model(graph, opset_imports=imports, ir_version=max(model.ir_version, 4))
    return bytes(whole.SerializeToString())


class _Ends:
    """Nodes to put before or after a network."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, op: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        output = output or f"app:{id(self)}:{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def number(self, value: Any) -> str:
        name = f"app:{id(self)}:constant:{len(self.constants)}"
        kind = np.int64 if isinstance(value, list | np.ndarray) else np.float32
        self.constants.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def arithmetic(self, value: str, scale: float, shift: float) -> str:
        if scale != 1:
            value = self.add("Mul", [value, self.number(scale)])
        return value if shift == 0 else self.add("Add", [value, self.number(shift)])

    def reordered(self, value: str, shape: list[int], order: NDArray[Any]) -> str:
        flat = value
        if len(shape) > 2:
            flat = self.add("Reshape", [value, self.number([-1, math.prod(shape[1:])])])
        if np.array_equal(order, np.arange(len(order))):
            return flat
        return self.add("Gather", [flat, self.number(order)], axis=1)


def _folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Turn what does not depend on the input into constants."""
    graph = model.graph
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    left = []
    for node in graph.node:
        given = [known.get(name) for name in node.input]
        constant = all(
            value is not None or not name for name, value in zip(node.input, given, strict=True)
        )
        if constant and node.op_type in FOLDED:
            made = FOLDED[node.op_type](attributes_of(node), given)  # type: ignore[arg-type]
            known[node.output[0]] = np.asarray(made)
            tensor = numpy_helper.from_array(np.ascontiguousarray(made), node.output[0])
            graph.initializer.append(tensor)
        else:
            left.append(node)
    del graph.node[:]
    graph.node.extend(left)
    return model
