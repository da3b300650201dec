"""Two groups of codes, with an attribute and without: how to part and compare them.

Labels are (n,), 1 for an image with the attribute and 0 for one without. Codes come
as float32; what is computed from them is float64.
"""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.floating]


def has_attribute(labels: Labels) -> NDArray[np.bool_]:
    """Return which images have the attribute, (n,).

    Raises:
        ValueError: If all have it, or none.
    """
    has = np.asarray(labels) > 0.5
    if has.all() or not has.any():
        raise ValueError("both groups need at least one image")
    return has


def thirds(values: Floats) -> tuple[NDArray[np.bool_], Labels]:
    """Make two groups of a continuous attribute: its top and its bottom third.

    Args:
        values: The attribute of each image, (n,).

    Returns:
        Which images are in a group (n,), and the labels of those.

    Raises:
        ValueError: If the values are so few that the thirds would overlap.
    """
    low, high = np.quantile(values, [1 / 3, 2 / 3])
    if not low < high:
        raise ValueError("too many images share one value to part them into thirds")
    kept = (values <= low) | (values >= high)
    return kept, values[kept] >= high


def balanced_weights(labels: Labels, others: NDArray[Any]) -> Floats:
    """Weigh images so that other attributes say nothing about this one.

    Images that agree in all the other attributes form a cell. An image weighs the
    share of the opposite group in its cell, so that in every cell both groups weigh
    the same, n1 n0 / (n1 + n0) in all.

    Args:
        labels: (n,).
        others: Labels of the other attributes, (n, k).

    Returns:
        (n,) weights in [0, 1). Images in a cell without both groups have 0: they
        cannot be balanced and are dropped.

    Raises:
        ValueError: If no cell holds both groups.

    Source:
        The cells are those of the balanced averages of github.com/dribnet/plat, which
        weighs all alike. These weights do not let a cell of three images speak as
        loudly as one of a thousand: Li, Morgan and Zaslavsky 2018, arXiv 1404.1785.
    """
    has = has_attribute(labels)
    _, cell = np.unique(others, axis=0, return_inverse=True)
    cell = cell.ravel()  # NumPy 2.0.0 gives (n, 1)
    share = (np.bincount(cell, weights=has) / np.bincount(cell))[cell]
    weights = np.where(has, 1 - share, share)
    if not weights.any():
        raise ValueError(
            "the attribute cannot be balanced: it is always or never there where the others agree"
        )
    return weights


def mean_codes(
    codes: Codes, labels: Labels, weights: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the mean code without the attribute, and with it.

    Args:
        codes: (n, latent_dim).
        labels: (n,).
        weights: (n,), see ``balanced_weights``; all alike by default.

    Raises:
        ValueError: If a group is empty.
    """
    has = has_attribute(labels)
    weight = np.ones(len(has)) if weights is None else weights
    without, with_it = (
        np.average(np.float64(codes[group]), axis=0, weights=weight[group]) for group in (~has, has)
    )
    return without, with_it


def strength(vector: Floats, codes: Codes, labels: Labels, weights: Floats | None = None) -> float:
    """Return how far apart the two groups' means lie along a direction.

    So long a step moves the average code without the attribute as far along as the
    average code with it, whatever the direction and however it was found.

    Args:
        vector: (latent_dim,) of norm 1.
        codes: (n, latent_dim).
        labels: (n,).
        weights: (n,), see ``balanced_weights``; all alike by default.

    Raises:
        ValueError: If a group is empty, or the direction leads away from the images
            with the attribute, as it may once much is locked.
    """
    without, with_it = mean_codes(codes, labels, weights)
    distance = float((with_it - without) @ vector)
    if distance <= 0:
        raise ValueError("the direction does not lead to the images with the attribute")
    return distance


def effect_size(scores: Floats, labels: Labels) -> float:
    """Return Cohen's d: the distance of the groups' means in pooled deviations.

    Args:
        scores: (n,).
        labels: (n,).

    Raises:
        ValueError: If a group is empty, or nothing varies within the groups.

    Source:
        Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2.5.
    """
    has = has_attribute(labels)
    groups = np.float64(scores[has]), np.float64(scores[~has])
    squares = sum(np.square(group - group.mean()).sum() for group in groups)
    if squares == 0:
        raise ValueError("the scores do not vary within the groups")
    pooled = math.sqrt(squares / (len(has) - 2))
    return float((groups[0].mean() - groups[1].mean()) / pooled)
