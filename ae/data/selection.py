"""Which images of a data set to look at."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def at_random(
    labels: NDArray[np.uint8],
    count: int,
    *,
    seed: int,
    label: int | None = None,
    leave_out: Sequence[int] = (),
) -> Indices:
    """Return ``count`` different indices, of one class if a label is given.

    Args:
        labels: (n,) class of each image.
        count: How many; fewer come back where there are fewer.
        seed: Same seed, same indices.
        label: The class to stay in.
        leave_out: Indices that are not to come.
    """
    pool = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
    if leave_out:
        pool = np.setdiff1d(pool, leave_out)
    rng = np.random.default_rng(seed)
    return rng.choice(pool, size=min(count, len(pool)), replace=False)


def extreme(errors: NDArray[np.float32], count: int, *, worst: bool) -> Indices:
    """Return the indices of the largest errors, or the smallest, most extreme first."""
    order = np.argsort(errors, kind="stable")
    return order[::-1][:count] if worst else order[:count]


def parse_indices(text: str, n: int, most: int) -> Indices:
    """Read indices that someone typed, such as ``"3, 14 159"``.

    Args:
        text: Whole numbers with commas or spaces between them.
        n: How many images there are.
        most: How many indices are allowed.

    Raises:
        ValueError: One sentence saying what to type instead.
    """
    words = text.replace(",", " ").split()
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        raise ValueError(f"Type whole numbers from 0 to {n - 1}, such as 3, 14, 159.")
    if len(words) > most:
        raise ValueError(f"Type at most {most} numbers; these are {len(words)}.")
    # Very long digit strings are refused by their length, before int() sees them.
    if any(len(word) > 9 or int(word) >= n for word in words):
        raise ValueError(f"The images are numbered from 0 to {n - 1}.")
    return np.array([int(word) for word in words], np.int64)
