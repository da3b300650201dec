"""The layer graph run by NumPy, against ONNX Runtime and Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

from ae import models
from ae.graph import ACTIVATIONS, OPERATIONS, Layer, LayerGraph, from_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.graph.run import Values, run
from tests.toys import random_weights

SAME, VALID = {"padding": "same"}, {"padding": "valid"}
# Two of each joining layer's inputs are the input itself and a convolution of it.
LAYERS: dict[str, tuple[str, dict[str, Any]]] = {
    "dense": ("Dense", {"units": 7}),
    "conv": ("Conv2D", {"filters": 5, "kernel_size": [3, 2], "strides": [1, 1]} | SAME),
    "conv even": ("Conv2D", {"filters": 2, "kernel_size": [4, 4], "strides": [2, 3]} | SAME),
    "conv valid": ("Conv2D", {"filters": 2, "kernel_size": [3, 2], "strides": [2, 1]} | VALID),
    "transposed": (
        "Conv2DTranspose",
        {"filters": 5, "kernel_size": [3, 3], "strides": [1, 1]} | SAME,
    ),
    "transposed odd": (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": [5, 2], "strides": [3, 2]} | SAME,
    ),
    "transposed even": (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": [4, 3], "strides": [2, 2]} | SAME,
    ),
    "nearest": ("UpSampling2D", {"size": [2, 3], "interpolation": "nearest"}),
    "bilinear": ("UpSampling2D", {"size": [3, 2], "interpolation": "bilinear"}),
    "depth to space": ("DepthToSpace", {"block_size": 2}),
    "max": ("MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2]} | SAME),
    "max valid": ("MaxPooling2D", {"pool_size": [2, 3], "strides": [2, 1]} | VALID),
    "average": ("AveragePooling2D", {"pool_size": [3, 2], "strides": [2, 2]} | SAME),
    "global": ("GlobalAveragePooling2D", {}),
    "reshape": ("Reshape", {"shape": [4, 12, 4]}),
    "flatten": ("Flatten", {}),
    "group norm": ("GroupNormalization", {"groups": 2, "epsilon": 0.01}),
    "instance norm": ("GroupNormalization", {"groups": 4, "epsilon": 1e-5}),
    "layer norm": ("LayerNormalization", {"epsilon": 0.1}),
    "activation": ("Activation", {}),
    "add": ("Add", {}),
    "concatenate": ("Concatenate", {}),
}


def by_onnx(content: bytes, inputs: Values) -> Values:
    session = onnxruntime.InferenceSession(content)
    return np.asarray(session.run(None, {"input": inputs})[0])


def differs(graph: LayerGraph, seed: int = 0) -> float:
    rng = np.random.default_rng(seed)
    inputs = 3 * rng.normal(size=(2, *graph.input_shape)).astype(np.float32)
    weights = random_weights(graph, rng)
    (found,) = run(graph, weights, inputs)
    assert found.shape == (2, *graph.shapes()[graph.outputs[0]])
    assert found.dtype == np.float32
    return float(np.abs(found - by_onnx(to_onnx(graph, weights, ("y",)), inputs)).max())


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_agrees_with_onnx(name: str) -> None:
    op, attributes = LAYERS[name]
    shape = (8,) if op == "Dense" else (8, 6, 4)
    before = Layer("before", "Activation", ("input",), "tanh")
    fed = ("input", "before") if op in ("Add", "Concatenate") else ("before",)
    layer = Layer("layer", op, fed, attributes=attributes)
    assert differs(LayerGraph(shape, (before, layer), ("layer",))) < 1e-5


def test_the_layers_are_all_there_are() -> None:
    assert {op for op, _ in LAYERS.values()} == set(OPERATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_agrees_with_onnx(name: str) -> None:
    layer = Layer("y", "Activation", ("input",), name, {"negative_slope": 0.2})
    assert differs(LayerGraph((1000,), (layer,), ("y",))) < 1e-6


def test_every_shipped_decoder_agrees_with_onnx() -> None:
    files = list(models.SHIPPED.glob("*/decoder.safetensors"))
    assert files
    for file in files:
        graph, weights = from_safetensors(file.read_bytes())
        codes = np.random.default_rng(1).normal(size=(3, *graph.input_shape))
        codes = codes.astype(np.float32)
        (found,) = run(graph, weights, codes)
        expected = by_onnx(file.with_suffix(".onnx").read_bytes(), codes)
        np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_every_layer_of_keras_agrees() -> None:
    from ae.training.export import read_network
    from tests.training.test_export import IMAGES, NETWORKS, build

    rng = np.random.default_rng(1)
    for name, body in NETWORKS.items():
        network = build(body)
        network.set_weights([rng.random(w.shape) * 0.5 for w in network.get_weights()])
        found = run(*read_network(network), IMAGES)[0]
        expected = np.asarray(network(IMAGES, training=False))
        scale = max(1.0, float(np.abs(expected).max()))
        worst = float(np.abs(found - expected).max()) / scale
        assert worst < 1e-6, name


@pytest.mark.parametrize(
    "layers",
    [
        [("Conv2D", {"filters": 4, "kernel_size": [64, 64], "strides": [1, 1]})],
        [("MaxPooling2D", {"pool_size": [64, 64], "strides": [1, 1]})] * 2,
        [("Activation", {})] * 50,
    ],
)
def test_what_would_take_minutes_is_refused(layers: list[tuple[str, dict[str, Any]]]) -> None:
    names = ["input", *(f"layer-{at}" for at in range(len(layers)))]
    chain = tuple(
        Layer(name, op, (before,), attributes=attributes | SAME)
        for name, before, (op, attributes) in zip(names[1:], names[:-1], layers, strict=True)
    )
    graph = LayerGraph((512, 512, 4), chain, (names[-1],))
    with pytest.raises(ValueError, match="too much"):
        run(graph, {}, np.zeros((1, 512, 512, 4), np.float32))
