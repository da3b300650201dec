"""Denoisers: a noisy image in, a cleaner one out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.denoising.filters import FILTERS, Spectrum, filtered
from ae.denoising.noise import KINDS, SETTINGS, Noise
from ae.shelf.arrays import Arrays, check_arrays, read_arrays
from ae.shelf.card import ModelCard
from ae.shelf.model import Images, Model, several
from ae.shelf.network import Network


class Denoiser(Model):
    """One network from images to images, and plain filters tuned to stand beside it.

    Attributes:
        spectrum: Of the training images.
        strengths: By setting of the noise and filter, the filter's strength at each of
            the kind's levels, as tuned on validation images.
    """

    FILES = ("denoiser.onnx", "filters.npz")
    spectrum: Spectrum
    strengths: dict[tuple[str, str], NDArray[np.float32]]

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield what pages show of every method at every level of the noise."""
        yield from super().numbers(card)
        for row in card.evaluation["test"]["settings"].values():
            levels = several(row["levels"])
            yield from (row["n"], *levels)
            for method in row["methods"].values():
                for means in method.values():
                    yield from several(means, len(levels))

    def _open(self, files: dict[str, bytes]) -> None:
        self._network = Network(
            files["denoiser.onnx"], "denoiser.onnx", self.image_shape, [self.image_shape]
        )
        arrays = read_arrays(files["filters.npz"], "filters.npz")
        self._take_spectrum(arrays)
        self._take_strengths(arrays)
        if self.card.evaluation:  # there is none before it was measured
            self._check_measurements()

    def _take_spectrum(self, arrays: Arrays) -> None:
        pixels = int(np.prod(self.image_shape))
        check_arrays(
            arrays, {"mean": (pixels,), "eigenvectors": (pixels, pixels), "eigenvalues": (pixels,)}
        )
        self.spectrum = Spectrum(
            arrays["mean"], arrays["eigenvectors"].astype(np.float32), arrays["eigenvalues"]
        )

    def _take_strengths(self, arrays: Arrays) -> None:
        shapes = {
            (name, plain): (len(KINDS[kind].levels),)
            for name, (kind, _) in SETTINGS.items()
            for plain in FILTERS
        }
        check_arrays(arrays, {"/".join(key): shape for key, shape in shapes.items()})
        self.strengths = {key: arrays["/".join(key)] for key in shapes}

    def _check_measurements(self) -> None:
        measured = self.card.evaluation["test"]["settings"]
        for name, (kind, _) in SETTINGS.items():
            row = measured.get(name, {"methods": {}, "levels": ()})
            means = [method.get("psnr_db", ()) for method in row["methods"].values()]
            length = len(KINDS[kind].levels)
            if not {"noisy", "denoiser", *FILTERS} <= row["methods"].keys() or any(
                len(values) != length for values in (row["levels"], *means)
            ):
                raise ValueError(f"its card lacks numbers for {name} noise")

    def reconstruct(self, images: Images) -> Images:
        """Return the images without their noise, clipped to [0, 1].

        Args:
            images: (n, height, width, channels); noise may have taken them out of [0, 1].

        Raises:
            ValueError: If the images have another shape.
        """
        return np.clip(self._network.run(images, "images")[0], 0, 1)

    def strength(self, plain: str, noise: Noise) -> float:
        """Return the strength that suits a plain filter, for any level of noise.

        Between the levels that were tuned for, strengths change evenly.
        """
        tuned = self.strengths[noise.setting, plain]
        return float(np.interp(noise.level, KINDS[noise.kind].levels, tuned))

    def filtered(self, plain: str, noisy: Images, noise: Noise) -> Images:
        """Return what one of ``FILTERS`` makes of noisy images, clipped to [0, 1].

        Unlike the network it is told what noise there is.
        """
        return filtered(plain, noisy, self.strength(plain, noise), self.spectrum, noise)
