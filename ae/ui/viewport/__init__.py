"""What only the browser knows: how wide its window is, how a 3-D chart is turned.

Two components that draw nothing. Neither says anything while Python already knows.
"""

import math
from typing import Any

import streamlit as st

from ae.ui.door.component import Component

_NARROW = Component("viewport_narrow", "viewport/narrow.js")
_CAMERA = Component("viewport_camera", "viewport/camera.js")


def is_narrow(key: str = "viewport") -> bool:
    """Tell whether the window is at most 640 px wide, as a phone's is.

    The first run on a phone does not know yet and gets False; the browser then asks for one more
    run. It follows rotation.
    """
    known = bool(_state(key).get("narrow", False))
    result = _NARROW(key=key, data={"narrow": known}, states={"narrow": known}, height=1)
    return bool(result.narrow)


def known_camera(key: str = "camera") -> dict[str, dict[str, float]] | None:
    """Return the camera that ``watch_camera`` saw last, in Plotly's words.

    It is ``{"eye": {"x": ..., ...}, "center": ..., "up": ...}``, or None if nobody has turned the
    chart yet.
    """
    camera = _state(key).get("camera")
    parts = ("eye", "center", "up")
    if not isinstance(camera, dict) or not all(_is_point(camera.get(p)) for p in parts):
        return None
    return {part: {axis: camera[part][axis] for axis in "xyz"} for part in parts}


@st.fragment
def watch_camera(chart: str, key: str = "camera") -> None:
    """Remember how the visitor turned the 3-D Plotly chart of a key.

    Streamlit rebuilds a Plotly chart whenever its data changes and forgets the camera. Turning the
    chart reruns this fragment only; the next full run puts ``known_camera`` into the new figure.
    """
    _CAMERA(key=key, data={"chart": chart}, states={"camera": _state(key).get("camera")}, height=1)


def _state(key: str) -> Any:
    return st.session_state.get(key) or {}


def _is_point(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(axis), int | float) and math.isfinite(value[axis]) for axis in "xyz"
    )
