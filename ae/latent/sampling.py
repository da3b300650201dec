"""Where codes come from when no image gives them: the prior, or a fitted mixture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.float32]


def sample_prior(
    n: int, latent_dim: int, rng: np.random.Generator, *, temperature: float = 1.0
) -> Codes:
    """Draw codes from N(0, temperature**2 I), (n, latent_dim) float32."""
    return (rng.standard_normal((n, latent_dim)) * temperature).astype(np.float32)


def sample_posterior(z_mean: Codes, z_log_var: Codes, rng: np.random.Generator) -> Codes:
    """Draw one code from each posterior N(z_mean, exp(z_log_var)).

    Args:
        z_mean: (n, latent_dim).
        z_log_var: (n, latent_dim).
        rng: Source of randomness.

    Returns:
        (n, latent_dim) float32.
    """
    noise = rng.standard_normal(z_mean.shape)
    return (z_mean + np.exp(0.5 * z_log_var) * noise).astype(np.float32)


@dataclass(frozen=True)
class Mixture:
    """A Gaussian mixture over codes: the aggregate posterior, as it really is.

    Attributes:
        weights: (k,), positive, summing to 1.
        means: (k, latent_dim).
        factors: (k, latent_dim, latent_dim), lower Cholesky factors of the covariances.

    Source: sampling a fitted mixture instead of the prior, Ghosh et al. 2020,
        arXiv 1903.12436.
    """

    weights: NDArray[np.float32]
    means: NDArray[np.float32]
    factors: NDArray[np.float32]

    def sample(self, n: int, rng: np.random.Generator, *, temperature: float = 1.0) -> Codes:
        """Draw codes; a temperature below 1 keeps nearer to the components' means.

        Args:
            n: How many.
            rng: Source of randomness.
            temperature: Scale of each component's spread, at least 0.

        Returns:
            (n, latent_dim) float32.
        """
        shares = np.float64(self.weights)
        component = rng.choice(len(shares), size=n, p=shares / shares.sum())
        noise = rng.standard_normal((n, self.means.shape[1])) * temperature
        spread = np.einsum("nij,nj->ni", self.factors[component], noise)
        return (self.means[component] + spread).astype(np.float32)
