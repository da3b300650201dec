"""What a postcard of a model holds: sliders, a start, a map, numbers."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.exchange.bundle import bundle
from ae.exchange.postcard import Page
from ae.images.sheets import png_bytes, to_uint8
from ae.latent.edits import Edit
from ae.latent.maps import Plane, fitted_plane
from ae.latent.traversal import by_kl
from ae.ui.door.routes import modules
from ae.ui.evidence import class_name
from ae.ui.live import Decoder, Move
from ae.ui.live import edit as live_edit
from ae.ui.map import component as latent_map
from ae.ui.map.points import MapPoints
from ae.ui.postcard.words import body_of

_ENTRY = "postcard/postcard.js"
_STYLES = {
    "live": ("base.css", "live/live.css", "live/edit.css"),
    "map": ("base.css", "map/map.css"),
}
_FEW = 8  # sliders at first
_REACH = 4.0  # of a slider of one number
_SIDE, _ALONE = 256, 336  # of a picture, in pixels
# Of the map's points, so that all that is not weights stays below 500 kB.
_MOST_BYTES = 320_000

Code = NDArray[np.floating]


def postcard(
    autoencoder: Autoencoder, code: Code | None = None, *, kind: str | None = None
) -> bytes:
    """Make a postcard of a model.

    Args:
        autoencoder: A model with a decoder that browsers run.
        code: Where the sliders start, (latent_dim,) finite numbers; by default the code of
            a test image that lacks the first attribute.
        kind: One of its maps, ``""`` for none; by default that which can be trusted most.

    Returns:
        The HTML file.

    Raises:
        ValueError: If no browser can run the decoder, or there is no such map.
    """
    card = autoencoder.card
    if not autoencoder.decoder_safetensors:
        raise ValueError(f"{card.name} has no decoder that a browser can run.")
    z, starts = _start(autoencoder, code)
    moves = [*_directions(autoencoder), *_dimensions(autoencoder)]
    compare = bool(autoencoder.directions)
    decoder = Decoder.of(autoencoder)
    edit = live_edit.plain(
        decoder,
        z,
        moves,
        np.zeros((0, len(z)), np.float32),
        "The picture decoded from the code that the sliders set",
        compare=compare,
        side=_SIDE if compare else _ALONE,
    )
    # The first attribute is added already, so that there is something to compare.
    first = {moves[0].label: 1.0} if compare else {}
    data = {
        "edit": {**edit, "revision": "file", "start": first},
        "few": _FEW,
        "starts": starts,
        "styles": {name: [_text(path) for path in paths] for name, paths in _STYLES.items()},
    }
    files = {"weights": autoencoder.decoder_safetensors}
    kind = _most_trusted(autoencoder) if kind is None else kind
    shown = 0
    if kind:
        points = _points(autoencoder, kind)
        shown, files["points"] = len(points.points), points.packed_points()
        data["map"] = _map(autoencoder, kind, decoder, points)
    return Page(
        title=card.title,
        icon=png_bytes(to_uint8(autoencoder.decode(np.float32(z)[None]))[0]),
        body=body_of(autoencoder, kind, shown, len(moves) if len(moves) > _FEW else 0),
        style=_text("postcard/postcard.css"),
        script=bundle({path: _text(path) for path in modules() if path.endswith(".js")}, _ENTRY),
        data=data,
        files=files,
    ).html()


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


def _text(path: str) -> str:
    return modules()[path].decode()


# Sliders ------------------------------------------------------------------------------


def _start(autoencoder: Autoencoder, code: Code | None) -> tuple[Code, str]:
    """Return where the sliders start, and what that is in words."""
    if code is not None:
        return code, "the code that was chosen"
    index = 0
    for found in [*autoencoder.directions][:1]:
        lacks = np.flatnonzero(autoencoder.attributes[found] < 0.5)
        index = int(lacks[0]) if len(lacks) else 0
    return autoencoder.codes[index], f"test image {index} ({class_name(autoencoder, index)})"


def _directions(autoencoder: Autoencoder) -> list[Move]:
    return [Move.along(direction) for direction in autoencoder.directions.values()]


def _dimensions(autoencoder: Autoencoder) -> list[Move]:
    """Return a slider of each number of a code, the most telling first."""
    axes, scale, notes = _axes(autoencoder)
    reach = max(_REACH, float(np.ceil(autoencoder.usual_reach / scale.max())))
    units = scale[:, None] * np.eye(autoencoder.latent_dim)
    return [
        Move(f"z{axis}", Edit.along(units[axis], -reach, reach), note=notes[axis]) for axis in axes
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
    return order, std, [f"1 is {spread:.2g}" for spread in std]


# The map ------------------------------------------------------------------------------


def _most_trusted(autoencoder: Autoencoder) -> str:
    """Return the map whose neighbours are neighbours in latent space the most, or ""."""
    maps = autoencoder.card.maps
    return max(maps, key=lambda kind: float(maps[kind]["trustworthiness"]), default="")


def _points(autoencoder: Autoencoder, kind: str) -> MapPoints:
    """Return the map's points, or as many of them, drawn at random, as there is room for."""
    if kind not in autoencoder.card.maps:
        known = ", ".join(autoencoder.card.maps) or "none"
        raise ValueError(f"{autoencoder.card.name} has no map {kind!r}; it has: {known}.")
    n = len(autoencoder.codes)
    room = _MOST_BYTES // (4 * (2 + autoencoder.latent_dim) + 1)
    rows = np.arange(n)
    if n > room:
        rows = np.sort(np.random.default_rng(0).choice(n, room, replace=False))
    return MapPoints(
        autoencoder.maps[kind][rows],
        autoencoder.codes[rows],
        autoencoder.labels[rows],
        autoencoder.card.class_names,
    )


def _map(
    autoencoder: Autoencoder, kind: str, decoder: Decoder, points: MapPoints
) -> dict[str, Any]:
    decoding: Plane | latent_map.LocalInterpolation = (
        latent_map.LocalInterpolation()
        if kind == "tsne"
        else fitted_plane(autoencoder.codes, autoencoder.maps[kind])
    )
    nothing: dict[str, Any] = {"colouring": None, "selected": None, "lines": [], "marks": []}
    alt = "What is decoded at a place of the map"
    return {**latent_map.plain(decoder, points, decoding, alt), **nothing}
