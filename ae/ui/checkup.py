"""What was found of a model, each with its grade, its evidence and what to try."""

import json
from dataclasses import asdict

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.coding.diagnosis import EXAMINED, Finding, Grade, diagnose
from ae.ui.controls import download
from ae.ui.evidence import originals
from ae.ui.tables import as_text

_GRADES: dict[Grade, tuple[str, str, str]] = {  # its word, icon and colour
    "bad": ("Bad", "error", "red"),
    "watch": ("Worth a look", "visibility", "orange"),
    "good": ("Good", "check_circle", "green"),
    "unknown": ("Not known", "help", "gray"),
}


def show_findings(autoencoder: Autoencoder) -> None:
    """Show what was looked at, the worst first, and offer it as a file."""
    real = originals(autoencoder)
    with st.spinner("Examining the model"):
        findings = _found(autoencoder.card.files["codes.npz"], real is not None, autoencoder)
    counts = {grade: sum(found.grade == grade for found in findings) for grade in _GRADES}
    told = ", ".join(f"{n} {_GRADES[grade][0].lower()}" for grade, n in counts.items() if n)
    st.markdown(f"**Of {len(findings)} things that were looked at: {told}.**")
    for grade, (word, icon, colour) in _GRADES.items():
        for found in (each for each in findings if each.grade == grade):
            with st.container(border=True):
                badge = f":{colour}-badge[:material/{icon}: {word}]"
                words = [f"{badge}&emsp;**{found.what}**", as_text(found.evidence)]
                if found.advice:
                    words.append(f":material/build: {found.advice}")
                # One element instead of five, each of which takes half a millisecond.
                st.markdown("\n\n".join(words))
                if found.bounds:
                    st.caption(found.bounds)
    content = json.dumps([asdict(found) for found in findings], indent=1)
    download("Findings as JSON", content, f"{autoencoder.card.name}-findings.json")


@st.cache_resource(show_spinner=False, max_entries=32)
def _found(codes: str, with_images: bool, _autoencoder: Autoencoder) -> list[Finding]:
    """Findings of a model, by the digest of its codes and whether its images are here."""
    real = originals(_autoencoder) if with_images else None
    return diagnose(_autoencoder, None if real is None else real[:EXAMINED])
