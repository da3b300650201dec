"""A direction between two groups of codes that someone put together by hand."""

import numpy as np

from ae.latent.directions import Direction, measure, unmeasured
from ae.latent.groups import Codes, strength
from ae.latent.vectors import mean_difference

# In each group: with fewer, a half of it says nothing of the other half.
LEAST_MEASURED = 10


def between(name: str, a: Codes, b: Codes) -> Direction:
    """Return the direction from the mean of group A to the mean of group B.

    Its quality is that of a direction learned from every second code, measured on the
    others, where each group has ``LEAST_MEASURED`` codes; with fewer it is not measured.

    Args:
        name: What the visitor calls it.
        a: Codes without what is looked for, (n, latent_dim).
        b: Codes with it, (m, latent_dim).

    Raises:
        ValueError: If a group is empty, or both have the same mean.
    """
    vector, step = _learned(a, b)
    if min(len(a), len(b)) < LEAST_MEASURED:
        return unmeasured(name, vector, step)
    half, half_step = _learned(a[::2], b[::2])
    rest = np.concatenate([a[1::2], b[1::2]])
    truth = np.repeat([0, 1], [len(a) // 2, len(b) // 2])
    measured = measure(name, half, half_step, rest, truth)
    return Direction(
        name,
        vector.astype(np.float32),
        step,
        measured.auroc,
        measured.effect_size,
        measured.n_positive,
        measured.n_negative,
    )


def _learned(a: Codes, b: Codes) -> tuple[Codes, float]:
    codes = np.concatenate([a, b])
    labels = np.repeat([0, 1], [len(a), len(b)])
    vector = mean_difference(codes, labels)
    return vector.astype(np.float32), strength(vector, codes, labels)
