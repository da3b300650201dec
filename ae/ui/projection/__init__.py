"""The linear autoencoder on the screen: its controls, its numbers and its figure."""

from ae.ui.projection.controls import cloud_settings, preset_buttons, training_settings
from ae.ui.projection.figure import projection_figure
from ae.ui.projection.readout import show_numbers
from ae.ui.projection.run import Projection, project
from ae.ui.projection.stage import MAX_FRAMES, frame_epochs
from ae.ui.projection.words import describe, verdict

__all__ = [
    "MAX_FRAMES",
    "Projection",
    "cloud_settings",
    "describe",
    "frame_epochs",
    "preset_buttons",
    "project",
    "projection_figure",
    "show_numbers",
    "training_settings",
    "verdict",
]
