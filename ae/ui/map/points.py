"""What a map is made of, and the bytes in which it reaches the browser."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.ui.door.files import is_offered, offer

_MAX_POINTS = 1 << 20
_MAX_IMAGE_BYTES = 40 << 20
# Of the larger extent; a pin so near to a point is on it.
_ON_POINT = 1e-5
# Extents around the map's middle in which a pin or corner may lie.
_REACH = 10.0
_RAMP_ENDS = (1, 99)  # percentiles
Place = tuple[float, float]


class MapPoints:
    """The points of a map, which stay the same from run to run.

    Make them once and keep them (``st.cache_resource``): they are packed and hashed
    once, and fetched once by each browser.

    Attributes:
        points: Map coordinates, (n, 2).
        codes: (n, latent_dim).
        labels: Class of each point, an index into ``class_names``, (n,).
        class_names: What the classes are called.
        middle: Of the bounding box, in map coordinates.
        extent: The longer side of the bounding box, in map coordinates.
    """

    def __init__(
        self,
        points: NDArray[np.float32],
        codes: NDArray[np.float32],
        labels: NDArray[np.uint8],
        class_names: tuple[str, ...],
        images: Callable[[], NDArray[np.uint8]] | None = None,
    ) -> None:
        """Check the points and pack them.

        Args:
            points: (n, 2).
            codes: (n, latent_dim).
            labels: (n,).
            class_names: What the classes are called.
            images: Returns the true images, (n, height, width) or
                (n, height, width, 3); None where they are not on this machine.

        Raises:
            ValueError: If something does not fit, or a number is not finite.
        """
        self.points, self.codes, self.labels = points, codes, labels
        self.class_names, self._images = class_names, images
        self._check()
        low, high = points.min(axis=0), points.max(axis=0)
        self.middle: Place = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2)
        self.extent = float((high - low).max()) or 1.0
        self._digests = {"points": self._offer_points(), "images": self._offer_images()}

    @classmethod
    def of(
        cls,
        autoencoder: Autoencoder,
        kind: str,
        rows: NDArray[np.int64] | slice = slice(None),
        images: Callable[[], NDArray[np.uint8]] | None = None,
    ) -> MapPoints:
        """Return those of a model's map by name, or of some of its images by number."""
        return cls(
            autoencoder.maps[kind][rows],
            autoencoder.codes[rows],
            autoencoder.labels[rows],
            autoencoder.card.class_names,
            images,
        )

    def _check(self) -> None:
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
            raise ValueError(f"label {self.labels.max()} has none of {len(self.class_names)} names")

    def offered(self) -> dict[str, str]:
        """Return the digests by which the browser fetches points and images.

        ``"images"`` is empty without images.
        """
        if not is_offered(self._digests["points"]):
            self._offer_points()
        if self._images and not is_offered(self._digests["images"]):
            self._offer_images()
        return self._digests

    def _offer_points(self) -> str:
        return offer(self.packed_points())

    def _offer_images(self) -> str:
        if self._images is None:
            return ""
        return offer(packed_images(self._images(), len(self.points)), compress=True)

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

    def lattice_from(self, side: int) -> tuple[Place, float]:
        """Return the lowest place of ``lattice``, and how far apart its places are."""
        reach = 0.75 * self.extent
        low = self.middle[0] - reach, self.middle[1] - reach
        return low, 2 * reach / (side - 1)

    def lattice(self, side: int) -> NDArray[np.float64]:
        """Return evenly spaced places on the map and around it, row by row upwards.

        Args:
            side: Places in a row, at least 2.

        Returns:
            (side * side, 2).
        """
        (u, v), step = self.lattice_from(side)
        rows, columns = np.divmod(np.arange(side * side), side)
        return np.stack([u + step * columns, v + step * rows], axis=1)

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


def packed_images(images: NDArray[np.uint8], n: int) -> bytes:
    """Return the images of n points as payload.js reads them.

    Raises:
        ValueError: If there are others, or they are too large together.
    """
    coloured = images.ndim == 4 and images.shape[-1] == 3
    if len(images) != n or not (images.ndim == 3 or coloured):
        raise ValueError(f"{n} points have images {images.shape}")
    if images.nbytes > _MAX_IMAGE_BYTES:
        raise ValueError(
            f"the map's images take {images.nbytes >> 20} MB, more than "
            f"{_MAX_IMAGE_BYTES >> 20}: leave them out"
        )
    height, width = images.shape[1:3]
    header = b"MAPI" + struct.pack("<4I", n, height, width, 3 if coloured else 1)
    return header + np.asarray(images, np.uint8).tobytes()


@dataclass(frozen=True, eq=False)
class Colouring:
    """Colours that show a value of each point instead of its class."""

    title: str  # of the value, with its unit
    values: NDArray[np.floating]  # (n,), finite

    def plain(self, n: int) -> dict[str, Any]:
        """Return what the browser shows: 256 levels between two percentiles.

        Args:
            n: How many points the map has.

        Raises:
            ValueError: If there are not n finite values.
        """
        values = np.asarray(self.values, np.float64)
        if values.shape != (n,) or not np.isfinite(values).all():
            raise ValueError(f"colours need {n} finite values, got an array {values.shape}")
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
    """An image placed on the map: a diamond with a name."""

    label: str
    u: float  # map coordinate
    v: float  # map coordinate


def text_of(content: bytes) -> str:
    """Return bytes as base64, for messages that hold text only."""
    return base64.b64encode(content).decode("ascii")
