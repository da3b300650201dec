"""Controls that many pages have: one of a few, a seed, a file to take away."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import streamlit as st

from ae.ui.door.link import IN_LINK

LAST_SEED = 9999
# What each kind of file is called in the web, and its icon.
_FILES = {
    "csv": ("text/csv", "table"),
    "gif": ("image/gif", "animation"),
    "html": ("text/html", "mail"),
    "json": ("application/json", "download"),
    "npz": ("application/octet-stream", "deployed_code"),
    "png": ("image/png", "image"),
    "zip": ("application/zip", "folder_zip"),
}
_T = TypeVar("_T")
Content = str | bytes


def choose_one(
    label: str, options: Iterable[_T], key: str, *, first: _T | None = None, **more: Any
) -> _T:
    """Let one of a few options be chosen, side by side and in the link; one always is.

    At first it is the first of them, unless given; ``more`` is as ``st.segmented_control`` takes
    it.
    """
    every = list(options)
    chosen: _T = st.segmented_control(
        label,
        every,
        default=every[0] if first is None else first,
        required=True,
        key=key,
        wrap=True,  # where it stands in a row, too: on a phone the last ones would be out of sight
        **IN_LINK,
        **more,
    )
    return chosen


def choose_seed(
    key: str,
    another: str,
    *,
    label: str = "Seed",
    on_change: Callable[[], None] = lambda: None,
    button: dict[str, Any] | None = None,
    **more: Any,
) -> int:
    """Let a seed be chosen, or another one be taken by a button beside it.

    The button says ``another`` and is made as ``button`` says, the number as ``more`` does.
    """

    def take_another() -> None:
        st.session_state[key] = (int(st.session_state[key]) + 1) % (LAST_SEED + 1)
        on_change()

    more = {"width": 130, "on_change": on_change, **IN_LINK, **more}
    seed = st.number_input(label, 0, LAST_SEED, 0, key=key, **more)
    # A page may have several with the same words.
    button = {"key": f"{key}-another", "icon": ":material/casino:", **(button or {})}
    st.button(another, on_click=take_another, **button)
    return int(seed)


def download(label: str, content: Content | Callable[[], Content], name: str) -> None:
    """Offer a file, which may be made when it is asked for; its name ends as its kind does."""
    mime, icon = _FILES[name.rpartition(".")[2]]
    icon = f":material/{icon}:"
    st.download_button(label, content, name, mime, icon=icon, on_click="ignore")
