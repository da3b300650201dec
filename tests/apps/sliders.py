"""The live sliders of a shipped model, and what the server hears of them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ae import models
from ae.ui.door.files import offer
from ae.ui.door.record import begin
from ae.ui.door.routes import routes
from ae.ui.live import Decoder, Slider, latent_sliders

MODEL = "fashion-stacked"
SLIDERS = 6


def sliders_page() -> None:
    st.title("Live")
    model = models.load(MODEL)
    mean, std = model.codes.mean(axis=0), model.codes.std(axis=0)
    sliders = [
        Slider(n, f"Coordinate {n}", -3, 3, 0.1, 0, float(std[n]), float(mean[n]))
        for n in range(SLIDERS)
    ]
    decoder = Decoder.of(model)
    if st.query_params.get("damaged"):
        decoder = replace(decoder, digest=offer(model.decoder_safetensors[:-4]))
    if st.query_params.get("gone"):
        decoder = replace(decoder, model="gone", digest="")

    def next_row() -> None:
        begin("live", tuple(map(float, model.codes[1])))

    @st.fragment
    def live() -> None:
        drawn = {"decoder": decoder, "sliders": sliders, "start": model.codes[0]}
        drawn |= st.session_state.get("given", {})
        z = latent_sliders(**drawn, key="live", alt="A decoded garment")
        updates = st.session_state["updates"] = st.session_state.get("updates", 0) + 1
        st.text(f"Update {updates}: {','.join(map(repr, z))}")

    live()
    st.button("Next", on_click=next_row)


def other_page() -> None:
    st.title("Other")


if __name__ == "__main__":
    st.navigation(
        [
            st.Page(sliders_page, title="Live", default=True),
            st.Page(other_page, title="Other", url_path="other"),
        ]
    ).run()
else:
    # Imported once before the first visitor; see app.py.
    app = st.App(__file__, routes=routes())
