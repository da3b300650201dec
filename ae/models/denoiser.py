"""Denoisers: a noisy image in, a cleaner one out."""

from __future__ import annotations

import numpy as np

from ae.models.base import Images, Model, Network


class Denoiser(Model):
    """One network from images to images."""

    def _open(self, files: dict[str, bytes]) -> None:
        self._network = Network(
            files["denoiser.onnx"],
            "denoiser.onnx",
            self.image_shape,
            [self.image_shape],
        )

    def reconstruct(self, images: Images) -> Images:
        """Return the images without their noise, clipped to [0, 1].

        Args:
            images: (n, height, width, channels); noise may have taken them out of
                [0, 1].

        Raises:
            ValueError: If the images have another shape.
        """
        return np.clip(self._network.run(images, "images")[0], 0, 1)
