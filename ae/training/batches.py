"""Training batches that are drawn afresh each time: moved, relit, spoilt pictures."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ae.training.recipes import Recipe

Images = NDArray[np.float32]
Rows = NDArray[np.integer]
Draw = Callable[[Rows, np.random.Generator], tuple[Any, Any]]


class DrawnBatches(keras.utils.PyDataset):
    """Every row once an epoch, in a new order, and each time drawn anew."""

    def __init__(self, n: int, batch_size: int, seed: int, draw: Draw) -> None:
        """Shuffle n rows into batches; the same seed gives the same epochs.

        Args:
            n: Rows in an epoch.
            batch_size: Rows per batch; the last one has what is left.
            seed: For the order and whatever is drawn.
            draw: From rows to inputs and what they should give.
        """
        super().__init__()
        self.n, self.batch_size, self.draw = n, batch_size, draw
        self.rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        """Count batches."""
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Draw one batch."""
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.draw(rows, self.rng)

    def on_epoch_end(self) -> None:
        """Shuffle anew."""
        self.order = self.rng.permutation(self.n)


def draws_anew(recipe: Recipe) -> bool:
    """Whether a recipe changes pictures each time they are seen."""
    return bool(recipe.flips or recipe.shifts or recipe.light or recipe.blur or recipe.noise)


def batches_of(recipe: Recipe, images: Images, targets: NDArray[Any] | None = None) -> DrawnBatches:
    """Draw pictures, (n, height, width, channels), changed as a recipe wants them.

    Each is asked for its target, (n, columns), or for itself, as drawn, if none are given. Where
    pictures are blurred, the last column of the targets becomes how far, in spreads.
    """
    pictures = with_mirrored(images) if recipe.flips else images

    def draw(rows: Rows, rng: np.random.Generator) -> tuple[Images, Any]:
        drawn = pictures[rows]
        if recipe.shifts:
            drawn = shifted(drawn, recipe.shifts, rng)
        if recipe.light:
            drawn = relit(drawn, recipe.light, rng)
        wanted = None if targets is None else targets[rows % len(images)]
        if recipe.blur:
            sigmas = rng.uniform(0, recipe.blur, len(rows))
            drawn = blurred(drawn, sigmas)
            if wanted is not None:
                wanted = np.column_stack([wanted[:, :-1], sigmas / recipe.blur * 12**0.5 - 3**0.5])
        wanted = drawn if wanted is None else wanted
        return noisy(drawn, recipe.noise, rng) if recipe.noise else drawn, wanted

    return DrawnBatches(len(pictures), recipe.batch_size, recipe.seed, draw)


def with_mirrored(images: Images) -> Images:
    """Return images and, after them, their mirror images."""
    return np.concatenate([images, images[:, :, ::-1]])


def shifted(images: Images, most: int, rng: np.random.Generator) -> Images:
    """Move every picture by whole pixels, repeating its edge where it leaves a gap.

    The most, at least 0, is in either direction of both axes.
    """
    n, height, width, _ = images.shape
    down, right = rng.integers(-most, most + 1, (2, n, 1))
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None]]


def relit(images: Images, most: float, rng: np.random.Generator) -> Images:
    """Change the contrast and brightness of every picture, which stays in [0, 1].

    The most, at least 0 and below 1, is of the contrast, as a share, and of the brightness.
    """
    gain, offset = rng.uniform(-most, most, (2, len(images), 1, 1, 1))
    middle = images.mean(axis=(1, 2, 3), keepdims=True)
    changed = (images - middle) * (1 + gain) + middle + offset
    return np.clip(changed, 0, 1).astype(np.float32)


def noisy(images: Images, spread: float, rng: np.random.Generator) -> Images:
    """Add Gaussian noise of a standard deviation to pictures, which stay in [0, 1]."""
    noise = rng.standard_normal(images.shape, np.float32) * np.float32(spread)
    return np.clip(images + noise, 0, 1)


def blurred(images: Images, sigmas: NDArray[np.floating]) -> Images:
    """Blur each picture with a Gaussian of its standard deviation, (n,), in pixels.

    Networks with a bottleneck blur, too.
    """
    soft = [
        gaussian_filter(image, (sigma, sigma, 0), mode="nearest")
        for image, sigma in zip(images, sigmas, strict=True)
    ]
    return np.asarray(soft, np.float32)
