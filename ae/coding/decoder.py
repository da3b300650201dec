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
_FOR_BROWSERS = "decoder.safetensors"


class Decoder(Model):
    """A decoder, of an autoencoder or alone."""

    FILES: ClassVar[tuple[str, ...]] = ("decoder.onnx",)
    OPTIONAL: ClassVar[tuple[str, ...]] = (_FOR_BROWSERS,)
    HAS_CODES = True

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield nothing: without images nothing was measured."""
        yield from ()

    def _open(self, files: dict[str, bytes]) -> None:
        self._take_decoder(files)
        self._compare_decoders(files, np.zeros(self.latent_dim), np.ones(self.latent_dim))
        self._decoder.rest(self._file("decoder.onnx"))

    def _take_decoder(self, files: dict[str, bytes]) -> None:
        self._decoder = Network(
            files["decoder.onnx"], "decoder.onnx", (self.latent_dim,), [self.image_shape]
        )

    def _compare_decoders(
        self, files: dict[str, bytes], mean: NDArray[Any], std: NDArray[Any]
    ) -> None:
        """Hold the decoder that browsers run to the one that is run here."""
        if _FOR_BROWSERS not in files:
            return
        drawn = np.random.default_rng(0).standard_normal((_COMPARED, self.latent_dim))
        codes = (mean + std * drawn).astype(np.float32)
        try:
            graph, weights = from_safetensors(files[_FOR_BROWSERS])
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
    def decoder_digest(self) -> str:
        """SHA-256 of the decoder as browsers run it; "" where they cannot."""
        return self.card.files[_FOR_BROWSERS] if _FOR_BROWSERS in self.files_of(self.card) else ""

    @property
    def decoder_safetensors(self) -> bytes | None:
        """The decoder as browsers run it; None where they cannot, and the server draws.

        It is read anew, for who keeps it are the browsers.
        """
        return self._file(_FOR_BROWSERS)() if self.decoder_digest else None

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
            ValueError: If the codes have another shape, or the folder was changed since it was
                loaded.
        """
        return self._decoder.run(codes, "codes")[0]
