"""A server on this machine for downloads, and what they leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ae.shelf import places


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    announced: int | None = None  # Content-Length, where it is not the truth
    location: str = ""


class Server(ThreadingHTTPServer):
    """Two mirrors, /first/ and /second/; what is not in ``replies`` is a 404."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []

    @property
    def sources(self) -> tuple[str, str]:
        address = f"http://127.0.0.1:{self.server_port}"
        return f"{address}/first/", f"{address}/second/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that hangs up early is what some tests are about


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append(self.path)
        reply = self.server.replies.get(self.path, Reply(status=404))
        self.send_response(reply.status)
        announced = len(reply.body) if reply.announced is None else reply.announced
        if announced >= 0:
            self.send_header("Content-Length", str(announced))
        if reply.location:
            self.send_header("Location", reply.location)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def own_files() -> list[str]:
    return sorted(path.name for path in places.home().rglob("*") if path.is_file())
