"""A fresh server process of a Streamlit script, for browser tests and timings."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        address: With its base path, without a slash at its end.
        pid: Of its one process.
    """

    address: str
    pid: int


@contextmanager
def serving(
    script: str | Path, environment: Mapping[str, str] | None = None, *, wait: bool = True
) -> Iterator[str]:
    """Run a script on a free port of this machine; give its address.

    Args:
        script: Relative to the project, or anywhere.
        environment: In place of this process's own.
        wait: Whether to give the address only when the server answers.

    Raises:
        TimeoutError: If it does not answer within a minute.
    """
    with server_of(script, environment, wait=wait) as server:
        yield server.address


@contextmanager
def server_of(
    script: str | Path,
    environment: Mapping[str, str] | None = None,
    *,
    root: Path = ROOT,
    wait: bool = True,
) -> Iterator[Server]:
    """Run a script as ``serving`` does; give its address and its process.

    Args:
        script: Relative to the root, or anywhere.
        environment: In place of this process's own.
        root: The folder of the project whose modules and settings count.
        wait: Whether to give the server only when it answers.

    Raises:
        TimeoutError: If it does not answer within a minute.
    """
    environment = environment or os.environ
    base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    options = ["--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    command = ["streamlit", "run", str(script), *options]
    health = f"{base}/_stcore/health" if wait else None
    with running(command, environment, root=root, health=health) as server:
        yield Server(server.address + base, server.pid)


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], *, root: Path, health: str | None
) -> Iterator[Server]:
    """Run a Python module that serves, ``{port}`` in its options a free port.

    Args:
        command: The module and its options.
        environment: In place of this process's own; the project can be imported.
        root: The folder in which it runs.
        health: The path that answers when it is ready, or None not to wait.

    Raises:
        TimeoutError: If it does not answer within a minute.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", *(option.format(port=port) for option in command)],
        cwd=root,
        # For scripts that lie elsewhere.
        env={**environment, "PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        if health is not None:
            _wait_for(f"{server.address}{health}")
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(f"no answer from {url}")
