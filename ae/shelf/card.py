"""A model folder's card, and reading a folder's files without trusting them."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1
CARD = "card.json"
MAX_FILE_BYTES = 256 << 20
# What was measured, by its name in older cards: a Fréchet distance, but no FID.
_RENAMED = {"feature_fid": "feature_distance"}

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
MAX_CARD_BYTES = 1 << 20
MAX_TITLE, _MAX_SUMMARY, _MAX_NAME = 60, 300, 80
# Pages render all three as Markdown, in which Streamlit finds formulas and colours too.
_NOT_IN_TITLES = re.compile(r"[\[\]()<>`*_#!|\\$~]")
# What makes a link, a picture, a tag or a colour.
_NOT_IN_SUMMARIES = re.compile(r"[\[\]<>`#|\\$]")
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)


@dataclass(frozen=True)
class ModelCard:
    """Facts stored beside the weights, written by the program that measured them."""

    name: str  # the folder's name
    title: str  # what a page calls it
    summary: str  # one sentence for a visitor
    kind: str  # one of ``ae.models.KINDS``
    dataset: str  # what it was trained on, as in ``ae.data.load``
    class_names: tuple[str, ...]  # the data's classes, in the order of their labels
    image_shape: tuple[int, int, int]  # (height, width, channels)
    latent_dim: int  # coordinates of a code; a judge's features; 0 of a denoiser
    parameters: int  # weights of all its networks together
    encoder_macs: int  # multiply-adds for one encoding, or one run of an only network
    decoder_macs: int  # multiply-adds for one decoding
    recipe: dict[str, Any]  # how it was made
    history: dict[str, Any]  # per epoch ``loss`` and ``val_loss``, with their ``unit``
    # What ``ae.models.evaluate`` measured.
    evaluation: dict[str, Any] = field(default_factory=dict)
    # Per map of a VAE's codes, the numbers of ``ae.training.maps.Trust``.
    maps: dict[str, dict[str, float]] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()  # names of the data's attributes, where it has some
    known: tuple[str, ...] = ()  # data sets whose training codes and attributes the folder keeps
    # Versions of the libraries that trained it.
    made_with: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # SHA-256 of every other file in the folder
    format_version: int = FORMAT_VERSION  # of the folder

    def to_json(self) -> str:
        """Write the card as readable JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"


def write_card(folder: Path, card: ModelCard) -> None:
    """Write a model folder's card, all or nothing.

    Raises:
        OSError: If it cannot be written; the older card is left as it was.
    """
    part = folder / f".{CARD}.part"
    part.write_text(card.to_json(), encoding="utf-8")
    os.replace(part, folder / CARD)


def path_in(folder: Path, name: str) -> Path:
    """Return where a regular file of a model folder lies.

    Raises:
        ValueError: If it is missing, a link or not readable.
    """
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
    path = path_in(folder, name)
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as problem:
        raise ValueError(f"{name} cannot be read ({problem.strerror})") from problem
    if len(data) > limit:
        raise ValueError(f"{name} is larger than {limit >> 20} MB")
    return data


def parse_card(data: bytes) -> ModelCard:
    """Read a card; its kind and its numbers are left to ``ae.shelf.model``.

    Raises:
        ValueError: If it is damaged, from a newer version, or makes no sense.
    """
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
        card = ModelCard(**_renamed(fields))
    except (KeyError, TypeError) as problem:
        raise ValueError(f"{CARD} is incomplete or has unknown fields") from problem
    _check_types(card)
    check_words(card.title, card.summary)
    check_names((*card.class_names, *card.attributes))
    height, width, channels = card.image_shape
    return replace(
        card,
        image_shape=(height, width, channels),
        class_names=tuple(card.class_names),
        attributes=tuple(card.attributes),
        known=tuple(card.known),
    )


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a card's fields with the names that older cards have otherwise."""
    evaluation = fields.get("evaluation")
    if not isinstance(evaluation, dict):
        return fields
    renamed = {
        split: {_RENAMED.get(name, name): value for name, value in measured.items()}
        if isinstance(measured, dict)
        else measured
        for split, measured in evaluation.items()
    }
    return {**fields, "evaluation": renamed}


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
    return (
        all(type(size) is int for size in (*sizes, *macs))
        and all(size > 0 for size in (*shape, card.parameters))
        and card.latent_dim >= 0
        and max(*shape, card.latent_dim) <= 4096
    )


def check_named(name: str, title: str, summary: str = "") -> None:
    """Refuse before long work what the reader of a card would refuse.

    Args:
        name: Of the model and its folder.
        title: What pages are to call it.
        summary: Of the card; the title if there is none.

    Raises:
        ValueError: One sentence that says which of them, and why.
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name of a model: use lower case letters, digits and hyphens, "
            "63 at most."
        )
    try:
        check_words(title, summary or title)
    except ValueError as problem:
        raise ValueError(f"The model cannot be called that: {problem}.") from problem


def check_words(title: str, summary: str) -> None:
    """Hold what pages render of a card to words.

    Raises:
        ValueError: If the title or the summary is too long or more than words.
    """
    if not _is_plain(title, MAX_TITLE, _NOT_IN_TITLES):
        raise ValueError(
            f"its title must be plain words of at most {MAX_TITLE} characters, "
            "without brackets or other signs that format text"
        )
    if not _is_plain(summary, _MAX_SUMMARY, _NOT_IN_SUMMARIES):
        raise ValueError(
            f"its summary must be plain words of at most {_MAX_SUMMARY} characters, "
            "without links or pictures"
        )


def check_names(names: Iterable[str]) -> None:
    """Hold what pages render of classes and attributes to words.

    Raises:
        ValueError: If one is too long or more than words.
    """
    if not all(_is_plain(name, _MAX_NAME, _NOT_IN_SUMMARIES) for name in names):
        raise ValueError(
            f"names of classes and attributes must be plain words of at most {_MAX_NAME} "
            "characters, without links or pictures"
        )


def _is_plain(text: str, most: int, refused: re.Pattern[str]) -> bool:
    return (
        text.strip() != ""
        and len(text) <= most
        and text.isprintable()
        and not refused.search(text)
        and not _ADDRESS.search(text)
    )
