"""Vectors in latent space along which an attribute grows, from two groups of codes.

All have norm 1 and point to the images with the attribute.
"""

from collections.abc import Sequence

import numpy as np

from ae.latent.groups import Codes, Floats, Labels, has_attribute, mean_codes

# A direction of which locking leaves a smaller share is mostly noise made larger.
LEAST_SHARE_LEFT = 0.05

_MAX_NEWTON_STEPS = 50


def mean_difference(codes: Codes, labels: Labels, weights: Floats | None = None) -> Floats:
    """Return the direction from the mean code without to the mean code with.

    To edit along: a step leads to where codes are. Whatever else differs between the
    groups comes along, unless it is balanced or locked.

    Args:
        codes: (n, latent_dim).
        labels: (n,).
        weights: (n,), see ``balanced_weights``; all alike by default.

    Returns:
        (latent_dim,) of norm 1.

    Raises:
        ValueError: If a group is empty, or both have the same mean.

    Source:
        White 2016, arXiv 1609.04468.
    """
    without, with_it = mean_codes(codes, labels, weights)
    return _unit(with_it - without)


def partial_difference(codes: Codes, values: Floats, others: Floats) -> Floats:
    """Return how codes move as one attribute grows while others are held fixed.

    Of images in which attributes go together, a mean difference moves them all. The
    slope of a multiple regression is what is left of it when the others stay.

    Args:
        codes: (n, latent_dim).
        values: The attribute of each image, (n,).
        others: What is held fixed, (n, k), k at least 1.

    Returns:
        (latent_dim,) of norm 1.

    Raises:
        ValueError: If less than ``LEAST_SHARE_LEFT`` of the attribute is left once the
            others are known.

    Source:
        Frisch and Waugh 1933, Econometrica 1, 387-401: the slope is that of the codes
        on what of the attribute the others do not explain.
    """
    own, rest = (
        np.float64(table) - np.mean(table, axis=0, dtype=np.float64) for table in (values, others)
    )
    left = own - rest @ np.linalg.lstsq(rest, own, rcond=None)[0]
    if np.linalg.norm(left) < LEAST_SHARE_LEFT * np.linalg.norm(own):
        raise ValueError("the direction cannot be told apart from what is locked")
    return _unit(left @ (codes - np.mean(codes, axis=0, dtype=np.float64)))


def whitened(codes: Codes, labels: Labels, weights: Floats | None = None) -> Floats:
    """Return the normal of linear discriminant analysis, Sigma^-1 (mean1 - mean0).

    Sigma is the covariance within the groups, shrunk as by ``ledoit_wolf``. If both
    groups are Gaussian with it, no other direction tells them apart as well.

    Args:
        codes: (n, latent_dim).
        labels: (n,).
        weights: (n,) of the means, see ``balanced_weights``; all alike by default.

    Returns:
        (latent_dim,) of norm 1.

    Raises:
        ValueError: If a group is empty, or nothing tells the groups apart.
    """
    has = has_attribute(labels)
    without, with_it = mean_codes(codes, labels)
    residuals = codes - np.where(has[:, None], with_it, without)
    without, with_it = mean_codes(codes, labels, weights)
    return _unit(_solve(ledoit_wolf(residuals)[0], with_it - without))


def regression(codes: Codes, values: Floats) -> Floats:
    """Return the gradient of the least-squares prediction of a continuous attribute.

    Args:
        codes: (n, latent_dim).
        values: The attribute of each image, (n,).

    Returns:
        (latent_dim,) of norm 1; the covariance of the codes is shrunk as by
        ``ledoit_wolf``.

    Raises:
        ValueError: If the codes say nothing about the values.
    """
    centred = np.float64(codes) - np.mean(codes, axis=0, dtype=np.float64)
    together = centred.T @ (values - np.mean(values, dtype=np.float64))
    return _unit(_solve(ledoit_wolf(centred)[0], together))


def ledoit_wolf(centred: Floats) -> tuple[Floats, float]:
    """Estimate a covariance, shrunk towards a multiple of the identity.

    Args:
        centred: (n, latent_dim) deviations from the mean.

    Returns:
        The covariance (latent_dim, latent_dim) and the share of the identity in it,
        in [0, 1]: the one with the least expected squared error.

    Source:
        Ledoit and Wolf 2004, Journal of Multivariate Analysis 88, 365-411, lemmas
        3.2 to 3.4.
    """
    n, latent_dim = centred.shape
    covariance = centred.T @ centred / n
    scale = np.trace(covariance) / latent_dim
    target = scale * np.eye(latent_dim)
    spread = np.square(covariance - target).sum()
    fourth = np.square(np.square(centred).sum(axis=1)).mean()
    error = (fourth - np.square(covariance).sum()) / n
    share = float(np.clip(error / spread, 0, 1)) if spread > 0 else 0.0
    return (1 - share) * covariance + share * target, share


def logistic(
    codes: Codes, labels: Labels, weights: Floats | None = None, *, l2: float = 1.0
) -> Floats:
    """Return the normal of a logistic regression, fitted by Newton's method.

    Args:
        codes: (n, latent_dim).
        labels: (n,).
        weights: (n,), see ``balanced_weights``; 1 by default.
        l2: Half of it times the normal's squared norm is added to the summed loss;
            above 0. The intercept is free.

    Returns:
        (latent_dim,) of norm 1.

    Raises:
        ValueError: If a group is empty.

    Source:
        Iteratively reweighted least squares: Bishop 2006, Pattern Recognition and
        Machine Learning, section 4.3.3. A step that overshoots is halved.
    """
    has = has_attribute(labels)
    weight = np.ones(len(has)) if weights is None else weights
    inputs = np.hstack([np.float64(codes), np.ones((len(has), 1))])
    penalty = np.full(inputs.shape[1], l2)
    penalty[-1] = 0

    def loss(w: Floats) -> float:
        scores = inputs @ w
        nats = np.logaddexp(0, scores) - has * scores
        return float(weight @ nats + 0.5 * penalty @ np.square(w))

    w = np.zeros(inputs.shape[1])
    for _ in range(_MAX_NEWTON_STEPS):
        p = 0.5 + 0.5 * np.tanh(inputs @ w / 2)  # the sigmoid, without overflow
        gradient = inputs.T @ (weight * (p - has)) + penalty * w
        curvature = (inputs.T * (weight * p * (1 - p))) @ inputs + np.diag(penalty)
        step = _solve(curvature, gradient)
        while loss(w - step) > loss(w) and np.abs(step).max() > 1e-9:
            step /= 2
        w -= step
        if np.abs(step).max() < 1e-9:
            break
    return _unit(w[:-1])


def locked(vector: Floats, normals: Sequence[Floats] | Floats) -> Floats:
    """Take out of a direction all that changes other attributes' linear scores.

    One unit along v changes the score w . z of another attribute by w . v. So what
    must be given here are the normals w that score the other attributes
    (``whitened``, ``logistic``, ``regression``), not their mean differences.

    Args:
        vector: (latent_dim,) of norm 1.
        normals: (k, latent_dim), k at least 1; they need not be orthogonal.

    Returns:
        (latent_dim,) of norm 1, orthogonal to every normal: n1 - N (N^T N)^-1 N^T n1.

    Raises:
        ValueError: If less than ``LEAST_SHARE_LEFT`` of the direction is left.

    Source:
        Conditional manipulation: Shen et al. 2020, InterFaceGAN, arXiv 1907.10786,
        for several conditions.
    """
    span = np.asarray(normals, np.float64).T  # (latent_dim, k)
    rest = vector - span @ np.linalg.lstsq(span, vector, rcond=None)[0]
    if np.linalg.norm(rest) < LEAST_SHARE_LEFT * np.linalg.norm(vector):
        raise ValueError("the direction cannot be told apart from what is locked")
    return _unit(rest)


def sparing(vector: Floats, disturbance: Floats) -> Floats:
    """Turn a direction away from moves that disturb what shall stay as it is.

    Args:
        vector: (latent_dim,) of norm 1.
        disturbance: See ``disturbance``.

    Returns:
        (latent_dim,) of norm 1 along (1 + C)^-1 v, the u with the least
        |u - v|^2 + u^T C u: near to v, and disturbing little.
    """
    return _unit(_solve(np.eye(len(vector)) + disturbance, vector))


def disturbance(codes: Codes, pixels: Floats) -> Floats:
    """Return how strongly moves of a code disturb some pixels, as a quadratic form.

    Args:
        codes: (n, latent_dim).
        pixels: Those pixels of the decoded codes, (n, p).

    Returns:
        C of shape (latent_dim, latent_dim): a move u changes the pixels by u^T C u,
        squared and summed, in a linear fit; scaled so that the average move of norm 1
        changes them by 1.
    """
    centred = np.float64(codes) - np.mean(codes, axis=0, dtype=np.float64)
    change = pixels - np.mean(pixels, axis=0, dtype=np.float64)
    slopes = np.linalg.lstsq(centred, change, rcond=None)[0]
    form = slopes @ slopes.T
    return form * len(form) / np.trace(form)


def _solve(matrix: Floats, right: Floats) -> Floats:
    # Least squares, because a few images may leave the matrix without full rank.
    return np.linalg.lstsq(matrix, right, rcond=None)[0]


def _unit(vector: Floats) -> Floats:
    norm = np.linalg.norm(vector)
    if norm == 0:
        raise ValueError("the codes of the two groups do not differ")
    return vector / norm
