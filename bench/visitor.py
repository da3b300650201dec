"""A visitor without a browser, in Streamlit's own protocol."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

PATIENCE_S = 120.0  # with one page
_SETTINGS = ("button_group", "checkbox", "radio", "selectbox", "slider")
_WELL = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass
class Tally:
    """What visitors saw.

    Attributes:
        opening: Seconds from asking for a page to the end of its script, each time.
        clicking: Seconds from another setting on a page to the end of what it runs.
        received: Bytes over all websockets.
        failures: What went wrong, and where.
    """

    opening: list[float] = field(default_factory=list)
    clicking: list[float] = field(default_factory=list)
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
        # Where it is, and by id what stands there that can be set, in which fragment.
        self._path = self._query = ""
        self._widgets: dict[str, tuple[Element, str]] = {}
        self._set: dict[str, WidgetState] = {}

    async def open(self, path: str, query: str = "") -> None:
        """Open a page, wait until its script has run, and write down how it went.

        Args:
            path: The page's, "" for the first.
            query: What its link sets.

        Raises:
            ConnectionError: If the server does not answer, which is written down, too.
        """
        self._path, self._query = path, query
        self._set.clear()
        await self._run("", self._tally.opening)

    async def click(self, rng: random.Random) -> bool:
        """Change a setting of the page, as ``open``; tell whether there was any."""
        choices = [
            (state, fragment)
            for element, fragment in self._widgets.values()
            if (state := another_setting(element, rng)) is not None
        ]
        if choices:
            state, fragment = rng.choice(choices)
            self._set[state.id] = state
            await self._run(fragment, self._tally.clicking)
        return bool(choices)

    async def _run(self, fragment: str, seconds: list[float]) -> None:
        link, before = f"/{self._path}?{self._query}", len(self._tally.failures)
        if not fragment:
            self._widgets.clear()
        start = time.perf_counter()
        try:
            await self._socket.send(self._request(fragment))
            await asyncio.wait_for(self._whole_run(link), PATIENCE_S)
        except (WebSocketException, OSError, asyncio.TimeoutError) as problem:
            self._fail(link, f"{type(problem).__name__} {problem}")
            raise ConnectionError(link) from problem
        if len(self._tally.failures) == before:
            seconds.append(time.perf_counter() - start)

    def _request(self, fragment: str) -> bytes:
        message = BackMsg()
        run = message.rerun_script
        run.query_string = self._query
        run.fragment_id = fragment
        run.widget_states.widgets.extend(self._set.values())
        # The hashes arrive with the first page.
        if self._path in self._hashes:
            run.page_script_hash = self._hashes[self._path]
        else:
            run.page_name = self._path
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
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta":
                self._look_at(message, link)
            self._keep(message)
            if kind == "script_finished" and self._is_over(message, link):
                return

    def _keep(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "ref_hash":
            self._kept[message.ref_hash] = self._runs
        elif message.metadata.cacheable:
            self._kept[message.hash] = self._runs

    def _look_at(self, message: ForwardMsg, link: str) -> None:
        if message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind == "exception":
                problem = element.exception
                self._fail(link, f"{problem.type} {problem.message}")
            elif kind in _SETTINGS:
                name = getattr(element, kind).id
                self._widgets[name] = element, message.delta.fragment_id

    def _is_over(self, message: ForwardMsg, link: str) -> bool:
        how = message.script_finished
        if how == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._fail(link, "the script does not compile")
            return True
        if how not in _WELL:
            return False  # it is about to run again
        self._runs += 1
        self._kept = {
            hash_: used for hash_, used in self._kept.items() if self._runs - used <= self._keep_for
        }
        return True

    def _fail(self, link: str, what: str) -> None:
        self._tally.failures.append(f"{link}: {what}")


def another_setting(element: Element, rng: random.Random) -> WidgetState | None:
    """Return a widget's state once it is set to anything; None if it cannot be set."""
    kind = element.WhichOneof("type") or ""
    widget = getattr(element, kind)
    if widget.disabled or widget.form_id:
        return None
    state = WidgetState(id=widget.id)
    if kind == "checkbox":
        state.bool_value = not (widget.value if widget.set_value else widget.default)
    elif kind == "slider" and not widget.options and widget.step:
        steps = rng.randint(0, round((widget.max - widget.min) / widget.step))
        state.double_array_value.data.append(min(widget.min + steps * widget.step, widget.max))
    elif kind == "button_group" and widget.options:
        state.string_array_value.data.append(rng.choice(widget.options).content)
    elif kind in ("radio", "selectbox") and widget.options:
        state.string_value = rng.choice(widget.options)
    else:
        return None
    return state
