"""Autoencoders: what is known of them without a screen.

Symbols, the same everywhere:

    x, images      float32 pixels in [0, 1], (n, height, width, channels)
    z, codes       float32 latent codes, (n, latent_dim); for a VAE the posterior mean
    reconstruction decode(encode(x)), the shape of x

Losses are in nats per image: summed over pixels, averaged over images.
"""

from importlib import import_module
from types import ModuleType

_ROOMS = ("data", "exchange", "graph", "images", "latent", "metrics", "models", "projection")


def __getattr__(name: str) -> ModuleType:
    # ``ae.models`` works after a bare ``import ae``, and importing ae costs nothing.
    if name in _ROOMS:
        return import_module(f"ae.{name}")
    raise AttributeError(f"module 'ae' has no attribute {name!r}")
