"""What a map is made of, and the bytes in which it reaches the browser."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAX_POINTS = 1 << 20
_MAX_IMAGE_BYTES = 40 << 20  # below Streamlit's limit for one message
# Of the larger extent; a pin so near to a point is on it.
_ON_POINT = 1e-5
# Extents around the map's middle in which a pin or corner may lie.
_REACH = 10.0
_RAMP_ENDS = (1, 99)  # percentiles
Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The points of a map, which stay the same from run to run.

    Make them once and keep them (``st.cache_resource``): their bytes travel to each
    visitor once, and are packed and hashed once.

    Attributes:
        points: Map coordinates, (n, 2).
        codes: (n, latent_dim).
        labels: Class of each point, an index into ``class_names``, (n,).
        class_names: What the classes are called.
        images: The true images, (n, height, width) or (n, height, width, 3); None
            where they are not on this machine.
    """

    points: NDArray[np.float32]
    codes: NDArray[np.float32]
    labels: NDArray[np.uint8]
    class_names: tuple[str, ...]
    images: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        """Check the shapes and that all numbers are finite.

        Raises:
            ValueError: If something does not fit.
        """
        n = len(self.points)
        if not 1 <= n <= _MAX_POINTS or self.points.shape != (n, 2):
            raise ValueError(f"a map cannot be made of points {self.points.shape}")
        if self.codes.ndim != 2 or len(self.codes) != n or self.labels.shape != (n,):
            raise ValueError(
                f"{n} points have codes {self.codes.shape}, labels {self.labels.shape}"
            )
        if not (np.isfinite(self.points).all() and np.isfinite(self.codes).all()):
            raise ValueError("the map holds a number that is not finite")
        if self.labels.max() >= len(self.class_names):
            raise ValueError(
                f"label {self.labels.max()} has none of {len(self.class_names)} names"
            )
        if self.images is not None:
            self._check_images(self.images)

    def _check_images(self, images: NDArray[np.uint8]) -> None:
        coloured = images.ndim == 4 and images.shape[-1] == 3
        if len(images) != len(self.points) or not (images.ndim == 3 or coloured):
            raise ValueError(f"{len(self.points)} points have images {images.shape}")
        if images.nbytes > _MAX_IMAGE_BYTES:
            raise ValueError(
                f"the map's images take {images.nbytes >> 20} MB, more than "
                f"{_MAX_IMAGE_BYTES >> 20}: leave them out"
            )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of ``packed_points()``."""
        return hashlib.sha256(self.packed_points()).hexdigest()

    @cached_property
    def images_digest(self) -> str:
        """SHA-256 of ``packed_images()``; empty without images."""
        if self.images is None:
            return ""
        return hashlib.sha256(self.packed_images()).hexdigest()

    @cached_property
    def middle(self) -> Place:
        """Of the bounding box, in map coordinates."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2

    @cached_property
    def extent(self) -> float:
        """The longer side of the bounding box, in map coordinates."""
        return float(np.ptp(self.points, axis=0).max()) or 1.0

    def packed_points(self) -> bytes:
        """Return points, codes and labels as payload.js reads them."""
        n, latent_dim = self.codes.shape
        return b"".join(
            (
                b"MAPP" + struct.pack("<2I", n, latent_dim),
                np.asarray(self.points, "<f4").tobytes(),
                np.asarray(self.codes, "<f4").tobytes(),
                np.asarray(self.labels, np.uint8).tobytes(),
            )
        )

    def packed_images(self) -> bytes:
        """Return the images as payload.js reads them.

        Raises:
            ValueError: If there are none.
        """
        if self.images is None:
            raise ValueError("the map has no images")
        n, height, width = self.images.shape[:3]
        channels = 1 if self.images.ndim == 3 else 3
        header = b"MAPI" + struct.pack("<4I", n, height, width, channels)
        return header + np.asarray(self.images, np.uint8).tobytes()

    def point_at(self, place: Place) -> int | None:
        """Return the index of the point on which a place lies, if on any."""
        squared = np.square(self.points - np.array(place)).sum(axis=1)
        nearest = int(squared.argmin())
        on = math.sqrt(squared[nearest]) <= _ON_POINT * self.extent
        return nearest if on else None

    def reaches(self, place: Place) -> bool:
        """Return whether a place is near enough to the points to be looked at."""
        away = max(abs(place[0] - self.middle[0]), abs(place[1] - self.middle[1]))
        return away <= _REACH * self.extent


@dataclass(frozen=True, eq=False)
class Colouring:
    """Colours that show a value of each point instead of its class.

    Attributes:
        title: Of the value, with its unit.
        values: (n,), finite.
    """

    title: str
    values: NDArray[np.floating]

    def plain(self, n: int) -> dict[str, Any]:
        """Return what the browser shows: 256 levels between two percentiles.

        Args:
            n: How many points the map has.

        Raises:
            ValueError: If there are not n finite values.
        """
        values = np.asarray(self.values, np.float64)
        if values.shape != (n,) or not np.isfinite(values).all():
            raise ValueError(
                f"colours need {n} finite values, got an array {values.shape}"
            )
        # A few far values would take all the colours from the others.
        low, high = (float(end) for end in np.percentile(values, _RAMP_ENDS))
        shares = ((values - low) / ((high - low) or 1)).clip(0, 1)
        return {
            "title": self.title,
            "levels": text_of(np.rint(255 * shares).astype(np.uint8).tobytes()),
            "minimum": low,
            "maximum": high,
            "below": bool(values.min() < low),
            "above": bool(values.max() > high),
        }


@dataclass(frozen=True)
class Mark:
    """An image placed on the map: a diamond with a name.

    Attributes:
        label: Its name.
        u: Map coordinate.
        v: Map coordinate.
    """

    label: str
    u: float
    v: float


def text_of(content: bytes) -> str:
    """Return bytes as base64, for messages that hold text only."""
    return base64.b64encode(content).decode("ascii")
