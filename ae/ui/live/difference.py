"""By how much one picture is lighter or darker than another, as colours."""

import numpy as np

from ae.ui.figures import BLUE, GREY, ORANGE


def _channels(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.removeprefix("#")))


# Darker, the same, lighter: Okabe and Ito's blue is also darker than this grey, and
# their orange lighter. (3, 3) in [0, 1].
RAMP = np.array([_channels(colour) for colour in (BLUE, GREY, ORANGE)]) / 255
FULL = 0.5  # the difference, in [-1, 1], that gets the full colour
