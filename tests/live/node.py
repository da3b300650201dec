"""Runs the browser's modules under Node, as they are."""

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

from ae.ui.door.routes import modules

NODE = shutil.which("node")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A network's bytes, and what to run it on: without inputs, on zeros."""

    content: bytes
    inputs: NDArray[np.float32] | None = None  # (n, *input shape)
    frames: int = 0  # so many more, to see what they leave behind


def in_node(folder: Path, program: str | Path, *arguments: str) -> Any:
    """Run a program beside the browser's modules; return what it printed as JSON.

    Args:
        folder: Where the modules are put, by their paths below ``ae/ui``.
        program: Its text, or a file of which a copy is put there.
        arguments: Options of Node.
    """
    if NODE is None:
        pytest.skip("Node was not found: install it to test what the browser runs.")
    text = program if isinstance(program, str) else program.read_text("utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "program.js").write_text(text, "utf-8")
    for name, content in modules().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    # The limit only ends what hangs.
    done = subprocess.run(
        [NODE, *arguments, "program.js"], cwd=folder, capture_output=True, timeout=600
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


def run(folder: Path, cases: Sequence[Case], kernels: str = "fastest") -> list[Mapping[str, Any]]:
    """Run all cases in one process; outputs are under ``"outputs"``.

    Args:
        folder: Where everything is put.
        cases: What to run.
        kernels: What does the arithmetic, by a name of run_cases.js.
    """
    described = []
    for number, case in enumerate(cases):
        (folder / f"{number}.safetensors").write_bytes(case.content)
        described.append({"inputs": None, "frames": case.frames})
        if case.inputs is not None:
            (folder / f"{number}.inputs").write_bytes(case.inputs.tobytes())
            described[-1]["inputs"] = len(case.inputs)
    (folder / "cases.json").write_text(
        json.dumps({"kernels": kernels, "cases": described}), encoding="utf-8"
    )
    # With so much room nothing is collected while frames are counted.
    options = ["--expose-gc", "--min-semi-space-size=64"]
    results: list[dict[str, Any]] | None = in_node(folder, HERE / "run_cases.js", *options)
    if results is None:
        pytest.skip(f"Node cannot run the {kernels} kernels: take version 20 or later.")
    for number, result in enumerate(results):
        outputs = folder / f"{number}.outputs"
        if outputs.exists():
            values = np.frombuffer(outputs.read_bytes(), np.float32)
            result["outputs"] = values.reshape(-1, *result["shape"])
    return results  # type: ignore[return-value]
