"""Sliders that move a code, and a picture that follows the finger.

The decoder runs in the browser, so every frame of a drag is decoded and drawn there;
one message reaches Python when a slider is released.
"""

from ae.ui.live.engine import javascript
from ae.ui.live.sliders import Slider, latent_sliders

__all__ = ["Slider", "javascript", "latent_sliders"]
