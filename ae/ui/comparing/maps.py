"""Maps of several models side by side: a dot that is clicked on one is found on the others."""

from collections.abc import Sequence

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.ui.controls import choose_one
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin, held
from ae.ui.evidence import class_name
from ae.ui.live.decoder import Decoder
from ae.ui.map.component import latent_map, map_state
from ae.ui.map.controls import TITLES
from ae.ui.map.decoding import decoding_on
from ae.ui.map.points import MapPoints, Place

_KINDS, _PLANE = ("pca", "tsne"), "plane"  # those to choose from, and what a plane has instead
_SEEN = "compared-pins"
_DOT = Numbers("dot", (1, 1), (0, 1e7), digits=9)


@st.fragment
def show_maps(models: Sequence[Autoencoder]) -> None:
    """Show a map of each model's codes of its test images, in the same colours."""
    without = [model.card.title for model in models if not model.maps]
    if without:
        st.caption(f"Without a map: {', '.join(without)}.")
    models = [model for model in models if model.maps]
    if not models:
        return
    known = [kind for kind in _KINDS if any(kind in model.maps for model in models)]
    wanted = _PLANE
    if known:
        wanted = choose_one("Map", known, "maps", format_func=TITLES.__getitem__)
    _DOT.follow("dot", lambda values: int(values[0]))
    kinds = [wanted if wanted in model.maps else next(iter(model.maps)) for model in models]
    pairs = list(zip(models, kinds, strict=True))
    points = [_points(model.card.files["codes.npz"], kind, model) for model, kind in pairs]
    keys = [f"compared-{model.card.name}-{kind}" for model, kind in pairs]
    dot = _share(models, points, keys)
    for column, (model, kind), shown, key in zip(
        st.columns(len(models)), pairs, points, keys, strict=True
    ):
        with column:
            st.markdown(f"**{model.card.title}**, {TITLES[kind]}")
            latent_map(
                Decoder.of(model),
                shown,
                decoding_on(model, kind),
                key=key,
                alt=f"What {model.card.title} decodes at a place of its map",
            )
    _DOT.show(() if dot is None else (dot,))
    if dot is not None:
        st.caption(f"Marked on every map of the same images: {class_name(models[0], dot)} {dot}.")
    else:
        st.caption("Every dot is a test image. Click on one, and it is marked on the other maps.")


@st.cache_resource(show_spinner=False, max_entries=16)
def _points(digest: str, kind: str, _model: Autoencoder) -> MapPoints:
    return MapPoints.of(_model, kind)


def _share(
    models: Sequence[Autoencoder], points: Sequence[MapPoints], keys: Sequence[str]
) -> int | None:
    """Put the pin that was moved last on every map of the same images.

    Returns:
        The test image on whose dot it lies, if on any.
    """
    before: dict[str, Place | None] = st.session_state.get(_SEEN, {})
    states = [map_state(key, shown) for key, shown in zip(keys, points, strict=True)]
    moved = [at for at, key in enumerate(keys) if key in before and states[at].pin != before[key]]
    dot: int | None = states[moved[0]].point if moved else held("dot")
    begin("dot", dot)
    dataset = models[moved[0] if moved else 0].card.dataset
    seen: dict[str, Place | None] = {}
    for at, (model, shown, key) in enumerate(zip(models, points, keys, strict=True)):
        pin = states[at].pin
        if at not in moved[:1] and model.card.dataset == dataset:
            wanted = _place(shown, dot)
            if pin != wanted and (moved or wanted):
                begin(key, (wanted, ()))
                pin = wanted
        seen[key] = pin
    st.session_state[_SEEN] = seen
    return dot


def _place(points: MapPoints, dot: int | None) -> Place | None:
    if dot is None or dot >= len(points.points):
        return None
    u, v = points.points[dot]
    return float(u), float(v)
