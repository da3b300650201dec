"""What happens once, when the server starts."""

import ctypes
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# Read when NumPy is loaded, which is later: the server answers .15 s sooner without models. Many
# visitors share the processor, and threads that wait for each other took a third of the processor
# time of a page run.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# glibc keeps what is freed, up to 770 MB with 50 visitors, in a pool for each thread
# and up to a size that grows; with two pools and a fixed size it gives most of it back.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LIBRARY: Any = ctypes.CDLL(None) if sys.platform == "linux" else None
if hasattr(_LIBRARY, "mallopt"):
    _LIBRARY.mallopt(_M_ARENA_MAX, 2)
    _LIBRARY.mallopt(_M_MMAP_THRESHOLD, 1 << 20)


# Who opens the app as it starts would wait for all models, beside those of the page.
_WARM_UP_S = 3.0


@asynccontextmanager
async def ready(app: st.App) -> AsyncIterator[None]:
    """Prepare the process while the server already answers."""
    # Streamlit takes a folder called pages for its older way of making pages until
    # st.navigation has run once: the first visitor of a link to a page would be told
    # "Page not found". A browser test holds this.
    PagesManager.uses_pages_directory = False
    warm_up = threading.Timer(_WARM_UP_S, _warm_up)
    warm_up.daemon = True
    warm_up.start()
    yield


# Page runs that go on at the same time, and how long others wait at most: a run may
# last, when something is downloaded in it.
_FEW = threading.BoundedSemaphore(2)
_PATIENCE_S = 5.0


@contextmanager
def few_at_once() -> Iterator[None]:
    """Let a page run begin when few others go on.

    Fifty at once would spend two fifths of their time waiting for the lock that
    Streamlit takes for each of their messages. Runs of a fragment do not wait.
    """
    begun = _FEW.acquire(timeout=_PATIENCE_S)
    try:
        yield
    finally:
        if begun:
            _FEW.release()


def _warm_up() -> None:
    """Load what most pages show, so that the first visitor does not wait for it.

    Detector, denoiser and judges, which a page or two need, take 25 MB.
    """
    from ae import models
    from ae.coding.decoder import Decoder
    from ae.ui.caching import loaded

    for card in models.available(Decoder):
        try:
            loaded(card.name, Decoder)
        except ValueError:
            continue  # the pages say what is wrong with it
    if hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)
