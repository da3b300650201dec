"""What the server does where the browser cannot run a decoder: Streamlit's sliders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import to_uint8
from ae.ui.live.ranges import Range
from ae.ui.pictures import show_picture

ON_SERVER = (
    "This decoder runs on the server, so the picture changes when a slider is released."
)


def server_sliders(
    ranges: Sequence[Range], shown: Sequence[float], *, keys: Sequence[str]
) -> list[float]:
    """Draw Streamlit's own sliders; return the values shown, as they stand now.

    Args:
        ranges: What they show.
        shown: Where they start.
        keys: Of the widgets.
    """
    return [
        st.slider(
            values.label,
            float(values.minimum),
            float(values.maximum),
            float(start),
            float(values.step),
            key=key,
            help=values.note or None,
        )
        for values, start, key in zip(ranges, shown, keys, strict=True)
    ]


def show_decoded(image: NDArray[np.floating], *, alt: str, side: int) -> None:
    """Show one decoded picture, (height, width, channels) in [0, 1]."""
    picture = to_uint8(image)
    grey = picture.shape[-1] == 1
    scale = max(side // picture.shape[1], 1)
    show_picture(picture[..., 0] if grey else picture, alt=alt, scale=scale)
