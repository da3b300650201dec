"""One image: its score, the verdict, and where it fails to be normal."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.detection.detector import Detector
from ae.detection.scores import PARTS, WEIGHTS, Seen, blurred
from ae.images.sheets import heat_map, to_uint8
from ae.metrics import p_values
from ae.ui.anomalies.choice import TITLES, Normality, Scored, scored
from ae.ui.caching import kept
from ae.ui.pictures import Row, picture_table, show_picture
from ae.ui.sources import own_images
from ae.ui.tables import show_table

_LARGE = 6
_FULL = 0.35  # the blurred difference that gets the full colour
_PART_WORDS = {
    "reconstruction": "what it cannot restore",
    "density": "how far its code is from all it learned",
    "pixels": "how far its blurred pixels are from all it learned",
}


def choose_own_image(normality: Normality, source: str) -> Scored | None:
    """Return one of the visitor's own images, or None while there is none."""
    own = own_images(source)
    if own is None:
        return None
    at = 0
    if len(own.names) > 1:
        row = Row("Your own", "choose one", to_uint8(own.images[..., 0]))
        at = picture_table(own.names, [row], key="own-images")
    return normality.scored(own.images[at], own.names[at])


def show_one_image(
    normality: Normality,
    image: NDArray[np.float32],
    name: str,
    scores: dict[str, float],
    threshold: float,
) -> None:
    """Show an image's verdict, its heat map and what other methods say.

    The image is (height, width, 1) in [0, 1]; what scores above the threshold is flagged.
    """
    detector = normality.detector
    _show_verdict(normality, name, scores["detector"], threshold)
    best = _best_class(normality, image)
    label = detector.label_of(best)
    seen, parts = _looked_at(detector, label, image)
    residual = blurred(seen.restored - image[None])[0]
    with st.container(horizontal=True):
        _large("The image", to_uint8(image[..., 0]), name)
        _large("As restored", to_uint8(seen.restored[0, ..., 0]), f"{name}, restored")
        _large(
            "Where it differs",
            heat_map(residual, full=_FULL),
            f"{name}: where it is not as restored",
        )
        _show_methods(normality, scores)
    st.caption(
        f"Restored by the network that learned from {best.lower()} images only. Orange "
        "where it expects more light than there is, blue where it expects less."
    )
    told = [
        f"{WEIGHTS[part]:g} times {parts[part][0]:.1f} for {_PART_WORDS[part]}" for part in PARTS
    ]
    st.caption(
        f"The score is a weighted mean: ({'; '.join(told)}) / {sum(WEIGHTS.values()):g}. Each "
        "part is in standard deviations of held-out normal images."
    )


def _looked_at(
    detector: Detector, label: int, image: NDArray[np.float32]
) -> tuple[Seen, dict[str, NDArray[np.float64]]]:
    """Return what a class's network sees of an image, and the parts of its score."""

    def look() -> tuple[Seen, dict[str, NDArray[np.float64]]]:
        seen = detector.see(image[None], label)
        return seen, detector.scaled_parts(seen, label)

    return kept(("looked at", detector.card.files["scores.npz"], label), image, look)


def _best_class(normality: Normality, image: NDArray[np.float32]) -> str:
    scores = [scored(normality.detector, image[None], (name,))[0] for name in normality.names]
    return normality.names[int(np.argmin(scores))]


def _show_verdict(normality: Normality, name: str, score: float, threshold: float) -> None:
    held_out = normality.held_out["detector"]
    chance, n = float(p_values(np.array([score]), held_out)[0]), len(held_out)
    words = (
        f"**{name}**: score {score:.2f}, threshold {threshold:.2f}; p-value {chance:.3f}, for "
        f"{np.sum(held_out >= score):,} of {n:,} held-out normal images score as high."
    )
    if score > threshold:
        st.warning(f"Anomaly, not {normality.words}. {words}", icon=":material/flag:")
    else:
        st.success(f"Normal: {normality.words}. {words}", icon=":material/check:")


def _large(title: str, picture: NDArray[np.uint8], alt: str) -> None:
    with st.container(width=28 * _LARGE, gap="small"):
        show_picture(picture, alt=alt, scale=_LARGE)
        st.caption(title)


def _show_methods(normality: Normality, scores: dict[str, float]) -> None:
    chances = [
        float(p_values(np.array([score]), normality.held_out[method])[0])
        for method, score in scores.items()
    ]
    show_table(
        {
            "Method": [TITLES[method] for method in scores],
            "p-value": [f"{chance:.3f}" for chance in chances],
        },
        width=340,
    )
