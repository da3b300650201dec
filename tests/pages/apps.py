"""Opens pages as a visitor's link would, without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent.parent


def open_page(path: str = "", **query: str) -> AppTest:
    """Open the app, then a page by its script's path, with a link's parameters."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(path).run() if path else app
