"""What is made of uploads, once each and not in every run of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

_T = TypeVar("_T")
_MANY = 10  # pictures take a second or more


def made_once(
    uploads: Mapping[str, UploadedFile],
    key: str,
    make: Callable[[bytes], _T],
    *,
    variant: str = "",
) -> dict[str, _T]:
    """Return what is made of each upload; say in a sentence of which it cannot be.

    A photograph takes a third of a second to read and prepare, so what was made is kept
    as long as its upload is there and nothing else is to be made of it.

    Args:
        uploads: By the name that each has on screen; none forgets what was kept.
        key: In the session, for what is kept; another one for another ``make``.
        make: From a file's bytes; raises ValueError with a sentence for the visitor.
        variant: What else decides what is made.

    Returns:
        By name, without those that failed.
    """
    before = st.session_state.get(key, {})
    places = {name: (file.file_id, variant) for name, file in uploads.items()}
    wanted = set(places.values())
    kept = {at: found for at, found in before.items() if at in wanted}
    # Kept from the start, so that a run that is cut short has not worked in vain.
    st.session_state[key] = kept
    new = [name for name in uploads if places[name] not in kept]
    bar = st.progress(0.0, "Reading the pictures") if len(new) > _MANY else None
    for number, name in enumerate(new, 1):
        try:
            kept[places[name]] = make(uploads[name].getvalue()), ""
        except ValueError as problem:
            kept[places[name]] = None, str(problem)
        if bar is not None:
            bar.progress(number / len(new), f"{number} of {len(new)} pictures read")
    if bar is not None:
        bar.empty()
    ready: dict[str, _T] = {}
    for name, place in places.items():
        made, why_not = kept[place]
        if why_not:
            st.error(f"{name}: {why_not}")
        else:
            ready[name] = made
    return ready
