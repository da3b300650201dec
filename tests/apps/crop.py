"""Crops an upload: of it red says how far right a place is, green how far down."""

from __future__ import annotations

import streamlit as st

from ae.images.uploads import read_upload
from ae.ui.crop import choose_crop
from ae.ui.door.routes import routes


@st.fragment
def cropped() -> None:
    file = st.file_uploader("A picture", key="file")
    if file is None:
        return
    image = choose_crop(read_upload(file.getvalue()), (8, 8, 3), "me")
    updates = st.session_state["updates"] = st.session_state.get("updates", 0) + 1
    red, green = image[..., 0], image[..., 1]
    numbers = float(red.mean()), float(green.mean()), float(red[0, -1] - red[0, 0])
    st.text(f"Update {updates}: {','.join(map(str, numbers))}")


if __name__ == "__main__":
    cropped()
    st.text("." + 60 * "\n.")
else:
    # Imported once before the first visitor; see app.py.
    app = st.App(__file__, routes=routes())
