"""What turns codes into images: all that a decoder alone can do."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ae.graph import from_safetensors
from ae.graph.run import run
from ae.shelf.card import ModelCard
from ae.shelf.model import Images, Model
from ae.shelf.network import Network

Codes = NDArray[np.float32]

# Largest difference of a pixel between the decoder here and that of browsers, and on
# how many codes they are compared.
TOLERANCE, _COMPARED = 1e-4, 2


class Decoder(Model):
    """A decoder, of an autoencoder or alone.

    Attributes:
        decoder_safetensors: The decoder as browsers run it; None where they cannot, and the
            server draws every picture.
    """

    FILES: ClassVar[tuple[str, ...]] = ("decoder.onnx",)
    OPTIONAL: ClassVar[tuple[str, ...]] = ("decoder.safetensors",)
    HAS_CODES = True
    decoder_safetensors: bytes | None

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield nothing: without images nothing was measured."""
        yield from ()

    def _open(self, files: dict[str, bytes]) -> None:
        self._take_decoder(files)
        self._compare_decoders(np.zeros(self.latent_dim), np.ones(self.latent_dim))

    def _take_decoder(self, files: dict[str, bytes]) -> None:
        self.decoder_safetensors = files.get("decoder.safetensors")
        self._decoder = Network(
            files["decoder.onnx"], "decoder.onnx", (self.latent_dim,), [self.image_shape]
        )

    def _compare_decoders(self, mean: NDArray[Any], std: NDArray[Any]) -> None:
        """Hold the decoder that browsers run to the one that is run here."""
        if self.decoder_safetensors is None:
            return
        drawn = np.random.default_rng(0).standard_normal((_COMPARED, self.latent_dim))
        codes = (mean + std * drawn).astype(np.float32)
        try:
            graph, weights = from_safetensors(self.decoder_safetensors)
            if graph.input_shape != codes.shape[1:]:
                raise ValueError(f"it decodes {graph.input_shape}")
            (images,) = run(graph, weights, codes)
        except ValueError as problem:
            # Which may quote names that a stranger chose.
            raise ValueError("decoder.safetensors is no decoder") from problem
        here = self.decode(codes)
        if here.shape != images.shape or not np.abs(here - images).max() <= TOLERANCE:
            raise ValueError("decoder.safetensors and decoder.onnx do not agree")

    @property
    def latent_dim(self) -> int:
        """Coordinates of a code."""
        return self.card.latent_dim

    def decode(self, codes: Codes) -> Images:
        """Return the images of codes.

        Args:
            codes: (n, latent_dim).

        Returns:
            (n, height, width, channels) float32 in [0, 1].

        Raises:
            ValueError: If the codes have another shape.
        """
        return self._decoder.run(codes, "codes")[0]
