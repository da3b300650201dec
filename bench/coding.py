"""How fast models encode and decode on the server, beside ONNX Runtime alone on all cores.

Of the smallest, the middle and the largest autoencoder on the shelf, at batches as a page, a
sheet and a measurement ask for them; both in turns.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime

from ae import models
from bench.table import Row, show

TURNS = 7
LEAST = 0.95
# Threads of ONNX Runtime spin for a while when they are done, on a core that is then another's.
_REST_S, _RUN_S = 0.1, 0.1
_WHY = (
    "A batch is cut into slices that all cores share, so that one visitor's does not hold up those "
    "of others. Of the smallest network ONNX Runtime is done with all in less than a millisecond, "
    "because its threads spin while they wait, on cores that are then nobody else's."
)
# What is promised of one picture: nothing, for it is a few hundredths of a millisecond.
_PROMISED = {1: -math.inf, 64: LEAST, 1024: LEAST}


def main() -> None:
    """Print the lines of the table."""
    show(rows())


def rows(turns: int = TURNS) -> list[Row]:
    """Return the lines: of every size of a batch the model that comes off worst."""
    cards = sorted(models.available(models.Autoencoder), key=lambda card: card.decoder_macs)
    names = [card.name for card in (cards[0], cards[len(cards) // 2], cards[-1])]
    found = []
    for what in ("encode", "decode"):
        for n, least in _PROMISED.items():
            each = [speeds(name, what, n, turns) for name in names]
            at = min(range(len(each)), key=lambda at: each[at][0] / each[at][1])
            here, beside = each[at]
            middle = statistics.median(here / beside for here, beside in each)
            title = f"{what} {n:,}, {names[at]} (median of {len(names)}: {middle:.2f})"
            found.append(
                Row(title, here, "pictures/s", beside, "ONNX Runtime", least=least, why=_WHY)
            )
    return found


def speeds(name: str, what: str, n: int, turns: int) -> tuple[float, float]:
    """Return a model's pictures a second, as it is and by ONNX Runtime alone."""
    model = models.load(name, models.Autoencoder)
    plain = onnxruntime.InferenceSession(str(model.folder / f"{what}r.onnx"))
    shape = model.image_shape if what == "encode" else (model.latent_dim,)
    values = np.random.default_rng(0).random((n, *shape), np.float32)
    source = plain.get_inputs()[0].name
    runs: tuple[Callable[[], Any], ...] = (
        lambda: getattr(model, what)(values),
        lambda: plain.run(None, {source: values}),
    )
    seconds: tuple[list[float], ...] = ([], [])
    for turn in range(turns + 1):
        for run, measured in zip(runs, seconds, strict=True):
            time.sleep(_REST_S)
            run()  # which wakes threads up
            start, done = time.perf_counter(), 0
            # One is too short for the clock, and a few may share one core.
            while time.perf_counter() - start < _RUN_S:
                run()
                done += 1
            if turn:  # the first warms up
                measured.append((time.perf_counter() - start) / done)
    here, beside = (n / min(each) for each in seconds)  # when nothing else was in the way
    return here, beside


if __name__ == "__main__":
    main()
