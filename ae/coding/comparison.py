"""Several models and baselines on the same images: what each makes of every one."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.metrics import LINEAR_CLIP, SIGMOID_CLIP, cross_entropy, entropy_floor, psnr, squared_error

Images = NDArray[np.float32]


@dataclass(frozen=True)
class Entry:
    """One way of reconstructing a set of images, and how well it does on each."""

    title: str  # who reconstructed
    latent_dim: int  # numbers kept for an image
    reconstructions: Images  # (n, height, width, channels) in [0, 1]
    mse: NDArray[np.float64]  # mean squared error over pixels, (n,)
    psnr_db: NDArray[np.float64]  # peak signal-to-noise ratio in dB, (n,)
    bce_nats: NDArray[np.float64]  # binary cross-entropy, nats per image, (n,)


@dataclass(frozen=True)
class Comparison:
    """Images, what became of them, and the floor no reconstruction can go below."""

    images: Images  # (n, height, width, channels) in [0, 1]
    names: tuple[str, ...]  # what each image is called, n of them
    entries: tuple[Entry, ...]  # models first, then PCA
    floor_nats: NDArray[np.float64]  # entropy of each image's grey pixels, (n,)

    def to_csv(self) -> str:
        """Write one line per image and entry, as text with a header."""
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(["image", "model", "numbers", "mse", "psnr_db", "bce_nats", "floor_nats"])
        for at, name in enumerate(self.names):
            for entry in self.entries:
                measured = (entry.mse[at], entry.psnr_db[at], entry.bce_nats[at])
                numbers = [f"{x:.6g}" for x in (*measured, self.floor_nats[at])]
                lines.writerow([name, entry.title, entry.latent_dim, *numbers])
        return text.getvalue()


def compare(
    models: Sequence[Autoencoder],
    images: Images,
    received: Images,
    names: Sequence[str],
    size: int | None = None,
) -> Comparison:
    """Reconstruct images with several models, and with PCA of the largest of their codes.

    Args:
        models: At least one, all for images of this shape.
        images: What the reconstructions should equal, (n, height, width, channels)
            in [0, 1].
        received: What is encoded, same shape: the images, or the images with noise.
        names: What each image is called.
        size: To how many numbers codes that can be cut are cut; PCA on blocks of as many
            stands beside them.
    """
    entries = []
    for model in models:
        cut = size if model.nesting is not None else None
        rebuilt = model.reconstruct(received, cut)
        entries.append(_entry(_title(model), cut or model.latent_dim, images, rebuilt))
    kept = [entry.latent_dim for entry in entries]
    largest = int(np.argmax(kept))
    linear, most = models[largest], kept[largest]
    rebuilt = linear.baseline.reconstruct(received, most)
    entries.append(_entry(f"PCA, {most:,} components", most, images, rebuilt, True))
    if linear.blocks is not None:
        rebuilt = linear.blocks.reconstruct(received, most)
        title = f"PCA on {linear.nesting.places if linear.nesting else ''} blocks"
        entries.append(_entry(title, most, images, rebuilt, True))
    return Comparison(images, tuple(names), tuple(entries), entropy_floor(images))


def _title(model: Autoencoder) -> str:
    return f"{model.card.title}, posterior mean" if model.is_vae else model.card.title


def _entry(
    title: str, latent_dim: int, images: Images, reconstructions: Images, linear: bool = False
) -> Entry:
    clip = LINEAR_CLIP if linear else SIGMOID_CLIP
    mse = squared_error(images, reconstructions)
    nats = cross_entropy(images, reconstructions, clip=clip)
    return Entry(title, latent_dim, reconstructions, mse, psnr(mse), nats)
