"""What the figure's parts share: its colours, ranges and the epochs of its frames."""

import numpy as np

from ae.ui.projection.run import Projection

# Blue and orange stay apart for every kind of colour blindness and on both themes.
DECODER_COLOUR = "#3f8fd2"
PCA_COLOUR = "#e8830c"
QUIET = "rgba(128, 132, 149, 0.9)"
GRID = "rgba(128, 132, 149, 0.25)"
LANDMARKS = "ABCDE"
MAX_FRAMES = 64
# Frames whose loss is above this many variances would only zoom everything out.
SANE_LOSS = 5.0


class Stage:
    """What stays put while the epochs go by: numbers, ranges and the frames' epochs."""

    def __init__(self, projection: Projection) -> None:
        self.cloud = projection.cloud
        self.points = projection.cloud.points
        self.training = projection.training
        self.plane = projection.plane
        mse = self.training.mse
        variance = float(np.var(self.points))
        # An exploding run may end in inf or nan, which no axis can show.
        self.last = int(np.flatnonzero(np.isfinite(mse))[-1])
        self.epochs = frame_epochs(self.last)
        sane = [e for e in self.epochs if mse[e] <= SANE_LOSS * variance] or [0]
        # After an explosion the last sane epoch: later ones have left the picture.
        self.opening = sane[-1]
        scores = (self.points - self.plane.mean) @ self.plane.basis.T
        self.half_sides = np.abs(scores).max(axis=0) * 1.05
        self.reach = float(np.linalg.norm(self.half_sides))
        codes = self.training.at(sane).encode(self.points)
        self.codes_reach = float(np.abs(codes).max()) * 1.12
        self.losses = mse[: self.last + 1]
        self.validation = projection.validation[: self.last + 1]
        self.loss_range = self._loss_range(variance)

    def _loss_range(self, variance: float) -> tuple[float, float]:
        """Limits of the loss axis, as powers of ten."""
        both = np.concatenate([self.losses, self.validation[np.isfinite(self.validation)]])
        lowest = max(min(both.min(), self.plane.floor), 1e-9 * variance)
        return float(np.log10(lowest)) - 0.4, float(np.log10(both.max())) + 0.25

    def landmarks(self) -> list[str]:
        """Letters for five points along the arc, nothing for the others."""
        letters = [""] * len(self.points)
        along = np.argsort(self.cloud.angles)
        picks = np.linspace(0, len(along) - 1, len(LANDMARKS)).round().astype(int)
        for letter, pick in zip(LANDMARKS, picks, strict=True):
            letters[along[pick]] = letter
        return letters


def frame_epochs(last: int, limit: int = MAX_FRAMES) -> list[int]:
    """Choose the epochs to show, denser early, where most happens.

    Args:
        last: The last epoch, at least 0.
        limit: The most frames, at least 2.

    Returns:
        Increasing epochs from 0 to ``last``, all of them if they are few.
    """
    spaced = np.linspace(0, 1, limit) ** 2 * last
    return [int(epoch) for epoch in np.unique(np.round(spaced))]
