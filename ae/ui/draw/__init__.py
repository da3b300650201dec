"""A canvas of 28 by 28 pixels to draw on, with mouse, finger, pen or keyboard.

While a stroke is drawn nothing is sent; when it ends, one message brings the picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.images.drawings import decode_drawing, drawing_in_link, drawing_of_link, encode_drawing
from ae.ui.door.component import Component
from ae.ui.door.link import Link
from ae.ui.door.record import Record, settled

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


@dataclass(frozen=True)
class DrawingLink(Link[str]):
    """What is drawn on a canvas, in four greys."""

    def text(self, value: str) -> str:
        """Write what the canvas' record holds."""
        drawing = decode_drawing(value)
        return "" if drawing is None else drawing_in_link(drawing)

    def read(self, text: str) -> str:
        """Read it as the canvas' record holds it."""
        drawing = drawing_of_link(text)
        return "" if drawing is None else encode_drawing(drawing)


def drawing_canvas(key: str, *, height: int = 320) -> NDArray[np.float32] | None:
    """Show a canvas and return what is drawn on it.

    The drawing outlives a visit to another page; it belongs to the key. On screen it is as many
    pixels high, and narrower where there is less room.

    Returns:
        (28, 28) float32 in [0, 1], bright on black, or None while nothing is drawn.
    """
    record = _settled(key)
    _CANVAS(
        key=key,
        data={"revision": record.revision, "start": record.start, "side": height},
        states={"moved": None},
    )
    return decode_drawing(record.value)


def canvas_text(key: str) -> str:
    """Return what was drawn on a canvas, whether it is shown or not, as ``DrawingLink`` takes it.

    ``ae.images.drawings.decode_drawing`` makes a picture of it.
    """
    return _settled(key).value


def _settled(key: str) -> Record[str]:
    def read(values: object, _: Record[str]) -> str:
        return values if isinstance(values, str) and decode_drawing(values) is not None else ""

    return settled(key, "", read)
