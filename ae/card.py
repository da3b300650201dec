"""A model folder's card, and reading a folder's files without trusting them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1
CARD = "card.json"
_CODING_FILES = (
    "encoder.onnx",
    "decoder.onnx",
    "decoder.safetensors",
    "codes.npz",
    "baseline.npz",
)
# The kinds that encode to a code and decode it.
CODING = ("autoencoder", "vae")
# By kind of model, what its folder holds beside the card.
FILES: dict[str, tuple[str, ...]] = {
    "autoencoder": _CODING_FILES,
    "vae": _CODING_FILES,
    "denoiser": ("denoiser.onnx", "filters.npz"),
    "judge": ("judge.onnx",),
    # One network for each of ten classes.
    "anomaly": (
        *(f"detector-{label}.onnx" for label in range(10)),
        "normal.npz",
        "scores.npz",
    ),
}
MAX_FILE_BYTES = 256 << 20

# The numbers of each of a VAE's maps, as in ``ae.training.maps.Trust``.
_TRUST = (
    "trustworthiness",
    "continuity",
    "knn_accuracy",
    "control_trustworthiness",
    "control_knn_accuracy",
)
# Of an anomaly detector and of what stands beside it.
_AUROCS = ("detector", "reconstruction", "density", "learned", "pixels", "forest")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_CARD_BYTES = 1 << 20


@dataclass(frozen=True)
class ModelCard:
    """Facts stored beside the weights, written by the program that measured them.

    Attributes:
        name: The folder's name.
        title: What a page calls it.
        summary: One sentence for a visitor.
        kind: One of ``FILES``.
        dataset: What it was trained on, as in ``ae.data.load``.
        class_names: The data's classes, in the order of their labels.
        image_shape: (height, width, channels).
        latent_dim: Coordinates of a code; a judge's features; 0 of a denoiser.
        parameters: Weights of all its networks together.
        encoder_macs: Multiply-adds for one encoding, or one run of an only network.
        decoder_macs: Multiply-adds for one decoding.
        recipe: How it was made.
        history: Per epoch ``loss`` and ``val_loss``, with their ``unit``.
        evaluation: What ``ae.evaluation.evaluate`` measured.
        maps: Per map of a VAE's codes, the numbers of ``ae.training.maps.Trust``.
        attributes: Names of the data's attributes, where it has some.
        known: Data sets whose training codes and attributes the folder keeps.
        made_with: Versions of the libraries that trained it.
        files: SHA-256 of every other file in the folder.
        format_version: Of the folder.
    """

    name: str
    title: str
    summary: str
    kind: str
    dataset: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    latent_dim: int
    parameters: int
    encoder_macs: int
    decoder_macs: int
    recipe: dict[str, Any]
    history: dict[str, Any]
    evaluation: dict[str, Any] = field(default_factory=dict)
    maps: dict[str, dict[str, float]] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    made_with: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Write the card as readable JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"


def read_card(folder: Path, *, measured: bool = True) -> ModelCard:
    """Read and check a model folder's card and the presence of its files.

    Args:
        folder: The model folder.
        measured: Whether the card must hold its numbers; it cannot before they are
            measured.

    Raises:
        ValueError: One sentence that names the folder and what is wrong with it.
    """
    try:
        if not _NAME.fullmatch(folder.name) or folder.is_symlink():
            raise ValueError(
                "its name must be lower-case letters, digits and hyphens, "
                "and it must not be a link"
            )
        card = _parse_card(read_file(folder, CARD, _MAX_CARD_BYTES))
        if measured and not _has_numbers(card):
            raise ValueError(f"{CARD} lacks the numbers that were measured")
        if card.name != folder.name:
            raise ValueError(f"its card belongs to {card.name!r}")
        for name in FILES[card.kind]:
            _path(folder, name)
        return card
    except ValueError as problem:
        raise ValueError(f"Model folder {folder.name!r}: {problem}.") from problem


def write_card(folder: Path, card: ModelCard) -> None:
    """Write a model folder's card, all or nothing.

    Raises:
        OSError: If it cannot be written; the older card is left as it was.
    """
    part = folder / f".{CARD}.part"
    part.write_text(card.to_json(), encoding="utf-8")
    os.replace(part, folder / CARD)


def _path(folder: Path, name: str) -> Path:
    path = folder / name
    if path.is_symlink():
        raise ValueError(f"{name} is a link, which might lead outside")
    if not path.is_file():
        raise ValueError(f"{name} is missing; train it again or delete the folder")
    return path


def read_file(folder: Path, name: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """Read one regular file of a model folder.

    Raises:
        ValueError: If it is missing, a link, too large or not readable.
    """
    path = _path(folder, name)
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as problem:
        raise ValueError(f"{name} cannot be read ({problem.strerror})") from problem
    if len(data) > limit:
        raise ValueError(f"{name} is larger than {limit >> 20} MB")
    return data


def _parse_card(data: bytes) -> ModelCard:
    try:
        fields = json.loads(data)
        version = fields["format_version"]
        if type(version) is not int or version > FORMAT_VERSION:
            raise ValueError(
                f"its format version {version!r} is newer than {FORMAT_VERSION}, "
                f"the newest this app reads; update the app"
            )
        card = ModelCard(**fields)
        height, width, channels = (int(size) for size in card.image_shape)
        card = replace(
            card,
            image_shape=(height, width, channels),
            class_names=tuple(str(name) for name in card.class_names),
            attributes=tuple(str(name) for name in card.attributes),
            known=tuple(str(name) for name in card.known),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ValueError(f"{CARD} is incomplete or has unknown fields") from problem
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{CARD} is damaged") from problem
    _check_card(card)
    return card


def _check_card(card: ModelCard) -> None:
    texts = (card.name, card.title, card.summary, card.kind, card.dataset)
    counts = (card.parameters, *card.image_shape)
    if card.kind not in FILES:
        raise ValueError(f"this app knows no {card.kind!r}; update the app")
    told = (card.recipe, card.history, card.evaluation)
    tables = (*told, card.maps, card.made_with, card.files)
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(type(count) is int and count > 0 for count in counts)
        or type(card.latent_dim) is not int
        or card.latent_dim < (1 if card.kind in CODING else 0)
        or not all(isinstance(table, dict) for table in tables)
        or max(*card.image_shape, card.latent_dim) > 4096
    ):
        raise ValueError(f"{CARD} holds values that make no sense")


def _has_numbers(card: ModelCard) -> bool:
    """Whether what pages show of a card is there and is numbers."""
    test: Any = card.evaluation.get("test")
    history = card.history
    try:
        shown = [test["n"]]
        if card.kind in CODING:
            shown += [test["entropy_floor_nats"]]
            for who in ("model", "pca"):
                shown += [test[who][name] for name in ("mse", "psnr_db", "bce_nats")]
        if card.kind == "vae":
            shown += [*test["elbo"]["kl_per_dimension"], test["elbo"]["negative_elbo"]]
            shown += [trust[name] for trust in card.maps.values() for name in _TRUST]
        if card.kind == "anomaly":
            for name in card.class_names:
                shown += [test["classes"][name][what] for what in _AUROCS]
        if card.kind == "denoiser":
            for row in test["settings"].values():
                means = [
                    m for method in row["methods"].values() for m in method.values()
                ]
                shown += [row["n"], *row["levels"], *(v for m in means for v in m)]
        losses = [history["loss"], history["val_loss"]]
        kept = [values[history["best_epoch"]] for values in losses]
        shown += [value for values in losses for value in values] + kept
        return all(type(value) in (int, float) for value in shown) and isinstance(
            history["unit"], str
        )
    except (KeyError, IndexError, TypeError):
        return False
