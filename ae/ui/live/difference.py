"""By how much one picture is lighter or darker than another, as colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ae.ui.figures import BLUE, GREY, ORANGE


def _channels(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.removeprefix("#")))


# Darker, the same, lighter: Okabe and Ito's blue is also darker than this grey, and
# their orange lighter. (3, 3) in [0, 1].
RAMP = np.array([_channels(colour) for colour in (BLUE, GREY, ORANGE)]) / 255
FULL = 0.5  # the difference, in [-1, 1], that gets the full colour


def difference_picture(
    before: NDArray[np.floating], after: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Colour after - before: blue is darker, grey the same, orange lighter.

    Args:
        before: (height, width, channels) in [0, 1].
        after: Of the same shape.

    Returns:
        (height, width, 3) in [0, 1], from the mean of the difference over the channels.
    """
    level = np.clip((after - before).mean(axis=-1, keepdims=True) / FULL, -1, 1)
    darker, same, lighter = RAMP
    end = np.where(level < 0, darker, lighter)
    return np.float32(same + np.abs(level) * (end - same))
