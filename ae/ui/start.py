"""What happens once, when the server starts."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from ae import models
from ae.shelf.model import Model
from ae.ui.caching import loaded

# glibc keeps what is freed, up to 770 MB with 50 visitors, in a pool for each thread
# and up to a size that grows; with two pools and a fixed size it gives most of it back.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1 << 20)


@asynccontextmanager
async def ready(app: st.App) -> AsyncIterator[None]:
    """Prepare the process while the server already answers."""
    # Streamlit takes a folder called pages for its older way of making pages until
    # st.navigation has run once: the first visitor of a link to a page would be told
    # "Page not found". A browser test holds this.
    PagesManager.uses_pages_directory = False
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def _warm_up() -> None:
    """Load every model, so that the first visitor does not wait for it."""
    for card in models.available():
        try:
            loaded(card.name, Model)
        except ValueError:
            continue  # the pages say what is wrong with it
