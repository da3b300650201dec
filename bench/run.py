"""One table of ratios: what is promised of speed, each number beside another of the same run.

``--against DIR``, the folder ``dist`` of the package onnxruntime-web, compares decoding in the
browser with it, too. ``--quick`` takes fewer turns of everything. What is found is kept for
``docs/measured.md``, which ``python -m bench.numbers`` writes.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from bench import coding, cold_start, engine, load, panning, training, wire
from bench.browser import chromium
from bench.table import Row, keep, show
from bench.visits import PAGES

_QUICK_PAGES = ("", "projection", "reconstruct", "denoise", "sample")
_QUICK_S = 15


def main() -> None:
    """Measure, print lines as they come, and keep them."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="in about two minutes")
    parser.add_argument("--against", type=Path, metavar="DIR", help="dist of onnxruntime-web")
    given = parser.parse_args()
    quick: bool = given.quick
    engine.check_against(given.against)
    found: list[Row] = []
    start, others = time.perf_counter(), os.getloadavg()[0]

    def add(rows: list[Row]) -> None:
        show(rows)
        found.extend(rows)

    with chromium() as browser:
        add(cold_start.rows(browser, 2 if quick else cold_start.STARTS))
        add(wire.rows(browser, _QUICK_PAGES if quick else tuple(PAGES)))
        add(engine.rows(browser, given.against, quick=quick))
        add(panning.rows(browser))
    add(coding.rows(2 if quick else coding.TURNS))
    add(load.rows(seconds=_QUICK_S if quick else load.SECONDS)[0])
    add(training.rows(quick=quick))
    keep(found, quick=quick, others=others)
    missed = sum(row.missed for row in found)
    promised = sum(bool(row.promised) for row in found)
    print(f"{missed} of {promised} promises missed, in {time.perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
