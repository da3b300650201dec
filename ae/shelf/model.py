"""What every kind of model shares: a verified folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ae.shelf.card import FILES, read_card, read_file

if TYPE_CHECKING:
    pass

Images = NDArray[np.float32]


class Model:
    """A loaded model. Safe to call from many threads at once.

    Attributes:
        card: What is known about it.
        folder: Where it lies.
    """

    def __init__(self, folder: Path, *, measured: bool = True) -> None:
        """Load and check a model folder.

        Args:
            folder: The model folder.
            measured: As in ``read_card``.

        Raises:
            ValueError: One sentence that names the folder and what is wrong with it.
        """
        self.card = read_card(folder, measured=measured)
        self.folder = folder
        try:
            names = FILES[self.card.kind]
            self._open({name: self._verified(folder, name) for name in names})
        except ValueError as problem:
            raise ValueError(f"Model folder {folder.name!r}: {problem}.") from problem

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.card.image_shape

    def _open(self, files: dict[str, bytes]) -> None:
        """Take what the files hold, or raise a ValueError that says what is wrong."""
        raise NotImplementedError

    def _verified(self, folder: Path, name: str) -> bytes:
        data = read_file(folder, name)
        if hashlib.sha256(data).hexdigest() != self.card.files.get(name):
            raise ValueError(f"{name} is not the file its card describes")
        return data
