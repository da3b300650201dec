"""The latent map on screen: point anywhere and see what is decoded there."""

from ae.ui.map.controls import choose_colouring, choose_map
from ae.ui.map.exploring import explore_map
from ae.ui.map.trust import show_trust

__all__ = ["choose_colouring", "choose_map", "explore_map", "show_trust"]
