"""The variational autoencoder: two networks, one sample between them, two losses."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from ae.networks.losses import Loss


def kl_loss(z_mean: KerasTensor, z_log_var: KerasTensor) -> KerasTensor:
    """Return KL(q(z given x) || N(0, I)) per dimension, nats, (n, latent_dim).

    Source: Kingma and Welling 2013, appendix B.
    """
    return 0.5 * (ops.exp(z_log_var) + ops.square(z_mean) - 1 - z_log_var)


@dataclass(frozen=True)
class Hint:
    """What a VAE is told of its training images beside the images."""

    weight: float  # of the hint's loss
    yes_or_no: tuple[bool, ...]  # of every attribute, whether it is 0 or 1 rather than continuous
    # Steps without it. An encoder that hears it for long learns the labels of few training images
    # by heart.
    after: int = 0


class VariationalAutoencoder(keras.Model):
    """Joins encoder and decoder by a sample of the posterior.

    Training minimises reconstruction_loss + beta * kl_loss, both in nats per image,
    summed over pixels and dimensions. The weight of the KL term rises from 0 to beta
    over the first steps, or the decoder would learn to ignore the code. Validation
    always uses beta itself, so its loss is comparable from epoch to epoch.

    With a hint it also minimises its weight times how badly a linear layer reads the images'
    attributes from their codes, in nats: of yes-or-no attributes the cross-entropy, of others half
    the squared error in spreads. The layer is thrown away afterwards.
    Source: Kingma et al. 2014, arXiv 1406.5298, whose loss has such a term.
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        loss: Loss,
        *,
        beta: float,
        warmup_steps: int,
        seed: int,
        hint: Hint | None = None,
    ) -> None:
        super().__init__(name="vae")
        self.encoder = encoder
        self.decoder = decoder
        self.image_loss = loss
        self.beta = beta
        self.warmup_steps = warmup_steps
        self.hint = hint
        if hint is not None:
            self.reader = keras.layers.Dense(len(hint.yes_or_no), name="reader")
            self.reader.build(encoder.outputs[0].shape)
        self.seeds = keras.random.SeedGenerator(seed)
        self.reconstruction_loss = keras.metrics.Mean(name="reconstruction_loss")
        self.kl_loss = keras.metrics.Mean(name="kl_loss")

    def call(
        self, x: KerasTensor, training: bool = False
    ) -> tuple[KerasTensor, KerasTensor, KerasTensor, KerasTensor]:
        """Return what one posterior sample gives, and the posterior.

        Returns:
            The reconstruction, z_mean, z_log_var and the sample.
        """
        z_mean, z_log_var = self.encoder(x, training=training)
        noise = keras.random.normal(ops.shape(z_mean), seed=self.seeds)
        z = z_mean + ops.exp(0.5 * z_log_var) * noise
        return self.decoder(z, training=training), z_mean, z_log_var, z

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> KerasTensor:
        """Return the mean loss of a batch and note its two terms.

        Args:
            x: Images.
            y: Their attributes, (n, attributes), yes-or-no ones 0 or 1, others in
                spreads from their mean, NaN if unknown; used with a hint only.
            y_pred: What ``call`` returned.
            sample_weight: Unused.
            training: Whether the weight of the KL term may still be rising.
        """
        reconstruction, z_mean, z_log_var, z = y_pred
        pixels = ops.mean(self.image_loss(x, reconstruction))
        kl = ops.mean(ops.sum(kl_loss(z_mean, z_log_var), axis=1))
        self.reconstruction_loss.update_state(pixels)
        self.kl_loss.update_state(kl)
        weight = self.beta
        if training and self.warmup_steps:
            step = ops.cast(self.optimizer.iterations, "float32")
            weight = weight * ops.minimum(step / self.warmup_steps, 1.0)
        loss = pixels + weight * kl
        # Validation, which selects the epoch, holds no label.
        if self.hint is not None and training:
            loss = loss + self._hint_weight() * self._hint_loss(y, z)
        return loss

    def _hint_loss(self, attributes: KerasTensor, z: KerasTensor) -> KerasTensor:
        assert self.hint is not None
        read = self.reader(z)
        truth = ops.cast(attributes, "float32")
        unknown = ops.isnan(truth)
        truth = ops.where(unknown, 0.0, truth)  # or its gradient would be NaN too
        # The cross-entropy of a logit is softplus(logit) - truth * logit.
        nats = ops.where(
            ops.convert_to_tensor(self.hint.yes_or_no),
            ops.softplus(read) - truth * read,
            0.5 * ops.square(truth - read),
        )
        return ops.mean(ops.sum(ops.where(unknown, 0.0, nats), axis=1))

    def _hint_weight(self) -> KerasTensor:
        assert self.hint is not None
        late = self.optimizer.iterations >= self.hint.after
        return self.hint.weight * ops.cast(late, "float32")


def rescale_codes(
    encoder: keras.Model, decoder: keras.Model, shift: NDArray[Any], scale: NDArray[Any]
) -> None:
    """Make z the code (z - shift) / scale, in the layers before and behind it.

    Args:
        encoder: Ends in ``z_mean``, a dense layer or a sum of them, and ``z_log_var``.
        decoder: Begins with dense layers.
        shift: (latent_dim,).
        scale: (latent_dim,), above 0.

    Raises:
        ValueError: If other layers stand there.
    """
    mean, log_var = (output._keras_history.operation for output in encoder.outputs)
    means = [mean]
    if isinstance(mean, keras.layers.Add):
        means = [each._keras_history.operation for each in mean.input]
    z = decoder.inputs[0]
    readers = [layer for layer in decoder.layers if layer.input is z and layer.weights]
    linear = [*means, log_var]
    if not all(isinstance(each, keras.layers.Dense) for each in [*linear, *readers]) or any(
        each.activation is not keras.activations.linear for each in linear
    ):
        raise ValueError("only dense layers before and behind a code can rescale it")
    for number, layer in enumerate(means):
        kernel, bias = (np.float64(array) for array in layer.get_weights())
        layer.set_weights([kernel / scale, (bias - (0 if number else shift)) / scale])
    kernel, bias = log_var.get_weights()
    log_var.set_weights([kernel, bias - 2 * np.log(scale)])
    for layer in readers:
        kernel, bias = (np.float64(array) for array in layer.get_weights())
        layer.set_weights([kernel * scale[:, None], bias + shift @ kernel])
