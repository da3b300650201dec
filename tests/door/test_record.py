"""Who may change what a control holds: Python opens revisions, the browser moves."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from ae.ui.door.record import Record, begin, forget, held, number, settled

KEY = "control"


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A visitor's session."""
    session: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", session)
    return session


def read(values: object, record: Record[float]) -> float | None:
    """Take a number, but none below where the control started."""
    found = number(values)
    return None if found is None else max(found, record.start)


def drawn(state: dict[str, Any]) -> Record[float]:
    """Draw the control, as a page does in each of its runs."""
    record = settled(KEY, 1.0, read)
    state.setdefault(KEY, {"moved": None})
    return record


def say(state: dict[str, Any], values: object, revision: str) -> None:
    state[KEY] = {"moved": {"revision": revision, "values": values}}


def test_nothing_is_held_until_a_control_is_drawn_or_set(state: dict[str, Any]) -> None:
    assert held(KEY) is None
    assert drawn(state).value == held(KEY) == 1
    begin("another", 5.0)
    assert (held("another"), held(KEY)) == (5, 1)


def test_what_was_set_before_the_control_is_drawn_wins(state: dict[str, Any]) -> None:
    begin(KEY, 3.0)
    assert (drawn(state).start, drawn(state).value) == (3, 3)


def test_the_browser_moves_the_value_and_the_revision_stays(state: dict[str, Any]) -> None:
    first = drawn(state)
    for value in (4.0, 2.5):
        say(state, value, first.revision)
        record = drawn(state)
        assert (record.start, record.value, record.revision) == (1.0, value, first.revision)
        assert held(KEY) == value
    assert drawn(state) == drawn(state), "and nothing changes by itself"


def test_setting_opens_a_revision_and_late_messages_are_ignored(state: dict[str, Any]) -> None:
    old = drawn(state).revision
    say(state, 4.0, old)
    drawn(state)
    begin(KEY, 2.0)
    record = drawn(state)
    assert (record.start, record.value) == (2, 2), "what was said before is late"
    assert record.revision != old
    say(state, 9.0, old)
    assert drawn(state) == record
    say(state, 7.0, record.revision)
    assert drawn(state).value == 7


def test_setting_the_same_value_is_another_revision_too(state: dict[str, Any]) -> None:
    first = drawn(state)
    begin(KEY, first.value)
    assert drawn(state).revision != first.revision


def test_a_control_that_comes_back_goes_on_where_it_was(state: dict[str, Any]) -> None:
    first = drawn(state)
    say(state, 4.0, first.revision)
    drawn(state)
    del state[KEY]
    record = drawn(state)
    assert (record.start, record.value) == (4, 4)
    assert record.revision != first.revision
    say(state, 9.0, first.revision)
    assert drawn(state) == record


def test_a_forgotten_control_starts_afresh_and_old_messages_are_late(state: dict[str, Any]) -> None:
    first = drawn(state)
    say(state, 4.0, first.revision)
    drawn(state)
    forget(KEY)
    forget("another")
    assert held(KEY) is None
    assert drawn(state).value == 1
    assert drawn(state).revision != first.revision


def test_a_new_visitor_gets_revisions_that_nobody_else_has(state: dict[str, Any]) -> None:
    first = drawn(state)
    state.clear()
    assert drawn(state).revision != first.revision
    say(state, 4.0, first.revision)
    assert drawn(state).value == 1


@pytest.mark.parametrize("values", [None, "2", [2.0], True, float("nan"), 10**400])
def test_what_cannot_be_read_changes_nothing(state: dict[str, Any], values: object) -> None:
    first = drawn(state)
    say(state, 3.0, first.revision)
    drawn(state)
    say(state, values, first.revision)
    record = drawn(state)
    assert (record.start, record.value, record.revision) == (1.0, 3.0, first.revision)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"moved": 3},
        {"moved": []},
        {"moved": {}},
        {"moved": {"values": 4.0}},
        {"moved": {"revision": None, "values": 4.0}},
        {"moved": {"revision": ["x"], "values": 4.0}},
        {"moved": {"revision": "", "values": 4.0}},
        {"other": 1},
    ],
)
def test_a_state_of_another_shape_changes_nothing(state: dict[str, Any], said: object) -> None:
    first = drawn(state)
    state[KEY] = said
    assert drawn(state) == first


@pytest.mark.parametrize("said", [None, 3, [], "moved"])
def test_a_state_that_is_none_keeps_the_value(state: dict[str, Any], said: object) -> None:
    say(state, 3.0, drawn(state).revision)
    drawn(state)
    state[KEY] = said
    assert drawn(state).value == 3


@pytest.mark.parametrize("value", [0, -2, 2.5, 1e29])
def test_finite_numbers_are_read(value: float) -> None:
    assert number(value) == value
    assert type(number(value)) is float


@pytest.mark.parametrize(
    "value", [None, "1", True, [1], {}, 1j, float("nan"), float("-inf"), 10**400, -(10**31)]
)
def test_anything_else_is_no_number(value: object) -> None:
    assert number(value) is None
