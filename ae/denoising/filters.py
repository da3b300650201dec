"""Plain filters that denoise without a network: what a network has to beat.

Each has one strength. How much helps depends on the noise, so it is tuned for every
noise on images that are neither trained nor tested on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ae.denoising.noise import Noise, blur_matrices, with_noise
from ae.metrics import psnr, squared_error

Images = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What is known of clean images to second order."""

    mean: NDArray[np.float32]  # (pixels,) mean training image
    # (pixels, pixels) of their covariance, in columns, the one of the largest eigenvalue first.
    eigenvectors: NDArray[np.float32]
    eigenvalues: NDArray[np.float32]  # (pixels,) variances along them

    @classmethod
    def of(cls, images: Images) -> Spectrum:
        """Measure images, (n, height, width, channels)."""
        flat = images.reshape(len(images), -1)
        values, vectors = np.linalg.eigh(np.cov(flat, rowvar=False))
        largest_first = np.argsort(values)[::-1]
        return cls(
            flat.mean(axis=0),
            vectors[:, largest_first].astype(np.float32),
            np.maximum(values[largest_first], 0).astype(np.float32),
        )

    def shrink(self, images: Images, gains: NDArray[np.float32]) -> Images:
        """Keep of every eigenvector the share that ``gains``, (pixels,), says."""
        flat = images.reshape(len(images), -1) - self.mean
        kept = (flat @ self.eigenvectors * gains) @ self.eigenvectors.T
        return (kept + self.mean).reshape(images.shape)


# Steps of the descent, and the change of its energy, as a share of that at first, that ends it:
# those of scikit-image.
_TV_STEPS, _TV_SETTLED = 200, 2e-4


def _gaussian(images: Images, strength: float, spectrum: Spectrum, noise: Noise) -> Images:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(images, (0, strength, strength, 0)))


def _median(images: Images, strength: float, spectrum: Spectrum, noise: Noise) -> Images:
    from scipy.ndimage import median_filter

    side = 2 * round(strength) + 1
    return np.asarray(median_filter(images, (1, side, side, 1)))


def _total_variation(images: Images, strength: float, spectrum: Spectrum, noise: Noise) -> Images:
    # scikit-image's does one image after the other, and brings along 47 MB of SciPy.
    n, height, width, channels = images.shape
    given = np.moveaxis(images, -1, 1).reshape(-1, height, width)
    clean, left = np.empty_like(given), np.arange(n * channels)
    flow = np.zeros((2, *given.shape), given.dtype)
    first = before = np.full(len(given), np.inf)
    for step in range(_TV_STEPS):
        change = -flow.sum(axis=0)
        change[:, 1:] += flow[0, :, :-1]
        change[:, :, 1:] += flow[1, :, :, :-1]
        clean[left] = now = given + change
        slopes = np.zeros_like(flow)
        slopes[0, :, :-1], slopes[1, :, :, :-1] = np.diff(now, axis=1), np.diff(now, axis=2)
        steep = np.sqrt(np.square(slopes).sum(axis=0))
        energy = np.square(change).sum(axis=(1, 2)) + strength * steep.sum(axis=(1, 2))
        first = energy if step == 0 else first
        on = np.abs(before - energy) >= _TV_SETTLED * first
        flow = (flow - slopes / 4)[:, on] / (1 + steep[on] / (4 * strength))
        given, left, first, before = given[on], left[on], first[on], energy[on]
        if not len(left):
            break
    return np.moveaxis(clean.reshape(n, channels, height, width), 1, -1)


def _non_local_means(images: Images, strength: float, spectrum: Spectrum, noise: Noise) -> Images:
    from skimage.restoration import denoise_nl_means

    # The cut-off is a share of the noise's standard deviation, as its source advises.
    clean = [
        denoise_nl_means(image, 5, 6, 0.6 * strength, sigma=strength, channel_axis=-1)
        for image in images
    ]
    return np.reshape(clean, images.shape)  # it drops the axis of a single channel


def _pca(images: Images, strength: float, spectrum: Spectrum, noise: Noise) -> Images:
    first = np.arange(len(spectrum.mean)) < round(strength)
    return spectrum.shrink(images, first.astype(np.float32))


def _wiener(images: Images, strength: float, spectrum: Spectrum, noise: Noise) -> Images:
    if noise.kind == "blur":
        blurred_mean, inverse = _inverse(spectrum, images.shape[1:3], noise.level, strength)
        flat = images.reshape(len(images), -1) - blurred_mean
        return (flat @ inverse.T + spectrum.mean).reshape(images.shape)
    variances = spectrum.eigenvalues
    return spectrum.shrink(images, variances / (variances + strength**2))


@lru_cache(maxsize=4)  # one takes 60 ms and holds 2.5 MB; a page asks again in every run
def _inverse(
    spectrum: Spectrum, shape: tuple[int, int], width: float, strength: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return the blurred mean image, (pixels,), and C H' (H C H' + s^2 I)^-1 of a blur H."""
    level = np.full((1, 1, 1, 1), width)
    rows, columns = (blur_matrices(size, level)[0] for size in shape)

    def blurred(pictures: NDArray[np.floating]) -> NDArray[np.float64]:
        stacked = np.float64(pictures).reshape(*shape, -1)
        found = np.einsum("ij,jkc,lk->ilc", rows, stacked, columns, optimize=True)
        return found.reshape(pictures.shape)

    vectors = np.float64(spectrum.eigenvectors)
    mixed = blurred(vectors * spectrum.eigenvalues @ vectors.T)  # H C
    seen = blurred(mixed.T) + strength**2 * np.eye(len(mixed))
    return blurred(spectrum.mean), np.linalg.solve(seen, mixed).T.astype(np.float32)


@dataclass(frozen=True)
class Filter:
    """A plain filter."""

    title: str  # what a page calls it
    strength: str  # what its strength is, with ``{}`` for the number
    tried: Sequence[float]  # strengths among which it is tuned
    # Noisy images, a strength, the clean images' spectrum and what was done, to images.
    run: Callable[[Images, float, Spectrum, Noise], Images]


_DEVIATIONS = (0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8)
# Sources: non-local means, Buades et al. 2005; total variation, Rudin et al. 1992 in the algorithm
# of Chambolle 2004; the Wiener filter (Wiener 1949) is the best linear estimate
# mean + C H' (H C H' + s^2 I)^-1 (y - H mean), C the covariance of clean images, H the blur if
# there is one, s the standard deviation of white noise: rounding to 8 bits makes 0.001 of it.
FILTERS: dict[str, Filter] = {
    "non-local-means": Filter(
        "Non-local means", "expects noise of {:.2f}", _DEVIATIONS, _non_local_means
    ),
    "total-variation": Filter("Total variation", "weight {:.2f}", _DEVIATIONS, _total_variation),
    "median": Filter("Median", "{:.0f} px to each side", (0, 1, 2), _median),
    "gaussian": Filter(
        "Gaussian blur", "width {:.2f} px", (0.2, 0.35, 0.5, 0.65, 0.8, 1, 1.2, 1.5), _gaussian
    ),
    "pca": Filter(
        "PCA projection",
        "keeps {:.0f} components",
        (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 784),
        _pca,
    ),
    "wiener": Filter(
        "Linear Wiener",
        "expects noise of {:.3g}",
        (0.0005, 0.001, 0.002, 0.005, 0.01, *_DEVIATIONS),
        _wiener,
    ),
}


def filtered(
    name: str, images: Images, strength: float, spectrum: Spectrum, noise: Noise
) -> Images:
    """Return what a plain filter makes of noisy images, clipped to [0, 1].

    Args:
        name: One of ``FILTERS``.
        images: (n, height, width, channels); noise may have taken them out of [0, 1].
        strength: In the filter's own unit.
        spectrum: Of clean images; only PCA and Wiener look at it.
        noise: What was done to the images; only Wiener looks, for the width of a blur.
    """
    clean = FILTERS[name].run(images, strength, spectrum, noise)
    return np.clip(clean, 0, 1).astype(np.float32)


def tuned(clean: Images, noise: Noise, spectrum: Spectrum) -> dict[str, float]:
    """Return the strength of each filter that gives the best mean PSNR.

    Args:
        clean: Images that are not tested on, (n, height, width, channels) in [0, 1].
        noise: What to tune for.
        spectrum: Of training images.
    """
    noisy, best = with_noise(clean, noise), {}
    for name, plain in FILTERS.items():
        score = {
            strength: _mean_psnr(clean, filtered(name, noisy, strength, spectrum, noise))
            for strength in plain.tried
        }
        best[name] = max(score, key=score.__getitem__)
    return best


def _mean_psnr(clean: Images, estimate: Images) -> float:
    return float(psnr(squared_error(clean, estimate)).mean())
