"""Reads a Keras network into a layer graph and its weights."""

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from ae.graph import ACTIVATIONS, Layer, LayerGraph, Weights
from ae.graph.layers import INPUT

# Keras's names for an activation that the graph calls otherwise.
_SYNONYMS = {"silu": "swish"}
_NORMALIZATIONS = (layers.GroupNormalization, layers.LayerNormalization)
# What does nothing once training is over.
_TRAINING_ONLY = (
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianNoise,
    layers.GaussianDropout,
)


def read_network(network: keras.Model) -> tuple[LayerGraph, Weights]:
    """Return the layers and weights of a functional network with one input.

    Batch normalisation is folded into the convolution or dense layer before it;
    dropout and noise, which do nothing after training, are left out.

    Raises:
        ValueError: If a layer has no counterpart in the graph, naming it.
    """
    reader = _Reader()
    for layer in network.layers:
        reader.read(layer)
    graph = LayerGraph(
        tuple(network.input_shape[1:]),
        tuple(reader.layers.values()),
        tuple(reader.source(output) for output in network.outputs),
    )
    graph.shapes()
    return graph, reader.weights


class _Reader:
    def __init__(self) -> None:
        self.layers: dict[str, Layer] = {}
        self.weights: Weights = {}
        self.aliases: dict[str, str] = {}  # folded or left out -> what stands for it

    def source(self, tensor: Any) -> str:
        name = str(tensor._keras_history.operation.name)
        return self.aliases.get(name, name)

    def read(self, layer: keras.layers.Layer) -> None:
        if isinstance(layer, layers.InputLayer):
            self.aliases[layer.name] = INPUT
            return
        tensors = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = tuple(self.source(tensor) for tensor in tensors)
        if isinstance(layer, _TRAINING_ONLY):
            self.aliases[layer.name] = inputs[0]
        elif isinstance(layer, layers.BatchNormalization):
            self.fold(layer, inputs[0])
            self.aliases[layer.name] = inputs[0]
        else:
            self.layers[layer.name] = _layer(layer, inputs)
            if layer.weights:
                self.keep_weights(layer)

    def keep_weights(self, layer: keras.layers.Layer) -> None:
        if isinstance(layer, _NORMALIZATIONS):
            for kind, variable in (("kernel", layer.gamma), ("bias", layer.beta)):
                self.weights[f"{layer.name}/{kind}"] = _array(variable)
            return
        kernel = _array(layer.kernel)
        filters = layer.units if isinstance(layer, layers.Dense) else layer.filters
        bias = _array(layer.bias) if layer.use_bias else np.zeros(filters, np.float32)
        self.weights[f"{layer.name}/kernel"] = kernel
        self.weights[f"{layer.name}/bias"] = bias

    def fold(self, norm: keras.layers.BatchNormalization, before: str) -> None:
        """Fold (y - mean) / sqrt(var + eps) * gamma + beta into what computes y."""
        layer = self.layers.get(before)
        if layer is None or f"{before}/kernel" not in self.weights or layer.activation != "linear":
            raise ValueError(
                f"{norm.name}: batch normalisation must follow a convolution or dense "
                f"layer without activation"
            )
        scale = 1 / np.sqrt(_array(norm.moving_variance) + norm.epsilon)
        if norm.scale:
            scale = scale * _array(norm.gamma)
        shift = -_array(norm.moving_mean) * scale
        if norm.center:
            shift = shift + _array(norm.beta)
        axis = 2 if layer.op == "Conv2DTranspose" else -1  # where outputs are counted
        kernel = self.weights[f"{before}/kernel"]
        along = [1] * kernel.ndim
        along[axis] = -1
        bias = self.weights[f"{before}/bias"]
        self.weights[f"{before}/kernel"] = np.float32(kernel * scale.reshape(along))
        self.weights[f"{before}/bias"] = np.float32(bias * scale + shift)


def _array(variable: Any) -> NDArray[np.float32]:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)


def _layer(layer: keras.layers.Layer, inputs: tuple[str, ...]) -> Layer:
    attributes = _attributes(layer)
    activation, extra = _activation(layer)
    op = type(layer).__name__
    if isinstance(layer, layers.LeakyReLU | layers.ReLU | layers.ELU):
        op = "Activation"
    return Layer(layer.name, op, inputs, activation, {**attributes, **extra})


def _activation(layer: keras.layers.Layer) -> tuple[str, dict[str, float]]:
    if isinstance(layer, layers.LeakyReLU):
        return "leaky_relu", {"negative_slope": float(layer.negative_slope)}
    name = {layers.ReLU: "relu", layers.ELU: "elu"}.get(type(layer), "")
    if not name:
        name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    name = _SYNONYMS.get(name, name)
    if name not in ACTIVATIONS:
        raise ValueError(f"{layer.name}: the activation {name!r} has no counterpart")
    # The slope of keras.activations.leaky_relu, which the layer does not state.
    return name, {"negative_slope": 0.2} if name == "leaky_relu" else {}


def _attributes(layer: keras.layers.Layer) -> dict[str, Any]:
    match layer:
        case layers.Dense():
            return {"units": layer.units}
        case layers.Conv2DTranspose() | layers.Conv2D():
            _refuse_unless(layer, tuple(layer.dilation_rate) == (1, 1), "dilation")
            _refuse_unless(layer, getattr(layer, "groups", 1) == 1, "groups")
            return {"filters": layer.filters, **_sliding(layer, "kernel_size")}
        case layers.MaxPooling2D() | layers.AveragePooling2D():
            return _sliding(layer, "pool_size")
        case layers.UpSampling2D():
            return {"size": list(layer.size), "interpolation": layer.interpolation}
        case layers.Reshape():
            return {"shape": list(layer.output.shape[1:])}
        case layers.Concatenate():
            _refuse_unless(layer, layer.axis in (-1, len(layer.output.shape) - 1), "axis")
            return {}
        case layers.GroupNormalization() | layers.LayerNormalization():
            last = layer.axis in (-1, [-1], len(layer.output.shape) - 1)
            _refuse_unless(layer, last, "axis")
            _refuse_unless(layer, layer.scale and layer.center, "normalisation without weights")
            groups = getattr(layer, "groups", 1)
            more = {"groups": layer.output.shape[-1] if groups == -1 else groups}
            by_group = isinstance(layer, layers.GroupNormalization)
            return {"epsilon": float(layer.epsilon), **(more if by_group else {})}
        case layers.ReLU():
            plain = layer.max_value is None and not layer.negative_slope
            _refuse_unless(layer, plain and not layer.threshold, "slope or limit")
            return {}
        case layers.ELU():
            _refuse_unless(layer, layer.alpha == 1, "alpha")
            return {}
        case (
            layers.Activation()
            | layers.LeakyReLU()
            | layers.Flatten()
            | layers.Add()
            | layers.GlobalAveragePooling2D()
        ):
            return {}
        case _ if type(layer).__name__ == "DepthToSpace":
            return {"block_size": layer.block_size}
    raise ValueError(f"{layer.name}: a {type(layer).__name__} layer has no counterpart")


def _sliding(layer: keras.layers.Layer, window: str) -> dict[str, Any]:
    return {
        window: list(getattr(layer, window)),
        "strides": list(layer.strides),
        "padding": layer.padding,
    }


def _refuse_unless(layer: keras.layers.Layer, holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{layer.name}: this {what} has no counterpart")
