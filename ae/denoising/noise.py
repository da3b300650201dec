"""Ways to spoil a picture, each with one level."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
Levels = NDArray[np.float64]  # (n, 1, 1, 1), one for each image
_SHARP = 0.01  # a blur of so few pixels changes nothing


def _gaussian(images: Images, level: Levels, rng: np.random.Generator) -> Levels:
    return images + level * rng.standard_normal(images.shape)


def _salt_and_pepper(images: Images, level: Levels, rng: np.random.Generator) -> Levels:
    drawn = rng.random(images.shape)
    return np.where(drawn < level / 2, 0.0, np.where(drawn < level, 1.0, images))


def _masking(images: Images, level: Levels, rng: np.random.Generator) -> Levels:
    return np.where(rng.random(images.shape) < level, 0.0, images)


def _speckle(images: Images, level: Levels, rng: np.random.Generator) -> Levels:
    return images * (1 + level * rng.standard_normal(images.shape))


def _blur(images: Images, level: Levels, rng: np.random.Generator) -> Levels:
    rows, columns = (blur_matrices(size, level) for size in images.shape[1:3])
    blurred = np.einsum("nij,njkc,nlk->nilc", rows, images, columns, optimize=True)
    return np.rint(255 * blurred) / 255


def blur_matrices(size: int, level: Levels) -> Levels:
    """Return matrices (n, size, size) that blur a line; beyond its ends it is black.

    Args:
        size: Pixels of the line.
        level: Standard deviations of the Gaussian in pixels, (n, 1, 1, 1).
    """
    width = np.maximum(level[..., 0], _SHARP)
    at = np.arange(size)
    reach = np.arange(-size, size + 1)
    weights = np.exp(-np.square((at[:, None] - at) / width) / 2)
    return weights / np.exp(-np.square(reach / width) / 2).sum(axis=2, keepdims=True)


@dataclass(frozen=True)
class Kind:
    """A kind of noise."""

    title: str  # what a page calls it
    unit: str  # what its level measures
    levels: tuple[float, ...]  # levels at which it is measured, ascending; none larger is offered
    outside: bool  # whether it takes pixels out of [0, 1], so that clipping matters
    # From images (n, ...), levels (n, 1, 1, 1) and a source of randomness to the spoilt images, not
    # clipped.
    spoil: Callable[[Images, Levels, np.random.Generator], Levels]

    @property
    def most(self) -> float:
        """The largest level."""
        return self.levels[-1]


_TENTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
KINDS: dict[str, Kind] = {
    "gaussian": Kind("Gaussian", "standard deviation; white is 1", _TENTHS, True, _gaussian),
    "salt-and-pepper": Kind(
        "Salt and pepper", "share of pixels lost", _TENTHS, False, _salt_and_pepper
    ),
    "masking": Kind(
        "Masking", "share of pixels lost", (0.1, 0.2, 0.4, 0.5, 0.6, 0.8), False, _masking
    ),
    "speckle": Kind(
        "Speckle",
        "deviation as a share of the pixel",
        (0.1, 0.2, 0.4, 0.6, 0.8, 1.0),
        True,
        _speckle,
    ),
    "blur": Kind("Blur", "width in pixels", (0.4, 0.8, 1.0, 1.2, 1.6, 2.0), False, _blur),
}
# What can be measured, by name: each kind, and clipped those for which it matters.
SETTINGS: dict[str, tuple[str, bool]] = {kind: (kind, False) for kind in KINDS} | {
    f"{name}-clipped": (name, True) for name, kind in KINDS.items() if kind.outside
}


@dataclass(frozen=True)
class Noise:
    """What is done to pictures."""

    kind: str  # one of ``KINDS``
    level: float  # in the unit of the kind; 0 changes nothing
    clip: bool = False  # whether the result is cut to [0, 1], as a camera would
    seed: int = 0  # same seed, same noise

    @property
    def setting(self) -> str:
        """The name in ``SETTINGS`` under which this noise is measured."""
        clipped = self.clip and KINDS[self.kind].outside
        return f"{self.kind}-clipped" if clipped else self.kind


def spoilt(
    images: Images,
    kind: str,
    level: float | NDArray[np.float64],
    rng: np.random.Generator,
    *,
    clip: bool = False,
) -> Images:
    """Return images with noise.

    Gaussian noise has mean 0 and variance ``level**2``; speckle has mean 0 and
    variance ``(level * pixel)**2``. Salt and pepper replaces a pixel with probability
    ``level``, by 0 as often as by 1; masking replaces it by 0. Blur draws nothing: it
    is a Gaussian of ``level`` pixels standard deviation, rounded to 8 bits as a file
    would be, for without rounding a known blur is undone all but exactly.

    Args:
        images: (n, height, width, channels) in [0, 1].
        kind: One of ``KINDS``.
        level: One for all, or (n,); in the unit of the kind, 0 changes nothing.
        rng: Source of randomness.
        clip: Cut the result to [0, 1], as a camera would.
    """
    levels = np.broadcast_to(np.asarray(level, np.float64), len(images))
    noisy = KINDS[kind].spoil(images, levels.reshape(-1, 1, 1, 1), rng)
    return (np.clip(noisy, 0, 1) if clip else noisy).astype(np.float32)


def with_noise(images: Images, noise: Noise) -> Images:
    """Return images with noise that depends on its seed and each image's place only.

    Args:
        images: (n, height, width, channels) in [0, 1].
        noise: What to do to them; of level 0 it gives back ``images`` themselves.
    """
    if noise.level == 0:
        return images
    sources = (np.random.default_rng([noise.seed, at]) for at in range(len(images)))
    return np.concatenate(
        [
            spoilt(image[None], noise.kind, noise.level, rng, clip=noise.clip)
            for image, rng in zip(images, sources, strict=True)
        ]
    )
