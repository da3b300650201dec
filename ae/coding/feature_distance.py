"""How far generated pictures are from real ones, seen through a judge's features."""

from dataclasses import dataclass

import numpy as np

from ae.coding.autoencoder import Autoencoder
from ae.coding.judge import Judge
from ae.data import Dataset
from ae.metrics import Images, LinearBaseline, frechet_distance


@dataclass(frozen=True)
class FeatureDistance:
    """Fréchet distances from the features of the test images, lower is nearer.

    Made like FID, but with a small classifier of the same data in Inception's place:
    the numbers compare models under one judge, and with no published FID.

    Attributes:
        judge: Name of the judge.
        n: Images in every set; the distance of few images is too large.
        training: As many training images: real against real, the floor.
        reconstructions: The test images' own: what drawing codes as the encoder gives them
            would reach.
        blurred: The test images after a blur of 1 pixel, a VAE's main fault: where it costs
            little, the judge hardly sees it.
        prior: Decoded draws from the prior.
        fitted: Decoded draws from the fitted mixture.
        pca_gaussian: Draws from the Gaussian of the training images' PCA codes, with
            as many numbers.

    Source: Heusel et al. 2017, arXiv 1706.08500.
    """

    judge: str
    n: int
    training: float
    prior: float
    fitted: float
    pca_gaussian: float
    reconstructions: float
    blurred: float


def feature_distance(
    autoencoder: Autoencoder, judge: Judge, train: Dataset, test: Dataset
) -> FeatureDistance:
    """Measure a VAE's generated pictures with seeded draws, as many as test images.

    Args:
        autoencoder: A VAE.
        judge: Of the same data; of the model it knows nothing.
        train: What both were trained on, with at least as many images as ``test``.
        test: Real images neither was trained on.
    """
    from scipy.ndimage import gaussian_filter

    n, real = len(test), judge.features(test.images)

    def distance(images: Images) -> float:
        return frechet_distance(judge.features(images), real)

    def generated(source: str) -> float:
        codes = autoencoder.sample(n, np.random.default_rng(0), source=source)
        return distance(autoencoder.decode(codes))

    chosen = np.random.default_rng(0).choice(len(train), n, replace=False)
    return FeatureDistance(
        judge=judge.card.name,
        n=n,
        training=distance(train.images[chosen]),
        prior=generated("prior"),
        fitted=generated("fitted"),
        pca_gaussian=distance(_pca_draws(autoencoder.baseline, train.images, n)),
        reconstructions=distance(autoencoder.reconstruct(test.images)),
        blurred=distance(gaussian_filter(test.images, (0, 1, 1, 0))),
    )


def _pca_draws(baseline: LinearBaseline, images: Images, n: int) -> Images:
    codes = baseline.encode(images)
    # An eigenvector's sign is the processor's choice, and with it would be what is drawn.
    drawn = np.random.default_rng(0).multivariate_normal(
        codes.mean(axis=0), np.cov(codes, rowvar=False), n, method="cholesky"
    )
    return baseline.decode(drawn.astype(np.float32), images.shape[1:])
