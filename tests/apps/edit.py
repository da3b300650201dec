"""The live editor of a toy, of which every pixel's cause is known."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.graph import Layer, LayerGraph, to_safetensors
from ae.latent.edits import Edit
from ae.ui.door.files import offer
from ae.ui.door.routes import routes
from ae.ui.live import Decoder, Move, live_edit

HEIGHT, WIDTH, DIM = 6, 8, 3
BASES = [[0.5, -0.5, 0.25], [-1.0, 0.75, 0.0]]
OTHERS = [[0.0, 0.0, 0.0], [1.0, -1.0, 0.5], [-0.5, 0.5, 0.0]]
SLANT = [0.25, 0.125, -0.5]


def toy_weights() -> dict[str, NDArray[np.float32]]:
    """Weights with which coordinate 0 is seen on the left, 1 and 2 on the right."""
    kernel = np.random.default_rng(0).normal(size=(DIM, HEIGHT, WIDTH, 3))
    kernel[0, :, WIDTH // 2 :] = 0
    kernel[1:, :, : WIDTH // 2] = 0
    return {
        "pixels/kernel": kernel.reshape(DIM, -1).astype(np.float32),
        "pixels/bias": np.zeros(HEIGHT * WIDTH * 3, np.float32),
    }


def toy_decoder() -> Decoder:
    shape = {"shape": [HEIGHT, WIDTH, 3]}
    units = {"units": HEIGHT * WIDTH * 3}
    layers = (
        Layer("pixels", "Dense", ("input",), "sigmoid", units),
        Layer("image", "Reshape", ("pixels",), attributes=shape),
    )
    graph = LayerGraph((DIM,), layers, ("image",))
    digest = offer(to_safetensors(graph, toy_weights()))
    return Decoder("toy", DIM, (HEIGHT, WIDTH, 3), digest)


def edit_page() -> None:
    st.title("Edit")
    # A toy of the shelf, with no file of weights.
    served = Decoder("toy", DIM, (4, 4, 1), "")
    decoder = served if "served" in st.query_params else toy_decoder()
    base = np.array(BASES[st.toggle("Other code")])
    vectors = {"Left": [1.0, 0, 0], "Right": [0, 1.0, 0], "Slant": SLANT}
    if st.toggle("Lock"):
        vectors["Slant"] = [0, 0, SLANT[2]]
    if st.toggle("Fewer"):
        del vectors["Left"]
    reach = 0.5 if st.toggle("Narrow") else 2
    angles = np.linspace(0, np.pi, 9)
    circle = np.outer(np.sin(angles), [1, 0, 1]) + np.outer(np.cos(angles), [0, 1, 0])

    @st.fragment
    def live() -> None:
        moves = [Move(name, Edit.along(np.array(v), -reach, reach)) for name, v in vectors.items()]
        turn = Edit(circle - circle[0], 0, 180)
        moves.append(Move("Circle", turn, 5, note="degrees"))
        amounts = live_edit(
            decoder,
            base,
            **{"moves": moves, **st.session_state.get("given", {})},
            key="edit",
            alt="A toy",
            compare="single" not in st.query_params,
            also=np.array(OTHERS),
        )
        updates = st.session_state["updates"] = st.session_state.get("updates", 0) + 1
        st.text(f"Update {updates}: {','.join(map(repr, amounts))}")

    live()


def other_page() -> None:
    st.title("Other")


if __name__ == "__main__":
    st.navigation(
        [
            st.Page(edit_page, title="Edit", default=True),
            st.Page(other_page, title="Other", url_path="other"),
        ]
    ).run()
else:
    # Imported once before the first visitor; see app.py.
    app = st.App(__file__, routes=routes())
