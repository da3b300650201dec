"""Builds an ONNX network from a layer graph and its weights.

ONNX pictures are channels first. Every picture inside is kept so, and turned only where
the order of the numbers matters: at the network's ends, at Flatten and at Reshape.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ae.graph.layers import INPUT, Layer, LayerGraph, Shape
from ae.graph.tensors import Weights

_OPSET = 20  # the first with Gelu
_IR_VERSION = 10
_ACTIVATIONS: dict[str, tuple[str, dict[str, float]]] = {
    "relu": ("Relu", {}),
    "elu": ("Elu", {"alpha": 1.0}),
    # Klambauer et al. 2017, arXiv 1706.02515, the constants of Keras.
    "selu": ("Selu", {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}),
    "gelu": ("Gelu", {}),
    "softplus": ("Softplus", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
}


def to_onnx(graph: LayerGraph, weights: Weights, output_names: tuple[str, ...]) -> bytes:
    """Return the network as the bytes of an ONNX file, batch size left open.

    Args:
        graph: The layers, inputs (n, *input_shape).
        weights: As ``graph.weight_shapes()`` says.
        output_names: What the results are called, one for each of ``graph.outputs``.
    """
    return _Builder(graph, weights).model(output_names).SerializeToString()


class _Builder:
    def __init__(self, graph: LayerGraph, weights: Weights) -> None:
        self.graph = graph
        self.weights = weights
        self.shapes = graph.shapes()
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.values: dict[str, str] = {}  # layer -> the ONNX value that holds it

    def model(self, output_names: tuple[str, ...]) -> onnx.ModelProto:
        self.values[INPUT] = self.channels_first(INPUT, INPUT)
        for layer in self.graph.layers:
            value = getattr(self, f"add_{layer.op.lower()}")(layer)
            self.values[layer.name] = self.activate(layer, value)
        for layer_name, output in zip(self.graph.outputs, output_names, strict=True):
            self.node("Identity", [self.channels_last(layer_name)], output)
        onnx_graph = helper.make_graph(
            self.nodes,
            "network",
            [_value(INPUT, self.graph.input_shape)],
            [
                _value(output, self.shapes[name])
                for name, output in zip(self.graph.outputs, output_names, strict=True)
            ],
            self.constants,
        )
        model = helper.make_model(
            onnx_graph, ir_version=_IR_VERSION, opset_imports=[helper.make_opsetid("", _OPSET)]
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, layer: Layer, kind: str, axes: tuple[int, ...] = ()) -> str:
        name = f"{layer.name}/{kind}"
        values = self.weights[name]
        return self.constant(name, values.transpose(axes) if axes else values)

    def channels_first(self, value: str, layer_name: str) -> str:
        if len(self.shapes[layer_name]) != 3:
            return value
        return self.node("Transpose", [value], f"{layer_name}:first", perm=[0, 3, 1, 2])

    def channels_last(self, layer_name: str) -> str:
        value = self.values[layer_name]
        if len(self.shapes[layer_name]) != 3:
            return value
        last = f"{layer_name}:last"
        if any(node.name == last for node in self.nodes):
            return last
        return self.node("Transpose", [value], last, perm=[0, 2, 3, 1])

    def activate(self, layer: Layer, value: str) -> str:
        output = f"{layer.name}:out"
        if layer.activation == "linear":
            return value
        if layer.activation == "swish":
            gate = self.node("Sigmoid", [value], f"{layer.name}:gate")
            return self.node("Mul", [value, gate], output)
        if layer.activation == "leaky_relu":
            slope = float(layer.attributes["negative_slope"])
            return self.node("LeakyRelu", [value], output, alpha=slope)
        op, attributes = _ACTIVATIONS[layer.activation]
        return self.node(op, [value], output, **attributes)

    def only(self, layer: Layer) -> str:
        return self.values[layer.inputs[0]]

    def add_dense(self, layer: Layer) -> str:
        inputs = [self.only(layer), self.weight(layer, "kernel"), self.weight(layer, "bias")]
        return self.node("Gemm", inputs, _result(layer))

    def add_conv2d(self, layer: Layer) -> str:
        inputs = [
            self.only(layer),
            self.weight(layer, "kernel", (3, 2, 0, 1)),
            self.weight(layer, "bias"),
        ]
        return self.node("Conv", inputs, _result(layer), **_sliding(layer))

    def add_conv2dtranspose(self, layer: Layer) -> str:
        kernel, strides = layer.pair("kernel_size"), layer.pair("strides")
        excess = [k - s for k, s in zip(kernel, strides, strict=True)]
        before = [e // 2 for e in excess]
        after = [e - b for e, b in zip(excess, before, strict=True)]
        inputs = [
            self.only(layer),
            self.weight(layer, "kernel", (3, 2, 0, 1)),
            self.weight(layer, "bias"),
        ]
        return self.node(
            "ConvTranspose", inputs, _result(layer), strides=strides, pads=before + after
        )

    def add_upsampling2d(self, layer: Layer) -> str:
        size = layer.pair("size")
        scales = self.constant(f"{layer.name}/scales", np.asarray([1, 1, *size], np.float32))
        nearest = layer.attributes["interpolation"] == "nearest"
        return self.node(
            "Resize",
            [self.only(layer), "", scales],
            _result(layer),
            mode="nearest" if nearest else "linear",
            coordinate_transformation_mode="asymmetric" if nearest else "half_pixel",
            nearest_mode="floor",
        )

    def add_depthtospace(self, layer: Layer) -> str:
        block = int(layer.attributes["block_size"])
        return self.node(
            "DepthToSpace", [self.only(layer)], _result(layer), blocksize=block, mode="DCR"
        )

    def add_maxpooling2d(self, layer: Layer) -> str:
        return self.pool("MaxPool", layer)

    def add_averagepooling2d(self, layer: Layer) -> str:
        return self.pool("AveragePool", layer)

    def pool(self, op: str, layer: Layer) -> str:
        return self.node(op, [self.only(layer)], _result(layer), **_sliding(layer, "pool_size"))

    def add_globalaveragepooling2d(self, layer: Layer) -> str:
        pooled = self.node("GlobalAveragePool", [self.only(layer)], f"{layer.name}:pooled")
        return self.node("Flatten", [pooled], _result(layer))

    def add_reshape(self, layer: Layer) -> str:
        shape = self.shapes[layer.name]
        target = self.constant(f"{layer.name}/shape", np.asarray([-1, *shape], np.int64))
        value = self.node(
            "Reshape", [self.channels_last(layer.inputs[0]), target], f"{layer.name}:reshaped"
        )
        return self.channels_first(value, layer.name)

    add_flatten = add_reshape

    def add_groupnormalization(self, layer: Layer) -> str:
        # The operator of that name wants gamma by group before opset 21.
        groups, channels = int(layer.attributes["groups"]), self.shapes[layer.name][-1]
        parts = self.constant(f"{layer.name}/parts", np.asarray([0, groups, -1], np.int64))
        value = self.node("Reshape", [self.only(layer), parts], f"{layer.name}:parts")
        plain = [
            self.constant(f"{layer.name}/{name}", np.full(groups, number, np.float32))
            for name, number in (("ones", 1), ("zeros", 0))
        ]
        epsilon = float(layer.attributes["epsilon"])
        value = self.node(
            "InstanceNormalization", [value, *plain], f"{layer.name}:parts:even", epsilon=epsilon
        )
        sizes = [0, channels, *self.shapes[layer.name][:-1]]
        whole = self.constant(f"{layer.name}/whole", np.asarray(sizes, np.int64))
        value = self.node("Reshape", [value, whole], f"{layer.name}:even")
        gamma, beta = (
            self.constant(
                f"{layer.name}/{kind}",
                self.weights[f"{layer.name}/{kind}"].reshape(-1, *[1] * (len(sizes) - 2)),
            )
            for kind in ("kernel", "bias")
        )
        value = self.node("Mul", [value, gamma], f"{layer.name}:scaled")
        return self.node("Add", [value, beta], _result(layer))

    def add_layernormalization(self, layer: Layer) -> str:
        inputs = [self.channels_last(layer.inputs[0])]
        inputs += [self.weight(layer, "kernel"), self.weight(layer, "bias")]
        epsilon = float(layer.attributes["epsilon"])
        value = self.node(
            "LayerNormalization", inputs, f"{layer.name}:even", axis=-1, epsilon=epsilon
        )
        return self.channels_first(value, layer.name)

    def add_activation(self, layer: Layer) -> str:
        return self.only(layer)

    def add_add(self, layer: Layer) -> str:
        return self.node("Sum", [self.values[name] for name in layer.inputs], _result(layer))

    def add_concatenate(self, layer: Layer) -> str:
        inputs = [self.values[name] for name in layer.inputs]
        return self.node("Concat", inputs, _result(layer), axis=1)


def _result(layer: Layer) -> str:
    # Not the bare name, which may be that of one of the network's results.
    return f"{layer.name}:value"


def _sliding(layer: Layer, window: str = "kernel_size") -> dict[str, Any]:
    same = layer.attributes["padding"] == "same"
    return {
        "kernel_shape": layer.pair(window),
        "strides": layer.pair("strides"),
        # TensorFlow puts the odd row of padding below and to the right.
        "auto_pad": "SAME_UPPER" if same else "VALID",
    }


def _value(name: str, shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])
