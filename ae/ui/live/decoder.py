"""The decoder of a live picture, as the browser gets to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ae.coding.decoder import Decoder as Network
from ae.ui.door.files import offer


@dataclass(frozen=True)
class Decoder:
    """What the browser runs, or asks the server to run."""

    model: str  # a name on the shelf
    latent_dim: int  # numbers of a code
    shape: tuple[int, int, int]  # of a picture, (height, width, channels)
    digest: str  # SHA-256 of its weights; "" where the browser cannot run it

    @classmethod
    def of(cls, autoencoder: Network) -> Decoder:
        """Describe a model's decoder, and let the browser fetch its weights."""
        card = autoencoder.card
        digest = ""
        if autoencoder.decoder_safetensors is not None:
            digest = card.files["decoder.safetensors"]
            offer(autoencoder.decoder_safetensors, digest=digest)
        return cls(card.name, card.latent_dim, card.image_shape, digest)

    def plain(self) -> dict[str, Any]:
        """Return what decoder.js takes."""
        return {
            "model": self.model,
            "latentDim": self.latent_dim,
            "shape": list(self.shape),
            "digest": self.digest,
        }
