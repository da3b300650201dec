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
from ae.ui.door.record import begin, held, settled

LEAST = 0.1  # of the picture's shorter side
_PARTS = ("x", "y", "share")
Place = tuple[float, float, float]  # as ``Square.at`` takes them
_LARGEST: Place = (0.5, 0.5, 1.0)
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
    # The square, and whether it was chosen: where it was not, it may begin elsewhere.
    begun = _begun(name, picture, face), False
    record = settled(name, begun, lambda values, _: chosen_place(values), said_by=f"{key}-crop")
    if not record.value[1] and record.value != begun:
        record = begin(name, begun)
    _component(
        key=f"{key}-crop",
        data={
            "revision": record.revision,
            "start": dict(zip(_PARTS, record.start[0], strict=True)),
            "picture": data_url(shown, "image/jpeg"),
            "size": list(picture.size),
            "least": LEAST,
        },
        states={"moved": None},
        on={"moved": on_change},
    )
    return crop(picture, Square.at(picture.size, *record.value[0]), shape)


def cut_out(
    picture: Image.Image, shape: tuple[int, int, int], *, face: bool = False
) -> NDArray[np.float32]:
    """Return the square of a picture that ``choose_crop`` shows, without showing it."""
    name = hashlib.sha256(small_jpeg(picture)).hexdigest()
    place, chosen = held(name) or (_LARGEST, False)
    if not chosen:
        place = _begun(name, picture, face)
    return crop(picture, Square.at(picture.size, *place), shape)


def _begun(name: str, picture: Image.Image, face: bool) -> Place:
    """Return the square that a picture begins with."""
    return (_face(name, picture) if face else None) or _LARGEST


@st.cache_data(show_spinner=False, max_entries=64)
def _face(name: str, _picture: Image.Image) -> Place | None:
    return find_face(_picture)


def chosen_place(values: object) -> tuple[Place, bool] | None:
    """Read where the browser says that a square lies, which may be anything.

    Returns:
        The place, its share at least ``LEAST``, and that it was chosen; None where nothing valid
        arrived.
    """
    if not isinstance(values, Mapping):
        return None
    x, y, share = (_share(values.get(part)) for part in _PARTS)
    if x is None or y is None or share is None:
        return None
    return (x, y, max(share, LEAST)), True


def _share(value: object) -> float | None:
    # Compared before it is converted: a whole number may be too large for a float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None
