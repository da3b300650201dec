"""What is made of uploads, once each and not in every run of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

_T = TypeVar("_T")
_MANY = 10  # pictures take a second or more


def made_once(
    uploads: Mapping[str, UploadedFile], key: str, make: Callable[[bytes], _T]
) -> dict[str, _T]:
    """Return what is made of each upload; say in a sentence of which it cannot be.

    A photograph takes a third of a second to read and prepare, so what was made is kept
    as long as its upload is there.

    Args:
        uploads: By the name that each has on screen.
        key: In the session, for what is kept; another one for another ``make``.
        make: From a file's bytes; raises ValueError with a sentence for the visitor.

    Returns:
        By name, without those that failed.
    """
    before = st.session_state.get(key, {})
    wanted = {file.file_id for file in uploads.values()}
    kept = {at: found for at, found in before.items() if at in wanted}
    # Kept from the start, so that a run that is cut short has not worked in vain.
    st.session_state[key] = kept
    new = [file for file in uploads.values() if file.file_id not in kept]
    bar = st.progress(0.0, "Reading the pictures") if len(new) > _MANY else None
    for number, file in enumerate(new, 1):
        try:
            kept[file.file_id] = make(file.getvalue()), ""
        except ValueError as problem:
            kept[file.file_id] = None, str(problem)
        if bar is not None:
            bar.progress(number / len(new), f"{number} of {len(new)} pictures read")
    if bar is not None:
        bar.empty()
    ready: dict[str, _T] = {}
    for name, file in uploads.items():
        made, why_not = kept[file.file_id]
        if why_not:
            st.error(f"{name}: {why_not}")
        else:
            ready[name] = made
    return ready
