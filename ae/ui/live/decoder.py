"""The decoder of a live picture, as the browser gets to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ae.coding.decoder import Decoder as Network
from ae.ui.door.files import is_offered, offer


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
        card, digest = autoencoder.card, autoencoder.decoder_digest
        if digest and not is_offered(digest):
            offer(autoencoder.decoder_safetensors or b"", digest=digest)
        return cls(card.name, card.latent_dim, card.image_shape, digest)

    def plain(self) -> dict[str, Any]:
        """Return what decoder.js takes."""
        return {
            "model": self.model,
            "latentDim": self.latent_dim,
            "shape": list(self.shape),
            "digest": self.digest,
        }
