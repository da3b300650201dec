"""A canvas of 28 by 28 pixels to draw on, with mouse, finger, pen or keyboard.

While a stroke is drawn nothing is sent; when it ends, one message brings the picture.
"""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images.drawings import decode_drawing, encode_drawing
from ae.ui.door.component import Component

_HTML = """
<div class="draw">
  <div class="frame">
    <canvas data-testid="draw-canvas" width="28" height="28" tabindex="0"
      role="application" aria-label="Drawing, 28 by 28 pixels, bright on black"
      aria-describedby="keys"></canvas>
    <span class="hint" aria-hidden="true">Draw here</span>
    <span class="cursor" aria-hidden="true"></span>
  </div>
  <div class="controls">
    <label>
      <span class="name">Brush size<output name="size-shown"></output></span>
      <input type="range" name="size" min="1" max="8" step="0.5" value="3"
        aria-label="Brush size, pixels">
    </label>
    <label>
      <span class="name">Brightness<output name="level-shown"></output></span>
      <input type="range" name="level" min="5" max="100" step="5" value="80"
        aria-label="Brightness, percent">
    </label>
    <div class="buttons">
      <button type="button" name="eraser" aria-pressed="false">Eraser</button>
      <button type="button" name="undo" disabled>Undo</button>
      <button type="button" name="clear" disabled>Clear</button>
    </div>
    <p id="keys">Keyboard: Tab to the drawing, arrow keys move, Space paints,
      Ctrl+Z undoes, Delete clears.</p>
    <p class="spoken" aria-live="polite"></p>
  </div>
</div>
"""

_CANVAS = Component("draw", "draw/draw.js", ["controls.css", "draw/draw.css"], _HTML)


def drawing_canvas(key: str, *, height: int = 320) -> NDArray[np.float32] | None:
    """Show a canvas and return what is drawn on it.

    The drawing outlives a visit to another page; it belongs to the key. On screen it is as many
    pixels high, and narrower where there is less room.

    Returns:
        (28, 28) float32 in [0, 1], bright on black, or None while nothing is drawn.
    """
    # A component's own state ends with its page, so the drawing is kept beside it.
    state = st.session_state.get(key)
    message = state.get("pixels") if isinstance(state, Mapping) else None
    if message is not None:
        keep(key, decode_drawing(message))
    drawing = drawn(key)
    pixels = None if drawing is None else encode_drawing(drawing)
    _CANVAS(key=key, data={"pixels": pixels, "side": height}, on={"pixels": None})
    return drawing


def drawn(key: str) -> NDArray[np.float32] | None:
    """Return what was drawn on a canvas, as ``drawing_canvas``, whether it is shown or not."""
    drawing: NDArray[np.float32] | None = st.session_state.get(f"{key}-kept")
    return drawing


def keep(key: str, drawing: NDArray[np.float32] | None) -> None:
    """Let something be drawn on a canvas that is not shown; None leaves it empty."""
    st.session_state[f"{key}-kept"] = drawing
