"""The message between a drawing canvas and Python: 28x28 grey levels as text."""

import base64
import binascii

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
    if image.size != SIDE**2:
        raise ValueError(f"a drawing has {SIDE} by {SIDE} pixels, got {image.shape}")
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return base64.b64encode(pixels.tobytes()).decode("ascii")
