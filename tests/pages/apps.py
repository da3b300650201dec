"""Opens pages as a visitor's link would, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent.parent


def open_page(path: str = "", **query: str | list[str]) -> AppTest:
    """Open a page of the app by its script's path, with a link's parameters.

    Plotly must accept every property of its charts, which the app does not check.
    """
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    # Not by way of Home, which takes longer than most pages.
    app = (app.switch_page(path) if path else app).run()
    for chart in app.get("plotly_chart"):
        go.Figure(json.loads(chart.proto.spec))
    return app


def but_thorough(few: Iterable[str], every: Iterable[str]) -> list[Any]:
    """Return parameters of which ``make check`` takes a few, and ``make test`` every one."""
    return [pytest.param(x, marks=[] if x in few else pytest.mark.thorough) for x in every]


def upload(app: AppTest, key: str, *files: tuple[str, bytes]) -> AppTest:
    """Give files to the uploader of a key, and run."""
    uploader = next(u for u in app.file_uploader if str(u.key).rpartition("-")[0] == key)
    given = [(name, content, "x/y") for name, content in files]
    return uploader.set_value(given if uploader.accept_multiple_files else given[0]).run()


def component(app: AppTest, holding: str) -> dict[str, Any]:
    """Return what the first component whose data hold this name was given."""
    assert not app.exception
    for found in app.get("bidi_component"):
        (data,) = json.loads(found.proto.json)
        if holding in data:
            return dict(data)
    raise AssertionError(f"no component with {holding}")


def tables(app: AppTest) -> list[dict[str, list[str]]]:
    """Return the tables on a page: their columns by heading."""
    found = []
    for text in app.markdown:
        if text.value.startswith("| "):
            plain = re.sub(r"\\(.)", r"\1", text.value)
            rows = [line[2:-2].split(" | ") for line in plain.splitlines()]
            columns = [list(column) for column in zip(*rows[2:], strict=True)]
            found.append(dict(zip(rows[0], columns, strict=True)))
    return found
