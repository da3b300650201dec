"""Runs networks in the browser's engine, under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ae.ui.live.engine import ENGINE, javascript

NODE = shutil.which("node")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A network's bytes, and what to run it on: without inputs, on zeros."""

    content: bytes
    inputs: NDArray[np.float32] | None = None  # (n, *input shape)
    frames: int = 0  # so many more, to see what they leave behind


def run(folder: Path, cases: Sequence[Case]) -> list[Mapping[str, Any]]:
    """Run all cases in one process; outputs are under ``"outputs"``."""
    if NODE is None:
        pytest.skip("Node was not found: install it to test the browser's engine.")
    engine = javascript(*ENGINE) + "\nexport { readNetwork };\n"
    (folder / "engine.mjs").write_text(engine, encoding="utf-8")
    described = []
    for number, case in enumerate(cases):
        (folder / f"{number}.safetensors").write_bytes(case.content)
        described.append({"inputs": None, "frames": case.frames})
        if case.inputs is not None:
            (folder / f"{number}.inputs").write_bytes(case.inputs.tobytes())
            described[-1]["inputs"] = len(case.inputs)
    (folder / "cases.json").write_text(json.dumps(described), encoding="utf-8")
    # With so much room nothing is collected while frames are counted.
    options = ["--expose-gc", "--min-semi-space-size=64"]
    command = [NODE, *options, str(HERE / "run_cases.mjs"), str(folder)]
    # The limit only ends what hangs.
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    results: list[dict[str, Any]] = json.loads((folder / "results.json").read_bytes())
    for number, result in enumerate(results):
        outputs = folder / f"{number}.outputs"
        if outputs.exists():
            values = np.frombuffer(outputs.read_bytes(), np.float32)
            result["outputs"] = values.reshape(-1, *result["shape"])
    return results  # type: ignore[return-value]
