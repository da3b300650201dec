"""Codes under the finger: sliders that move one, a map that decodes every place.

The decoder runs in the browser, so every frame of a drag is decoded and drawn there;
one message reaches Python when a slider is released, or a place on the map clicked.
"""

from ae.latent.maps import Plane
from ae.ui.live.edit import live_edit
from ae.ui.live.engine import javascript
from ae.ui.live.moves import Move, edited
from ae.ui.live.sliders import Slider, latent_sliders
from ae.ui.map.component import (
    MAX_CORNERS,
    LocalInterpolation,
    MapState,
    latent_map,
    rounded,
)
from ae.ui.map.points import Colouring, MapPoints, Mark, Place

__all__ = [
    "MAX_CORNERS",
    "Colouring",
    "LocalInterpolation",
    "MapPoints",
    "MapState",
    "Mark",
    "Move",
    "Place",
    "Plane",
    "Slider",
    "edited",
    "javascript",
    "latent_map",
    "latent_sliders",
    "live_edit",
    "rounded",
]
