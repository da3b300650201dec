"""The page's address: bound to widgets, and written by what else can be set."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs

import streamlit as st
from streamlit.errors import StreamlitAPIException
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


V = TypeVar("V", Values, str)


@dataclass(frozen=True)
class Link(Generic[V]):
    """A parameter of the address that no widget holds; nothing at all takes it out."""

    name: str  # of the parameter

    def text(self, value: V) -> str:
        """Write what a control holds as it stands in the address."""
        raise NotImplementedError

    def read(self, text: str) -> V:
        """Read the address, where anything may stand; nothing where it makes no sense."""
        raise NotImplementedError

    def brought(self) -> V | None:
        """Return what a link, or going back, has just brought; None while nothing has.

        What ``show`` put into the address is not new. Where the parameter was taken
        out or cannot be read, it is nothing: no numbers, or no letters.
        """
        texts, text = _texts(), st.query_params.get(self.name, "")
        if text == texts.get(self.name, ""):
            return None
        texts[self.name] = text
        return self.read(text)

    def follow(self, key: str, of: Callable[[V], Any] = lambda value: value) -> bool:
        """Set a control to what a link has just brought; tell whether one has.

        Args:
            key: Of the control's record, which is forgotten where the link holds nothing.
            of: From what the link holds to what the record does.
        """
        (value,) = newly_brought(key, self)
        if value:
            begin(key, of(value))
        elif value is not None:
            forget(key)
        return value is not None

    def show(self, value: V) -> None:
        """Put what a control holds into the address."""
        text = _texts()[self.name] = self.text(value)
        if text and st.query_params.get(self.name) != text:
            st.query_params[self.name] = text
        elif not text:
            st.query_params.pop(self.name, None)


@dataclass(frozen=True)
class Numbers(Link[Values]):
    """Numbers, as in 0_-1.25."""

    counts: tuple[int, int]  # the fewest and the most that make sense
    limits: tuple[float, float]  # the lowest and the highest that makes sense
    digits: int = 3  # that are written of each
    lenient: bool = False  # whether what is no such number is left out, instead of all

    def text(self, value: Iterable[float]) -> str:
        """Write numbers; none at all give ""."""
        return "_".join(f"{number:.{self.digits}g}" for number in value)

    def read(self, text: str) -> Values:
        """Read numbers within count and limits; none where they are not."""
        least, most = self.counts
        words = text.split("_", most)
        lowest, highest = self.limits
        values = [v for v in map(_number, words) if lowest <= v <= highest]
        if self.lenient:
            values = values[:most]
        elif len(words) != len(values):
            return ()
        return tuple(values) if least <= len(values) <= most else ()

    def show(self, value: Iterable[float]) -> None:
        """Put numbers into the address; none take the parameter out."""
        super().show(tuple(value))


@dataclass(frozen=True)
class Word(Link[str]):
    """A name, taken as it stands."""

    def text(self, value: str) -> str:
        """Write it."""
        return value

    def read(self, text: str) -> str:
        """Read it."""
        return text


def newly_brought(key: str, *links: Link[V]) -> list[V | None]:
    """Return what a link has just brought for a control, by ``Link.brought``.

    Nothing counts of it where the browser has said since what the visitor did to the control.
    """
    values = [link.brought() for link in links]
    return [None] * len(links) if has_news(key) else values


def standing(name: str) -> list[str]:
    """Return all that stands in the address under a name."""
    return st.query_params.get_all(name)


def show_choice(name: str, texts: Sequence[str]) -> None:
    """Put into the address what a widget is set to before it is drawn."""
    # Once Streamlit knows the widget it writes the address itself, and nobody else may.
    with suppress(StreamlitAPIException):
        st.query_params[name] = texts
        _read_anew()


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")  # which lies within no limits


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
    _read_anew()


def _read_anew() -> None:
    """Let widgets take what stands in the address now, which may not be what came with it."""
    context = get_script_run_ctx()
    assert context is not None
    with context.session_state.query_params() as parameters:
        parameters.set_initial_query_params_from_current()
