"""Small model folders with known weights, made without Keras."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.denoising.filters import FILTERS
from ae.denoising.noise import KINDS, SETTINGS
from ae.detection.scores import METHODS
from ae.graph import Layer, LayerGraph, Weights, to_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.shelf.card import CARD, ModelCard

SHAPE = (4, 4, 1)
LATENT_DIM = 3
N = 6
QUALITY = {"mse": 0.25, "psnr_db": 6.0, "bce_nats": 9.0}
EVALUATION = {"n": N, "model": QUALITY, "pca": QUALITY, "entropy_floor_nats": 5.0}


def networks(
    shape: tuple[int, int, int] = SHAPE, heads: tuple[str, ...] = ("code",)
) -> tuple[tuple[LayerGraph, Weights], tuple[LayerGraph, Weights]]:
    rng = np.random.default_rng(0)
    units = {"units": LATENT_DIM}
    encoder = LayerGraph(
        shape,
        (
            Layer("pixels", "Flatten", ("input",)),
            *(Layer(head, "Dense", ("pixels",), attributes=units) for head in heads),
        ),
        heads,
    )
    decoder = LayerGraph(
        (LATENT_DIM,),
        (
            Layer("intensities", "Dense", ("input",), "sigmoid", {"units": prod(shape)}),
            Layer("image", "Reshape", ("intensities",), attributes={"shape": list(shape)}),
        ),
        ("image",),
    )
    return (encoder, random_weights(encoder, rng)), (decoder, random_weights(decoder, rng))


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
            mean=np.zeros(16, np.float32), components=np.eye(LATENT_DIM, 16, dtype=np.float32)
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


def write_toy_vae(folder: Path, shape: tuple[int, int, int]) -> Path:
    """Write a linear VAE of pictures of a shape, whose last dimension is dead."""
    heads = ("z_mean", "z_log_var")
    (encoder, encoder_weights), (decoder, decoder_weights) = networks(shape, heads)
    rng = np.random.default_rng(1)
    write_toy(folder)
    z_log_var = rng.normal(-1, 0.1, (N, LATENT_DIM)).astype(np.float32)
    arrays: dict[str, NDArray[Any]] = {
        "codes": rng.normal(size=(N, LATENT_DIM)).astype(np.float32),
        "labels": np.zeros(N, np.uint8),
        "mse": rng.random(N).astype(np.float32),
        "z_log_var": z_log_var,
        "sampler_weights": np.ones(1, np.float32),
        "sampler_means": np.zeros((1, LATENT_DIM), np.float32),
        "sampler_factors": np.eye(LATENT_DIM, dtype=np.float32)[None],
        "noise": np.zeros(LATENT_DIM, np.float32),
        # Of codes drawn from the sampler, up to a constant.
        "held_out_scores": np.sort(np.square(rng.normal(size=(99, LATENT_DIM))).sum(axis=1) / 2),
        "held_out_errors": np.sort(rng.random(99)),
    }
    pixels = prod(shape)
    files = {
        "encoder.onnx": to_onnx(encoder, encoder_weights, heads),
        "decoder.onnx": to_onnx(decoder, decoder_weights, ("image",)),
        "decoder.safetensors": to_safetensors(decoder, decoder_weights),
        "codes.npz": npz(**arrays),
        "baseline.npz": npz(
            mean=np.zeros(pixels, np.float32),
            components=np.eye(LATENT_DIM, pixels, dtype=np.float32),
        ),
    }
    for name, content in files.items():
        replace_file(folder, name, content)
    kl = {"kl_per_dimension": [2.0, 1.0, 0.0], "kl": 3.0}
    elbo = {"negative_elbo": 9.0, "reconstruction": 6.0, **kl}
    evaluation = {"test": {**EVALUATION, "elbo": elbo}, "validation": EVALUATION}
    recipe = {"name": folder.name, "loss": "binary_cross_entropy"}
    made = {"kind": "vae", "image_shape": shape, "recipe": recipe}
    change_card(folder, evaluation=evaluation, **made)
    return folder


def write_toy_nested(folder: Path) -> Path:
    """Write an autoencoder of 8x8 colour pictures whose codes can be cut from 8 numbers to 4.

    Its four places are quarters of the picture; the first number of each is the mean of its red
    values, and the decoder gives it back as grey.
    """
    shape, each, places = (8, 8, 3), 2, 4
    pixels, numbers = prod(shape), each * places
    write_toy(folder)
    encoder = LayerGraph(
        shape,
        (
            Layer("pixels", "Flatten", ("input",)),
            Layer("code", "Dense", ("pixels",), attributes={"units": numbers}),
        ),
        ("code",),
    )
    decoder = LayerGraph(
        (numbers,),
        (
            Layer("levels", "Dense", ("input",), attributes={"units": pixels}),
            Layer("image", "Reshape", ("levels",), attributes={"shape": list(shape)}),
        ),
        ("image",),
    )
    quarters = np.zeros((places, *shape), np.float32)
    for at in range(places):
        rows, columns = 4 * (at // 2), 4 * (at % 2)
        quarters[at, rows : rows + 4, columns : columns + 4] = 1
    kernels = np.zeros((2, pixels, numbers), np.float32)
    kernels[0, :, ::each] = (quarters * [1 / 16, 0, 0]).reshape(places, pixels).T
    kernels[1, :, ::each] = quarters.reshape(places, pixels).T
    zeros = [np.zeros(size, np.float32) for size in (numbers, pixels)]
    there = {"code/kernel": kernels[0], "code/bias": zeros[0]}
    back = {"levels/kernel": kernels[1].T, "levels/bias": zeros[1]}
    rng = np.random.default_rng(2)
    levels = rng.integers(-63, 64, (numbers, 4, 4, 3)).astype(np.int8)
    block = np.eye(each, pixels // places, dtype=np.float32)
    codes = rng.random((N, numbers)).astype(np.float32)
    files = {
        "encoder.onnx": to_onnx(encoder, there, ("z",)),
        "decoder.onnx": to_onnx(decoder, back, ("image",)),
        "decoder.safetensors": to_safetensors(decoder, back),
        "codes.npz": npz(
            codes=codes.astype(np.float16),
            labels=np.zeros(N, np.uint8),
            mse=rng.random(N).astype(np.float32),
            sampler_weights=np.ones(1, np.float32),
            sampler_means=np.full((1, places), 0.5, np.float32),
            sampler_factors=np.eye(places, dtype=np.float32)[None] * 0.3,
            noise=np.zeros(places, np.float32),
            held_out_scores=np.sort(rng.random(99)) * 8,
            held_out_errors=np.sort(rng.random(99)),
        ),
        "baseline.npz": npz(
            mean=np.ones((4, 4, 3), np.float32),
            levels=levels,
            block_mean=np.zeros(pixels // places, np.float32),
            block_components=block,
        ),
    }
    for name, content in files.items():
        replace_file(folder, name, content)
    sizes = [
        {"numbers": size, **dict.fromkeys(("model", "pca", "blocks"), QUALITY)} for size in (4, 8)
    ]
    change_card(
        folder,
        title="Any picture",
        image_shape=list(shape),
        latent_dim=numbers,
        class_names=["Image"],
        encoder_macs=encoder.macs(),
        decoder_macs=decoder.macs(),
        recipe={
            "name": folder.name,
            "nested": [1, each],
            "epochs": 1,
            "seed": 0,
            "learning_rate": 1,
            "batch_size": 1,
        },
        evaluation={"test": {**EVALUATION, "sizes": sizes}, "validation": EVALUATION},
    )
    return folder


def write_toy_judge(folder: Path, shape: tuple[int, int, int] = SHAPE) -> Path:
    """Write a judge with as many linear features as a code has numbers."""
    graph = LayerGraph(
        shape,
        (
            Layer("pixels", "Flatten", ("input",)),
            Layer("features", "Dense", ("pixels",), attributes={"units": LATENT_DIM}),
            Layer("readings", "Dense", ("features",), attributes={"units": 6}),
        ),
        ("features", "readings"),
    )
    weights = random_weights(graph, np.random.default_rng(2))
    write_toy(folder)
    replace_file(folder, "judge.onnx", to_onnx(graph, weights, graph.outputs))
    change_card(folder, kind="judge", image_shape=shape)
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


def write_toy_denoiser(folder: Path, shape: tuple[int, int, int]) -> Path:
    """Write a denoiser that halves every pixel; all filters have easy strengths.

    A filter's strength is 1 at the kind's first level, 2 at its second and so on; 100
    more where the noisy images are clipped.
    """
    halves = LayerGraph(
        shape,
        (
            Layer(
                "half",
                "Conv2D",
                ("input",),
                attributes={
                    "filters": 1,
                    "kernel_size": [1, 1],
                    "strides": [1, 1],
                    "padding": "same",
                },
            ),
        ),
        ("half",),
    )
    weights = {
        "half/kernel": np.full((1, 1, 1, 1), 0.5, np.float32),
        "half/bias": np.zeros(1, np.float32),
    }
    pixels = prod(shape)
    strengths = {
        f"{setting}/{plain}": np.arange(1, 7, dtype=np.float32) + 100 * clip
        for setting, (_, clip) in SETTINGS.items()
        for plain in FILTERS
    }
    files = {
        "denoiser.onnx": to_onnx(halves, weights, ("clean",)),
        "filters.npz": npz(
            mean=np.full(pixels, 0.5, np.float32),
            eigenvectors=np.eye(pixels, dtype=np.float16),
            eigenvalues=np.linspace(1, 0, pixels, dtype=np.float32),
            **strengths,
        ),
    }
    write_toy(folder)
    for name, content in files.items():
        replace_file(folder, name, content)
    change_card(
        folder,
        kind="denoiser",
        image_shape=shape,
        latent_dim=0,
        evaluation={"test": {"n": N, "settings": denoiser_settings()}},
        files={n: hashlib.sha256(c).hexdigest() for n, c in files.items()},
    )
    return folder


def denoiser_settings() -> dict[str, Any]:
    """Numbers that fall as the level rises, and by 1 dB where noise is clipped."""
    methods = ("denoiser", "noisy", *FILTERS)
    return {
        setting: {
            "n": N,
            "levels": list(KINDS[kind].levels),
            "methods": {
                name: {
                    "psnr_db": [30.0 - place - level - clip for level in range(6)],
                    "ssim": [0.9] * 6,
                }
                for place, name in enumerate(methods)
            },
        }
        for setting, (kind, clip) in SETTINGS.items()
    }


def write_toy_detector(folder: Path) -> Path:
    """Write ten linear detectors of 4x4 pictures that restore what they are given."""
    rng = np.random.default_rng(2)
    graph = LayerGraph(
        SHAPE,
        (
            Layer("pixels", "Flatten", ("input",)),
            Layer("code", "Dense", ("pixels",), attributes={"units": LATENT_DIM}),
            Layer("copy", "Reshape", ("pixels",), attributes={"shape": [4, 4, 1]}),
        ),
        ("code", "copy"),
    )
    files = {
        f"detector-{label}.onnx": to_onnx(graph, random_weights(graph, rng), ("code", "restored"))
        for label in range(10)
    }
    normal: dict[str, NDArray[Any]] = {}
    for label in range(10):
        normal |= {
            f"centre_{label}": np.zeros(LATENT_DIM, np.float32),
            f"whitening_{label}": np.eye(LATENT_DIM, dtype=np.float32),
            f"codes_{label}": rng.normal(size=(8, LATENT_DIM)).astype(np.float16),
            f"thumbnails_{label}": rng.integers(0, 255, (8, 4), np.uint8),
            f"scales_{label}": np.array([[0.0, 1.0]] * 3),
        }
    scores: dict[str, NDArray[Any]] = {"labels": np.arange(20, dtype=np.uint8) % 10}
    for method in METHODS:
        scores[f"{method}_test"] = rng.normal(size=(10, 20)).astype(np.float16)
        held_out = rng.normal(size=(10, 10, 5)).astype(np.float16)
        scores[f"{method}_held_out"] = held_out
    files |= {"normal.npz": npz(**normal), "scores.npz": npz(**scores)}
    names = tuple("abcdefghij")
    parts = ("detector", "reconstruction", "density", "learned", "pixels", "forest", "fusion")
    row = {**dict.fromkeys(parts, 0.5), "gain": 0.0, "gain_error": 0.01}
    numbers = {"n": 20, "classes": dict.fromkeys(names, row), "mean": row}
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    card = ModelCard(
        name=folder.name,
        title=folder.name.title(),
        summary="A toy.",
        kind="anomaly",
        dataset="toy",
        class_names=names,
        image_shape=SHAPE,
        latent_dim=LATENT_DIM,
        parameters=510,
        encoder_macs=graph.macs(),
        decoder_macs=0,
        recipe={"name": folder.name},
        history={
            "loss": [1.0],
            "val_loss": [1.0],
            "best_epoch": 0,
            "unit": "nats",
            "auroc_by_seed": {"0": [0.5] * len(names)},
        },
        evaluation={"test": numbers, "validation": numbers},
        files={n: hashlib.sha256(c).hexdigest() for n, c in files.items()},
    )
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return folder
