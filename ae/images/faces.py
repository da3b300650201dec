"""Where a face is in a photograph: a square from brows to chin, as models of faces know them."""

from functools import cache
from typing import Any

import numpy as np
from PIL import Image

_SIDE = 320  # pixels along the photograph in which is looked
_LEAST = 40  # pixels of a face there
# Rectangles that agree: with fewer, two in five photographs without a face have one, with
# more, half of the faces are missed (``python -m bench.uploads``).
_AGREEING = 4
# Of the detector's rectangle: how much wider it is than from brows to chin, and how much
# higher it lies, as a share of the square's side; medians of what it found.
_WIDER, _HIGHER = 1.08, 0.1


def find_face(picture: Image.Image) -> tuple[float, float, float] | None:
    """Return the square of the largest face that looks at the camera, if one is found.

    Args:
        picture: As ``read_upload`` returns it.

    Returns:
        (x, y, share) as ``Square.at`` takes them, or None.

    Source: local binary patterns in a cascade, Liao et al. 2007; trained by OpenCV, in
        scikit-image.
    """
    scale = min(_SIDE / max(picture.size), 1)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    if min(size) < _LEAST:
        return None
    grey = np.asarray(picture.convert("L").resize(size, Image.Resampling.BOX))
    found = _cascade().detect_multi_scale(
        img=grey,
        scale_factor=1.1,
        step_ratio=1,
        min_size=(_LEAST, _LEAST),
        max_size=(min(size), min(size)),
        min_neighbor_number=_AGREEING,
    )
    if not found:
        return None
    box = max(found, key=lambda each: each["width"])
    side = box["width"] / _WIDER
    x = (box["c"] + box["width"] / 2) / size[0]
    y = (box["r"] + box["height"] / 2 + _HIGHER * side) / size[1]
    return min(x, 1.0), min(y, 1.0), min(side / min(size), 1.0)


@cache
def _cascade() -> Any:
    # Loaded only when a face is looked for.
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())
