"""Opens pages as a visitor's link would, without a browser."""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent.parent


def forget_components() -> None:
    """Make the next run import and so register our components again.

    Up to Streamlit 1.65 every AppTest has a registry of components of its own.
    """
    for name in [name for name in sys.modules if name.startswith("ae.ui.")]:
        del sys.modules[name]


def open_page(path: str = "", **query: str) -> AppTest:
    """Open the app, then a page by its script's path, with a link's parameters."""
    forget_components()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(path).run() if path else app
