"""A model folder's card, and reading a folder's files without trusting them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
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
# What a page reads of the distances between features; of edits, by what was done.
_FEATURE_FID = ("prior", "fitted", "training", "n")
_EDITS = {"flips": ("still_seen", "n_with"), "perfect": ("n", "total")}
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_CARD_BYTES = 1 << 20
# Far above any number that is measured, and within a float32.
_MOST = 1e30
_MAX_TITLE, _MAX_SUMMARY = 60, 300
# Pages render both as Markdown, in which Streamlit finds formulas and colours too.
_NOT_IN_TITLES = re.compile(r"[\[\]()<>`*_#!|\\$~]")
# What makes a link, a picture, a tag or a colour.
_NOT_IN_SUMMARIES = re.compile(r"[\[\]<>`#|\\$]")
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)


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
        if not NAME.fullmatch(folder.name) or folder.is_symlink():
            raise ValueError(
                "its name must be lower-case letters, digits and hyphens, "
                "and it must not be a link"
            )
        card = _parse_card(read_file(folder, CARD, _MAX_CARD_BYTES))
        if measured and not _has_numbers(card):
            raise ValueError(f"{CARD} lacks the numbers that were measured")
        if card.name != folder.name:
            raise ValueError("its card belongs to another model")
        for name in FILES[card.kind]:
            _path(folder, name)
        return card
    except ValueError as problem:
        name = _harmless(folder.name)
        raise ValueError(f"Model folder {name!r}: {problem}.") from problem


def _harmless(name: str) -> str:
    """Return a folder's name without what Markdown would act on."""
    return re.sub(r"[^A-Za-z0-9 .-]", "?", name)[:_MAX_TITLE]


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
    try:
        if path.is_symlink():
            raise ValueError(f"{name} is a link, which might lead outside")
        if not path.is_file():
            raise ValueError(f"{name} is missing; train it again or delete the folder")
    except OSError as problem:
        raise ValueError(f"{name} cannot be read ({problem.strerror})") from problem
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
    # Also a number of too many digits.
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"{CARD} is damaged") from problem
    try:
        version = fields["format_version"]
        if type(version) is not int:
            raise ValueError(f"{CARD} has a format version that is no number")
        if version > FORMAT_VERSION:
            raise ValueError(
                f"its format version {version} is newer than {FORMAT_VERSION}, "
                f"the newest this app reads; update the app"
            )
        card = ModelCard(**fields)
    except (KeyError, TypeError) as problem:
        raise ValueError(f"{CARD} is incomplete or has unknown fields") from problem
    _check_types(card)
    check_words(card.title, card.summary)
    height, width, channels = card.image_shape
    return replace(
        card,
        image_shape=(height, width, channels),
        class_names=tuple(card.class_names),
        attributes=tuple(card.attributes),
        known=tuple(card.known),
    )


def _check_types(card: ModelCard) -> None:
    texts = (card.name, card.title, card.summary, card.kind, card.dataset)
    lists = (card.class_names, card.attributes, card.known)
    told = (card.recipe, card.history, card.evaluation)
    tables = (*told, card.maps, card.made_with, card.files)
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(isinstance(table, dict) for table in tables)
        or not all(_is_list_of_texts(names) for names in lists)
    ):
        raise ValueError(f"{CARD} holds values that make no sense")
    if card.kind not in FILES:
        raise ValueError("this app does not know its kind of model; update the app")
    if not _has_sizes(card):
        raise ValueError(f"{CARD} holds values that make no sense")


def _is_list_of_texts(names: Any) -> bool:
    return isinstance(names, list | tuple) and all(isinstance(n, str) for n in names)


def _has_sizes(card: ModelCard) -> bool:
    shape: Any = card.image_shape
    if not isinstance(shape, list | tuple) or len(shape) != 3:
        return False
    sizes = (*shape, card.parameters, card.latent_dim)
    macs = (card.encoder_macs, card.decoder_macs)
    least = 1 if card.kind in CODING else 0
    return (
        all(type(size) is int for size in (*sizes, *macs))
        and all(size > 0 for size in (*shape, card.parameters))
        and card.latent_dim >= least
        and max(*shape, card.latent_dim) <= 4096
    )


def check_words(title: str, summary: str) -> None:
    """Hold what pages render of a card to words.

    Raises:
        ValueError: If the title or the summary is too long or more than words.
    """
    if not _is_plain(title, _MAX_TITLE, _NOT_IN_TITLES):
        raise ValueError(
            f"its title must be plain words of at most {_MAX_TITLE} characters, "
            "without brackets or other signs that format text"
        )
    if not _is_plain(summary, _MAX_SUMMARY, _NOT_IN_SUMMARIES):
        raise ValueError(
            f"its summary must be plain words of at most {_MAX_SUMMARY} characters, "
            "without links or pictures"
        )


def _is_plain(text: str, most: int, refused: re.Pattern[str]) -> bool:
    return (
        text.strip() != ""
        and len(text) <= most
        and text.isprintable()
        and not refused.search(text)
        and not _ADDRESS.search(text)
    )


def _has_numbers(card: ModelCard) -> bool:
    """Whether what pages show of a card is there and is numbers."""
    try:
        shown = (*_of_history(card), *_of_test(card))
        return all(map(_is_number, shown)) and isinstance(card.history["unit"], str)
    except (KeyError, IndexError, TypeError, AttributeError):
        return False


def _is_number(value: Any) -> bool:
    # Comparing turns away NaN, and integers too large for a float, all the same.
    return type(value) in (int, float) and -_MOST < value < _MOST


def _several(values: Any, n: int | None = None) -> list[Any]:
    """Return a list of n values, or of one at least.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(values, list) or len(values) != (n or max(len(values), 1)):
        raise TypeError(f"expected {n or 'some'} values, got {values!r}")
    return values


def _of_history(card: ModelCard) -> Iterator[Any]:
    losses = _several(card.history["loss"])
    yield from losses
    yield from _several(card.history["val_loss"], len(losses))
    yield losses[card.history["best_epoch"]]


def _of_test(card: ModelCard) -> Iterator[Any]:
    test: Any = card.evaluation["test"]
    yield test["n"]
    if card.kind in CODING:
        yield from _of_coding(card, test)
    if card.kind == "vae":
        yield from _of_vae(card, test)
    if card.kind == "anomaly":
        yield from _of_anomaly(card, test)
    if card.kind == "denoiser":
        yield from _of_denoiser(test)


def _of_coding(card: ModelCard, test: Any) -> Iterator[Any]:
    yield test["entropy_floor_nats"]
    for who in ("model", "pca"):
        yield from (test[who][name] for name in ("mse", "psnr_db", "bce_nats"))
    if card.kind == "autoencoder":  # whose learning stands beside PCA
        pca = card.evaluation["validation"]["pca"]
        yield from (pca["mse"], pca["bce_nats"])
    for edit in test.get("edits", {}).values():
        for what, names in _EDITS.items():
            if edit.get(what):
                yield from (edit[what][name] for name in names)


def _of_vae(card: ModelCard, test: Any) -> Iterator[Any]:
    elbo, distances = test["elbo"], test.get("feature_fid")
    yield from _several(elbo["kl_per_dimension"], card.latent_dim)
    yield from (elbo[name] for name in ("negative_elbo", "reconstruction", "kl"))
    if distances is not None:
        yield from (distances[name] for name in _FEATURE_FID)
    for trust in card.maps.values():
        yield from (trust[name] for name in _TRUST)


def _of_anomaly(card: ModelCard, test: Any) -> Iterator[Any]:
    if list(test["classes"]) != list(card.class_names):
        raise KeyError("a class")
    for row in (*test["classes"].values(), test["mean"]):
        yield from (row[what] for what in _AUROCS)
    for seed in _several(list(card.history["auroc_by_seed"].values())):
        yield from _several(seed, len(card.class_names))


def _of_denoiser(test: Any) -> Iterator[Any]:
    for row in test["settings"].values():
        levels = _several(row["levels"])
        yield from (row["n"], *levels)
        for method in row["methods"].values():
            for means in method.values():
                yield from _several(means, len(levels))
