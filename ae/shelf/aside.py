"""Folders built aside and put in their place all or nothing."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST_ON_SHELF = 100  # folders, so that nobody fills a disk by one model after another


def check_room(shelf: Path) -> None:
    """Refuse where a shelf is full.

    Raises:
        ValueError: One sentence that says so.
    """
    if shelf.is_dir() and len([*shelf.iterdir()]) >= _MOST_ON_SHELF:
        raise ValueError(f"This shelf holds {_MOST_ON_SHELF} models: delete some first.")


@contextmanager
def built_aside(shelf: Path, name: str) -> Iterator[Path]:
    """Give a folder to fill, and put it in its place only when all went well."""
    aside = Path(tempfile.mkdtemp(prefix=".partial-", dir=shelf))
    try:
        (aside / name).mkdir()
        yield aside / name
        target, old = shelf / name, aside / "old"
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(aside / name, target)
        except OSError:
            if old.exists():
                os.rename(old, target)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
