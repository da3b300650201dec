"""The page of measured numbers says what the shipped models' cards say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_of_measured_numbers_is_up_to_date() -> None:
    command = [sys.executable, "-m", "bench.numbers", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
