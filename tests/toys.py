"""Small model folders with known weights, made without Keras."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.card import CARD, ModelCard
from ae.graph import Layer, LayerGraph, Weights, to_safetensors
from ae.graph.onnx_builder import to_onnx

SHAPE = (4, 4, 1)
LATENT_DIM = 3
N = 6
QUALITY = {"mse": 0.25, "psnr_db": 6.0, "bce_nats": 9.0}
EVALUATION = {"n": N, "model": QUALITY, "pca": QUALITY, "entropy_floor_nats": 5.0}


def networks() -> tuple[tuple[LayerGraph, Weights], tuple[LayerGraph, Weights]]:
    rng = np.random.default_rng(0)
    encoder = LayerGraph(
        SHAPE,
        (
            Layer("pixels", "Flatten", ("input",)),
            Layer("code", "Dense", ("pixels",), attributes={"units": LATENT_DIM}),
        ),
        ("code",),
    )
    decoder = LayerGraph(
        (LATENT_DIM,),
        (
            Layer("intensities", "Dense", ("input",), "sigmoid", {"units": 16}),
            Layer(
                "image", "Reshape", ("intensities",), attributes={"shape": [4, 4, 1]}
            ),
        ),
        ("image",),
    )
    return (encoder, random_weights(encoder, rng)), (
        decoder,
        random_weights(decoder, rng),
    )


def random_weights(graph: LayerGraph, rng: np.random.Generator) -> Weights:
    return {
        name: rng.normal(0, 0.3, shape).astype(np.float32)
        for name, shape in graph.weight_shapes().items()
    }


def npz(**arrays: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def write_toy(folder: Path) -> Path:
    (encoder, encoder_weights), (decoder, decoder_weights) = networks()
    rng = np.random.default_rng(1)
    files = {
        "encoder.onnx": to_onnx(encoder, encoder_weights, ("z",)),
        "decoder.onnx": to_onnx(decoder, decoder_weights, ("image",)),
        "decoder.safetensors": to_safetensors(decoder, decoder_weights),
        "codes.npz": npz(
            codes=rng.normal(size=(N, LATENT_DIM)).astype(np.float32),
            labels=np.arange(N, dtype=np.uint8),
            mse=rng.random(N).astype(np.float32),
        ),
        "baseline.npz": npz(
            mean=np.zeros(16, np.float32),
            components=np.eye(LATENT_DIM, 16, dtype=np.float32),
        ),
    }
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    card = ModelCard(
        name=folder.name,
        title=folder.name.title(),
        summary="A toy.",
        kind="autoencoder",
        dataset="toy",
        class_names=tuple("abcdef"),
        image_shape=SHAPE,
        latent_dim=LATENT_DIM,
        parameters=115,
        encoder_macs=encoder.macs(),
        decoder_macs=decoder.macs(),
        recipe={"name": folder.name},
        history={"loss": [1.0], "val_loss": [1.0], "best_epoch": 0, "unit": "nats"},
        evaluation={"test": EVALUATION, "validation": EVALUATION},
        files={n: hashlib.sha256(c).hexdigest() for n, c in files.items()},
    )
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return folder


def copy_toy(toy: Path, folder: Path) -> Path:
    """Copy a toy under another name."""
    shutil.copytree(toy, folder)
    change_card(folder, name=folder.name)
    return folder


def change_card(folder: Path, **changes: Any) -> None:
    path = folder / CARD
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, **changes}), encoding="utf-8")


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """Replace a file and make the card agree, as a careful attacker would."""
    (folder / name).write_bytes(content)
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    digest = hashlib.sha256(content).hexdigest()
    change_card(folder, files={**card["files"], name: digest})
