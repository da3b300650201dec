"""Where the training of nested networks begins: at what PCA on blocks can do."""

import keras
import numpy as np

from ae.data import Dataset
from ae.training.contents import block_baseline


def begin_as_pca(encoder: keras.Model, decoder: keras.Model, train: Dataset) -> None:
    """Give the straight paths of ``ae.networks.autoencoders.nested`` the weights of PCA.

    A number's spread becomes the square root of what PCA gives it, between that and 1.

    Args:
        encoder: Its encoder, of which everything but the straight path gives 0.
        decoder: Its decoder, likewise.
        train: Images to learn from.
    """
    there, back = encoder.get_layer("straight_encoder"), decoder.get_layer("straight_decoder")
    side, _, _, numbers = there.kernel.shape
    pca, spreads = block_baseline(train, side, numbers)
    scale = np.sqrt(spreads)[:, None]
    rows = pca.components / scale
    there.set_weights([rows.T.reshape(there.kernel.shape), -rows @ pca.mean])
    back.set_weights([(pca.components * scale)[None, None], pca.mean])
