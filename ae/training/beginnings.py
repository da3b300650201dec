"""Where a training begins that does not begin with random weights."""

from pathlib import Path

import keras
import numpy as np
import onnx
from numpy.typing import NDArray

from ae.data import Dataset
from ae.graph import from_safetensors
from ae.training.contents import block_baseline

Weights = dict[str, NDArray[np.float32]]


def begin_as_pca(encoder: keras.Model, decoder: keras.Model, train: Dataset) -> None:
    """Give the straight paths of ``ae.networks.autoencoders.nested`` the weights of PCA on blocks.

    A number's spread becomes the square root of what PCA gives it, between that and 1.

    Args:
        encoder: Its encoder, of which everything but the straight path gives 0.
        decoder: Its decoder, likewise.
        train: Images to learn from.
    """
    there, back = encoder.get_layer("straight_encoder"), decoder.get_layer("straight_decoder")
    side, _, _, numbers = there.kernel.shape
    pca, spreads = block_baseline(train, side, numbers)
    scale = np.sqrt(spreads)[:, None]
    rows = pca.components / scale
    there.set_weights([rows.T.reshape(there.kernel.shape), -rows @ pca.mean])
    back.set_weights([(pca.components * scale)[None, None], pca.mean])


def begin_as_model(encoder: keras.Model, decoder: keras.Model, folder: Path) -> None:
    """Give networks the weights of a model folder, whose layers have the same names.

    Where a layer is narrower it takes the first inputs and filters: of codes that may be cut the
    first numbers matter most. Of a variational model the mean is the code.
    """
    weights = _of_onnx(folder / "encoder.onnx")
    if "z_mean/kernel" in weights:
        weights |= {f"code/{part}": weights[f"z_mean/{part}"] for part in ("kernel", "bias")}
    _give(encoder, weights)
    _give(decoder, from_safetensors((folder / "decoder.safetensors").read_bytes())[1])


def _of_onnx(file: Path) -> Weights:
    """Return the weights that ``ae.graph.onnx_builder`` wrote, in Keras's order of axes."""
    found = {}
    for tensor in onnx.load(file).graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        found[tensor.name] = values.transpose(2, 3, 1, 0) if values.ndim == 4 else values
    return found


def _give(network: keras.Model, weights: Weights) -> None:
    for layer in network.layers:
        if layer.weights:
            given = (weights[f"{layer.name}/{kind}"] for kind in ("kernel", "bias"))
            layer.set_weights(
                [
                    each[tuple(map(slice, own.shape))]
                    for each, own in zip(given, layer.weights, strict=True)
                ]
            )
