"""The latent map of a shipped model, and what the server hears of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae import models
from ae.latent.maps import Interpolation, fitted_plane, inside
from ae.ui.door.files import offer
from ae.ui.door.record import begin, held
from ae.ui.door.routes import routes
from ae.ui.live import Decoder
from ae.ui.map.component import latent_map, map_state
from ae.ui.map.points import MapPoints

MODEL = "fashion-vae-2"


@st.cache_resource
def made(many: bool, pictures: bool) -> MapPoints:
    model = models.load(MODEL)
    rng = np.random.default_rng(0)
    n = len(model.codes)
    chosen = rng.integers(n, size=70_000) if many else np.arange(n)

    def images() -> NDArray[np.uint8]:
        marked = np.zeros((n, 28, 28), np.uint8)
        marked[:, 0, 0] = 255
        return marked

    codes = model.codes[chosen]
    places = codes + np.float32(rng.normal(0, 0.1, codes.shape)) if many else codes
    return MapPoints(
        places, codes, model.labels[chosen], model.card.class_names, images if pictures else None
    )


def pin_of(text: str) -> tuple[float, float]:
    u, v = map(float, text.split("_"))
    return u, v


def map_page() -> None:
    asked = st.query_params
    st.title("Map")
    model = models.load(MODEL)
    points = made("many" in asked, "pictures" in asked)
    local = Interpolation(points.points, points.codes) if "local" in asked else None
    decoder = Decoder.of(model)
    if "damaged" in asked:
        decoder = replace(decoder, digest=offer(model.decoder_safetensors[:-4]))
    if "pin" in asked and held("map") is None:
        begin("map", (pin_of(asked["pin"]), ()))

    @st.fragment
    def live() -> None:
        state = st.session_state["state"] = map_state("map", points)
        kept = state.polygon
        latent_map(
            decoder,
            points,
            local or fitted_plane(points.codes, points.points),
            key="map",
            alt="A decoded garment",
            selected=inside(points.points, kept) if kept else None,
        )
        assert map_state("map", points) == state, "known before it is drawn"
        updates = st.session_state["updates"] = st.session_state.get("updates", 0) + 1
        known = [state.pin, state.point, state.polygon]
        st.text(f"Update {updates}: {','.join(map(json.dumps, known))}")

    live()


def other_page() -> None:
    st.title("Other")


if __name__ == "__main__":
    st.navigation(
        [
            st.Page(map_page, title="Map", default=True),
            st.Page(other_page, title="Other", url_path="other"),
        ]
    ).run()
else:
    # Imported once before the first visitor; see app.py.
    app = st.App(__file__, routes=routes())
