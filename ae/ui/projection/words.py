"""What a run came to, in words and for those who cannot see the figure."""

import numpy as np

from ae.projection.linear import SETTLING_EPOCHS
from ae.ui.projection.run import Projection


def verdict(projection: Projection) -> str:
    """Say in one or two sentences what the run came to, from its numbers."""
    training, comparison = projection.training, projection.comparison
    steps = training.epochs * training.steps_per_epoch
    run = f"{_count(training.epochs, 'epoch')} are {_count(steps, 'step')}"
    if training.diverged_at is not None:
        return (
            f"The loss exploded, so the run stopped at epoch {training.diverged_at}: "
            "each step overshot further than the one before. Choose a smaller learning "
            "rate, or try other initial weights."
        )
    if not np.isfinite(comparison.ratio):
        return f"{run}. The cloud is perfectly flat, so nothing need be lost at all."
    if comparison.ratio <= 1.01:
        away = comparison.angle_degrees
        same = "PCA's" if away <= 1 else f"{away:.1f}° from PCA's"
        return (
            f"{run}: the loss is within 1 % of the floor, and the decoder's plane is "
            f"{same}. Nobody told it about PCA; the loss alone led there."
        )
    best = int(np.argmin(training.mse))
    if best < training.epochs and training.mse[best] <= 1.01 * comparison.floor:
        return (
            f"{run}: the loss came within 1 % of the floor at epoch {best:,}, and is "
            f"now {comparison.ratio:.2f} times it. Each step sees at most 32 points; a "
            "large learning rate turns that into a jitter, a smaller one settles."
        )
    advice = (
        "“Train until it converges” takes more steps, and smaller ones."
        if training.epochs < SETTLING_EPOCHS
        else "The rest comes slowly; another learning rate may suit this cloud better."
    )
    return f"{run}: the loss is still {comparison.ratio:.2f} times the floor. {advice}"


def describe(projection: Projection) -> str:
    """Describe the figure in one sentence, for those who cannot see it."""
    training, comparison = projection.training, projection.comparison
    if training.diverged_at is not None:
        end = f"the loss explodes and training stops at epoch {training.diverged_at}"
    else:
        end = (
            f"the loss falls from {training.mse[0]:.4f} to {comparison.mse:.4f} "
            f"(PCA floor {comparison.floor:.4f}) and the decoder's plane ends "
            f"{comparison.angle_degrees:.1f} degrees from PCA's; over as many new points the loss "
            f"ends at {projection.validation[-1]:.4f}"
        )
    return (
        f"A cloud of {len(projection.cloud.points)} points in three dimensions, its "
        f"two-number codes, and the loss over {training.epochs} epochs: {end}."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
