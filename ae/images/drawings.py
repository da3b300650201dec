"""A drawing of 28x28 grey levels as text: from a canvas in full, in a link in four greys."""

import base64
import binascii
import re

import numpy as np
from numpy.typing import NDArray

SIDE = 28


def decode_drawing(message: object) -> NDArray[np.float32] | None:
    """Read what a browser sent as its drawing. Trusts nothing in it.

    Args:
        message: Base64 text of 28 * 28 bytes, row by row, 255 for white; anything
            else counts as an empty canvas.

    Returns:
        (28, 28) float32 in [0, 1], or None for an empty canvas.
    """
    # 784 bytes make 1,048 letters of base64; anything longer is not looked at.
    if not isinstance(message, str) or len(message) != 4 * -(-(SIDE**2) // 3):
        return None
    try:
        data = base64.b64decode(message, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) != SIDE**2 or not any(data):
        return None
    pixels = np.frombuffer(data, np.uint8).reshape(SIDE, SIDE)
    return pixels.astype(np.float32) / np.float32(255)


def encode_drawing(image: NDArray[np.floating]) -> str:
    """Write an image, (28, 28) or (28, 28, 1) in [0, 1], as ``decode_drawing`` reads it."""
    return base64.b64encode(_greys(image, 255).tobytes()).decode("ascii")


def drawing_in_link(image: NDArray[np.floating]) -> str:
    """Write a drawing, (28, 28) in [0, 1], in four greys and 262 letters, for an address."""
    bits = np.unpackbits(_greys(image, 3)[:, None], axis=1)[:, -2:]
    return base64.urlsafe_b64encode(np.packbits(bits).tobytes()).decode("ascii").rstrip("=")


def drawing_of_link(text: str) -> NDArray[np.float32] | None:
    """Read what ``drawing_in_link`` wrote. Trusts nothing in it.

    Returns:
        (28, 28) float32 of 0, 1/3, 2/3 and 1, or None for anything else and an empty page.
    """
    letters = -(-8 * (SIDE**2 // 4) // 6)
    if len(text) != letters or not re.fullmatch(r"[\w-]+", text, re.ASCII):
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-letters % 4))
    bits = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, 2)
    levels = (2 * bits[:, 0] + bits[:, 1]).astype(np.float32)
    return levels.reshape(SIDE, SIDE) / np.float32(3) if levels.any() else None


def _greys(image: NDArray[np.floating], most: int) -> NDArray[np.uint8]:
    """Return the pixels of a drawing as whole numbers from 0 to the most, (784,)."""
    if image.size != SIDE**2:
        raise ValueError(f"a drawing has {SIDE} by {SIDE} pixels, got {image.shape}")
    return np.rint(np.clip(image, 0, 1) * most).astype(np.uint8).ravel()
