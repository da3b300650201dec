"""Where the training of nested networks begins: at what PCA can do."""

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from ae.coding.baselines import BlockBaseline

Images = NDArray[np.float32]

_SIDE = 16  # pixels of a place


def begin_as_pca(encoder: keras.Model, decoder: keras.Model, images: Images) -> None:
    """Give the straight paths of ``ae.networks.autoencoders.nested`` good weights.

    Every number of a code then has a spread of about 1.

    Args:
        encoder: Its encoder, of which everything but these paths gives 0.
        decoder: Its decoder, likewise.
        images: Of training, (n, height, width, channels), a few thousand.
    """
    small = images.reshape(len(images), images.shape[1] // 4, 4, images.shape[2] // 4, 4, -1)
    small = small.mean(axis=(2, 4)).reshape(len(images), -1)
    kernel = encoder.get_layer("straight_small_encoder").kernel
    coarse = decoder.get_layer("straight_first").filters
    # The directions of PCA are turned to where each says most of one place.
    pca = PCA(kernel.shape[1], svd_solver="covariance_eigh").fit(small)
    left, _, right = np.linalg.svd(pca.transform(small).T @ _by_places(images, coarse))
    rows = (left @ right).T @ pca.components_
    rows, mean = rows / ((small - pca.mean_) @ rows.T).std(axis=0)[:, None], pca.mean_
    _set(encoder, "straight_small_encoder", rows.T, -rows @ mean)
    _set(decoder, "straight_small_decoder", np.linalg.pinv(rows).T, mean)
    numbers = decoder.get_layer("straight_first").kernel.shape[2]
    _set(decoder, "straight_first", np.eye(numbers, coarse)[None, None], np.zeros(coarse))

    _set(encoder, "straight_encoder", *_nothing(encoder, "straight_encoder"))
    _set(decoder, "straight_decoder", *_nothing(decoder, "straight_decoder"))
    left_over = _places(images - decoder.predict(encoder.predict(images, verbose=0), verbose=0))
    pca = PCA(numbers - coarse, svd_solver="covariance_eigh").fit(left_over)
    rows = pca.components_ / np.sqrt(pca.explained_variance_)[:, None]
    shape = encoder.get_layer("straight_encoder").kernel.shape
    bias = -rows @ _places(images).mean(axis=0)
    _set(encoder, "straight_encoder", rows.T.reshape(shape), bias)
    # What these numbers say best of what the first ones leave.
    codes = encoder.predict(images, verbose=0).reshape(-1, numbers)
    codes[:, :coarse] = 0
    codes = np.column_stack([codes, np.ones(len(codes))])
    back = np.linalg.lstsq(codes, left_over, rcond=None)[0]
    _set(decoder, "straight_decoder", back[None, None, :-1], back[-1])


def _by_places(images: Images, numbers: int) -> NDArray[np.float64]:
    """Return so many principal components of every place, (n, places * numbers), centred."""
    places = _places(images)
    found = PCA(numbers, svd_solver="covariance_eigh").fit_transform(places)
    found = found.reshape(len(images), -1)
    return np.asarray(found - found.mean(axis=0), np.float64)


def _places(images: Images) -> NDArray[np.float32]:
    values = _SIDE * _SIDE * images.shape[3]
    return BlockBaseline.blocks(images, values).reshape(-1, values)


def _nothing(network: keras.Model, name: str) -> list[NDArray[np.float32]]:
    return [np.zeros_like(weights) for weights in network.get_layer(name).get_weights()]


def _set(
    network: keras.Model, name: str, kernel: NDArray[np.floating], bias: NDArray[np.floating]
) -> None:
    network.get_layer(name).set_weights([kernel, bias])
