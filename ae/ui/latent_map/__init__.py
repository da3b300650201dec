"""The latent map on screen: point anywhere and see what is decoded there."""

from ae.ui.latent_map.controls import choose_colouring, choose_map
from ae.ui.latent_map.exploring import explore_map
from ae.ui.latent_map.trust import show_trust

__all__ = ["choose_colouring", "choose_map", "explore_map", "show_trust"]
