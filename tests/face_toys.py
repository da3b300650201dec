"""Faces of three bars: what every code does to which rows is known exactly.

Code 0 brightens the mouth's rows, code 1 the eyes', code 2 the hat's.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ae.graph import Layer, LayerGraph, to_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.shelf.card import CARD, ModelCard
from tests.toys import EVALUATION, change_card, npz, replace_file, write_toy_vae

SHAPE = (16, 16, 3)
ROWS = {"smile": slice(11, 15), "glasses": slice(4, 8), "hat": slice(0, 3)}
ATTRIBUTES = (*ROWS, "luck")  # luck shows in no picture
N = 60
N_KNOWN = 120
_GAIN = 2.0


def masks() -> NDArray[np.float32]:
    """Return which pixels each code moves, (3, 768)."""
    rows = np.zeros((3, *SHAPE), np.float32)
    for row, place in zip(rows, ROWS.values(), strict=True):
        row[place] = 1
    return rows.reshape(3, -1)


def write_toy_faces(folder: Path) -> Path:
    """Write a VAE of bar faces with attributes, learned from two data sets."""
    write_toy_vae(folder, SHAPE)
    decoder = LayerGraph(
        (3,),
        (
            Layer("intensities", "Dense", ("input",), "sigmoid", {"units": 768}),
            Layer("image", "Reshape", ("intensities",), attributes={"shape": [*SHAPE]}),
        ),
        ("image",),
    )
    weights = {"intensities/kernel": _GAIN * masks(), "intensities/bias": np.zeros(768, np.float32)}
    replace_file(folder, "decoder.onnx", to_onnx(decoder, weights, ("image",)))
    replace_file(folder, "decoder.safetensors", to_safetensors(decoder, weights))
    rng = np.random.default_rng(2)
    test = _attributes(rng, N)
    arrays: dict[str, NDArray[np.float32]] = {
        "codes": _codes(rng, test),
        "labels": (test[:, 0] > 0).astype(np.uint8),
        "mse": np.full(N, 0.01, np.float32),
        "attributes": test,
        "z_log_var": np.full((N, 3), -2, np.float32),
        "sampler_weights": np.ones(1, np.float32),
        "sampler_means": np.zeros((1, 3), np.float32),
        "sampler_factors": np.eye(3, dtype=np.float32)[None],
    }
    for name, biased in (("toy", False), ("toy-biased", True)):
        known = _attributes(rng, N_KNOWN, biased)
        arrays |= {f"{name}_codes": _codes(rng, known), f"{name}_attributes": known}
    replace_file(folder, "codes.npz", npz(**arrays))
    change_card(
        folder,
        title="Bar faces",
        class_names=("Frowning", "Smiling"),
        attributes=ATTRIBUTES,
        known=("toy", "toy-biased"),
    )
    return folder


def write_toy_judge(folder: Path) -> Path:
    """Write a judge that reads every attribute off its own rows."""
    judge = LayerGraph(
        SHAPE,
        (
            Layer("pixels", "Flatten", ("input",)),
            Layer("features", "Dense", ("pixels",), attributes={"units": 3}),
            Layer("readings", "Dense", ("features",), attributes={"units": 3}),
        ),
        ("features", "readings"),
    )
    means = masks() / masks().sum(axis=1, keepdims=True)
    weights = {
        "features/kernel": np.ascontiguousarray(means.T),
        "features/bias": np.zeros(3, np.float32),
        "readings/kernel": np.eye(3, dtype=np.float32),
        "readings/bias": np.zeros(3, np.float32),
    }
    network = to_onnx(judge, weights, ("features", "readings"))
    folder.mkdir(parents=True)
    (folder / "judge.onnx").write_bytes(network)
    card = ModelCard(
        name=folder.name,
        title="Judge of bar faces",
        summary="A toy.",
        kind="judge",
        dataset="toy",
        class_names=(),
        image_shape=SHAPE,
        latent_dim=3,
        parameters=100,
        encoder_macs=1,
        decoder_macs=0,
        recipe={"name": folder.name},
        history={"loss": [1.0], "val_loss": [1.0], "best_epoch": 0, "unit": "nats"},
        evaluation={"test": EVALUATION},
        attributes=tuple(ROWS),
        files={"judge.onnx": hashlib.sha256(network).hexdigest()},
    )
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return folder


def write_shelf(home: Path) -> Path:
    """Write a shelf with bar faces and their judge into a home folder."""
    write_toy_faces(home / "models" / "bar-faces")
    write_toy_judge(home / "models" / "bar-judge")
    return home


def remove_judge(home: Path) -> None:
    shutil.rmtree(home / "models" / "bar-judge")


def _attributes(rng: np.random.Generator, n: int, biased: bool = False) -> NDArray[np.float32]:
    smile = rng.uniform(-1, 1, n)
    glasses = (rng.random(n) < 0.4).astype(float)
    if biased:
        glasses = (smile + rng.normal(0, 0.3, n) > 0).astype(float)
    hat = (rng.random(n) < 0.3).astype(float)
    return np.stack([smile, glasses, hat, rng.random(n)], axis=1).astype(np.float32)


def _codes(rng: np.random.Generator, attributes: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = attributes[:, :3] * [1.5, 2, 2] - [0, 1, 1]
    return (centred + rng.normal(0, 0.2, (len(attributes), 3))).astype(np.float32)
