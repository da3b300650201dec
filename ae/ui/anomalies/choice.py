"""What counts as normal, and the stored scores that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.detection.detector import Detector
from ae.detection.scores import METHODS, SCORING
from ae.shelf.model import Images
from ae.ui.caching import kept, loaded
from ae.ui.door.link import IN_LINK

NAME = "fashion-anomaly"
TITLES = {
    "detector": "Detector",
    "neighbours": "Blurred-pixel neighbours",
    "forest": "Isolation forest",
    "fusion": "Fusion",
}
_FIRST = "Trouser"


# An image (height, width, 1), what it is called, and its scores by method.
Scored: TypeAlias = tuple[NDArray[np.float32], str, dict[str, float]]


@dataclass(frozen=True)
class Normality:
    """The normal classes and how test images score against them."""

    detector: Detector
    names: tuple[str, ...]  # the normal classes, at least one
    # Of all test images by method, each (n,); the higher, the less normal.
    scores: dict[str, NDArray[np.float32]]
    # Of held-out normal training images by method, each (m,).
    held_out: dict[str, NDArray[np.float32]]
    is_other: NDArray[np.bool_]  # which test images are of other classes, (n,)

    @property
    def words(self) -> str:
        """The normal classes in a sentence."""
        return " or ".join(self.names)

    def stored(self, at: int) -> dict[str, float]:
        """Return the stored scores of a test image by method."""
        return {method: float(scores[at]) for method, scores in self.scores.items()}

    def scored(
        self, image: NDArray[np.float32], name: str, methods: Sequence[str] = SCORING
    ) -> Scored:
        """Return any image (height, width, 1) and its name with its scores."""
        scores = {
            method: float(scored(self.detector, image[None], self.names, method)[0])
            for method in methods
        }
        return image, name, scores

    def name_of(self, at: int) -> str:
        """Return what a test image is called."""
        return f"{self.detector.card.class_names[self.detector.labels[at]]} {at}"


def scored(
    detector: Detector, images: Images, names: tuple[str, ...], method: str = METHODS[0]
) -> NDArray[np.floating]:
    """Return ``Detector.score`` of images that a page shows again in each of its runs."""
    of = "scored", detector.card.files["scores.npz"], names, method
    return kept(of, images, lambda: detector.score(images, names, method=method))


def the_detector() -> Detector | None:
    """Return the detector of the shelf; where there is none, say how to get it."""
    try:
        return loaded(NAME, Detector)
    except ValueError as problem:
        st.info(f"{problem} Train it: `python -m ae train {NAME}`.")
        return None


def choose_normality(detector: Detector) -> Normality | None:
    """Let the normal classes be chosen; None while there is none, or nothing else."""
    classes = detector.card.class_names
    chosen = st.pills(
        "What is normal",
        classes,
        default=[_FIRST if _FIRST in classes else classes[0]],
        selection_mode="multi",
        key="normal",
        help="Of several classes, the one that suits an image best counts.",
        **IN_LINK,
    )
    if not chosen or len(chosen) == len(classes):
        st.info("Choose at least one class, and leave at least one out.")
        return None
    names = tuple(name for name in classes if name in chosen)
    labels = [detector.label_of(name) for name in names]
    return Normality(
        detector,
        names,
        {method: detector.test_scores(names, method) for method in METHODS},
        {method: detector.held_out_scores(names, method) for method in METHODS},
        ~np.isin(detector.labels, labels),
    )
