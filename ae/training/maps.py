"""Two-dimensional maps of codes, and how far each can be trusted."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

Floats = NDArray[np.float32]

NEIGHBOURS = 15
_FOLDS = 5
# What scikit-learn proposes; a third of the other points is the most that makes sense.
_PERPLEXITY = 30


@dataclass(frozen=True)
class Trust:
    """How true a map is to the codes it shows.

    Attributes:
        trustworthiness: Whether neighbours on the map are neighbours in latent space,
            1 at best, at ``NEIGHBOURS``.
        continuity: Whether neighbours in latent space are neighbours on the map.
        knn_accuracy: Share of classes that 5 neighbours on the map get right, in
            5-fold cross-validation.
        control_trustworthiness: Trustworthiness of a map made the same way of codes
            whose columns were shuffled, where there is nothing to show.
        control_continuity: Its continuity.
        control_knn_accuracy: Its class accuracy.
        codes_knn_accuracy: That of 5 neighbours among the codes themselves, by which the
            map's is to be judged.
        largest_class: Share of the largest class, what always naming it gets right.

    Source: Venna and Kaski 2006; scikit-learn's ``trustworthiness``.
    """

    trustworthiness: float
    continuity: float
    knn_accuracy: float
    control_trustworthiness: float
    control_continuity: float
    control_knn_accuracy: float
    codes_knn_accuracy: float
    largest_class: float


def latent_maps(
    codes: Floats, labels: NDArray[np.uint8], *, seed: int = 0
) -> tuple[dict[str, Floats], dict[str, dict[str, float]]]:
    """Lay codes out in two dimensions: as they are if they are two, else PCA and t-SNE.

    Args:
        codes: (n, latent_dim), n at least 10 and latent_dim at least 2.
        labels: (n,) classes; of a single one, all are right.
        seed: For t-SNE and the shuffled control.

    Returns:
        By name ``plane``, or ``pca`` and ``tsne``: the (n, 2) coordinates, and the
        numbers of ``Trust``.
    """
    makers: dict[str, Callable[[Floats], Floats]] = {"plane": np.array}
    if codes.shape[1] > 2:
        makers = {"pca": _pca, "tsne": lambda z: _tsne(z, seed)}
    rng = np.random.default_rng(seed)
    shuffled = np.stack([rng.permutation(column) for column in codes.T], axis=1)
    points, trust = {}, {}
    for name, make in makers.items():
        points[name] = make(codes)
        trust[name] = asdict(_trust(codes, points[name], shuffled, make(shuffled), labels))
    return points, trust


def _pca(codes: Floats) -> Floats:
    return np.float32(PCA(2, svd_solver="full").fit_transform(codes))


def _tsne(codes: Floats, seed: int) -> Floats:
    perplexity = max(1, min(_PERPLEXITY, (len(codes) - 1) // 3))
    # PCA as the start keeps the large picture and makes runs alike.
    made = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    return np.float32(made.fit_transform(codes))


def _trust(
    codes: Floats, points: Floats, shuffled: Floats, control: Floats, labels: NDArray[np.uint8]
) -> Trust:
    k = min(NEIGHBOURS, len(codes) // 2 - 1)
    return Trust(
        float(trustworthiness(codes, points, n_neighbors=k)),
        float(trustworthiness(points, codes, n_neighbors=k)),
        _knn(points, labels),
        float(trustworthiness(shuffled, control, n_neighbors=k)),
        float(trustworthiness(control, shuffled, n_neighbors=k)),
        _knn(control, labels),
        _knn(codes, labels),
        float(np.bincount(labels).max() / len(labels)),
    )


def _knn(points: Floats, labels: NDArray[np.uint8]) -> float:
    # Every fold gets its share of every class, unless a class is too rare for that.
    rarest = np.unique(labels, return_counts=True)[1].min()
    folds = _FOLDS if rarest >= _FOLDS else KFold(_FOLDS, shuffle=True, random_state=0)
    read = cross_val_score(KNeighborsClassifier(5), points, labels, cv=folds)
    return float(read.mean())
