"""A table of what was measured: every number beside another one of the same run."""

from __future__ import annotations

import json
import math
import os
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

LAST = Path(__file__).with_name("last.json")
_VERSIONS = ("streamlit", "onnxruntime", "numpy")
_HEAD = """
## Speed

Made by `python -m bench.run{quick}` on {date}, {cores} cores ({machine}), Python {python},
{versions}{others}. Each number stands beside another one that was
measured in the same run, with their ratio: times alone depend on the machine and on what else it
does. {missed} of {promised} promises are missed.
"""
_COLUMNS = "\n| what | here | beside | ratio | promised | |\n|---|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    here: float
    unit: str
    beside: float | None = None  # the same elsewhere, in the same unit
    who: str = ""  # what is beside
    most: float = math.inf  # what is promised
    least: float = -math.inf
    of_ratio: bool = True  # whether that is promised of the ratio, else of the number
    why: str = ""  # why it stops where it does, told where the promise is missed

    @property
    def ratio(self) -> float | None:
        """The number by the one beside it."""
        return self.here / self.beside if self.beside else None

    @property
    def promised(self) -> str:
        """The promise in words, if any."""
        unit = "" if self.of_ratio else f" {self.unit}"
        bounds = (("at most", self.most), ("at least", self.least))
        return ", ".join(f"{word} {x:g}{unit}" for word, x in bounds if math.isfinite(x))

    @property
    def missed(self) -> bool:
        """Whether the promise is not kept."""
        value = self.ratio if self.of_ratio else self.here
        return bool(self.promised) and not (value is not None and self.least <= value <= self.most)

    def cells(self) -> list[str]:
        """Return the line's cells."""
        beside = "" if self.beside is None else f"{_short(self.beside)} {self.unit}, {self.who}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        kept = "missed" if self.missed else "kept" if self.promised else ""
        return [self.what, f"{_short(self.here)} {self.unit}", beside, ratio, self.promised, kept]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show(rows: Sequence[Row]) -> None:
    """Print lines as they come, and the reasons of those that miss their promise."""
    told: set[str] = set()
    for row in rows:
        what, here, beside, ratio, promised, kept = row.cells()
        print(f"{what:<46}{here:>12}  {beside:<36}{ratio:>6}  {promised:<16}{kept}", flush=True)
        if row.missed and row.why and row.why not in told:
            told.add(row.why)
            print(textwrap.indent(textwrap.fill(row.why, 96), "    "), flush=True)


def keep(rows: Sequence[Row], *, quick: bool, others: float) -> None:
    """Write what was measured, on what and beside what else, beside this program.

    Args:
        rows: The lines.
        quick: Whether it was measured in fewer turns.
        others: Processes that waited for a processor before it began, ``os.getloadavg``.
    """
    result = {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "quick": quick,
        "others": round(others, 1),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _VERSIONS},
        "rows": [
            {k: v for k, v in asdict(row).items() if not isinstance(v, float) or math.isfinite(v)}
            for row in rows
        ],
    }
    aside = LAST.with_suffix(".partial")
    aside.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    aside.replace(LAST)


def section() -> str:
    """Return what was measured last as a section of a page; nothing where nothing was."""
    if not LAST.exists():
        return ""
    last = json.loads(LAST.read_text("utf-8"))
    rows = [Row(**row) for row in last.pop("rows")]
    versions = ", ".join(f"{name} {number}" for name, number in last.pop("versions").items())
    last["quick"] = " --quick" if last["quick"] else ""
    others = last.get("others")
    last["others"] = "" if others is None else f", at a load of {others:g} before it began"
    promised, missed = sum(bool(r.promised) for r in rows), [row for row in rows if row.missed]
    lines = [_HEAD.format(**last, versions=versions, missed=len(missed), promised=promised)]
    lines.append(_COLUMNS)
    lines += ["| " + " | ".join(row.cells()) + " |\n" for row in rows]
    reasons = dict.fromkeys(
        "\n" + textwrap.fill(f"Why it stops there: {row.why}", 100) + "\n"
        for row in missed
        if row.why
    )
    return "".join([*lines, *reasons])
