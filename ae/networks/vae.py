"""The variational autoencoder: two networks, one sample between them, two losses."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import KerasTensor, ops

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
        if self.hint is not None:
            loss = loss + self._hint_weight(training) * self._hint_loss(y, z)
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

    def _hint_weight(self, training: bool) -> KerasTensor | float:
        assert self.hint is not None
        if not training:
            return self.hint.weight
        late = self.optimizer.iterations >= self.hint.after
        return self.hint.weight * ops.cast(late, "float32")
