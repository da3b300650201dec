"""How far a map can be trusted: its measured numbers beside those of a control."""

from collections.abc import Mapping

import streamlit as st

from ae.ui.map.controls import TITLES
from ae.ui.tables import show_table


def in_brief(measured: Mapping[str, float], kind: str) -> str:
    """Say in a line how far a map can be trusted, measured as ``ae.training.maps.Trust``."""
    if kind == "plane":
        return "What is near here is near in latent space: the map is that space."
    return (
        f"How far to trust it: {measured['trustworthiness']:.3f} of 1, where shuffled "
        f"codes with nothing to find get {measured['control_trustworthiness']:.3f}."
    )


def show_trust(measured: Mapping[str, float], kind: str) -> None:
    """Show a map's trust, each number beside the shuffled control's and in words."""
    accuracy = measured["knn_accuracy"]
    chance = measured["control_knn_accuracy"]
    # Older cards lack what follows.
    continuity = measured.get("control_continuity")
    of_codes, largest = measured.get("codes_knn_accuracy"), measured.get("largest_class")
    named = "" if largest is None else f" Always naming the largest class gets {largest:.3f}."
    if kind == "plane":
        st.markdown(
            "The map is the latent space itself, so neighbours here are neighbours "
            f"there. Five of them get **{accuracy:.3f}** of the classes right, five of "
            f"shuffled codes {chance:.3f}.{named}"
        )
        return
    control = measured["control_trustworthiness"]
    show_table(
        {
            "Measure": ["Trustworthiness", "Continuity", "5-NN accuracy"],
            TITLES[kind]: [
                f"{measured['trustworthiness']:.3f}",
                f"{measured['continuity']:.3f}",
                f"{accuracy:.3f}",
            ],
            "Shuffled codes": [
                f"{control:.3f}",
                "not measured" if continuity is None else f"{continuity:.3f}",
                f"{chance:.3f}",
            ],
            "In words": [
                "Are neighbours here neighbours in latent space? 1 is best. Shuffled "
                f"codes get {control:.3f} with nothing to find: read the difference.",
                "Are neighbours in latent space neighbours here? 1 is best.",
                "Share of classes that 5 neighbours here get right."
                + ("" if of_codes is None else f" Among the codes themselves {of_codes:.3f}.")
                + named,
            ],
        }
    )
    st.caption(
        "Shuffled codes: each coordinate mixed among the images, and a map made of "
        "that in the same way."
    )
