"""The sliders of a model that stands alone: attributes first, then numbers of the code."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.edits import Edit
from ae.latent.traversal import by_kl
from ae.ui.evidence import class_name
from ae.ui.live import Decoder, Move
from ae.ui.live.edit import plain

_REACH = 4.0  # of a slider of one number
_SIDE, _ALONE = 256, 336  # of a picture, in pixels
_MOST = 128  # sliders of numbers: each carries two codes

Code = NDArray[np.floating]


def read_start(autoencoder: Autoencoder, text: str) -> Code:
    """Read where a postcard's sliders shall start.

    Args:
        autoencoder: The model.
        text: The number of a test image, or the numbers of a code with commas between, or
            with underscores as the address of a page has them.

    Returns:
        (latent_dim,).

    Raises:
        ValueError: If it is neither.
    """
    n = len(autoencoder.codes)
    if text.isdecimal() and int(text) < n:
        return autoencoder.codes[int(text)]
    try:
        code = np.array([float(word) for word in re.split("[,_]", text)])
    except ValueError:
        code = np.zeros(0)
    if code.shape != (autoencoder.latent_dim,) or not np.isfinite(code).all():
        raise ValueError(
            f"{text[:40]!r} is no start for {autoencoder.card.name}: give the number of a test "
            f"image from 0 to {n - 1}, or {autoencoder.latent_dim} numbers with commas between."
        )
    return code


def default_start(autoencoder: Autoencoder) -> tuple[Code, str]:
    """Return a test image's code, one without the first attribute, and which it is."""
    index = 0
    for found in [*autoencoder.directions][:1]:
        lacks = np.flatnonzero(autoencoder.attributes[found] < 0.5)
        index = int(lacks[0]) if len(lacks) else 0
    return autoencoder.codes[index], f"test image {index} ({class_name(autoencoder, index)})"


def weights_of(autoencoder: Autoencoder) -> bytes:
    """Return the decoder that browsers run.

    Raises:
        ValueError: If there is none.
    """
    content = autoencoder.decoder_safetensors
    if content is None:
        raise ValueError(f"{autoencoder.card.name} has no decoder that a browser can run.")
    return content


def moves_of(autoencoder: Autoencoder) -> list[Move]:
    """Return a model's sliders: each attribute, then each number of a code."""
    directions = [Move.along(direction) for direction in autoencoder.directions.values()]
    return [*directions, *_dimensions(autoencoder)]


def edit_data(autoencoder: Autoencoder, z: Code, moves: Sequence[Move]) -> dict[str, Any]:
    """Return what edit.js takes to move a code, (latent_dim,), but for the revision.

    The first attribute is added already, so that there is something to compare.
    """
    compare = bool(autoencoder.directions and moves)
    nobody = np.zeros((0, len(z)), np.float32)
    data = plain(
        Decoder.of(autoencoder),
        z,
        moves,
        nobody,
        "The picture decoded from the code that the sliders set",
        compare=compare,
        side=_SIDE if compare else _ALONE,
    )
    return {**data, "start": {moves[0].label: 1.0} if compare else {}}


def _dimensions(autoencoder: Autoencoder) -> list[Move]:
    """Return a slider of each number of a code, the most telling first."""
    axes, scale, notes = _axes(autoencoder)
    reach = max(_REACH, float(np.ceil(autoencoder.usual_reach / scale.max())))
    units = scale[:, None] * np.eye(autoencoder.latent_dim)
    return [
        Move(f"z{axis}", Edit.along(units[axis], -reach, reach), note=notes[axis])
        for axis in axes[:_MOST]
    ]


def _axes(autoencoder: Autoencoder) -> tuple[list[int], Code, list[str]]:
    """Return the dimensions, what a slider's 1 is of each, and a note on each."""
    elbo = autoencoder.card.evaluation.get("test", {}).get("elbo")
    if autoencoder.is_vae and elbo is not None:
        kl = np.array(elbo["kl_per_dimension"])
        live, dead = by_kl(kl)
        return live or dead, np.ones(len(kl)), [f"{nats:.2f} nats" for nats in kl]
    std = np.float64(autoencoder.codes.std(axis=0))
    order = [int(axis) for axis in np.argsort(-std, kind="stable") if std[axis] > 0]
    return order, std, [f"sd {spread:.2g}" for spread in std]
