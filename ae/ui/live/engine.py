"""The browser's decoder engine as text, for the components that run it."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
# In the order in which one uses the other.
ENGINE = ("graph.js", "tensors.js", "kernels.js", "engine.js")
# Pictures that follow sliders.
STAGE = (
    *("delivery.js", "screen.js", "turns.js", "projector.js", "easel.js"),
    *("strip.js", "rows.js", "stage.js"),
)


def javascript(*files: str) -> str:
    """Return one module made of several: the files in their order, imports left out.

    A component's script is a single text, while its parts are modules that import one
    another; only a default export survives. Names must differ between the files.

    Args:
        files: Names of files beside this one: ``*ENGINE, *STAGE, "sliders.js"``, say.
    """
    text = "\n".join(_path(name).read_text(encoding="utf-8") for name in files)
    text = re.sub(r"^import .*;$\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)


def _path(name: str) -> Path:
    here = HERE / name
    return here if here.exists() else HERE.parent / "map" / name
