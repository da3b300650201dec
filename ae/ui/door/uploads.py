"""What a visitor brought: read once, and theirs until they remove it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ae.images import read_upload
from ae.ui.door.record import begin, held

_T = TypeVar("_T")
MOST = 12
FILE_TYPES = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
_LARGEST = 1024  # pixels along a picture that is kept: at most 4 MB
_LONGEST = 40  # characters of a name
_MANY = 10  # pictures take a second or more
_PICTURES = "uploads"

# Draws a widget of this key, and returns the files that are in it.
Inlet = Callable[[str], "UploadedFile | Sequence[UploadedFile] | None"]


class Upload:
    """A picture of the visitor's own.

    Attributes:
        name: What its file was called, or a part of that.
        picture: As ``read_upload`` returns it, but at most 1024 pixels long.
    """

    def __init__(self, name: str, picture: Image.Image) -> None:
        """Name a picture."""
        self.name, self.picture = name, picture
        self._made: tuple[Hashable, object] = None, None

    def made(self, what: Hashable, make: Callable[[Image.Image], _T]) -> _T:
        """Return what is made of it; made once, as long as nothing else is asked for.

        Args:
            what: Names what is made.
            make: From the picture; a photograph takes a third of a second to prepare.
        """
        if self._made[0] != what:
            self._made = what, make(self.picture)
        return self._made[1]  # type: ignore[return-value]


def receive(
    inlet: Inlet, take: Callable[[str, bytes], None], *, key: str, room: int
) -> None:
    """Draw a widget for files and have each taken once; say which cannot be, and why.

    The widget is then empty again: Streamlit's own forgets its files anyway as soon as
    it is not drawn.

    Args:
        inlet: Draws it.
        take: From a file's name, which may be shown anywhere, and its bytes, which may
            be anything; raises ValueError with a sentence. A run that is cut short
            gives the same file again.
        key: Of the widget, unique on the page; a number is added to it.
        room: How many files are taken at most.
    """
    turn, problems = held(f"{key}-turn") or (0, "")
    given = inlet(f"{key}-{turn}")
    files = given if isinstance(given, Sequence) else [given] if given else []
    if problems:
        st.error(problems)
    if not files:
        return
    found = []
    if len(files) > room:
        found.append(
            f"There is room for the first {room} of {len(files)} files; remove others "
            "before you bring more."
        )
    bar = st.progress(0.0, "Reading the files") if len(files) > _MANY else None
    for number, file in enumerate(files[:room], 1):
        name = _plain(file.name)
        try:
            take(name, file.getvalue())
        except ValueError as problem:
            found.append(f"{name}: {problem}")
        if bar is not None:
            bar.progress(number / len(files), f"{number} of {len(files)} files read")
    begin(f"{key}-turn", (turn + 1, "\n\n".join(found)))
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # in a run of the whole page, no fragment runs alone
        st.rerun()


def _plain(name: str) -> str:
    """Shorten a file's name, and leave out what Markdown or HTML could be made of."""
    kept = "".join(c if c.isalnum() or c in " .-_()" else " " for c in name)
    return " ".join(kept.split())[-_LONGEST:] or "file"


# Pictures, on all pages ----------------------------------------------------------


def pictures() -> dict[str, Upload]:
    """Return the pictures of this session by digest, at most ``MOST``."""
    kept: dict[str, Upload] = st.session_state.setdefault(_PICTURES, {})
    return kept


def receive_pictures(
    inlet: Inlet,
    source: str,
    *,
    key: str,
    name: str = "",
    on_new: Callable[[], None] | None = None,
) -> None:
    """Draw a widget for pictures and keep those that come.

    Args:
        inlet: Draws it.
        source: Which of several widgets of a key it is.
        key: Of the widgets, and of ``choose_picture``, where the new one is chosen.
        name: Of the picture, where it is not that of their files.
        on_new: Called when there is another.
    """

    def take(file_name: str, data: bytes) -> None:
        digest = digest_of(file_name, data)
        if digest not in pictures():
            picture = read_upload(data)
            picture.thumbnail((_LARGEST, _LARGEST))
            pictures()[digest] = Upload(_unused(name or file_name), picture)
        begin(_which(key), digest)
        if on_new is not None:
            on_new()

    receive(inlet, take, key=f"{key}-{source}", room=MOST - len(pictures()))


def digest_of(name: str, data: bytes) -> str:
    """Return what tells a file from others."""
    return hashlib.sha256(name.encode() + b"\0" + data).hexdigest()


def _unused(name: str) -> str:
    names = {upload.name for upload in pictures().values()}
    numbered = (f"{name} ({number})" for number in range(2, MOST + 2))
    return name if name not in names else next(n for n in numbered if n not in names)


def choose_picture(
    *, key: str, on_change: Callable[[], None] | None = None
) -> Upload | None:
    """Show which picture is chosen, or let one be chosen; None while there is none.

    Args:
        key: Of the widgets, unique on the page.
        on_change: Called when another one is.
    """

    def choose() -> None:
        begin(_which(key), st.session_state[_which(key)])
        if on_change is not None:
            on_change()

    kept = pictures()
    if not kept:
        return None
    chosen = held(_which(key))
    if chosen not in kept:
        chosen = list(kept)[-1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(kept) > 1:
            st.session_state[_which(key)] = chosen
            st.selectbox(
                "Your pictures",
                list(kept),
                format_func=lambda digest: kept[digest].name,
                key=_which(key),
                on_change=choose,
                width=300,
            )
        else:
            st.text(kept[chosen].name, width="content")
        _remove_button(chosen, key, on_change)
    return kept[chosen]


def list_pictures(*, key: str) -> dict[str, Upload]:
    """Show all pictures by name, each with a button that removes it; return them.

    Args:
        key: Of the buttons.
    """
    kept = dict(pictures())
    with st.container(horizontal=True):
        for digest, upload in kept.items():
            with st.container(
                horizontal=True, vertical_alignment="center", width="content"
            ):
                st.text(upload.name, width="content")
                _remove_button(digest, key, None)
    return {upload.name: upload for upload in kept.values()}


def _remove_button(digest: str, key: str, on_change: Callable[[], None] | None) -> None:
    def remove() -> None:
        pictures().pop(digest, None)
        if on_change is not None:
            on_change()

    st.button(
        "Remove",
        key=f"{key}-remove-{digest[:12]}",
        icon=":material/close:",
        type="tertiary",
        on_click=remove,
    )


def _which(key: str) -> str:
    return f"{key}-which"
