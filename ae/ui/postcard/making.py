"""What a postcard of a model holds: sliders, a start, a map, numbers."""

from typing import Any

import numpy as np

from ae.coding.autoencoder import Autoencoder
from ae.exchange.bundle import bundle
from ae.exchange.postcard import Page
from ae.images.sheets import png_bytes, to_uint8
from ae.latent.maps import Decoding
from ae.ui.door.routes import modules
from ae.ui.live import Decoder
from ae.ui.map import component as latent_map
from ae.ui.map.decoding import decoding_on
from ae.ui.map.points import MapPoints
from ae.ui.postcard.sliders import Code, default_start, edit_data, moves_of, weights_of
from ae.ui.postcard.words import body_of

LIVE_STYLES = ("base.css", "live/live.css", "live/edit.css")
MAP_STYLES = ("base.css", "map/map.css")
_STYLES = {"live": LIVE_STYLES, "map": MAP_STYLES}
_FEW = 8  # sliders at first
# Of the map's points, so that all that is not weights stays below 500 kB.
_MOST_BYTES = 320_000


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
    z, starts = default_start(autoencoder) if code is None else (code, "what was chosen")
    moves = moves_of(autoencoder)
    data = {
        "edit": {**edit_data(autoencoder, z, moves), "revision": "file"},
        "few": _FEW,
        "starts": starts,
        "styles": {name: texts(*paths) for name, paths in _STYLES.items()},
    }
    files = {"weights": weights_of(autoencoder)}
    kind = most_trusted(autoencoder) if kind is None else kind
    shown = 0
    if kind:
        points = _points(autoencoder, kind)
        shown, files["points"] = len(points.points), points.packed_points()
        data["map"] = map_data(autoencoder, points, decoding_on(autoencoder, kind))
    return Page(
        title=card.title,
        icon=png_bytes(to_uint8(autoencoder.decode(np.float32(z)[None]))[0]),
        body=body_of(autoencoder, kind, shown, len(moves) if len(moves) > _FEW else 0),
        style="".join(texts("postcard/postcard.css")),
        script=script_of("postcard/postcard.js"),
        data=data,
        files=files,
    ).html()


def script_of(entry: str) -> str:
    """Return a module of ``ae/ui`` with all that it imports as the text of one."""
    scripts = [path for path in modules() if path.endswith(".js")]
    return bundle(dict(zip(scripts, texts(*scripts), strict=True)), entry)


def texts(*paths: str) -> list[str]:
    """Return modules or style sheets of ``ae/ui``."""
    return [modules()[path].decode() for path in paths]


# The map ------------------------------------------------------------------------------


def most_trusted(autoencoder: Autoencoder) -> str:
    """Return the map whose neighbours are neighbours in latent space the most, or ""."""
    maps = autoencoder.card.maps
    return max(maps, key=lambda kind: float(maps[kind]["trustworthiness"]), default="")


def _points(autoencoder: Autoencoder, kind: str) -> MapPoints:
    """Return the map's points, or as many of them, drawn at random, as there is room for."""
    check_map(autoencoder, kind)
    n = len(autoencoder.codes)
    room = _MOST_BYTES // (4 * (2 + autoencoder.latent_dim) + 1)
    rows = np.arange(n)
    if n > room:
        rows = np.sort(np.random.default_rng(0).choice(n, room, replace=False))
    return MapPoints.of(autoencoder, kind, rows)


def check_map(autoencoder: Autoencoder, kind: str) -> None:
    """Raise ValueError if a model has no such map."""
    if kind not in autoencoder.card.maps:
        known = ", ".join(autoencoder.card.maps) or "none"
        raise ValueError(f"{autoencoder.card.name} has no map {kind!r}; it has: {known}.")


def map_data(autoencoder: Autoencoder, points: MapPoints, decoding: Decoding) -> dict[str, Any]:
    """Return what the map's component takes, where no server answers it."""
    nothing: dict[str, Any] = {
        "colouring": None,
        "selected": None,
        "lines": [],
        "marks": [],
        "far": None,
    }
    alt = "What is decoded at a place of the map"
    return {**latent_map.plain(Decoder.of(autoencoder), points, decoding, alt), **nothing}
