"""Where images come from. Reads and downloads; draws nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Progress: TypeAlias = Callable[[str, int, int | None], None]

NAMES = (
    "fashion-mnist",
    "smiles",
    "photographs",
    "photographs-128",
    "drawn-faces",
    "drawn-faces-biased",
)
DRAWN = NAMES[-2:]  # made by the program: nothing to download
FOLDER = "folder:"  # before the path of a folder of one's own images
OWN = "pictures:"  # before the digest of one's own pictures, see ``ae.data.collection``


@dataclass(frozen=True)
class Dataset:
    """One split of a data set, in memory."""

    name: str  # the data set's name, as in ``load(name)``
    split: str  # ``"train"``, ``"validation"`` or ``"test"``
    images: NDArray[np.float32]  # (n, height, width, channels) float32 in [0, 1]
    labels: NDArray[np.uint8] | None  # (n,) uint8 class indices, or None
    class_names: tuple[str, ...] = ()  # the name of each class, in the order of the labels
    # Per-image numeric attributes by name, each (n,).
    attributes: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)


def caveat(name: str) -> str:
    """Return what those who read scores on a data set must know, "" where there is nothing."""
    from ae.data import photographs, smiles

    if name in photographs.SIDES:
        return photographs.ABOUT
    return smiles.CAVEAT if name == smiles.NAME else ""


def load(
    name: str, split: str = "test", *, download: bool = False, progress: Progress | None = None
) -> Dataset:
    """Load one split of a data set.

    Args:
        name: One of ``NAMES``, ``"folder:"`` and the path of a folder of images, or
            ``"pictures:"`` and the digest of pictures that are kept.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        download: Fetch files that are not on this machine. Off by default, so that
            nothing is downloaded without being asked for.
        progress: Called during a download with the file's name, the bytes received
            so far and the bytes in all (None when the server does not say).

    Returns:
        The split; its arrays are read-only.

    Raises:
        ValueError: The name or split is unknown, or a file is damaged.
        FileNotFoundError: The files are not on this machine and ``download`` is off.
        OSError: The files cannot be read, downloaded or saved.
    """
    if name.startswith(FOLDER):
        from ae.data.folder import load_folder

        return load_folder(name.removeprefix(FOLDER), split)
    if name.startswith(OWN):
        from ae.data.collection import load_collection

        return load_collection(name.removeprefix(OWN), split)
    if name not in NAMES:
        known = ", ".join((*NAMES, f"{FOLDER}PATH"))
        raise ValueError(f"name must be one of {known}, got {name!r}")
    if name == "smiles":
        from ae.data import smiles

        if download:
            smiles.download(progress)
        return smiles.load(split)
    if name.startswith("photographs"):
        from ae.data import photographs

        if download:
            photographs.download(split, progress)
        return photographs.load(split, name)
    if name in DRAWN:
        from ae.data import drawn_faces

        return drawn_faces.load(split, biased=name == drawn_faces.BIASED_NAME)
    from ae.data import fashion_mnist

    if download:
        fashion_mnist.download(split, progress)
    return fashion_mnist.load(split)
