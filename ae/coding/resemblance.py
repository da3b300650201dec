"""Whose pictures a stranger's picture resembles: asked of each model's held-out pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.metrics import squared_error

_USUAL = 0.2
# Of the squared error of the mean picture, what a model may leave of it that knows its pictures.
# To one that learned nothing any picture is usual: it rebuilds all of them as badly as its own.
_LEFT = 0.5


@dataclass(frozen=True)
class Resemblance:
    """How usual pictures are among those that a model knows."""

    # The share of its held-out pictures that are as unusual, by code or by error, whichever is
    # less; of several pictures the median.
    share: float
    # Their mean squared error, as a multiple of the median of its held-out pictures.
    errors: float
    numbers: int  # of a code: the fewer, the fewer kinds of pictures it can be
    pixels: int  # of its pictures

    @property
    def is_usual(self) -> bool:
        """Whether such pictures are no exceptions to the model.

        Measured by ``bench.uploads``: with a share of 0.05, as for a warning, every fourth
        photograph of anything would be taken for a garment or a face.
        """
        return self.share >= _USUAL


def resemblance(model: Autoencoder, images: NDArray[np.float32]) -> Resemblance | None:
    """Ask whether images, (n, height, width, channels), are like those of a model.

    None of a model that cannot know: too few held-out pictures tell where its codes lie, or it
    rebuilds those hardly better than their mean does.
    """
    calibration, test = model.calibration, model.card.evaluation.get("test", {})
    if calibration is None or not calibration.can_tell:
        return None
    if "mean_image" in test and test["model"]["mse"] > _LEFT * test["mean_image"]["mse"]:
        return None
    codes = model.encode(images)
    errors = squared_error(images, model.decode(codes))
    shares = np.minimum(model.support(codes), calibration.p_values_of_errors(errors))
    times = np.median(errors) / max(float(np.median(calibration.errors)), 1e-9)
    return Resemblance(
        float(np.median(shares)), float(times), model.latent_dim, images[0, ..., 0].size
    )


def most_alike(found: Mapping[str, Resemblance]) -> str:
    """Return the name of the model whose pictures are resembled most.

    Among those to which the pictures are usual it is the most particular one, with the fewest
    numbers, and of those the one with the largest pictures; where there is none, the one that
    rebuilds them best beside its own.

    Raises:
        ValueError: If there are no models.
    """
    usual = {name: each for name, each in found.items() if each.is_usual}
    if usual:
        return min(usual, key=lambda name: (usual[name].numbers, -usual[name].pixels))
    return min(found, key=lambda name: found[name].errors)
