"""Imports damaged ONNX files: ``python -m tests.exchange.mutants 2000``.

Each is one of the fixtures with some bytes changed, left out or doubled. It must be
refused in a sentence or become a folder that opens; anything else ends this program.
"""

import json
import resource
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from ae import models
from ae.exchange.importing import save
from tests.exchange.files import FIXTURES


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with one to three damages, half of them at least among names and sizes."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        # Weights take most of a file, and are the least interesting.
        at = int(rng.integers(len(changed)) if rng.random() < 0.5 else rng.integers(2000))
        at = min(at, len(changed) - 1)
        match rng.integers(4):
            case 0:
                changed[at] = int(rng.integers(256))
            case 1:
                changed[at] ^= 1 << int(rng.integers(8))
            case 2:
                del changed[at : at + int(rng.integers(1, 9))]
            case _:
                changed[at:at] = changed[at : at + int(rng.integers(1, 9))]
    return bytes(changed)


def peak_mb() -> float:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count: int) -> None:
    """Import that many, and print what became of them."""
    rng = np.random.default_rng(0)
    originals = [path.read_bytes() for path in sorted(FIXTURES.glob("*-decoder.onnx"))]
    accepted, refused = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        imported = partial(save, "mutant", shelf=Path(folder), replace=True, say=lambda words: None)
        for content in originals:  # all that is needed is loaded by then
            imported(decoder=content)
        before = peak_mb()
        for number in range(count):
            content = mutated(originals[number % len(originals)], rng)
            try:
                models.open_folder(imported(decoder=content))
                accepted += 1
            except ValueError as problem:
                if not str(problem).strip():
                    raise RuntimeError(f"mutant {number} was refused without a word") from problem
                refused += 1
    grown = peak_mb() - before
    print(json.dumps({"accepted": accepted, "refused": refused, "grown_mb": round(grown, 1)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
