"""The NumPy training agrees with Keras, step by step."""

import numpy as np
import pytest

from ae.projection.linear import NOTEBOOK_SEED, LinearAutoencoder, train
from ae.projection.points import generate_cloud


@pytest.mark.slow
def test_keras_takes_the_same_steps() -> None:
    import keras

    points = generate_cloud(60).points
    start = LinearAutoencoder.glorot(NOTEBOOK_SEED)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(2, name="encoder"),
            keras.layers.Dense(3, name="decoder"),
        ]
    )
    model.set_weights(
        [start.encoder_kernel, start.encoder_bias, start.decoder_kernel, start.decoder_bias]
    )
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=1.5))
    assert model.count_params() == 17
    model.fit(points, points, epochs=20, batch_size=32, shuffle=False, verbose=0)

    orders = np.tile(np.arange(60), (20, 1))
    ours = train(points, start=start, orders=orders)
    theirs = np.concatenate([weights.ravel() for weights in model.get_weights()])
    np.testing.assert_allclose(ours.final.to_vector(), theirs, atol=1e-4)
    loss = model.evaluate(points, points, batch_size=60, verbose=0)
    assert ours.mse[-1] == pytest.approx(loss, abs=1e-6)
