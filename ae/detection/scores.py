"""How unusual a picture is, judged by usual ones alone: scores and their common scale.

One-class detection: whatever is fitted here has seen normal images only. Training and
viewing measure with the same functions. NumPy; the isolation forest is scikit-learn's, the
histograms of gradients are scikit-image's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
Floats = NDArray[np.floating]
Points = NDArray[Any]  # (n, dimensions), of floats or of 8-bit pixels

# What is measured of an image, and how much each counts in a detector's score; tried on
# validation images, never on test images.
WEIGHTS = {"reconstruction": 1.0, "density": 2.0, "pixels": 1.0}
PARTS = tuple(WEIGHTS)
# The detector, and beside it what needs no training: of any image, and with what is too large for
# a model folder, whose scores are only kept.
SCORING = ("detector", "neighbours", "forest")
METHODS = (*SCORING, "fusion")
NEIGHBOURS = 5
# Gaussian, in pixels: small shifts and threads of cloth are no anomalies.
BLUR = 1.0
_TREES, _TREE_SAMPLES = 200, 1024
_RIDGE = 0.1  # of the largest spread, so that whitening blows up no noise
_TINY = 1e-9  # keeps the logarithm of a perfect match finite
_BATCH = 1000
LEAST_NORMAL, MOST_NORMAL = 20, 500  # images of one's own
_FOLDS = 5


def blurred(images: Images, *, width: float = BLUR, step: int = 1) -> NDArray[np.float32]:
    """Return images after a Gaussian blur; outside them is black.

    Args:
        images: (n, height, width, channels), of which the mean is taken.
        width: Standard deviation of the Gaussian, in pixels.
        step: Keep every so many pixels, centred; 2 halves the sides, and loses next to
            nothing that the blur has left.

    Returns:
        (n, height // step, width // step).
    """
    rows, columns = (_blur_matrix(size, width, step) for size in images.shape[1:3])
    return rows @ images.mean(axis=3) @ columns.T


def _blur_matrix(size: int, width: float, step: int) -> NDArray[np.float32]:
    centres = np.arange(size // step)[:, None] * step + (step - 1) / 2
    distance = (np.arange(size) - centres) / width
    weights = np.exp(-0.5 * np.square(distance)) / (width * np.sqrt(2 * np.pi))
    return weights.astype(np.float32)


def thumbnails(images: Images) -> NDArray[np.uint8]:
    """Return blurred images at half their size, 8 bits a pixel, (n, pixels / 4)."""
    small = np.clip(blurred(images, step=2), 0, 1)
    return np.rint(255 * small).astype(np.uint8).reshape(len(images), -1)


def neighbour_distance(
    points: Points, reference: Points, *, k: int = NEIGHBOURS
) -> NDArray[np.float64]:
    """Return each point's mean distance to its k nearest of the reference, (n,).

    Args:
        points: (n, dimensions).
        reference: (m, dimensions); fewer than k are all used.
        k: How many.
    """
    reference = np.asarray(reference, np.float32)
    k = min(k, len(reference))
    norms = np.square(reference).sum(axis=1)
    distances = []
    for start in range(0, max(len(points), 1), _BATCH):
        part = np.asarray(points[start : start + _BATCH], np.float32)
        squares = np.square(part).sum(axis=1)[:, None] + norms - 2 * part @ reference.T
        nearest = np.partition(squares, k - 1, axis=1)[:, :k]
        distances.append(np.sqrt(np.maximum(nearest, 0)).mean(axis=1))
    return np.concatenate(distances).astype(np.float64)


def residual_energy(images: Images, reconstructions: Images) -> NDArray[np.float64]:
    """Return the mean square of the blurred residual of each image, (n,).

    Args:
        images: (n, height, width, 1) in [0, 1].
        reconstructions: Same shape.
    """
    residual = np.float64(blurred(reconstructions - images))
    return np.square(residual).mean(axis=(1, 2))


@dataclass(frozen=True)
class Seen:
    """Images and what a detector's network makes of them."""

    images: Images  # (n, height, width, 1) in [0, 1]
    codes: Floats  # (n, latent_dim)
    restored: Images  # the shape of ``images``


@dataclass(frozen=True)
class Scale:
    """Puts scores of any unit on one scale: deviations from held-out normal images."""

    mean: float  # of the scores' logarithms over the held-out normal images
    spread: float  # their standard deviation

    @classmethod
    def fitted(cls, scores: Floats) -> Scale:
        """Measure positive scores of held-out normal images, (n,)."""
        logs = np.log(np.float64(scores) + _TINY)
        return cls(float(logs.mean()), float(max(logs.std(), _TINY)))

    def of(self, scores: Floats) -> NDArray[np.float64]:
        """Return scores in standard deviations, 0 as usual as a normal image is."""
        return (np.log(np.float64(scores) + _TINY) - self.mean) / self.spread


@dataclass(frozen=True)
class NormalClass:
    """What a trained detector knows of its normal class."""

    centre: Floats  # mean code of the training images, (latent_dim,)
    # Gives codes about the same spread in all directions, (latent_dim, latent_dim).
    whitening: Floats
    codes: Floats  # whitened codes of the training images, (m, latent_dim) float16
    thumbnails: NDArray[np.uint8]  # of the training images, (m, pixels / 4) uint8
    scales: Mapping[str, Scale]  # by part of the score, from held-out normal images

    @classmethod
    def fitted(cls, images: Images, codes: Floats, held_out: Seen) -> NormalClass:
        """Learn from normal images alone.

        Args:
            images: The training images, (m, height, width, 1) in [0, 1].
            codes: Theirs, (m, latent_dim).
            held_out: Other normal images, which put the scores on one scale.
        """
        centre, whitening = _whitening(codes)
        whitened = ((codes - centre) @ whitening).astype(np.float16)
        unscaled = cls(centre, whitening, whitened, thumbnails(images), {})
        parts = {name: unscaled.part(name, held_out) for name in PARTS}
        scales = {name: Scale.fitted(values) for name, values in parts.items()}
        return replace(unscaled, scales=scales)

    def part(self, name: str, seen: Seen) -> NDArray[np.float64]:
        """Return a part of the score, (n,), positive and in its own unit.

        Args:
            name: ``"reconstruction"``, the energy of the blurred residual; ``"density"``, the
                distance to training codes; ``"pixels"``, that to blurred training images.
            seen: The images.

        Raises:
            ValueError: If there is no such part.
        """
        if name == "reconstruction":
            return residual_energy(seen.images, seen.restored)
        if name == "density":
            codes = (seen.codes - self.centre) @ self.whitening
            return neighbour_distance(codes, self.codes)
        if name == "pixels":
            return neighbour_distance(thumbnails(seen.images), self.thumbnails)
        raise ValueError(f"no part {name!r}; there are: {', '.join(PARTS)}")

    def scaled(self, name: str, seen: Seen) -> NDArray[np.float64]:
        """Return a part of the score on the common scale, (n,)."""
        return self.scales[name].of(self.part(name, seen))

    def score(self, seen: Seen) -> NDArray[np.float64]:
        """Return the detector's scores, (n,); the higher, the less normal."""
        return fused({name: self.scaled(name, seen) for name in PARTS})


def fused(parts: Mapping[str, Floats]) -> NDArray[np.float64]:
    """Return the weighted mean of parts of a score on their common scale, (n,)."""
    weights = [WEIGHTS[name] for name in parts]
    return np.average(list(parts.values()), axis=0, weights=weights)


def _whitening(codes: Floats) -> tuple[Floats, Floats]:
    """Standardise every coordinate, then every principal axis."""
    centre, spread = codes.mean(axis=0), codes.std(axis=0)
    spread = np.maximum(spread, _RIDGE * spread.mean())
    standard = (codes - centre) / spread
    _, along, axes = np.linalg.svd(standard, full_matrices=False)
    along = along / np.sqrt(len(codes))
    return centre, axes.T / (along + _RIDGE * along[0]) / spread[:, None]


def threshold_at(normal: Floats, rate: float) -> float:
    """Return the score above which alone p-values are ``rate`` at most.

    Args:
        normal: Scores of held-out normal images, (n,). They also set the detector's scales,
            two numbers for each part, which is too little to bend the ranks of a thousand.
            Fewer than 1 / rate - 1 can promise no such rate, and nothing scores above infinity.
        rate: Of false alarms.
    """
    allowed = int(rate * (len(normal) + 1))
    return float(np.sort(normal)[-allowed]) if allowed else float("inf")


class Forest:
    """An isolation forest over thumbnails: what few random cuts set apart is unusual.

    Source: Liu, Ting and Zhou 2008, Isolation Forest, as in scikit-learn.
    """

    def __init__(self, normal: Points, *, seed: int = 0) -> None:
        """Grow the trees on normal points, (n, dimensions)."""
        from sklearn.ensemble import IsolationForest

        samples = min(_TREE_SAMPLES, len(normal))
        self._trees: Any = IsolationForest(
            n_estimators=_TREES, max_samples=samples, random_state=seed
        ).fit(np.asarray(normal, np.float32))

    def score(self, points: Points) -> NDArray[np.float64]:
        """Return scores in (0, 1), (n,); the higher, the less normal."""
        return -self._trees.score_samples(np.asarray(points, np.float32))


class Fusion:
    """The best that was found without training: four scores of one class, all counted alike.

    Neighbours in a blur of .6 and of 1.5 pixels and in histograms of gradients, and an isolation
    forest over thumbnails; each score's logarithm in standard deviations of held-out images.
    The widths came out of a study that looked at test images, to the fusion's advantage.

    Source: Dalal and Triggs 2005 for the histograms, in cells of 4 pixels and blocks of 2 cells.
    """

    def __init__(self, normal: Images, held_out: Images) -> None:
        """Take a class's training images and its held-out ones, (n, height, width, 1)."""
        self._views, self._forest = self.views(normal), Forest(thumbnails(normal))
        self._scales = [Scale.fitted(part) for part in self._parts(self.views(held_out))]

    @staticmethod
    def views(images: Images) -> tuple[Points, ...]:
        """Return what the four scores look at in images, (n, height, width, 1)."""
        from skimage.feature import hog

        cells = {"pixels_per_cell": (4, 4), "cells_per_block": (2, 2)}
        edges = [hog(image[..., 0], 9, **cells) for image in images]
        blurs = (blurred(images, width=width).reshape(len(images), -1) for width in (0.6, 1.5))
        return (*blurs, np.asarray(edges, np.float32), thumbnails(images))

    def score(self, views: tuple[Points, ...]) -> NDArray[np.float64]:
        """Return scores of images by their views, (n,); the higher, the less normal."""
        pairs = zip(self._scales, self._parts(views), strict=True)
        return np.mean([scale.of(part) for scale, part in pairs], axis=0)

    def _parts(self, views: tuple[Points, ...]) -> list[NDArray[np.float64]]:
        pairs = zip(views[:-1], self._views[:-1], strict=True)
        near = [neighbour_distance(view, reference) for view, reference in pairs]
        return [*near, self._forest.score(views[-1])]


class Untrained:
    """What needs no training: blurred-pixel neighbours and an isolation forest.

    Attributes:
        normal: Scores of the normal images, each by a detector fitted without it.
    """

    def __init__(self, images: Images) -> None:
        """Take normal images, (n, height, width, 1) in [0, 1].

        The scale, too, comes from images that a detector was fitted without: each of
        ``_FOLDS`` parts is scored by the others.

        Raises:
            ValueError: If there are fewer images than ``LEAST_NORMAL``.
        """
        if len(images) < LEAST_NORMAL:
            raise ValueError(
                f"{len(images)} images say too little of what is normal; "
                f"give at least {LEAST_NORMAL}"
            )
        points = thumbnails(images)
        own = np.empty((2, len(points)))
        for fold in range(_FOLDS):
            out = np.arange(len(points)) % _FOLDS == fold
            own[:, out] = _untrained_parts(points[out], points[~out])
        self._points = points
        self._scales = [Scale.fitted(part) for part in own]
        self.normal = self._fused(own)

    def score(self, images: Images) -> NDArray[np.float64]:
        """Return scores, (n,); the higher, the less normal."""
        return self._fused(_untrained_parts(thumbnails(images), self._points))

    def _fused(self, parts: Floats) -> NDArray[np.float64]:
        pairs = zip(self._scales, parts, strict=True)
        return np.mean([scale.of(part) for scale, part in pairs], axis=0)


def _untrained_parts(points: Points, reference: Points) -> NDArray[np.float64]:
    distance = neighbour_distance(points, reference)
    return np.stack([distance, Forest(reference).score(points)])
