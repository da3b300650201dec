"""PCA of many numbers, and PCA on blocks: what needs no network to rebuild pictures."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ae.metrics import LinearBaseline
from ae.shelf.arrays import read_arrays

Images = NDArray[np.float32]

# Twice as many cost a third of a megabyte more and gain 0.01 dB.
_LEVELS = 63


@dataclass(frozen=True)
class CosineBaseline(LinearBaseline):
    """Principal components of images' lowest cosine frequencies: for many components.

    A thousand components of 64 by 64 pixels in colour would take 50 MB on disk, and hardly any
    of them has a frequency that is left out here. Mean and components are of frequencies.
    """

    shape: tuple[int, int, int]  # (frequencies, frequencies, channels)

    @classmethod
    def of(cls, mean: NDArray[np.float32], levels: NDArray[np.int8]) -> "CosineBaseline":
        """Read it from the mean, of ``shape``, and from ``levels``, (latent_dim, *shape)."""
        rows = levels.reshape(len(levels), -1).astype(np.float32)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
        return cls(mean.reshape(-1), rows, mean.shape)

    @classmethod
    def unpacked(cls, file: bytes) -> "CosineBaseline":
        """Read it from the content of a model folder's ``baseline.npz``."""
        arrays = read_arrays(file, "baseline.npz")
        return cls.of(arrays["mean"], arrays["levels"])

    @property
    def levels(self) -> NDArray[np.int8]:
        """The components in whole numbers, each up to its length."""
        largest = np.abs(self.components).max(axis=1, keepdims=True)
        levels = np.rint(self.components / largest * _LEVELS).astype(np.int8)
        return levels.reshape(-1, *self.shape)

    def mean_image(self, shape: tuple[int, ...]) -> Images:
        """Return the mean training image, of that shape."""
        return self._images(self.mean[None], shape)[0]

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return the codes of images, (n, latent_dim)."""
        flat = cosines(images, self.shape[0]).reshape(len(images), -1)
        return (flat - self.mean) @ self.components.T

    def decode(self, codes: NDArray[np.float32], shape: tuple[int, ...]) -> Images:
        """Return the images of codes, as ``LinearBaseline.decode``."""
        return self._images(codes @ self.components[: codes.shape[1]] + self.mean, shape)

    def _images(self, flat: NDArray[np.float32], shape: tuple[int, ...]) -> Images:
        down, across = (_waves(side, self.shape[0]) for side in shape[:2])
        grid = flat.reshape(-1, *self.shape)
        images = np.einsum("nfgc,fh,gw->nhwc", grid, down, across, optimize=True)
        return np.clip(images, 0, 1).astype(np.float32)


def cosines(images: Images, frequencies: int) -> NDArray[np.float32]:
    """Return images' lowest frequencies along both axes.

    Args:
        images: (n, height, width, channels).
        frequencies: How many along each axis.

    Returns:
        (n, frequencies, frequencies, channels).
    """
    # All of them, for how products are rounded depends on their sizes: so fewer are the very same.
    down, across = (_waves(side, side) for side in images.shape[1:3])
    found = np.einsum("nhwc,fh,gw->nfgc", images, down, across, optimize=True)
    # Not a view, which would keep all of them.
    return np.array(found[:, :frequencies, :frequencies], np.float32)


@lru_cache(maxsize=8)
def _waves(side: int, frequencies: int) -> NDArray[np.float32]:
    """Return the lowest cosines of so many samples, (frequencies, side), orthonormal.

    Source: the second kind of Ahmed, Natarajan and Rao 1974, IEEE Transactions on Computers 23.
    SciPy has it too, whose import costs every visitor's first page.
    """
    angles = np.pi / side * np.outer(np.arange(frequencies), np.arange(side) + 0.5)
    waves = np.cos(angles) * np.sqrt(np.where(np.arange(frequencies) == 0, 1, 2) / side)[:, None]
    return np.asarray(waves, np.float32)


@dataclass(frozen=True)
class BlockBaseline:
    """Principal components of square blocks: the best linear autoencoder of one at a time."""

    mean: NDArray[np.float32]  # (side * side * channels,) mean block
    components: NDArray[np.float32]  # (numbers of a block, side * side * channels)

    def suits(self, shape: tuple[int, int, int]) -> bool:
        """Whether images of a shape can be cut into whole blocks."""
        side = round((len(self.mean) / shape[2]) ** 0.5)
        return side * side * shape[2] == len(self.mean) and not (shape[0] % side or shape[1] % side)

    @staticmethod
    def blocks(images: Images, values: int) -> NDArray[np.float32]:
        """Cut images into blocks of so many values, (n, blocks, values), row by row."""
        n, height, width, channels = images.shape
        side = round((values / channels) ** 0.5)
        grid = images.reshape(n, height // side, side, width // side, side, channels)
        return grid.transpose(0, 1, 3, 2, 4, 5).reshape(n, -1, values)

    def reconstruct(self, images: Images, size: int | None = None) -> Images:
        """Project every block, so that an image keeps so many numbers; clipped to [0, 1]."""
        n, height, width, channels = images.shape
        flat = self.blocks(images, len(self.mean)) - self.mean
        rows = self.components if size is None else self.components[: size // flat.shape[1]]
        side = round((len(self.mean) / channels) ** 0.5)
        grid = flat @ rows.T @ rows + self.mean
        grid = grid.reshape(n, height // side, width // side, side, side, channels)
        return np.clip(grid.transpose(0, 1, 3, 2, 4, 5).reshape(images.shape), 0, 1)
