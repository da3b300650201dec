"""The networks in ``fixtures``, and pictures for them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

FIXTURES = Path(__file__).parent / "fixtures"
# By name, the shape of its pictures and of its codes.
NETWORKS = {
    "dense": ((12, 10, 1), (4,)),
    "dcgan": ((16, 16, 3), (5, 1, 1)),
    "upsampling": ((16, 24, 3), (4,)),
    "residual": ((16, 16, 1), (4,)),
    "grid": ((12, 12, 1), (2, 6)),
    "keras": ((16, 16, 1), (4,)),
}


def strange_decoder() -> bytes:
    """Return the dense decoder with a last step that the engine does not know."""
    model = onnx.load(path_of("dense", "decoder"))
    last = next(node for node in model.graph.node if node.op_type == "Sigmoid")
    last.op_type = "Softsign"
    return model.SerializeToString()


def path_of(name: str, which: str) -> Path:
    return FIXTURES / f"{name}-{which}.onnx"


def run_onnx(data: bytes | Path, values: NDArray[np.float32], *names: str) -> list[Any]:
    """Run a network with ONNX Runtime, as it is."""
    content = data if isinstance(data, bytes) else data.read_bytes()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    results: list[Any] = session.run(list(names) or None, {session.get_inputs()[0].name: values})
    return results


def spots(n: int, shape: tuple[int, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Draw bright spots, and say which lie in the lower half."""
    rng = np.random.default_rng(0)
    height, width, channels = shape
    y, x = np.mgrid[:height, :width]
    down, right = rng.uniform(2, height - 2, (n, 1, 1)), rng.uniform(2, width - 2, (n, 1, 1))
    bright = 255 * np.exp(-((y - down) ** 2 + (x - right) ** 2) / 8)
    images = np.repeat(bright.astype(np.uint8)[..., None], channels, axis=3)
    return images, np.float32(down.ravel() > height / 2)


def shares(n: int, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return the spots as this app has pictures."""
    return spots(n, shape)[0].astype(np.float32) / np.float32(255)
