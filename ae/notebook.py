"""A model in a notebook: sliders and a map whose pictures the notebook's browser decodes."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.latent.edits import edited
from ae.latent.maps import decoding_of, inside
from ae.ui.door.record import number
from ae.ui.map.component import Held, read_values
from ae.ui.map.points import MapPoints
from ae.ui.postcard.making import (
    LIVE_STYLES,
    MAP_STYLES,
    check_map,
    map_data,
    most_trusted,
    script_of,
    texts,
)
from ae.ui.postcard.sliders import default_start, edit_data, moves_of, weights_of


class Explorer:
    """Sliders and a map of a model; a notebook shows it where it is a cell's last value.

    Attributes:
        model: The model.
        widget: What is on screen: an ``anywidget.AnyWidget``.
    """

    def __init__(
        self, model: Autoencoder, code: NDArray[np.floating], sliders: int, kind: str
    ) -> None:
        """Show a model; the arguments are ``explore``'s."""
        anywidget, traitlets = _libraries()
        self.model, self._moves, self._revision = model, moves_of(model)[:sliders], 0
        shown: dict[str, Any] = {"map": {}, "points": b""}
        if kind:
            check_map(model, kind)
            self._points = MapPoints.of(model, kind)
            self._decoding = decoding_of(kind, model.codes, model.maps[kind])
            data = map_data(model, self._points, self._decoding)
            shown = {"map": data, "points": self._points.packed_points()}
        kinds = dict.fromkeys(("data", "amounts", "map", "marked"), "Dict")
        kinds |= {"styles": "Dict", "weights": "Bytes", "points": "Bytes"}
        fields = {name: getattr(traitlets, kind)().tag(sync=True) for name, kind in kinds.items()}
        script = script_of("notebook/notebook.js")
        self.widget: Any = type("Explorer", (anywidget.AnyWidget,), {"_esm": script, **fields})(
            styles={
                "live": texts(*LIVE_STYLES, "notebook/notebook.css"),
                "map": texts(*MAP_STYLES, "notebook/notebook.css"),
            },
            weights=weights_of(model),
            data=self._data(code),
            **shown,
        )

    @property
    def code(self) -> NDArray[np.float32]:
        """The code that map and sliders set, (latent_dim,); setting it sets them to 0."""
        pin, base = self._marked()[0], self._base
        if pin is not None:
            (base,) = self._decoding.codes(np.array([pin]))
        return edited(base, [move.edit for move in self._moves], self._amounts())

    @code.setter
    def code(self, code: NDArray[np.floating]) -> None:
        self.widget.data = {**self._data(code), "start": {}}

    @property
    def picture(self) -> NDArray[np.float32]:
        """What the code decodes to, (height, width, channels) in [0, 1]."""
        return self.model.decode(self.code[None])[0]

    @property
    def selected(self) -> NDArray[np.int64]:
        """The images that are outlined on the map, by number, ascending."""
        outline = self._marked()[1]
        if not outline:
            return np.empty(0, np.int64)
        return np.flatnonzero(inside(self._points.points, outline))

    def _marked(self) -> Held:
        """Return the map's pin and outline, as the browser has said them last."""
        said = self.widget.marked
        if not self.widget.map or said.get("revision") != self.widget.data["revision"]:
            return None, ()
        return read_values(said, self._points) or (None, ())

    def _data(self, code: NDArray[np.floating]) -> dict[str, Any]:
        base = np.array(code, np.float32)
        if base.shape != (self.model.latent_dim,) or not np.isfinite(base).all():
            raise ValueError(f"A code of this model is {self.model.latent_dim} finite numbers.")
        self._base = base
        self._revision += 1
        revision = f"{id(self)}-{self._revision}"
        return {**edit_data(self.model, self._base, self._moves), "revision": revision}

    def _amounts(self) -> list[float]:
        """Return how much is added of what, as the browser has said it last."""
        data, said = self.widget.data, self.widget.amounts
        current = said.get("revision") == data["revision"]
        values = said.get("values") if current else data["start"]
        values = values if isinstance(values, Mapping) else {}
        found = [number(values.get(move.label, move.origin)) for move in self._moves]
        return [
            move.range.clip(move.origin if amount is None else amount)
            for move, amount in zip(self._moves, found, strict=True)
        ]

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)


def explore(
    model: str | Autoencoder,
    code: NDArray[np.floating] | None = None,
    *,
    sliders: int = 8,
    map: str | None = None,
) -> Explorer:
    """Show a model with sliders and a map in a notebook.

    Args:
        model: The name of one on the shelf, or one that is loaded.
        code: Where the sliders start, (latent_dim,); a test image's unless given.
        sliders: How many: attributes first, then the most telling numbers of a code.
        map: One of its maps, ``""`` for none; by default that which can be trusted most.

    Returns:
        What the notebook shows, with ``.code`` and ``.picture`` of where pin and sliders
        stand, and the images that are ``.selected`` on the map.

    Raises:
        ValueError: If there is no such model or map, no browser can run its decoder, or
            the code does not fit.
        ImportError: If ``anywidget`` is not installed.
    """
    loaded = models.load(model, Autoencoder) if isinstance(model, str) else model
    start = default_start(loaded)[0] if code is None else code
    return Explorer(loaded, start, sliders, most_trusted(loaded) if map is None else map)


def _libraries() -> tuple[Any, Any]:
    try:
        return import_module("anywidget"), import_module("traitlets")
    except ImportError as problem:
        raise ImportError("Widgets need anywidget: pip install anywidget.") from problem
