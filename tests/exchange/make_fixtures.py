"""Makes the ONNX files in ``fixtures``: small networks as PyTorch and Keras export them.

    pip install "torch==2.13.*" onnxscript keras
    KERAS_BACKEND=torch python -m tests.exchange.make_fixtures

Not a part of the tests, which need neither. The weights are random, and batch
normalisation has the statistics of nothing in particular.
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch
from torch import nn

HERE = Path(__file__).parent / "fixtures"


def normalised(channels: int, kind: Any = nn.BatchNorm2d) -> Any:
    layer = kind(channels)
    layer.running_mean.normal_(0, 0.3)
    layer.running_var.uniform_(0.5, 2)
    return layer


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.GroupNorm(2, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1)
        )

    def forward(self, x: Any) -> Any:
        return x + self.inner(x)


class Heads(nn.Module):
    """An encoder with two results, or one that draws its code."""

    def __init__(self, body: Any, width: int, size: int, draws: bool) -> None:
        super().__init__()
        self.body, self.draws = body, draws
        self.mean, self.log_var = nn.Linear(width, size), nn.Linear(width, size)

    def forward(self, x: Any) -> Any:
        h = self.body(x)
        mean, log_var = self.mean(h), self.log_var(h)
        if self.draws:
            return mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
        return mean, log_var


def dense() -> tuple[Any, Any]:
    body = nn.Sequential(
        nn.Flatten(), nn.Linear(120, 24), normalised(24, nn.BatchNorm1d), nn.ReLU()
    )
    decoder = nn.Sequential(
        nn.Linear(4, 24), nn.GELU(), nn.Linear(24, 120), nn.Sigmoid(), nn.Unflatten(1, (1, 12, 10))
    )
    return Heads(body, 24, 4, False), decoder


def dcgan() -> tuple[Any, Any]:
    encoder = nn.Sequential(
        nn.Conv2d(3, 6, 4, 2, 1, bias=False),
        normalised(6),
        nn.LeakyReLU(0.2),
        nn.Conv2d(6, 8, 4, 2, 1, bias=False),
        normalised(8),
        nn.LeakyReLU(0.2),
        nn.Conv2d(8, 5, 4, 1, 0),
    )
    decoder = nn.Sequential(
        nn.ConvTranspose2d(5, 8, 4, 1, 0, bias=False),
        normalised(8),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 6, 4, 2, 1, bias=False),
        normalised(6),
        nn.ReLU(),
        nn.ConvTranspose2d(6, 3, 3, 2, 1, output_padding=1),
        nn.Tanh(),
    )
    return encoder, decoder


def upsampling() -> tuple[Any, Any]:
    body = nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.ELU(), nn.MaxPool2d(3, 2, 1), nn.Flatten(), nn.Linear(96, 16)
    )
    decoder = nn.Sequential(
        nn.Linear(4, 96),
        nn.Unflatten(1, (4, 4, 6)),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(4, 8, 3, padding=1),
        nn.SELU(),
        nn.PixelShuffle(2),
        nn.Conv2d(2, 3, 3, padding=1),
    )
    return Heads(body, 16, 4, True), decoder


def residual() -> tuple[Any, Any]:
    encoder = nn.Sequential(
        nn.Conv2d(1, 4, 3, 2, 1),
        Residual(4),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 4),
    )
    decoder = nn.Sequential(
        nn.Linear(4, 64),
        nn.Unflatten(1, (4, 4, 4)),
        Residual(4),
        nn.Upsample(scale_factor=4, mode="bilinear"),
        nn.Conv2d(4, 1, 3, padding=1),
        nn.Sigmoid(),
    )
    return encoder, decoder


def grid() -> tuple[Any, Any]:
    """Codes that lie along a line: (2, 6)."""
    encoder = nn.Sequential(
        nn.Flatten(2), nn.Linear(144, 24), nn.Flatten(), nn.Unflatten(1, (4, 6)), nn.Conv1d(4, 2, 1)
    )
    decoder = nn.Sequential(
        nn.Conv1d(2, 4, 3, padding=1),
        nn.ReLU(),
        nn.ConvTranspose1d(4, 4, 4, 2, 1),
        nn.Flatten(),
        nn.Linear(48, 144),
        nn.Sigmoid(),
        nn.Unflatten(1, (1, 12, 12)),
    )
    return encoder, decoder


def export(name: str, network: Any, shape: tuple[int, ...], *, newer: bool) -> None:
    network.eval()
    path, example = HERE / f"{name}.onnx", torch.zeros(2, *shape)
    results = ["mu", "logvar"] if getattr(network, "draws", None) is False else None
    if newer:
        torch.onnx.export(
            network,
            (example,),
            path,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("n")},),
            external_data=False,
            output_names=results,
        )
    else:
        torch.onnx.export(
            network,
            (example,),
            path,
            dynamo=False,
            input_names=["x"],
            output_names=results,
            dynamic_axes={"x": {0: "n"}},
            opset_version=17,
        )


def export_keras() -> None:
    layers = keras.layers
    images, codes = keras.Input((16, 16, 1)), keras.Input((4,))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(images)
    x = layers.BatchNormalization()(x)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Flatten()(x)
    encoder = keras.Model(
        images, [layers.Dense(4, name="z_mean")(x), layers.Dense(4, name="z_log_var")(x)]
    )
    x = layers.Dense(64, activation="relu")(codes)
    x = layers.Reshape((4, 4, 4))(x)
    x = layers.Conv2DTranspose(6, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("silu")(x)
    x = layers.Conv2DTranspose(4, 4, strides=2, padding="same", activation="elu")(x)
    decoder = keras.Model(codes, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x))
    for name, network in (("keras-encoder", encoder), ("keras-decoder", decoder)):
        network(keras.ops.zeros((1, *network.input_shape[1:])))
        network.export(str(HERE / f"{name}.onnx"), format="onnx", verbose=False)


def main() -> None:
    torch.manual_seed(0)
    keras.utils.set_random_seed(0)
    HERE.mkdir(exist_ok=True)
    pictures = {
        dense: (1, 12, 10),
        dcgan: (3, 16, 16),
        upsampling: (3, 16, 24),
        residual: (1, 16, 16),
        grid: (1, 12, 12),
    }
    codes = {dcgan: (5, 1, 1), grid: (2, 6)}
    for make, picture in pictures.items():
        encoder, decoder = make()
        newer = make in (dcgan, upsampling)
        export(f"{make.__name__}-encoder", encoder, picture, newer=newer)
        export(f"{make.__name__}-decoder", decoder, codes.get(make, (4,)), newer=newer)
    export_keras()
    print(sum(path.stat().st_size for path in HERE.iterdir()), "bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
