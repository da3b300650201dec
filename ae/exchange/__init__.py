"""Ways in and out: what others bring or take away."""

from typing import Any


def __getattr__(name: str) -> Any:
    # ``ae.exchange.save`` needs ONNX, which the web process must never hold.
    if name == "save":
        from ae.exchange.importing import save

        return save
    raise AttributeError(f"module 'ae.exchange' has no attribute {name!r}")
