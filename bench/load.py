"""How the app bears many visitors: seconds and bytes, failures, the server's memory.

Visitors have no browser: each is one session that opens a random page with random
settings in its link, looks at it for two seconds, sets something there, looks again, and
opens another. What components send back from a browser, and plain HTTP, is left out. All
visitors share this one process, and the machine with the server. The same visitors come to
an empty app before: what they see there is what Streamlit and this machine take.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

from bench.table import Row, show
from bench.visitor import Tally, Visitor, connection
from bench.visits import PAGES, Pages, checked_app, parser, random_link
from tests.serving import ROOT, Server, server_of

LOOKS_S = 2.0
SEED = 0
VISITORS, SECONDS = 50, 60
MOST_VISITORS = 200
MOST_S = 600
QUIET_S = 4.0  # without growing by a megabyte, after which a start is over
MOST_START_S = 120.0
# By when it is measured, in MB; and how much more it may be at the end than half-way.
TARGETS_MB = {"fresh": 220, "one visitor": 350, "all visitors": 600}
TARGET_GROWTH = 1.05
CLICK_MS, OPEN_MS = 300, 800
EMPTY = "bench/empty.py"
SHOWN_FAILURES = 10
# Of the server in MB, by when it was measured, and "busy": its seconds on processors meanwhile.
Memory = dict[str, float]
_WHY = (
    "Visitors wait for Python in one process, of which one thread runs at a time. Most of the wait "
    "is for what is made once in a process, such as small pictures for all dots of a map; once "
    "warm, Streamlit takes most of a run, half a millisecond or more for each element of a page."
)
_WHY_MB = (
    "Memory is Streamlit's and ONNX Runtime's own, then the weights of models that were used and "
    "the codes of all; the first page with plain filters brings a part of SciPy along."
)


def main() -> None:
    """Let visitors come, print what they saw, and fail if a page did."""
    options = parser(__doc__)
    options.add_argument("--visitors", type=_up_to(MOST_VISITORS), default=VISITORS)
    options.add_argument("--seconds", type=_up_to(MOST_S), default=SECONDS)
    given = options.parse_args()
    root = checked_app(given)
    found, tally = rows(given.visitors, given.seconds, root)
    if given.json:
        print(json.dumps({"rows": [asdict(row) for row in found], "failures": tally.failures}))
    else:
        show(found)
        print(f"received {tally.received / 1e6:,.1f} MB; failures: {len(tally.failures)}")
        for failure in tally.failures[:SHOWN_FAILURES]:
            print(f"  {failure}")
    if tally.failures:
        sys.exit(f"{len(tally.failures)} page runs failed.")


def rows(
    visitors: int = VISITORS, seconds: int = SECONDS, root: Path = ROOT
) -> tuple[list[Row], Tally]:
    """Let visitors come to an empty app and to ours; return the lines and what they saw here."""
    with server_of(EMPTY, root=ROOT) as server:
        empty, empty_mb = asyncio.run(measure(server, visitors, max(seconds // 3, 8), {"": {}}))
    with server_of("app.py", root=root) as server:
        tally, here_mb = asyncio.run(measure(server, visitors, seconds, PAGES))
    found = []
    for what, most, mine, theirs in (
        ("p95 of a click", CLICK_MS, tally.clicking, empty.clicking),
        ("p95 of opening a page", OPEN_MS, tally.opening, empty.opening),
    ):
        found.append(
            Row(
                f"{what}, {visitors} visitors",
                1000 * percentile(mine, 95),
                "ms",
                1000 * percentile(theirs, 95),
                "empty app",
                most=most,
                of_ratio=False,
                why=_WHY,
            )
        )
        warm = 1000 * percentile(mine[len(mine) // 3 :], 95)
        found.append(Row(f"{what}, without the first third", warm, "ms", found[-1].here, "in all"))
    work, beside = (
        1000 * memory["busy"] / max(runs, 1)
        for memory, runs in (
            (here_mb, len(tally.opening + tally.clicking)),
            (empty_mb, len(empty.opening + empty.clicking)),
        )
    )
    found.append(Row("processor time of a run", work, "ms", beside, "empty app"))
    failed, all_runs = len(tally.failures), len(tally.opening + tally.clicking + tally.failures)
    what = "page runs that failed"
    found.append(Row(what, failed, "runs", all_runs, "in all", most=0, of_ratio=False))
    for when, most in TARGETS_MB.items():
        what = f"memory, {when}"
        found.append(
            Row(
                what,
                here_mb[when],
                "MB",
                empty_mb[when],
                "empty app",
                most=most,
                of_ratio=False,
                why=_WHY_MB,
            )
        )
    ends = here_mb["all visitors"], here_mb["half-way"]
    what, why = "memory at the end", "What pages keep from run to run has bounds, not yet reached."
    found.append(Row(what, ends[0], "MB", ends[1], "half-way", most=TARGET_GROWTH, why=why))
    return found, tally


def percentile(seconds: list[float], share: int) -> float:
    """Return a percentile, from 1 to 99; of nothing it is 0."""
    if len(seconds) < 2:
        return sum(seconds)
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1]


def _up_to(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from 1 to {most}")
        return value

    return number


async def measure(
    server: Server, visitors: int, seconds: int, pages: Pages
) -> tuple[Tally, Memory]:
    """Let one visitor see all pages, then many come, and leave.

    Args:
        server: Just started.
        visitors: How many come.
        seconds: For how long they open pages.
        pages: Of the app, with what their links may set.

    Returns:
        What the many saw, and the failures of the first; the server's memory.
    """
    first, tally = Tally(), Tally()
    memory = {"fresh": await settled_memory(server.pid)}
    async with connection(server.address) as socket:
        visitor = Visitor(socket, first)
        for path in pages:
            await visitor.open(path)
        memory["one visitor"] = resident_mb(server.pid)
    tally.failures += first.failures
    async with AsyncExitStack() as sockets:
        everyone = [
            Visitor(await sockets.enter_async_context(connection(address)), tally)
            for address in [server.address] * visitors
        ]
        end, busy = time.perf_counter() + seconds, processor_s(server.pid)

        async def look_half_way() -> None:
            await asyncio.sleep(seconds / 2)
            memory["half-way"] = resident_mb(server.pid)

        await asyncio.gather(
            look_half_way(),
            *(
                visit(visitor, random.Random(f"{SEED} {number}"), end, pages)
                for number, visitor in enumerate(everyone)
            ),
        )
        memory["all visitors"] = resident_mb(server.pid)
        memory["busy"] = processor_s(server.pid) - busy
    return tally, memory


async def visit(visitor: Visitor, rng: random.Random, end: float, pages: Pages) -> None:
    """Open pages until the time is over or the server answers no more.

    Args:
        visitor: Who opens them.
        rng: What is opened.
        end: By ``time.perf_counter``.
        pages: Which there are.
    """
    await asyncio.sleep(rng.uniform(0, LOOKS_S))
    while time.perf_counter() < end:
        try:
            await visitor.open(*random_link(rng, pages))
            await asyncio.sleep(LOOKS_S)
            if await visitor.click(rng):
                await asyncio.sleep(LOOKS_S)
        except ConnectionError:
            return


async def settled_memory(pid: int) -> float:
    """Return a process's memory in MB once its start is over: it grows no more."""
    most, since = resident_mb(pid), time.perf_counter()
    end = since + MOST_START_S
    while time.perf_counter() - since < QUIET_S and time.perf_counter() < end:
        await asyncio.sleep(0.25)
        now = resident_mb(pid)
        if now > most + 1:
            most, since = now, time.perf_counter()
    return resident_mb(pid)


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB of 1,000,000 bytes."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        found = next(line for line in lines if line.startswith("VmRSS:")).split()[1]
    else:
        command = ["ps", "-o", "rss=", "-p", str(pid)]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return int(found) * 1024 / 1e6


def processor_s(pid: int) -> float:
    """Return for how many seconds a process was on processors, whatever else these did."""
    status = Path(f"/proc/{pid}/stat")
    if status.exists():  # to a hundredth; others tell whole seconds
        ticks = (
            status.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[11:13]
        )
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    command = ["ps", "-o", "cputime=", "-p", str(pid)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = 60 * seconds + float(part)
    return 86_400 * float(days or 0) + seconds


if __name__ == "__main__":
    main()
