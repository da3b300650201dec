"""Opens pages as a visitor's link would, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent.parent


def open_page(path: str = "", **query: str) -> AppTest:
    """Open the app, then a page by its script's path, with a link's parameters."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(path).run() if path else app


def component(app: AppTest, holding: str) -> dict[str, Any]:
    """Return what the first component whose data hold this name was given."""
    assert not app.exception
    for found in app.get("bidi_component"):
        data = json.loads(found.proto.json or "{}")
        if holding in data:
            return dict(data)
    raise AssertionError(f"no component with {holding}")
