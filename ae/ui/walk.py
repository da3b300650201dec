"""Ways through codes, to take away."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ae.coding.decoder import Decoder
from ae.images.sheets import gif_bytes
from ae.ui.controls import download
from ae.ui.evidence import enlargement

FRAMES = 31
_SIDE = 256  # of a picture, in pixels


def offer_walk(
    model: Decoder, label: str, codes: Callable[[], NDArray[np.float32]], name: str
) -> None:
    """Offer pictures of codes as a GIF that goes forth and back; made when it is asked for.

    Args:
        model: Decodes them.
        label: What the button says.
        codes: Returns them, (n, latent_dim), about ``FRAMES`` of them.
        name: Of the file, without its end.
    """
    scale = enlargement(model, _SIDE)
    download(label, lambda: gif_bytes(model.decode(codes()), scale=scale), f"{name}.gif")
