"""Maps of the same pictures at several moments, turned so that they can be compared."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def aligned_planes(codes: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """Lay codes of the same pictures out on a plane for each moment, from the last one back.

    Each moment's plane is that of its own two principal components. It is turned, mirrored
    if need be, until its points lie nearest to those of the next moment; as a plane has no
    unit of its own, its spread is made the same everywhere.

    Args:
        codes: For each moment (n, latent_dim), n and latent_dim at least 2.

    Returns:
        (moments, n, 2), of mean 0 and root mean square distance 1.

    Source: orthogonal Procrustes, Schoenemann 1966, Psychometrika 31, 1-10.
    """
    planes: list[NDArray[np.float64]] = []
    for each in reversed(codes):
        centred = np.float64(each) - np.mean(each, axis=0, dtype=np.float64)
        plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
        plane /= np.sqrt(np.square(plane).sum(axis=1).mean()) or 1.0
        if planes:
            left, _, right = np.linalg.svd(plane.T @ planes[-1])
            plane = plane @ (left @ right)
        planes.append(plane)
    return np.stack(planes[::-1]).astype(np.float32)
