"""The drawn figure of an autoencoder, filled with live pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.images.sheets import data_url, png_bytes, to_uint8
from ae.ui.door.component import Component

_component = Component("anatomy", "anatomy/anatomy.js", ["anatomy/anatomy.css"])


@dataclass(frozen=True)
class Passage:
    """One image on its way through an autoencoder."""

    name: str  # what the image is, for people who cannot see it
    image: NDArray[np.float32]  # (height, width, 1) in [0, 1]
    code: NDArray[np.float32]  # (latent_dim,), in standard deviations of the stored codes
    reconstruction: NDArray[np.float32]  # (height, width, 1) in [0, 1]
    mse: float  # mean squared error over pixels


def anatomy(passage: Passage, *, key: str) -> None:
    """Draw image, encoder, code, decoder, reconstruction, and the loss between them."""
    pixels = passage.image.size
    _component(
        key=key,
        data={
            "name": passage.name,
            "image": _picture(passage.image),
            "reconstruction": _picture(passage.reconstruction),
            "code": [round(float(value), 3) for value in passage.code],
            "pixels": f"{pixels} pixels",
            "numbers": f"{len(passage.code)} numbers",
            "loss": f"{passage.mse:.4f}",
        },
    )


def _picture(image: NDArray[np.float32]) -> str:
    return data_url(png_bytes(to_uint8(image[..., 0])))
