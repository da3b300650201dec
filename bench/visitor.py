"""A visitor without a browser, in Streamlit's own protocol."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

PATIENCE_S = 120.0  # with one page


@dataclass
class Tally:
    """What visitors saw.

    Attributes:
        seconds: From asking for a page to the end of its script, each time.
        received: Bytes over all websockets.
        failures: What went wrong, and where.
    """

    seconds: list[float] = field(default_factory=list)
    received: int = 0
    failures: list[str] = field(default_factory=list)


def connection(address: str) -> connect:
    """Return a connection to a server as a browser makes it, to be entered.

    Args:
        address: The server's, without a slash at its end.
    """
    return connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        compression=None,  # which Streamlit does not use
        max_size=None,
        # A busy server need not answer pings in time.
        ping_interval=None,
        open_timeout=PATIENCE_S,
        proxy=None,
    )


class Visitor:
    """One session, as far as the server can tell a browser's.

    Large messages of a page are kept for a few runs, and the server is told which, so
    that it need not send them again.
    """

    def __init__(self, socket: ClientConnection, tally: Tally) -> None:
        """Take a connection that is open, and where to write down what happens."""
        self._socket = socket
        self._tally = tally
        self._hashes: dict[str, str] = {}
        # By hash, the run in which a message was last of use.
        self._kept: dict[str, int] = {}
        self._keep_for = 0
        self._runs = 0

    async def open(self, path: str, query: str = "") -> None:
        """Open a page, wait until its script has run, and write down how it went.

        Args:
            path: The page's, "" for the first.
            query: What its link sets.

        Raises:
            ConnectionError: If the server does not answer, which is written down, too.
        """
        link, before = f"/{path}?{query}", len(self._tally.failures)
        start = time.perf_counter()
        try:
            await self._socket.send(self._request(path, query))
            await asyncio.wait_for(self._whole_run(link), PATIENCE_S)
        except (WebSocketException, OSError, asyncio.TimeoutError) as problem:
            self._fail(link, f"{type(problem).__name__} {problem}")
            raise ConnectionError(link) from problem
        if len(self._tally.failures) == before:
            self._tally.seconds.append(time.perf_counter() - start)

    def _request(self, path: str, query: str) -> bytes:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = query
        # The hashes arrive with the first page.
        if path in self._hashes:
            run.page_script_hash = self._hashes[path]
        else:
            run.page_name = path
        run.cached_message_hashes.extend(self._kept)
        run.context_info.timezone = "UTC"
        run.context_info.locale = "en-US"
        run.context_info.color_scheme = "light"
        return message.SerializeToString()

    async def _whole_run(self, link: str) -> None:
        while True:
            data = await self._socket.recv(decode=False)
            self._tally.received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._keep_for = message.new_session.config.max_cached_message_age
            elif kind == "navigation":
                self._hashes = {
                    "" if page.is_default else page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
            elif kind == "ref_hash" and message.ref_hash not in self._kept:
                self._fail(link, "a message was not sent, and was not kept either")
            elif kind == "page_not_found":
                self._fail(link, "there is no such page")
            elif kind == "delta":
                self._look_for_exception(message, link)
            self._keep(message)
            if kind == "script_finished" and self._is_over(message, link):
                return

    def _keep(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "ref_hash":
            self._kept[message.ref_hash] = self._runs
        elif message.metadata.cacheable:
            self._kept[message.hash] = self._runs

    def _look_for_exception(self, message: ForwardMsg, link: str) -> None:
        if message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception":
                problem = element.exception
                self._fail(link, f"{problem.type} {problem.message}")

    def _is_over(self, message: ForwardMsg, link: str) -> bool:
        how = message.script_finished
        if how == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._fail(link, "the script does not compile")
            return True
        if how != ForwardMsg.FINISHED_SUCCESSFULLY:
            return False  # it is about to run again
        self._runs += 1
        self._kept = {
            hash_: used for hash_, used in self._kept.items() if self._runs - used <= self._keep_for
        }
        return True

    def _fail(self, link: str, what: str) -> None:
        self._tally.failures.append(f"{link}: {what}")
