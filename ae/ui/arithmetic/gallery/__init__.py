"""A sheet of pictures, each a button; a click is told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import data_url, png_bytes
from ae.ui.door.component import Component

_component = Component(
    "gallery", "arithmetic/gallery/gallery.js", ["arithmetic/gallery/gallery.css"]
)


def gallery(
    pictures: NDArray[np.uint8],
    names: Sequence[str],
    marks: Sequence[str],
    *,
    key: str,
    on_click: Callable[[int], None],
) -> None:
    """Show pictures that can be clicked.

    Args:
        pictures: (n, height, width, channels) uint8, channels 1 or 3.
        names: What each shows, n of them.
        marks: A letter in the corner of each, or "".
        key: Of the component.
        on_click: Called with the number of the picture that was clicked.
    """

    def clicked() -> None:
        # The value comes from the browser: anything may arrive.
        state = st.session_state.get(key)
        at = state.get("clicked") if isinstance(state, Mapping) else None
        if type(at) is int and 0 <= at < len(names):
            on_click(at)

    _component(
        key=key,
        data={
            "pictures": [data_url(png_bytes(picture)) for picture in pictures],
            "names": list(names),
            "marks": list(marks),
        },
        on={"clicked": clicked},
    )
