"""The browser's decoder engine against ONNX Runtime and Keras."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, exp, expm1, log1p, tanh
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from ae import models
from ae.graph import ACTIVATIONS, OPERATIONS, Layer, LayerGraph, from_safetensors, to_safetensors
from ae.graph.layers import Shape
from ae.graph.onnx_builder import to_onnx
from ae.graph.run import run as run_graph
from tests.live.node import Case, run
from tests.toys import random_weights

KERNELS = ["javascript", "plain", "relaxed"]
WINDOW: dict[str, Any] = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same"}


def decoder(activation: str, channels: int = 3) -> LayerGraph:
    """A small decoder with the layers that decoders are made of."""
    slope = {"negative_slope": 0.2} if activation == "leaky_relu" else {}
    up = {"kernel_size": [4, 4], "strides": [2, 2], "padding": "same"}

    def layer(name: str, op: str, source: str, **attributes: object) -> Layer:
        return Layer(name, op, (source,), activation, {**attributes, **slope})

    return LayerGraph(
        (5,),
        (
            layer("mix", "Dense", "input", units=3 * 4 * 7),
            Layer("grid", "Reshape", ("mix",), attributes={"shape": [3, 4, 7]}),
            layer("widen", "Conv2D", "grid", filters=9, **WINDOW),
            layer("up", "Conv2DTranspose", "widen", filters=6, **up),
            layer("act", "Activation", "up"),
            layer("fold", "Conv2D", "act", filters=4 * channels, **WINDOW),
            layer("unfold", "DepthToSpace", "fold", block_size=2),
            Layer("image", "Activation", ("unfold",), "sigmoid"),
        ),
        ("image",),
    )


def case(graph: LayerGraph, seed: int, **options: int) -> Case:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(4, *graph.input_shape)).astype(np.float32)
    weights = random_weights(graph, rng)
    return Case(to_safetensors(graph, weights), inputs, **options)


def by_onnx(content: bytes, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(content)
    return np.asarray(session.run(None, {"input": inputs})[0])


@pytest.mark.parametrize("kernels", KERNELS)
def test_small_decoders_agree_with_onnx(tmp_path: Path, kernels: str) -> None:
    graphs = [decoder(activation) for activation in ACTIVATIONS]
    cases = [case(graph, seed) for seed, graph in enumerate(graphs)]
    for graph, made, result in zip(graphs, cases, run(tmp_path, cases, kernels), strict=True):
        assert made.inputs is not None
        assert result["macs"] == graph.macs()
        assert result["shape"] == list(graph.shapes()["image"])
        _, weights = from_safetensors(made.content)
        expected = by_onnx(to_onnx(graph, weights, ("y",)), made.inputs)
        np.testing.assert_allclose(result["outputs"], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kernels", KERNELS)
def test_every_shipped_decoder_agrees_with_onnx(tmp_path: Path, kernels: str) -> None:
    folders = [path.parent for path in models.SHIPPED.glob("*/decoder.safetensors")]
    assert folders
    cases, expected = [], []
    for folder in folders:
        with np.load(folder / "codes.npz") as stored:
            known = stored["codes"]
        spread = np.random.default_rng(1).normal(size=(8, known.shape[1]))
        codes = np.float32(known.mean(axis=0) + spread * known.std(axis=0))
        cases.append(Case((folder / "decoder.safetensors").read_bytes(), codes))
        expected.append(by_onnx((folder / "decoder.onnx").read_bytes(), codes))
    for result, images in zip(run(tmp_path, cases, kernels), expected, strict=True):
        np.testing.assert_allclose(result["outputs"], images, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_every_operation_and_activation_agrees_with_keras(tmp_path: Path) -> None:
    from keras import layers

    from ae.training.export import read_network
    from tests.training.test_export import IMAGES, NETWORKS, build

    def activated(name: str) -> object:
        return build(lambda x: layers.Activation(name)(layers.Conv2D(2, 1, activation=name)(x)))

    networks = [build(body) for body in NETWORKS.values()]
    networks += [activated(name) for name in ACTIVATIONS]
    cases, expected, operations = [], [], set()
    rng = np.random.default_rng(1)
    for network in networks:
        network.set_weights([rng.random(w.shape) * 0.5 for w in network.get_weights()])
        graph, weights = read_network(network)
        operations |= {layer.op for layer in graph.layers}
        cases.append(Case(to_safetensors(graph, weights), IMAGES))
        expected.append(np.asarray(network(IMAGES, training=False)))
    assert operations == set(OPERATIONS)
    for kernels in KERNELS:
        for result, values in zip(run(tmp_path, cases, kernels), expected, strict=True):
            scale = max(1.0, float(np.abs(values).max()))
            found = result["outputs"] / scale
            np.testing.assert_allclose(found, values / scale, atol=1e-6, rtol=0)


# What JavaScript computes in 64 bits and WebAssembly in 32, exp in particular.
EXACT = {"javascript": 1e-8, "plain": 1e-6, "relaxed": 1e-6}
CURVES: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else 0.2 * x,
    "elu": lambda x: x if x > 0 else expm1(x),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * expm1(x)),
    "swish": lambda x: x / (1 + exp(-x)),
    "gelu": lambda x: x / 2 * (1 + erf(x / 2**0.5)),
    "softplus": lambda x: max(x, 0) + log1p(exp(-abs(x))),
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "tanh": tanh,
}


@pytest.mark.parametrize("kernels", KERNELS)
def test_activations_are_exact_over_their_whole_range(tmp_path: Path, kernels: str) -> None:
    assert {"linear", *CURVES} == set(ACTIVATIONS)
    x = np.concatenate([np.linspace(-9, 9, 3601), np.linspace(-600, 600, 402)]).astype(np.float32)
    shape: Shape = (len(x),)
    slope = {"negative_slope": 0.2}
    graphs = [
        LayerGraph(shape, (Layer("y", "Activation", ("input",), name, slope),), ("y",))
        for name in CURVES
    ]
    cases = [Case(to_safetensors(graph, {}), x[None]) for graph in graphs]
    results = run(tmp_path, cases, kernels)
    for (name, curve), result in zip(CURVES.items(), results, strict=True):
        expected = [curve(v) for v in x.astype(float)]
        atol = EXACT[kernels]
        np.testing.assert_allclose(
            result["outputs"][0], expected, atol=atol, rtol=max(atol, 1e-7), err_msg=name
        )


# Sizes that no tile, panel or vector divides, and such as are smaller than any of them.
ODD: list[tuple[Shape, Layer]] = [
    ((n,), Layer("y", "Dense", ("input",), attributes={"units": units}))
    for n, units in [(1, 1), (3, 31), (33, 65), (130, 32)]
]
ODD += [
    (
        (height, width, channels),
        Layer("y", op, ("input",), attributes={"filters": filters, **window}),
    )
    for op in ("Conv2D", "Conv2DTranspose")
    for height, width, channels in [(1, 1, 1), (5, 3, 2), (4, 7, 5)]
    for filters in (1, 2, 3, 4, 5, 7, 8, 13, 17)
    for window in [
        WINDOW,
        {"kernel_size": [3, 2], "strides": [2, 1], "padding": "same"},
        {"kernel_size": [1, 1], "strides": [1, 1], "padding": "same"},
    ]
]
ODD += [
    (
        (5, 3, channels),
        Layer("y", "UpSampling2D", ("input",), attributes={"size": size, "interpolation": way}),
    )
    for channels in (1, 3, 8)
    for size in ([2, 2], [1, 3], [3, 1])
    for way in ("nearest", "bilinear")
]
ODD += [
    ((3, 5, channels), Layer("y", "DepthToSpace", ("input",), attributes={"block_size": block}))
    for channels, block in [(4, 2), (12, 2), (9, 3), (18, 3)]
]
ODD += [
    ((height, width, channels), Layer("y", op, ("input",), attributes=window))
    for op in ("MaxPooling2D", "AveragePooling2D")
    for height, width, channels in [(2, 3, 1), (5, 3, 2), (7, 5, 17)]
    for window in [
        {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"},
        {"pool_size": [3, 2], "strides": [2, 1], "padding": "same"},
    ]
]
ODD += [
    ((height, width, channels), Layer("y", op, ("input",), attributes=given))
    for height, width, channels in [(1, 1, 2), (5, 3, 6), (7, 5, 34)]
    for op, given in [
        ("GlobalAveragePooling2D", {}),
        ("LayerNormalization", {"epsilon": 1e-3}),
        ("GroupNormalization", {"epsilon": 1e-3, "groups": 1}),
        ("GroupNormalization", {"epsilon": 1e-3, "groups": 2}),
        ("GroupNormalization", {"epsilon": 1e-3, "groups": channels}),
    ]
]


@pytest.mark.parametrize("kernels", KERNELS)
def test_odd_sizes_agree_with_numpy(tmp_path: Path, kernels: str) -> None:
    graphs = [LayerGraph(shape, (layer,), ("y",)) for shape, layer in ODD]
    cases = [case(graph, seed) for seed, graph in enumerate(graphs)]
    for graph, made, result in zip(graphs, cases, run(tmp_path, cases, kernels), strict=True):
        assert made.inputs is not None
        _, weights = from_safetensors(made.content)
        (expected,) = run_graph(graph, weights, made.inputs)
        np.testing.assert_allclose(
            result["outputs"].reshape(expected.shape), expected, atol=1e-5, err_msg=str(graph)
        )


@pytest.mark.parametrize("kernels", KERNELS)
def test_values_that_are_used_again_are_kept(tmp_path: Path, kernels: str) -> None:
    """One value through every way that joins, copies or changes in place."""

    def layer(name: str, op: str, *sources: str, **given: Any) -> Layer:
        return Layer(name, op, sources, given.pop("activation", "linear"), given)

    graph = LayerGraph(
        (5, 3, 3),
        (
            layer("a", "Conv2D", "input", filters=3, **WINDOW),
            layer("b", "Activation", "a", activation="gelu"),
            layer("c", "Conv2D", "a", filters=3, activation="elu", **WINDOW),
            layer("d", "Reshape", "a", activation="tanh", shape=[5, 3, 3]),
            layer("e", "Add", "a", "b", "c", "d", "input", activation="relu"),
            layer("f", "Concatenate", "e", "a", "input"),
            layer("g", "Flatten", "f"),
        ),
        ("g",),
    )
    made = case(graph, 3)
    assert made.inputs is not None
    _, weights = from_safetensors(made.content)
    (result,) = run(tmp_path, [made], kernels)
    (expected,) = run_graph(graph, weights, made.inputs)
    np.testing.assert_allclose(result["outputs"], expected, atol=1e-5)


@pytest.mark.parametrize("kernels", KERNELS)
def test_a_frame_leaves_nothing_behind(tmp_path: Path, kernels: str) -> None:
    shipped = models.SHIPPED.glob("*/decoder.safetensors")
    smallest = min(shipped, key=lambda path: path.stat().st_size)
    cases = [case(decoder(name), 0, frames=1000) for name in ("gelu", "selu", "swish")]
    cases.append(Case(smallest.read_bytes(), frames=1000))
    for result in run(tmp_path, cases, kernels):
        assert result["pictures"] == 1, "the same array every time"
        # One number per frame would be 12 kB already.
        assert result["heap"] < 8000, result
