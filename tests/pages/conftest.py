"""Lets our components be found by every AppTest, also in Streamlit 1.65."""

from __future__ import annotations

import streamlit
import streamlit.components.v2
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import app_test

# Components are registered once, when their modules are imported. Up to 1.65, the last
# for Python 3.10, every AppTest starts with an empty registry; here they share one.
if tuple(map(int, streamlit.__version__.split(".")[:2])) < (1, 66):
    shared = BidiComponentManager()
    vars(streamlit.components.v2)["get_bidi_component_manager"] = lambda: shared
    vars(app_test)["BidiComponentManager"] = lambda: shared
