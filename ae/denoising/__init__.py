"""Noise, a network that removes it, and the plain filters it has to beat."""
