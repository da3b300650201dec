"""Codes under the finger: sliders that move one, decoded frame by frame.

The decoder runs in the browser, so every frame of a drag is decoded and drawn there;
one message reaches Python when a slider is released.
"""

from ae.ui.live.decoder import Decoder
from ae.ui.live.edit import live_edit
from ae.ui.live.moves import Move
from ae.ui.live.sliders import Slider, latent_sliders

__all__ = ["Decoder", "Move", "Slider", "latent_sliders", "live_edit"]
