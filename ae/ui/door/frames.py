"""A frame of a decoder: its picture of one code, for browsers that cannot run it."""

import base64
import binascii
import threading

import numpy as np

from ae.coding.decoder import Decoder
from ae.images.sheets import to_uint8
from ae.shelf.card import NAME
from ae.ui.caching import loaded

_AT_ONCE = threading.BoundedSemaphore(2)
_MOST_LETTERS = 1 << 15  # of a code: 6,000 numbers


def frame(name: str, text: str) -> bytes:
    """Decode one code; where many are asked for, wait.

    Args:
        name: Of a model.
        text: The code, as ``read_code`` reads it.

    Returns:
        (height, width, channels) bytes.

    Raises:
        ValueError: If there is no such model, or that is no code of it.
    """
    if not NAME.fullmatch(name):
        raise ValueError("That is no name of a model.")
    model = loaded(name, Decoder)
    code = read_code(text, model.latent_dim)
    with _AT_ONCE:
        return to_uint8(model.decode(code[None])[0]).tobytes()


def read_code(text: str, latent_dim: int) -> np.ndarray:
    """Read a code from an address: little-endian float32 in URL-safe base64.

    Args:
        text: The numbers.
        latent_dim: How many there should be.

    Returns:
        (latent_dim,).

    Raises:
        ValueError: If there are other numbers, or one is not finite.
    """
    try:
        if len(text) > _MOST_LETTERS:
            raise ValueError("too long")
        numbers = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        code = np.frombuffer(numbers, "<f4")
    except (ValueError, binascii.Error):
        code = np.zeros(0, np.float32)
    if len(code) != latent_dim or not np.isfinite(code).all():
        raise ValueError(f"A code of this model is {latent_dim} finite numbers.")
    return code
