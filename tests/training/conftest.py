from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out all tests here, which are slow, before they import Keras."""
    return True if "not slow" in config.option.markexpr else None
