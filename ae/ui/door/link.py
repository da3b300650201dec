"""The page's address: bound to widgets, and written by what else can be set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ae.ui.door.component import Component
from ae.ui.door.record import begin, forget, has_news

# What makes Streamlit keep a widget's value in the address and over other pages.
IN_LINK: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
Values = tuple[float, ...]
_HOLDS = (
    "The link holds what is set on this page. A picture of your own is never in it; the code "
    "that a model gave it may be, and what you drew as the guess of a lesson."
)
_address = Component("address", "door/address.js", ["controls.css", "door/address.css"])
_PAGE, _TEXTS = "page-entered", "link-texts"


@dataclass(frozen=True)
class Link:
    """A parameter of the address that no widget holds: numbers, as in 0_-1.25."""

    name: str  # of the parameter
    counts: tuple[int, int]  # the fewest and the most numbers that make sense
    limits: tuple[float, float]  # the lowest and the highest number that makes sense
    digits: int = 3  # that are written of each
    lenient: bool = False  # whether what is no such number is left out, instead of all

    def text(self, values: Iterable[float]) -> str:
        """Write numbers as they stand in the address; none at all gives ""."""
        return "_".join(f"{value:.{self.digits}g}" for value in values)

    def read(self, text: str) -> Values:
        """Read numbers from the address, where anything may stand.

        Returns:
            Numbers within count and limits; none where they are not.
        """
        least, most = self.counts
        words = text.split("_", most)
        lowest, highest = self.limits
        values = [v for v in map(_number, words) if lowest <= v <= highest]
        if self.lenient:
            values = values[:most]
        elif len(words) != len(values):
            return ()
        return tuple(values) if least <= len(values) <= most else ()

    def brought(self) -> Values | None:
        """Return what a link, or going back, has just brought; None while nothing has.

        What ``show`` put into the address is not new. Where the parameter was taken
        out or cannot be read, there are no numbers.
        """
        text = arrived(self.name)
        return None if text is None else self.read(text)

    def follow(self, key: str, of: Callable[[Values], Any] = tuple) -> bool:
        """Set a control to what a link has just brought; tell whether one has.

        Args:
            key: Of the control's record, which is forgotten where there are no numbers.
            of: From numbers to what the record holds.
        """
        values = self.brought()
        if has_news(key):
            return False
        if values:
            begin(key, of(values))
        elif values is not None:
            forget(key)
        return values is not None

    def show(self, values: Iterable[float]) -> None:
        """Put numbers into the address; none take the parameter out."""
        put(self.name, self.text(values))


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")  # which lies within no limits


def arrived(name: str) -> str | None:
    """Return what a parameter has just become, or None while it is what it was."""
    texts, text = _texts(), st.query_params.get(name, "")
    if text == texts.get(name, ""):
        return None
    texts[name] = text
    return text


def put(name: str, text: str) -> None:
    """Put a parameter into the address; no text takes it out."""
    _texts()[name] = text
    if text and st.query_params.get(name) != text:
        st.query_params[name] = text
    elif not text:
        st.query_params.pop(name, None)


def _texts() -> dict[str, str]:
    """Return what is known to stand in the address, by parameter."""
    texts: dict[str, str] = st.session_state.setdefault(_TEXTS, {})
    return texts


def entered(page: str) -> None:
    """Note which page is shown, before it is: what its address lacks was not taken out.

    From then on whatever a visitor does is one entry of the browser's history. Below the menu is a
    button that copies the address.
    """
    with st.sidebar:
        _address(key="address", data={"holds": _HOLDS})
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE], st.session_state[_TEXTS] = page, {}
        if came_back():
            _restore()


def came_back() -> bool:
    """Whether this run is what the browser's Back or Forward asked for: the address decides."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _restore() -> None:
    """Take all of the address: Streamlit drops what a widget of the page before was bound to."""
    context = get_script_run_ctx()
    assert context is not None
    st.query_params.from_dict(parse_qs(context.query_string))
    with context.session_state.query_params() as parameters:
        parameters.set_initial_query_params_from_current()
