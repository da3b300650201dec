"""One record per control of a component: what it holds, and who may change that.

Between two revisions the browser alone moves a control's value. Python sets it by
``begin``, which opens another revision: with a link, a start, a reset, or when a
component comes back on screen. What the browser says of an older one is ignored.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import streamlit as st

V = TypeVar("V")


@dataclass(frozen=True)
class Record(Generic[V]):
    """What a control holds."""

    start: V  # the value at the revision's beginning, as the browser was told
    value: V  # as it stands
    told: object = None  # what the browser said last
    # Names the stretch in which the browser alone moves the value.
    revision: str = field(default_factory=lambda: secrets.token_hex(8))


def begin(key: str, value: V) -> Record[V]:
    """Set a control's value; call it in a callback, or before the control is drawn."""
    record = Record(value, value)
    st.session_state[_place(key)] = record
    return record


def forget(key: str) -> None:
    """Let a control start afresh; call it in a callback, or before it is drawn."""
    st.session_state.pop(_place(key), None)


def held(key: str) -> Any:
    """Return a control's value, or None where nobody has set it yet."""
    record = st.session_state.get(_place(key))
    return record.value if isinstance(record, Record) else None


def settled(
    key: str, default: V, read: Callable[[object, Record[V]], V | None], *, said_by: str = ""
) -> Record[V]:
    """Return a control's record, brought up to date with what the browser said.

    Args:
        key: Of the record.
        default: The value where nobody has set one.
        read: From what the browser says and the record before to the new value; None
            where it makes no sense: anything may arrive.
        said_by: The key of the component, the record's unless given. Its state ``moved`` is
            ``{revision, values}``.
    """
    record = st.session_state.get(_place(key))
    if not isinstance(record, Record):
        return begin(key, default)
    state = st.session_state.get(said_by or key)
    if not isinstance(state, Mapping):
        return begin(key, record.value)
    moved = state.get("moved")
    if not isinstance(moved, Mapping) or moved.get("revision") != record.revision:
        return record
    told = moved.get("values")
    value = read(told, record)
    record = replace(record, value=record.value if value is None else value, told=told)
    st.session_state[_place(key)] = record
    return record


def has_news(key: str) -> bool:
    """Return whether the browser has just said something that ``settled`` has not read yet.

    An address that comes with it may be older: it was sent before the last answer was here.
    """
    record, state = st.session_state.get(_place(key)), st.session_state.get(key)
    moved = state.get("moved") if isinstance(state, Mapping) else None
    if not isinstance(record, Record) or not isinstance(moved, Mapping):
        return False
    return moved.get("revision") == record.revision and moved.get("values") != record.told


def touched_last(key: str, labels: Sequence[str]) -> str:
    """Return which of a component's sliders was moved last, by label; at first the first."""
    state = st.session_state.get(key)
    moved = state.get("moved") if isinstance(state, Mapping) else None
    last = moved.get("last") if isinstance(moved, Mapping) else None
    return last if isinstance(last, str) and last in labels else labels[0]


def number(value: object) -> float | None:
    """Read a finite number that the browser sent; None if it is none."""
    # A bool is an int, and an int may be too large for a float.
    if type(value) not in (int, float) or not abs(value) < 1e30:  # type: ignore[arg-type]
        return None
    return float(value)  # type: ignore[arg-type]


def _place(key: str) -> str:
    return f"{key}-record"
