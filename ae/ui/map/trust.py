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
    has_classes = chance < 1
    if kind == "plane":
        words = "The map is the latent space itself, so neighbours here are neighbours there."
        if has_classes:
            words += (
                f" Five of them get **{accuracy:.3f}** of the classes right, five of shuffled "
                f"codes {chance:.3f}.{named}"
            )
        st.markdown(words)
        return
    control = measured["control_trustworthiness"]
    rows = [
        (
            "Trustworthiness",
            measured["trustworthiness"],
            control,
            "are neighbours here neighbours in latent space? 1 is best. Shuffled "
            f"codes get {control:.3f} with nothing to find: read the difference.",
        ),
        (
            "Continuity",
            measured["continuity"],
            continuity,
            "are neighbours in latent space neighbours here? 1 is best.",
        ),
        (
            "5-NN accuracy",
            accuracy,
            chance,
            "share of classes that 5 neighbours here get right."
            + ("" if of_codes is None else f" Among the codes themselves {of_codes:.3f}.")
            + named,
        ),
    ]
    rows = rows if has_classes else rows[:2]
    names, values, controls, meanings = zip(*rows, strict=True)
    show_table(
        {
            "Measure": names,
            TITLES[kind]: [f"{value:.3f}" for value in values],
            "Shuffled codes": ["not measured" if c is None else f"{c:.3f}" for c in controls],
        }
    )
    # Below, for the table has no room for sentences on a phone.
    told = "\n".join(f"- **{name}**: {said}" for name, said in zip(names, meanings, strict=True))
    st.caption(
        f"{told}\n- **Shuffled codes**: each coordinate mixed among the images, and a map made of "
        "that in the same way."
    )
