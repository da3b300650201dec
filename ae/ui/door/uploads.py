"""What a visitor brought: read once, and theirs until they remove it."""

from collections.abc import Callable, Collection, Hashable, Sequence
from functools import partial
from typing import TypeVar

import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ae.images.uploads import read_upload, refuse_empty
from ae.ui.door.record import begin, held

MOST = 12
WHERE_IT_STAYS = (
    "What you bring stays in the memory of the machine this app runs on, until you "
    "remove it or leave."
)
_TYPES = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
_LARGEST = 1024  # pixels along a picture that is kept: at most 4 MB
_LONGEST = 40  # characters of a name
_MANY = 10  # pictures take a second or more
_PICTURES, _MADE = "uploads", "made-of-uploads"
_T = TypeVar("_T")

# Draws a widget of a key for files, and returns those that are in it.
Inlet = Callable[..., "UploadedFile | Sequence[UploadedFile] | None"]
# Takes a file: what tells it from others, its name, which may be shown anywhere, and
# its bytes, which may be anything; raises ValueError with a sentence.
Take = Callable[[str, str, bytes], None]


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


def uploader(
    label: str, *, many: bool = False, types: Sequence[str] = _TYPES, most_mb: int = 10
) -> Inlet:
    """Return what draws a widget for files of some types, of so many MB at most."""
    return partial(st.file_uploader, label, types, many, max_upload_size=most_mb)


def receive(
    inlet: Inlet, take: Take, *, key: str, kept: Collection[str] = (), most: int = 1
) -> None:
    """Draw a widget for files and have each taken; say which cannot be, and why.

    The widget is then empty again: Streamlit's own forgets its files anyway as soon as
    it is not drawn.

    Args:
        inlet: Draws it.
        take: Takes a file.
        key: Of the widget, unique on the page; a number is added to it.
        kept: What was taken already.
        most: How many are kept at most.
    """
    files = _in_widget(inlet, key)
    if not files:
        return
    # A run that was cut short has read some of them.
    files = [file for file in files if file.file_id not in kept]
    room, found = most - len(kept), []
    if len(files) > room:
        found.append(
            f"There is room for the first {room} of {len(files)} files; remove others "
            "before you bring more."
        )
    bar = st.progress(0.0, "Reading the files") if len(files) > _MANY else None
    for number, file in enumerate(files[:room], 1):
        name = plain_name(file.name)
        try:
            take(file.file_id, name, file.getvalue())
        except ValueError as problem:
            found.append(f"{name}: {problem}")
        if bar is not None:
            bar.progress(number / len(files), f"{number} of {len(files)} files read")
    _empty_widget(key, "\n\n".join(found))


def receive_together(
    inlet: Inlet, take: Callable[[dict[str, bytes]], None], *, key: str, most_mb: int
) -> None:
    """Draw a widget for files that belong together, and have them taken, by name.

    Args:
        inlet: Draws it.
        take: Takes them; raises ValueError with a sentence. Of files with the same name, which
            may be from several folders, all but the first are numbered.
        key: Of the widget, unique on the page; a number is added to it.
        most_mb: Of all files together.
    """
    files = _in_widget(inlet, key)
    if files:
        problem = ""
        try:
            if sum(file.size for file in files) > most_mb << 20:
                raise ValueError(f"The files are larger than {most_mb} MB together; bring fewer.")
            take(_by_name(files))
        except ValueError as refused:
            problem = str(refused)
        _empty_widget(key, problem)


def _by_name(files: Sequence[UploadedFile]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for number, file in enumerate(files, 1):
        name = file.name if file.name not in found else f"{number} {file.name}"
        found[name] = file.getvalue()
    return found


def _in_widget(inlet: Inlet, key: str) -> Sequence[UploadedFile]:
    """Draw a widget, say what was wrong with its last files, and return those in it now."""
    number, problems = held(f"{key}-widget") or (0, "")
    given = inlet(key=f"{key}-{number}")
    if problems:
        st.error(problems)
    return given if isinstance(given, Sequence) else [given] if given else []


def _empty_widget(key: str, problems: str) -> None:
    number, _ = held(f"{key}-widget") or (0, "")
    begin(f"{key}-widget", (number + 1, problems))
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # in a run of the whole page, no fragment runs alone
        st.rerun()


def plain_name(name: str) -> str:
    """Shorten a file's name, and leave out what Markdown or HTML could be made of."""
    kept = "".join(c if c.isalnum() or c in " .-_()" else " " for c in name)
    short = " ".join(kept.split()) or "file"
    # Its end says of which kind it is.
    return short if len(short) <= _LONGEST else f"{short[:-8][:_LONGEST]}…{short[-8:]}"


# Pictures, on all pages ----------------------------------------------------------


def pictures() -> dict[str, Upload]:
    """Return the pictures of this session by file, at most ``MOST``."""
    kept: dict[str, Upload] = st.session_state.setdefault(_PICTURES, {})
    return kept


def made_of_pictures(what: Hashable, make: Callable[[], _T], *, sort: str, most: int) -> _T:
    """Return what is made of pictures of this session, kept until one of them is removed.

    Args:
        what: Names what is made, and of what.
        make: Makes it.
        sort: What sort of thing it is.
        most: How many of the sort are kept, the last ones.
    """
    made: dict[Hashable, _T] = st.session_state.setdefault(_MADE, {}).setdefault(sort, {})
    made[what] = made.pop(what) if what in made else make()
    if len(made) > most:
        made.pop(next(iter(made)))
    return made[what]


def receive_pictures(
    inlet: Inlet,
    source: str,
    *,
    key: str,
    name: str = "",
    on_new: Callable[[], None] = lambda: None,
) -> None:
    """Draw a widget for pictures and keep those that come.

    The new one is chosen in ``choose_picture`` of the same key, for which there may be a widget for
    each source; its name is that of its file, unless given.
    """

    def take(file: str, file_name: str, data: bytes) -> None:
        picture = read_upload(data)
        picture.thumbnail((_LARGEST, _LARGEST))
        pictures()[file] = Upload(_unused(name or file_name), picture)
        begin(_which(key), file)
        on_new()
        try:
            refuse_empty(picture)
        except ValueError as problem:  # one may want to see what a model makes of it
            raise ValueError(f"{problem} Until then it is shown.") from problem

    receive(inlet, take, key=f"{key}-{source.lower()}", kept=pictures(), most=MOST)


def _unused(name: str) -> str:
    names = {upload.name for upload in pictures().values()}
    numbered = (f"{name} ({number})" for number in range(2, MOST + 2))
    return name if name not in names else next(n for n in numbered if n not in names)


def choose_picture(*, key: str, on_change: Callable[[], None] = lambda: None) -> Upload | None:
    """Show which picture is chosen, or let one be chosen; None while there is none."""

    def choose() -> None:
        begin(_which(key), st.session_state[_which(key)])
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
                format_func=lambda file: kept[file].name,
                key=_which(key),
                on_change=choose,
                width=300,
            )
        else:
            st.text(kept[chosen].name, width="content")
        _remove_button(chosen, key, on_change)
    return kept[chosen]


def list_pictures(*, key: str) -> dict[str, Upload]:
    """Show all pictures by name, each with a button that removes it; return them."""
    kept = dict(pictures())
    with st.container(horizontal=True):
        for file, upload in kept.items():
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                st.text(upload.name, width="content")
                _remove_button(file, key)
    return {upload.name: upload for upload in kept.values()}


def _remove_button(file: str, key: str, on_change: Callable[[], None] = lambda: None) -> None:
    def remove() -> None:
        pictures().pop(file, None)
        st.session_state.pop(_MADE, None)
        on_change()

    st.button(
        "Remove",
        key=f"{key}-remove-{file}",
        icon=":material/close:",
        type="tertiary",
        on_click=remove,
    )


def _which(key: str) -> str:
    return f"{key}-which"
