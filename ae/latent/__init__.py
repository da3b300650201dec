"""Latent maths on arrays: sampling, traversal. NumPy only, knows no network."""
