"""The optimiser of networks that have few pictures and little time to learn from."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("ae")
class Muon(keras.optimizers.Adam):
    """Adam, but kernels of convolutions step along an orthogonal matrix.

    The momentum of a kernel, as a matrix of inputs by filters, is replaced by its nearest
    orthogonal one, by five Newton-Schulz steps, so that no direction is neglected. The
    straight paths of ``ae.networks.autoencoders.nested``, which begin where they are good,
    step by Adam.

    Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon; the scale of a step is
    that of Liu et al. 2025, arXiv 2502.16982.
    """

    def build(self, variables: list[keras.Variable]) -> None:
        """Take in what is to be trained."""
        super().build(variables)
        self.turned = [len(each.shape) == 4 and "straight" not in each.path for each in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable by its gradient."""
        at = self._get_variable_index(variable)
        if not self.turned[at]:
            super().update_step(gradient, variable, 0.1 * learning_rate)
            return
        momentum = self._momentums[at]
        self.assign(momentum, 0.95 * momentum + gradient)
        matrix = ops.reshape(gradient + 0.95 * momentum, (-1, variable.shape[-1]))
        step = ops.reshape(_orthogonal(matrix), variable.shape)
        length = 0.2 * max(matrix.shape) ** 0.5
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * length * step)


def _orthogonal(matrix: Any) -> Any:
    x = ops.transpose(matrix) if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(5):
        square = x @ ops.transpose(x)
        x = 3.4445 * x + (-4.775 * square + 2.0315 * square @ square) @ x
    return ops.transpose(x) if matrix.shape[0] > matrix.shape[1] else x
