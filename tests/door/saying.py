"""What a component says, in pages that run without a browser."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ae.ui.door.record import Record, begin


def open_app(name: str, **given: object) -> AppTest:
    """Open an app of tests/apps, its component with these arguments."""
    at = AppTest.from_file(f"../apps/{name}.py", default_timeout=30)
    at.session_state["given"] = given
    return at.run()


def heard(at: AppTest) -> tuple[float, ...]:
    """Return the numbers that an app shows of its component."""
    assert not at.exception
    return tuple(map(float, at.text[0].value.split(": ")[1].split(",")))


def record_of(at: AppTest, key: str) -> Record[Any]:
    """Return what a page holds of a control."""
    record: Record[Any] = at.session_state[f"{key}-record"]
    return record


def say(at: AppTest, key: str, values: object, revision: str | None = None) -> AppTest:
    """Let a component say values, by default of the revision that it shows."""
    revision = revision or record_of(at, key).revision
    return say_state(at, key, {"moved": {"revision": revision, "values": values}})


def say_state(at: AppTest, key: str, state: object) -> AppTest:
    """Let a component say anything at all."""
    at.session_state[key] = at.session_state["said"] = state
    return at.run()


def set_to(at: AppTest, key: str, value: object) -> AppTest:
    """Let Python set what a control holds, and run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "session_state", at.session_state)
        begin(key, value)
    return rerun(at, key)


def rerun(at: AppTest, key: str, **given: object) -> AppTest:
    """Run an app, its component as it was but for these arguments."""
    at.session_state["given"] = {**at.session_state["given"], **given}
    # The test harness of Streamlit 1.65 forgets a component's state between runs.
    said = "said" in at.session_state
    at.session_state[key] = at.session_state["said"] if said else {"moved": None}
    return at.run()


def come_back(at: AppTest, key: str) -> AppTest:
    """Run a page as after a visit to another one."""
    if key in at.session_state:
        del at.session_state[key]
    return at.run()
