"""Running a fragment of a page again, when what it found changes what it shows."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException


def once_more() -> NoReturn:
    """Run the present fragment again, or the page if that is what is running."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # in a run of the whole page, no fragment runs alone
        st.rerun()
