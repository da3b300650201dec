"""Judges: small classifiers of pictures that know nothing of any latent space."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.shelf.card import ModelCard
from ae.shelf.model import Images, Model
from ae.shelf.network import Network

# Of an attribute that one has or has not: on how many images it was judged, how often it is right,
# and how often naming the larger group is.
RIGHT = ("n", "accuracy", "largest_class")


class Judge(Model):
    """A network from images to features and readings.

    Its card's ``latent_dim`` is the number of features; ``attributes``, or where there
    are none ``class_names``, name the readings.
    """

    FILES = ("judge.onnx",)

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield what pages show of how often it is right."""
        yield from super().numbers(card)
        for found in card.evaluation.get("test", {}).get("attributes", {}).values():
            yield from (found[name] for name in RIGHT if name in found)

    def _open(self, files: dict[str, bytes]) -> None:
        readings = len(self.card.attributes or self.card.class_names)
        self._network = Network(
            files["judge.onnx"],
            "judge.onnx",
            self.image_shape,
            [(self.card.latent_dim,), (readings,)],
        )

    def features(self, images: Images) -> NDArray[np.float32]:
        """Return what its last hidden layer sees in images, (n, latent_dim)."""
        return self._network.run(images, "images")[0]

    def read(self, images: Images) -> NDArray[np.float32]:
        """Return a reading per attribute, or a logit per class, (n, readings).

        Args:
            images: (n, height, width, channels) in [0, 1].

        Raises:
            ValueError: If the images have another shape.
        """
        return self._network.run(images, "images")[1]
