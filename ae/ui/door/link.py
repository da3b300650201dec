"""Parameters of a page's address that no widget holds."""

from __future__ import annotations

import streamlit as st


def arrived(name: str) -> str:
    """Return what a link says of a parameter, or "" where no new link has come.

    What ``write_link`` put into the address is not new.
    """
    text = st.query_params.get(name, "")
    return "" if text == st.session_state.get(f"link-{name}") else text


def write_link(name: str, text: str) -> None:
    """Put a parameter into the page's address; "" takes it out."""
    st.session_state[f"link-{name}"] = text
    if text:
        st.query_params[name] = text
    else:
        st.query_params.pop(name, None)
