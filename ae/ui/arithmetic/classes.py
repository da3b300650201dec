"""From one class to another: directions for data that have labels but no attributes."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from ae.coding.autoencoder import Autoencoder
from ae.latent.attributes import AttributeCodes
from ae.ui.arithmetic.learning import DirectionFinder, choose_method
from ae.ui.door.link import IN_LINK

# In Fashion-MNIST's words; shown where a model knows both classes.
EXAMPLES = {
    "Sleeves": ("T-shirt/top", "Pullover"),
    "Heels": ("Sneaker", "Ankle boot"),
    "Dress to coat": ("Dress", "Coat"),
}


@dataclass(frozen=True)
class Classes:
    """Two classes, and what leads from the one to the other."""

    finder: DirectionFinder  # its one attribute is being of the second class
    name: str  # of that attribute
    end: str  # the second class
    example: int  # a test image of the first class


def choose_classes(autoencoder: Autoencoder, key: str, settings: DeltaGenerator) -> Classes | None:
    """Let two classes be chosen between which codes move; None where there are no two.

    How directions are found stands among the settings.

    The direction is learned from every second stored test code and measured on the others. The key
    is that of the test image's number, which follows the first class.
    """
    names = _with_images(autoencoder)
    if len(names) < 2:
        st.info(
            "This model knows no attributes and no two classes. Find a direction of "
            "your own instead."
        )
        return None

    def follow() -> None:
        st.session_state[key] = _first(autoencoder, st.session_state["class_a"])

    def take(start: str, end: str) -> None:
        st.session_state["class_a"], st.session_state["class_b"] = start, end
        follow()

    with st.container(horizontal=True, vertical_alignment="bottom"):
        start = st.selectbox("From", names, key="class_a", on_change=follow, width=160, **IN_LINK)
        rest = [name for name in names if name != start]
        end = st.selectbox(
            "To", rest, index=min(1, len(rest) - 1), key="class_b", width=160, **IN_LINK
        )
        for label, pair in EXAMPLES.items():
            if set(pair) <= set(names):
                st.button(label, on_click=take, args=pair)
    with settings, st.popover("How directions are found", icon=":material/explore:"):
        method = choose_method()
    name = f"{start} to {end}"
    codes = f"{autoencoder.card.files['codes.npz']} {name}"
    every = autoencoder.card.class_names
    wanted = every.index(start), every.index(end)
    rows = np.flatnonzero(np.isin(autoencoder.labels, wanted))
    learned, measured = (_of(autoencoder, rows[rows % 2 == odd], name, wanted[1]) for odd in (0, 1))
    finder = DirectionFinder(codes, learned, measured, method, end)
    return Classes(finder, name, end, _first(autoencoder, start))


def _with_images(autoencoder: Autoencoder) -> list[str]:
    """Return the classes that have images both to learn from and to measure on."""
    names = autoencoder.card.class_names
    learned, measured = (set(autoencoder.labels[odd::2].tolist()) for odd in (0, 1))
    both = learned & measured
    return [name for label, name in enumerate(names) if label in both]


def _of(autoencoder: Autoencoder, rows: NDArray[np.int64], name: str, label: int) -> AttributeCodes:
    has = (autoencoder.labels[rows] == label).astype(np.float32)
    return AttributeCodes(autoencoder.codes[rows], {name: has})


def _first(autoencoder: Autoencoder, name: str) -> int:
    """Return the first image of a class on which directions are measured."""
    label = autoencoder.card.class_names.index(name)
    rows = np.flatnonzero(autoencoder.labels == label)
    return int(rows[rows % 2 == 1][0])
