"""Pictures of one's own that are kept to learn from, see ``ae.data.gathering``.

They are small pictures of one size in ``AE_HOME/pictures``, and what was found out about them.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ae.data import OWN, Dataset
from ae.data.folder import MAX_MEMORY, holds_only
from ae.data.splits import check_split
from ae.shelf.places import home

MOST_KEPT = 20  # collections
ABOUT, IMAGES, VALUES = "about.json", "images.npy", "values.npz"
_DIGEST = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Collection:
    """What was found out about pictures; see ``ae.data.gathering.prepare``."""

    digest: str  # names them by their content
    n: int  # that can be used
    side: int  # of a picture that is kept, in pixels
    colour: bool
    sizes: tuple[int, int]  # of the files, smallest and largest of the shorter sides
    classes: dict[str, int]  # how many of each; none where there are no sub-folders
    attributes: tuple[str, ...]
    left_out: dict[str, int]  # by one of ``ae.data.gathering.REASONS``
    named: dict[str, list[str]]  # some names of these
    splits: dict[str, tuple[int, int]]  # first row of each, and the one after its last

    @property
    def dataset(self) -> str:
        """The name by which ``ae.data.load`` knows them."""
        return f"{OWN}{self.digest}"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.side, self.side, 3 if self.colour else 1


def shelf() -> Path:
    """Return the folder of all that is kept."""
    return home() / "pictures"


def kept() -> list[Collection]:
    """Return what is kept on this machine, the newest first."""
    folder = shelf()
    if not folder.is_dir():
        return []
    folders = [each for each in folder.iterdir() if _DIGEST.fullmatch(each.name)]
    folders.sort(key=lambda each: each.stat().st_mtime, reverse=True)
    return [_about(each)[0] for each in folders if (each / ABOUT).is_file()]


def find(digest: str) -> Collection:
    """Return what is kept under a digest.

    Raises:
        ValueError: If nothing is.
    """
    folder = shelf() / digest
    if not _DIGEST.fullmatch(digest) or not (folder / ABOUT).is_file():
        raise ValueError("These pictures are not on this machine any more; bring them again.")
    return _about(folder)[0]


def glimpse(digest: str, n: int) -> NDArray[np.float32]:
    """Return n of the pictures to learn from, or all there are, as ``load_collection``."""
    start, end = find(digest).splits["train"]
    images = np.load(shelf() / digest / IMAGES, mmap_mode="r", allow_pickle=False)
    return np.asarray(images[start : min(start + n, end)], np.float32) / np.float32(255)


def forget(digest: str) -> None:
    """Delete pictures that are kept."""
    find(digest)
    shutil.rmtree(shelf() / digest)


def _about(folder: Path) -> tuple[Collection, tuple[str, ...]]:
    content = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    class_names = tuple(content.pop("class_names"))
    content |= {
        "sizes": tuple(content["sizes"]),
        "attributes": tuple(content["attributes"]),
        "splits": {name: tuple(rows) for name, rows in content["splits"].items()},
    }
    return Collection(**content), class_names


def load_collection(digest: str, split: str = "test") -> Dataset:
    """Load one split of pictures that are kept.

    Classes are the folders they came in; without these the first column that holds 0 and
    1 alone gives two.

    Raises:
        ValueError: If they are not here, the split is unknown, or they need too much memory.
    """
    check_split(split)
    found = find(digest)
    folder = shelf() / digest
    class_names = _about(folder)[1]
    start, end = found.splits[split]
    images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)[start:end]
    if images.size * 4 > MAX_MEMORY:
        raise ValueError(f"The pictures need more than {MAX_MEMORY >> 30} GB; bring fewer.")
    with np.load(folder / VALUES, allow_pickle=False) as arrays:
        attributes = {
            name: arrays[f"column_{number}"] for number, name in enumerate(found.attributes)
        }
        labels = arrays["labels"] if class_names else None
    if labels is None:
        first = next((name for name, v in attributes.items() if holds_only(v, (0, 1))), None)
        if first is not None:
            labels, class_names = attributes[first].astype(np.uint8), (f"No {first}", first)
    rows = slice(start, end)
    data = Dataset(
        found.dataset,
        split,
        np.asarray(images, np.float32) / np.float32(255),
        None if labels is None else labels[rows],
        class_names,
        {name: values[rows] for name, values in attributes.items()},
    )
    for array in (data.images, data.labels, *data.attributes.values()):
        if array is not None:
            array.setflags(write=False)
    return data
