"""How well a network denoises, beside a bottleneck and plain filters."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.data import Dataset
from ae.denoising.denoiser import Denoiser
from ae.denoising.filters import FILTERS
from ae.denoising.noise import KINDS, SETTINGS, Noise, with_noise
from ae.metrics import psnr, squared_error, ssim
from ae.shelf.model import Companions

Images = NDArray[np.float32]

# Gaussian noise, by which denoisers are compared, is measured on more images.
_IMAGES, _IMAGES_GAUSSIAN = 100, 1000


@dataclass(frozen=True)
class Score:
    """How close estimates come to clean images."""

    psnr_db: NDArray[np.float64]  # of each image, (n,)
    ssim: NDArray[np.float64]  # of each image, (n,)

    @classmethod
    def of(cls, clean: Images, estimate: Images) -> Score:
        """Measure estimates, both (n, height, width, channels)."""
        return cls(psnr(squared_error(clean, estimate)), ssim(clean, estimate))


@dataclass(frozen=True)
class Trial:
    """Clean images, what noise did to them, and what every method made of that."""

    clean: Images  # (n, height, width, channels) in [0, 1]
    noise: Noise  # what was done to them
    # By method, each (n, height, width, channels) in [0, 1]: ``"noisy"``, the images with noise;
    # ``"denoiser"``; ``"bottleneck"`` where there is one; and ``FILTERS``.
    estimates: dict[str, Images]
    scores: dict[str, Score]  # by method, how close its estimates come

    @property
    def best_filter(self) -> str:
        """The plain filter with the largest mean PSNR."""
        return best_filter({m: s.psnr_db.mean() for m, s in self.scores.items()})

    def to_csv(self, names: Sequence[str]) -> str:
        """Write one line per image, called by its name, and method."""
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(["image", "noise", "level", "method", "psnr_db", "ssim"])
        for at, name in enumerate(names):
            for method, score in self.scores.items():
                numbers = [f"{x:.6g}" for x in (score.psnr_db[at], score.ssim[at])]
                noise = [self.noise.setting, self.noise.level]
                lines.writerow([name, *noise, method, *numbers])
        return text.getvalue()


def best_filter(psnr_db: Mapping[str, float]) -> str:
    """Return the plain filter with the largest PSNR, of a PSNR for each method."""
    return max(FILTERS, key=lambda name: psnr_db[name])


def try_all(
    denoiser: Denoiser, bottleneck: Autoencoder | None, clean: Images, noise: Noise
) -> Trial:
    """Spoil images, (n, height, width, channels) in [0, 1], and let every method clean them.

    The denoiser is told nothing of the noise, nor is the bottleneck, an autoencoder without skips;
    the plain filters are tuned to it.
    """
    noisy = with_noise(clean, noise)
    estimates = {"noisy": np.clip(noisy, 0, 1), "denoiser": denoiser.reconstruct(noisy)}
    if bottleneck is not None:
        estimates["bottleneck"] = bottleneck.reconstruct(noisy)
    for name in FILTERS:
        estimates[name] = denoiser.filtered(name, noisy, noise)
    scores = {name: Score.of(clean, images) for name, images in estimates.items()}
    return Trial(clean, noise, estimates, scores)


def measure_denoiser(denoiser: Denoiser, data: Dataset, companion: Companions) -> dict[str, Any]:
    """Measure a denoiser at every level of every setting of the noise.

    Args:
        denoiser: A loaded model.
        data: Images it was not trained on; the first of them are used.
        companion: Finds an autoencoder of the same data, whose bottleneck is measured
            beside it if there is one.

    Returns:
        ``n``, the images in ``data``, and by setting ``n``, those used, ``levels`` and
        by method the means over images of ``psnr_db`` and ``ssim`` at each level.
    """
    bottleneck = companion(Autoencoder)
    return {
        "n": len(data),
        "settings": {name: _measure(denoiser, bottleneck, data.images, name) for name in SETTINGS},
    }


def _measure(
    denoiser: Denoiser, bottleneck: Autoencoder | None, images: Images, setting: str
) -> dict[str, Any]:
    kind, clip = SETTINGS[setting]
    clean = images[: _IMAGES_GAUSSIAN if kind == "gaussian" else _IMAGES]
    methods: dict[str, dict[str, list[float]]] = {}
    for level in KINDS[kind].levels:
        trial = try_all(denoiser, bottleneck, clean, Noise(kind, level, clip))
        for name, score in trial.scores.items():
            for measure, values in vars(score).items():
                means = methods.setdefault(name, {}).setdefault(measure, [])
                means.append(float(values.mean()))
    return {"n": len(clean), "levels": list(KINDS[kind].levels), "methods": methods}
