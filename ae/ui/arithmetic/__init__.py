"""Arithmetic with codes: attributes, directions of one's own, equations, paths."""

from ae.ui.arithmetic.attribute import show_attributes
from ae.ui.arithmetic.corners import show_corners
from ae.ui.arithmetic.equation import show_equation
from ae.ui.arithmetic.own import show_own_direction
from ae.ui.arithmetic.path import show_path

__all__ = ["show_attributes", "show_corners", "show_equation", "show_own_direction", "show_path"]
