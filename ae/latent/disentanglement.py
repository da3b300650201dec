"""Whether single numbers of a code are attributes: they hardly ever are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.latent.groups import Floats

_BINS = 20


@dataclass(frozen=True)
class Disentanglement:
    """How codes share attributes out among their numbers, each in [0, 1].

    Source: the gap, Chen et al. 2018, arXiv 1802.04942, section 4.1; the other three,
        Eastwood and Williams 2018, ICLR, section 2, with least squares as their regressor.
    """

    # By how much one number tells more of an attribute than the next best, as a share of all
    # there is to tell (mutual information gap), averaged over attributes.
    mig: float
    disentanglement: float  # 1 if every number tells of one attribute only
    completeness: float  # 1 if every attribute is told by one number only
    informativeness: float  # R squared of attributes from all numbers, on held-out codes


def disentanglement(
    codes: Floats, values: Floats, held_out: Floats, held_out_values: Floats
) -> Disentanglement:
    """Measure how attributes lie in codes.

    Args:
        codes: To learn from, (n, latent_dim).
        values: Their attributes, (n, attributes), all known.
        held_out: Other codes, (m, latent_dim).
        held_out_values: Their attributes, (m, attributes).
    """
    mean, spread = codes.mean(axis=0), np.maximum(codes.std(axis=0), 1e-9)
    centre, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)
    x, y = (np.float64(codes) - mean) / spread, (np.float64(values) - centre) / scale
    weights = np.linalg.lstsq(x, y, rcond=None)[0]  # (latent_dim, attributes)
    left = (held_out_values - centre) / scale - (held_out - mean) / spread @ weights
    held = ((held_out_values - centre) / scale).var(axis=0)
    importance = np.abs(weights)
    of_codes, of_attributes = _certainty(importance), _certainty(importance.T)
    share = importance.sum(axis=1) / importance.sum()
    return Disentanglement(
        mig=mutual_information_gap(held_out, held_out_values),
        disentanglement=float(share @ of_codes),
        completeness=float(of_attributes.mean()),
        informativeness=float((1 - np.square(left).mean(axis=0) / np.maximum(held, 1e-9)).mean()),
    )


def mutual_information_gap(codes: Floats, values: Floats) -> float:
    """Return the mutual information gap, with 20 bins of equal frequency.

    Args:
        codes: (n, latent_dim).
        values: (n, attributes).
    """
    digits = [_binned(column) for column in codes.T]
    gaps = []
    for column in values.T:
        truth = _binned(column)
        told = sorted(_information(truth, each) for each in digits)
        gaps.append((told[-1] - told[-2]) / max(_information(truth, truth), 1e-9))
    return float(np.mean(gaps))


def _binned(values: Floats) -> NDArray[np.intp]:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")


def _information(a: NDArray[np.intp], b: NDArray[np.intp]) -> float:
    """Return the mutual information of two columns of bins, in nats."""
    together = np.histogram2d(a, b, bins=_BINS, range=[[-0.5, _BINS - 0.5]] * 2)[0] / len(a)
    alone = np.outer(together.sum(axis=1), together.sum(axis=0))
    some = together > 0
    return float((together[some] * np.log(together[some] / alone[some])).sum())


def _certainty(importance: Floats) -> Floats:
    """Return of each row 1 minus its entropy, as a share of the largest there can be."""
    p = importance / np.maximum(importance.sum(axis=1, keepdims=True), 1e-12)
    nats = -(p * np.log(np.maximum(p, 1e-12))).sum(axis=1)
    return 1 - nats / np.log(max(importance.shape[1], 2))
