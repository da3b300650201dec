"""How the app bears many visitors: seconds and bytes, failures, the server's memory.

Visitors have no browser: each is one session that opens a random page with random
settings in its link, looks at it for two seconds, and opens another. What components
send back from a browser, and plain HTTP, is left out. All visitors share this one
process, and the machine with the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bench.visitor import Tally, Visitor, connection
from bench.visits import PAGES, checked_app, parser, random_link
from tests.serving import Server, server_of

LOOKS_S = 2.0
SEED = 0
MOST_VISITORS = 200
MOST_S = 600
QUIET_S = 4.0  # without growing by a megabyte, after which a start is over
MOST_START_S = 120.0
TARGET_P95_S = 1.0
TARGETS_MB = {"fresh": 250, "one visitor": 350, "all visitors": 600}
SHOWN_FAILURES = 10


def main() -> None:
    """Let visitors come, print what they saw, and fail if a page did."""
    options = parser(__doc__)
    options.add_argument("--visitors", type=_up_to(MOST_VISITORS), default=50)
    options.add_argument("--seconds", type=_up_to(MOST_S), default=60)
    given = options.parse_args()
    root = checked_app(given)
    with server_of("app.py", root=root) as server:
        tally, memory = asyncio.run(measure(server, given.visitors, given.seconds))
    cuts = percentiles(tally.seconds)
    result = {
        "visitors": given.visitors,
        "seconds": given.seconds,
        "p50_s": cuts[49],
        "p95_s": cuts[94],
        "max_s": max(tally.seconds, default=0.0),
        "received_bytes": tally.received,
        "page_runs": len(tally.seconds),
        "failures": tally.failures,
        "memory_mb": memory,
        "target_p95_s": TARGET_P95_S,
        "targets_mb": TARGETS_MB,
    }
    if given.json:
        print(json.dumps(result))
    else:
        print_report(tally, cuts, memory)
    if tally.failures:
        sys.exit(f"{len(tally.failures)} page runs failed.")


def percentiles(seconds: list[float]) -> list[float]:
    """Return the percentiles 1 to 99; of nothing they are 0."""
    if len(seconds) < 2:
        return [sum(seconds)] * 99
    return statistics.quantiles(seconds, n=100, method="inclusive")


def _up_to(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from 1 to {most}")
        return value

    return number


def print_report(tally: Tally, cuts: list[float], memory: dict[str, float]) -> None:
    """Print what was measured beside its targets.

    Args:
        tally: What the visitors saw.
        cuts: Percentiles of the seconds, 1 to 99.
        memory: Of the server in MB, by when it was measured.
    """
    print(f"p50 {cuts[49]:.2f} s")
    print(f"p95 {cuts[94]:.2f} s (target: <= {TARGET_P95_S:g} s)")
    print(f"max {max(tally.seconds, default=0.0):.2f} s")
    print(f"received {tally.received / 1e6:,.1f} MB in {len(tally.seconds):,} page runs")
    for when, megabytes in memory.items():
        target = f"(target: <= {TARGETS_MB[when]} MB)"
        print(f"memory, {when}: {megabytes:,.0f} MB {target}")
    print(f"failures: {len(tally.failures)}")
    for failure in tally.failures[:SHOWN_FAILURES]:
        print(f"  {failure}")


async def measure(server: Server, visitors: int, seconds: int) -> tuple[Tally, dict[str, float]]:
    """Let one visitor see all pages, then many come, and leave.

    Args:
        server: Just started.
        visitors: How many come.
        seconds: For how long they open pages.

    Returns:
        What the many saw, and the failures of the first; the server's memory in MB, by
        when it was measured.
    """
    first, tally = Tally(), Tally()
    memory = {"fresh": await settled_memory(server.pid)}
    async with connection(server.address) as socket:
        visitor = Visitor(socket, first)
        for path in PAGES:
            await visitor.open(path)
        memory["one visitor"] = resident_mb(server.pid)
    tally.failures += first.failures
    async with AsyncExitStack() as sockets:
        everyone = [
            Visitor(await sockets.enter_async_context(connection(address)), tally)
            for address in [server.address] * visitors
        ]
        end = time.perf_counter() + seconds
        await asyncio.gather(
            *(
                visit(visitor, random.Random(f"{SEED} {number}"), end)
                for number, visitor in enumerate(everyone)
            )
        )
        memory["all visitors"] = resident_mb(server.pid)
    return tally, memory


async def visit(visitor: Visitor, rng: random.Random, end: float) -> None:
    """Open pages until the time is over or the server answers no more.

    Args:
        visitor: Who opens them.
        rng: What is opened.
        end: By ``time.perf_counter``.
    """
    await asyncio.sleep(rng.uniform(0, LOOKS_S))
    while time.perf_counter() < end:
        try:
            await visitor.open(*random_link(rng))
        except ConnectionError:
            return
        await asyncio.sleep(LOOKS_S)


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


if __name__ == "__main__":
    main()
