"""A model folder in one file: a zip that holds data and nothing else."""

import dataclasses
import io
import os
import shutil
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

from ae import models
from ae.shelf.aside import built_aside, check_room
from ae.shelf.card import (
    CARD,
    MAX_CARD_BYTES,
    MAX_FILE_BYTES,
    NAME,
    ModelCard,
    check_named,
    parse_card,
    read_file,
    write_card,
)
from ae.shelf.model import Model

MAX_PACKED_BYTES = 64 << 20
_DELETED, _MOST_DELETED = "deleted", 5
_adding = threading.Lock()


def pack(model: Model) -> bytes:
    """Return a model's folder as a zip.

    Raises:
        ValueError: If one of its files is gone.
    """
    packed, name = io.BytesIO(), model.card.name
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (CARD, *model.files_of(model.card)):
            # Always of the same date, so that the same model is the same file.
            archive.writestr(
                zipfile.ZipInfo(f"{name}/{file}"),
                read_file(model.folder, file),
                zipfile.ZIP_DEFLATED,
            )
    return packed.getvalue()


def add(data: bytes, shelf: Path, *, replace: bool = False) -> ModelCard:
    """Put a model folder that somebody packed onto a shelf, all or nothing.

    Nothing is unpacked by the names in the zip: only what a model of its kind needs is read,
    and all of it is checked as every model folder is, before it has its place.

    Args:
        data: What ``pack`` returned, or anything.
        shelf: A folder, made if need be.
        replace: Whether a model of the same name gives way.

    Returns:
        The model's card.

    Raises:
        ValueError: One sentence that says why it is refused.
        OSError: If it cannot be written.
    """
    if len(data) > MAX_PACKED_BYTES:
        raise ValueError(f"A packed model has at most {MAX_PACKED_BYTES >> 20} MB.")
    try:
        files = _read(data)
    # As in ``ae.shelf.arrays``: zipfile and zlib raise a dozen kinds.
    except Exception as problem:
        raise ValueError("The file is damaged, or no zip of a model folder.") from problem
    try:
        card = _checked_card(files)
    except ValueError as problem:
        raise ValueError(f"This is no model that can be used: {problem}.") from problem
    with _adding:
        if not replace:
            check_free(card.name, shelf)
        check_room(shelf)
        shelf.mkdir(parents=True, exist_ok=True)
        with built_aside(shelf, card.name) as folder:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            title = models.free_title(card.title, of=card.name)
            if title != card.title:
                card = dataclasses.replace(card, title=title)
                write_card(folder, card)
            models.open_folder(folder)
    return card


def check_free(name: str, shelf: Path, instead: str = "") -> None:
    """Refuse a name that a model has on a shelf, or where the app looks for models.

    Args:
        name: Of the model and its folder.
        shelf: Where it is to go.
        instead: What else can be done, in a sentence.

    Raises:
        ValueError: If it is taken.
    """
    if any((each / name).exists() for each in (shelf, *models.shelves())):
        raise ValueError(
            f"There is a model {name!r} already; nothing was changed. {instead}".strip()
        )


def retitle(folder: Path, title: str) -> None:
    """Give a model another title.

    Raises:
        ValueError: If it is more than plain words, or there is no such model.
        OSError: If it cannot be written.
    """
    card = models.read_card(folder)
    check_named(card.name, title)
    if title != models.free_title(title, of=card.name):
        raise ValueError(f"There is a model called {title!r} already, and links name models so.")
    write_card(folder, dataclasses.replace(card, title=title))


def remove(place: Path, name: str) -> None:
    """Take a model off the shelf of a place; the last few can be restored.

    Args:
        place: ``AE_HOME``: models of the app itself cannot be removed.
        name: Of the model.

    Raises:
        ValueError: If there is none.
        OSError: If it cannot be moved.
    """
    folder, aside = place / "models" / name, place / _DELETED
    if not NAME.fullmatch(name) or not folder.is_dir():
        raise ValueError(f"There is no model {name!r} of your own.")
    aside.mkdir(exist_ok=True)
    if (aside / name).exists():
        shutil.rmtree(aside / name)
    os.utime(folder)
    os.rename(folder, aside / name)
    for old in _by_age(aside)[_MOST_DELETED:]:
        shutil.rmtree(old, ignore_errors=True)


def restore(place: Path, name: str) -> None:
    """Undo ``remove``.

    Raises:
        ValueError: If it is not there any more, or another has its name by now.
        OSError: If it cannot be moved.
    """
    folder = place / "models" / name
    if name not in deleted(place):
        raise ValueError(f"The model {name!r} cannot be restored any more.")
    if folder.exists():
        raise ValueError(f"There is a model {name!r} by now; nothing was changed.")
    os.rename(place / _DELETED / name, folder)


def deleted(place: Path) -> dict[str, str]:
    """Return the titles of the models that can be restored, by name."""
    found = {}
    for folder in _by_age(place / _DELETED):
        with suppress(ValueError):
            found[folder.name] = models.read_card(folder).title
    return found


def _by_age(folder: Path) -> list[Path]:
    """Return what lies in a folder, the newest first."""
    found = [*folder.iterdir()] if folder.is_dir() else []
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


def _read(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name, without the one folder they may lie in."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        names = [entry.filename.rpartition("/") for entry in entries]
        if len({folder for folder, _, _ in names}) != 1:
            raise ValueError("not the files of one folder")
        # No entry unpacks to more than it declares.
        if sum(entry.file_size for entry in entries) > MAX_FILE_BYTES:
            raise ValueError("too much")
        return {
            name: archive.read(entry) for (_, _, name), entry in zip(names, entries, strict=True)
        }


def _checked_card(files: dict[str, bytes]) -> ModelCard:
    """Return the card among a model's files, which must be those of its kind."""
    if CARD not in files:
        raise ValueError(
            f"{CARD} is missing, which says what the model is; zip its whole folder again"
        )
    content = files[CARD]
    if len(content) > MAX_CARD_BYTES:
        raise ValueError(f"{CARD} is too large")
    card = parse_card(content)
    kind = models.KINDS.get(card.kind)
    if kind is None:
        raise ValueError("this app does not know its kind of model; update the app")
    if not NAME.fullmatch(card.name):
        raise ValueError("its name must be lower-case letters, digits and hyphens")
    named = kind.model.files_of(card)
    if set(files) != {CARD, *named}:
        raise ValueError(f"its zip must hold {CARD}, {', '.join(named)}, nothing else")
    return card
