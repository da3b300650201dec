"""Cut a square out of a picture by hand: a frame to drag and to resize.

While it is dragged nothing is sent; when it is let go, one message brings the square.
"""

import hashlib
from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from ae.images.cropping import Square, crop, small_jpeg
from ae.images.faces import find_face
from ae.images.sheets import data_url
from ae.ui.door.component import Component
from ae.ui.door.record import begin, held

LEAST = 0.1  # of the picture's shorter side
_LARGEST = (0.5, 0.5, 1.0)
_HTML = """
<div class="crop">
  <div class="stage" data-testid="crop-stage">
    <div class="picture">
      <img alt="" draggable="false">
      <div class="hole" aria-hidden="true"></div>
    </div>
    <div class="frame" data-testid="crop-frame" tabindex="0" role="application"
      aria-label="Square to cut out" aria-describedby="spoken keys">
      <span class="handle" data-corner="-1 -1" style="--x: 0; --y: 0" aria-hidden="true"></span>
      <span class="handle" data-corner="1 -1" style="--x: 1; --y: 0" aria-hidden="true"></span>
      <span class="handle" data-corner="-1 1" style="--x: 0; --y: 1" aria-hidden="true"></span>
      <span class="handle" data-corner="1 1" style="--x: 1; --y: 1" aria-hidden="true"></span>
    </div>
  </div>
  <div class="controls">
    <div class="buttons">
      <button type="button" name="smaller">Smaller</button>
      <button type="button" name="larger">Larger</button>
    </div>
    <p id="keys">Drag the square, or a corner to resize it; a click beside it brings it
      there. Keyboard: Tab to the square, arrow keys move it, with Shift further, plus
      and minus resize, Home centres.</p>
    <p id="spoken" class="spoken" data-testid="crop-spoken" aria-live="polite"></p>
  </div>
</div>
"""
_component = Component("crop", "crop/crop.js", ["controls.css", "crop/crop.css"], _HTML)


def choose_crop(
    picture: Image.Image,
    shape: tuple[int, int, int],
    key: str,
    on_change: Callable[[], None] = lambda: None,
    *,
    face: bool = False,
) -> NDArray[np.float32]:
    """Let a square of a picture be chosen, and return it as a model gets it.

    Every picture starts with the largest square in its middle, or with that of a face; the one
    that was chosen stays with it, by whatever key it is shown.

    Args:
        picture: As ``read_upload`` returns it.
        shape: (height, width, channels) of the result.
        key: Of the component, which adds ``-crop`` to it.
        on_change: Called when another square is chosen.
        face: Whether a face is looked for, and where one is found the square begins around it.

    Returns:
        ``shape`` in [0, 1].
    """
    shown = small_jpeg(picture)
    name = hashlib.sha256(shown).hexdigest()
    state = st.session_state.get(f"{key}-crop")
    sent = state.get("square") if isinstance(state, Mapping) else None
    found = place_of(sent, name)
    if found is not None:
        begin(name, found)
    x, y, share = _begun(picture, name, face)
    _component(
        key=f"{key}-crop",
        data={
            "picture": data_url(shown, "image/jpeg"),
            "name": name,
            "size": list(picture.size),
            "least": LEAST,
            "square": {"x": x, "y": y, "share": share},
        },
        on={"square": on_change},
    )
    return crop(picture, Square.at(picture.size, x, y, share), shape)


def cut_out(
    picture: Image.Image, shape: tuple[int, int, int], *, face: bool = False
) -> NDArray[np.float32]:
    """Return the square of a picture that ``choose_crop`` shows, without showing it."""
    name = hashlib.sha256(small_jpeg(picture)).hexdigest()
    return crop(picture, Square.at(picture.size, *_begun(picture, name, face)), shape)


def _begun(picture: Image.Image, name: str, face: bool) -> tuple[float, float, float]:
    """Return the square that was chosen of a picture, or the one that it begins with."""
    chosen: tuple[float, float, float] | None = held(name)
    if chosen is not None:
        return chosen
    return (_face(name, picture) if face else None) or _LARGEST


@st.cache_data(show_spinner=False, max_entries=64)
def _face(name: str, _picture: Image.Image) -> tuple[float, float, float] | None:
    return find_face(_picture)


def place_of(sent: object, name: str) -> tuple[float, float, float] | None:
    """Read where the browser says that the square of a picture lies.

    Args:
        sent: What arrived, which may be anything.
        name: Of the picture; squares of other pictures do not count.

    Returns:
        (x, y, share) as ``Square.at`` takes them, the share at least ``LEAST``; None
        where nothing valid arrived.
    """
    if not isinstance(sent, Mapping) or sent.get("name") != name:
        return None
    x, y, share = (_share(sent.get(part)) for part in ("x", "y", "share"))
    if x is None or y is None or share is None:
        return None
    return x, y, max(share, LEAST)


def _share(value: object) -> float | None:
    # Compared before it is converted: a whole number may be too large for a float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None
