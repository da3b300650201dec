"""Arithmetic with codes: attributes, directions of one's own, equations, paths."""
