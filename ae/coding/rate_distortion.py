"""Error and rate against size of code and beta: what a sweep measured, and reading it.

A sweep's folder holds ``sweep.json``, its numbers, and ``pictures.npz``, a few pictures of every
point. ``ae.training.sweep`` writes it.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.measures import active_units
from ae.latent.sampling import sample_posterior
from ae.metrics import LINEAR_CLIP, SIGMOID_CLIP, cross_entropy, kl_divergence, quality
from ae.shelf.arrays import check_arrays, read_arrays
from ae.shelf.card import read_file
from ae.shelf.places import home

Images = NDArray[np.float32]

SHIPPED = Path(__file__).resolve().parent.parent.parent / "assets" / "sweep"
NUMBERS, PICTURES = "sweep.json", "pictures.npz"
SIZES = (2, 4, 8, 16, 32, 64)
BETAS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
PCA, VARIATIONAL = "pca", "variational"
KINDS = (PCA, "stacked", "convolutional", VARIATIONAL)
# Pictures of a point: as many test images, as many drawn garments, and draws from the prior.
SHOWN = 10
_SIDE = 28
_FORMAT = 1


@dataclass(frozen=True)
class Point:
    """What was measured of one kind of autoencoder with one size of code.

    Losses are in nats per image, summed over pixels and averaged over held-out images.
    """

    kind: str  # one of ``KINDS``
    size: int  # numbers of a code
    beta: float | None  # weight of the KL of a variational one, else None
    mse: float  # squared error per pixel, of the posterior mean where there is a posterior
    psnr_db: float  # of the same, mean over images
    bce_nats: float  # cross-entropy of the same
    rate: float | None  # KL of posterior and prior, of a variational one
    reconstruction: float | None  # cross-entropy of one posterior sample per image, of such a one
    active_units: int | None  # dimensions whose mean varies, of such a one
    parameters: int  # weights
    epochs: float  # passes over the training images, those of what it started from left out

    @property
    def name(self) -> str:
        """Kind, size and beta in one word."""
        return point_name(self.kind, self.size, self.beta)


def point_name(kind: str, size: int, beta: float | None) -> str:
    """Return what a point of a sweep is called, and its files."""
    return f"{kind}-{size}" if beta is None else f"{kind}-{size}-{beta:g}"


def plan() -> list[tuple[str, int, float | None]]:
    """Return kind, size and beta of every point, in the order in which they are shown."""
    return [
        (kind, size, beta)
        for kind in KINDS
        for size in SIZES
        for beta in (BETAS if kind == VARIATIONAL else (None,))
    ]


def measured(
    kind: str,
    size: int,
    beta: float | None,
    images: Images,
    codes: tuple[NDArray[np.float32], ...],
    decode: Callable[[NDArray[np.float32]], Images],
    *,
    parameters: int,
    epochs: float,
) -> Point:
    """Measure one point on held-out images.

    Args:
        kind: As in ``Point``.
        size: Numbers of a code.
        beta: As in ``Point``.
        images: Held out, (n, height, width, channels) in [0, 1].
        codes: Those of the images, (n, size); of a variational one z_mean and z_log_var.
        decode: From codes to images.
        parameters: Weights.
        epochs: Passes over the training images.
    """
    rebuilt = decode(codes[0])
    found = quality(images, rebuilt, clip=LINEAR_CLIP if kind == PCA else SIGMOID_CLIP)
    rate = reconstruction = active = None
    if len(codes) == 2:
        drawn = decode(sample_posterior(*codes, np.random.default_rng(0)))
        rate = float(kl_divergence(*codes).sum(axis=1).mean())
        reconstruction = float(cross_entropy(images, drawn).mean())
        active = active_units(codes[0])
    return Point(
        kind,
        size,
        beta,
        found.mse,
        found.psnr_db,
        found.bce_nats,
        rate,
        reconstruction,
        active,
        parameters,
        epochs,
    )


@dataclass(frozen=True)
class Sweep:
    """Points of a sweep with their pictures."""

    dataset: str  # as in ``ae.data.load``
    split: str  # whose images measured
    n: int  # how many these are
    shown: tuple[int, ...]  # which of them the first ``SHOWN`` pictures of a point rebuild
    points: tuple[Point, ...]  # in the order of ``plan``; some may be missing
    # (points, 3 * SHOWN, height, width): of test images, of the garments that this project draws,
    # and draws from the prior, black where there is no prior.
    pictures: NDArray[np.uint8]

    @cached_property
    def by_name(self) -> dict[str, Point]:
        """The points by their names."""
        return {point.name: point for point in self.points}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pictures."""
        return hashlib.sha256(np.ascontiguousarray(self.pictures).data).hexdigest()

    def worse_than_pca(self, point: Point) -> bool:
        """Whether PCA with as many numbers has a smaller squared error."""
        pca = self.by_name.get(point_name(PCA, point.size, None))
        return pca is not None and pca is not point and pca.mse < point.mse


def numbers_of(sweep: Sweep) -> str:
    """Write all of a sweep but its pictures as readable JSON."""
    told = {name: value for name, value in vars(sweep).items() if name in _FIELDS}
    points = [asdict(point) for point in sweep.points]
    return json.dumps({"format": _FORMAT, **told, "points": points}, indent=1) + "\n"


_FIELDS = ("dataset", "split", "n", "shown")


def where() -> Path | None:
    """Return the folder of the sweep made on this machine, else of the shipped one, if any."""
    folders = (home() / "sweep", SHIPPED)
    return next((each for each in folders if (each / NUMBERS).is_file()), None)


def load(folder: Path) -> Sweep:
    """Read a sweep's folder.

    Raises:
        ValueError: If it is damaged.
    """
    try:
        told = json.loads(read_file(folder, NUMBERS))
        points = tuple(Point(**fields) for fields in told["points"])
        sizes = (told["n"], *told["shown"], *(point.size for point in points))
        numbers: list[Any] = [point.mse for point in points]
        if told["format"] != _FORMAT or not all(isinstance(size, int) for size in sizes):
            raise ValueError("unknown format")
        if not points or not np.isfinite(np.array(numbers, np.float64)).all():
            raise ValueError("no numbers")
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ValueError(
            f"The sweep in {folder} is damaged; run `python -m ae sweep`."
        ) from problem
    arrays = read_arrays(read_file(folder, PICTURES), PICTURES)
    shape = (len(points), 3 * SHOWN, _SIDE, _SIDE)
    check_arrays(arrays, {"pictures": shape}, whole={"pictures"})
    shown = tuple(told["shown"])
    return Sweep(told["dataset"], told["split"], told["n"], shown, points, arrays["pictures"])
