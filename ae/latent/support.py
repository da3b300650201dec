"""Whether there is data behind a code: what a picture decoded from it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ae.latent.sampling import Mixture
from ae.metrics import least_p_value, p_values

Floats = NDArray[np.floating]

# A picture of which so few of the held-out ones are as strange is called far away.
RARE = 0.05


@dataclass(frozen=True)
class Support:
    """How strange codes and reconstructions are, beside those of held-out images.

    Attributes:
        mixture: Fitted to codes of training images, of a VAE to posterior samples.
        noise: (latent_dim,) mean variance of their posteriors; 0 without one.
        scores: (n,) ``score`` of the codes of held-out images, ascending.
        errors: (n,) mean squared error of their reconstructions, ascending.
    """

    mixture: Mixture
    noise: Floats
    scores: Floats
    errors: Floats

    @property
    def n(self) -> int:
        """Held-out images to which everything is compared."""
        return len(self.scores)

    @property
    def can_tell(self) -> bool:
        """Whether there are so many that one that is stranger than all of them is far away."""
        return least_p_value(self.n) < RARE

    def p_values(self, codes: Floats) -> NDArray[np.float64]:
        """Return which share of held-out codes lie as far from the data, (n,) in (0, 1].

        Args:
            codes: (n, latent_dim).
        """
        return p_values(self.score(codes), self.scores)

    def p_values_of_errors(self, errors: Floats) -> NDArray[np.float64]:
        """Return which share of held-out images are rebuilt as badly, (n,) in (0, 1].

        Args:
            errors: (n,) mean squared error of each image.
        """
        return p_values(errors, self.errors)

    def score(self, codes: Floats) -> NDArray[np.float64]:
        """Return how far codes lie from the data, (n,), larger is farther.

        Within each component of the mixture, with mean m and covariance C, a code is
        what an image says, of covariance C - N, plus the posterior's noise N. Its best
        linear estimate without the noise, m + (C - N) C^-1 (z - m), is measured in C:
        a dimension that the encoder does not use, where N = C, counts nothing.

        Args:
            codes: (n, latent_dim).

        Returns:
            The negative log of the components' weighted densities at these estimates.
        """
        logs = []
        for mean, transform, constant in self._components:
            logs.append(constant - 0.5 * np.square((codes - mean) @ transform).sum(axis=1))
        return np.asarray(-np.logaddexp.reduce(logs, axis=0))

    @cached_property
    def _components(self) -> list[tuple[Floats, Floats, float]]:
        means, factors = np.float64(self.mixture.means), np.float64(self.mixture.factors)
        components = []
        for weight, mean, factor in zip(self.mixture.weights, means, factors, strict=True):
            inverse = np.linalg.inv(factor)  # C = F F^T; in z -> F^-1 z it is the identity
            share, axes = np.linalg.eigh(inverse * self.noise @ inverse.T)
            kept = np.clip(1 - share, 0, 1)  # of the variance along each axis
            log_density = np.log(max(weight, 1e-30)) - np.log(np.diag(factor)).sum()
            components.append((mean, inverse.T @ (axes * kept), float(log_density)))
        return components
