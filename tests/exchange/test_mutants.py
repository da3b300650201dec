"""Damaged ONNX files are refused in a sentence, or become a folder that opens."""

import json
import subprocess
import sys

import pytest


@pytest.mark.thorough
def test_no_damaged_file_ends_the_import_or_fills_the_memory() -> None:
    # In a process of its own, which may end in any way.
    command = [sys.executable, "-m", "tests.exchange.mutants", "300"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["accepted"] + found["refused"] == 300
    assert found["accepted"] > 10
    assert found["refused"] > 10
    assert found["grown_mb"] < 100
