"""The browser's WebAssembly is what its text says."""

from __future__ import annotations

import pytest

from ae.ui.live import simd


def test_the_bytes_name_the_text_that_they_were_made_from() -> None:
    message = "run `python -m ae.ui.live.simd` again, with the package wasmtime"
    assert simd.source() in simd.TARGET.read_text("utf-8"), message


def test_the_bytes_are_those_of_the_text() -> None:
    pytest.importorskip("wasmtime", reason="wasmtime was not found: see requirements-dev.txt")
    assert simd.javascript() == simd.TARGET.read_text("utf-8")
