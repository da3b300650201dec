"""Cut a square out of a picture by hand, with the square shown on the picture."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from ae.images.cropping import Square, crop, framed
from ae.ui.pictures import show_picture


def choose_crop(
    picture: Image.Image, shape: tuple[int, int, int], key: str
) -> NDArray[np.float32]:
    """Let a square of a picture be chosen, and return it as a model gets it.

    Args:
        picture: As ``read_upload`` returns it.
        shape: (height, width, channels) of the result.
        key: Of the widgets.

    Returns:
        ``shape`` in [0, 1].
    """
    left, right = st.columns(2)
    with right:
        share = _percent("Size of the square", 100, f"{key}-share", least=10)
        x = _percent("From left to right", 50, f"{key}-x")
        y = _percent("From top to bottom", 50, f"{key}-y")
    square = Square.at(picture.size, x, y, share)
    with left:
        show_picture(
            framed(picture, square),
            alt=f"Your picture; a frame marks the square of {square.side} pixels",
            scale=1,
        )
    right.caption(
        "Let the face fill the square from the hair to the chin, eyes level and a "
        "little above the middle."
    )
    return crop(picture, square, shape)


def _percent(label: str, default: int, key: str, *, least: int = 0) -> float:
    return st.slider(label, least, 100, default, format="%d %%", key=key) / 100
