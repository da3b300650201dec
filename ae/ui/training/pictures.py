"""What is learned from: pictures of the visitor's own, or a data set."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock

import streamlit as st

from ae.data import caveat, collection, drawn_faces, fashion_mnist, photographs, smiles
from ae.data.collection import Collection, forget, glimpse
from ae.data.gathering import FROM_BROWSER, LEAST, Files, files_in_zip, prepare
from ae.images.sheets import contact_sheet
from ae.ui.controls import choose_one
from ae.ui.door.link import IN_LINK
from ae.ui.door.uploads import plain_name, receive_together, uploader
from ae.ui.pictures import show_picture
from ae.ui.tables import show_table

_OWN, _BUILT_IN = "Your pictures", "A data set"
_TYPES = ("zip", "png", "jpg", "jpeg", "webp", "bmp", "gif", "csv")
_MOST_MB = 256
_SHOWN, _COLUMNS = 24, 12
_MOST_ROWS = 12  # of classes
_preparing = Lock()


@dataclass(frozen=True)
class Learned:
    """What is learned from."""

    dataset: str  # as in ``ae.data.load``
    image_shape: tuple[int, int, int]  # (height, width, channels)
    n: int  # pictures to learn from
    title: str  # what a model of them is called at first


_DATA_SETS = {
    "Fashion-MNIST": Learned(fashion_mnist.NAME, (28, 28, 1), 55_000, "My garments"),
    "Drawn faces": Learned(drawn_faces.NAME, (64, 64, 3), 20_000, "My drawn faces"),
    "SMILEsmileD": Learned(smiles.NAME, (64, 64, 1), 10_500, "My faces"),
    "Photographs": Learned(photographs.NAME, (64, 64, 3), 28_800, "My photographs"),
}


def choose_learned() -> Learned | None:
    """Ask what is learned from, and show what was brought; None while there is nothing."""
    if choose_one("Learn from", (_OWN, _BUILT_IN), "learn") == _BUILT_IN:
        name = choose_one("Data set", _DATA_SETS, "dataset")
        chosen = _DATA_SETS[name]
        height, width, channels = chosen.image_shape
        st.caption(
            f"About {chosen.n:,} pictures of {height} by {width} pixels in "
            f"{'colour' if channels == 3 else 'grey'}. What is not on this machine yet is fetched "
            "when the training begins."
        )
        if caveat(chosen.dataset):
            st.caption(caveat(chosen.dataset))
        return chosen
    st.markdown(
        f"{LEAST} pictures at least: files, or better a zip of them. Folders in the zip are "
        "classes. A table `attributes.csv` beside them, a row for each file name and columns of "
        "numbers or of 0 and 1, gives attributes, which Arithmetic then adds and takes away."
    )
    inlet = uploader(
        f"A zip of pictures, or several of PNG, JPEG, WebP, BMP or GIF, {_MOST_MB} MB at most",
        many=True,
        types=_TYPES,
        most_mb=_MOST_MB,
    )
    receive_together(inlet, _take, key="training-pictures", most_mb=_MOST_MB)
    st.caption(
        "They are kept small, on the machine this app runs on, until they are forgotten here. "
        "Who else opens this app can train with them, too, and sees some of them in the model."
    )
    found = _choose_kept(collection.kept())
    if found is None:
        return None
    _show(found)
    n = found.splits["train"]
    return Learned(found.dataset, found.image_shape, n[1] - n[0], "My pictures")


def _take(files: dict[str, bytes]) -> None:
    zips = [name for name in files if name.lower().endswith(".zip")]
    if len(zips) > 1 or (zips and len(files) > 1):
        raise ValueError("Bring one zip, or pictures, not both.")
    read: Files = files_in_zip(files[zips[0]]) if zips else _files(files)
    bar = st.progress(0.0, "Looking at the pictures")

    def tell(done: int, total: int) -> None:
        if done % 20 == 0:
            bar.progress(done / total, f"Looking at the pictures: {done / total:.0%}")

    # Decoding many pictures keeps a processor busy: one visitor's at a time.
    with _preparing:
        try:
            found = prepare(read, FROM_BROWSER, tell)
        except OSError as problem:
            raise ValueError(f"They cannot be kept here ({problem.strerror}).") from problem
    bar.empty()
    st.session_state["pictures"] = found.digest


def _files(files: dict[str, bytes]) -> dict[str, Callable[[], bytes]]:
    return {name: partial(bytes, content) for name, content in files.items()}


def _choose_kept(kept: list[Collection]) -> Collection | None:
    """Let one of the collections on this machine be chosen, the newest at first."""
    if not kept:
        return None
    by_digest = {each.digest: each for each in kept}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digest = st.selectbox(
            "Pictures on this machine",
            list(by_digest),
            format_func=lambda digest: _in_short(by_digest[digest]),
            key="pictures",
            width=420,
            **IN_LINK,
        )

        def drop() -> None:
            forget(digest)

        st.button(
            "Forget them",
            icon=":material/delete:",
            on_click=drop,
            help="Deletes them from this machine. Models that learned from them stay.",
        )
    return by_digest[digest]


def _in_short(found: Collection) -> str:
    kinds = f", {len(found.classes)} classes" if found.classes else ""
    if found.attributes:
        kinds += f", {len(found.attributes)} attribute{'s' if len(found.attributes) > 1 else ''}"
    colour = "colour" if found.colour else "grey"
    return f"{found.n:,} of {found.side} by {found.side}, {colour}{kinds} ({found.digest[:4]})"


def _show(found: Collection) -> None:
    smallest, largest = found.sizes
    sizes = f"{smallest}" if smallest == largest else f"{smallest} to {largest}"
    held_out = found.splits["test"][1]
    st.markdown(
        f"**{found.n:,} pictures** can be used, each cut to a square of {found.side} by "
        f"{found.side} pixels in {'colour' if found.colour else 'grey'}; the shorter sides of the "
        f"files have {sizes}. {held_out:,} are held out to say when to stop, and {held_out:,} "
        "others to measure."
    )
    pictures = glimpse(found.digest, _SHOWN)
    show_picture(
        contact_sheet(pictures, columns=_COLUMNS, gap=1, background=0),
        alt=f"{len(pictures)} of the pictures, as they are learned from",
        scale=max(1, 64 // found.side),
        width="stretch",
    )
    if found.classes:
        rows = sorted(found.classes.items(), key=lambda row: -row[1])
        more = sum(count for _, count in rows[_MOST_ROWS:])
        rows = [*rows[:_MOST_ROWS], *([("others", more)] if more else [])]
        show_table(
            {"Class": [name for name, _ in rows], "Pictures": [f"{count:,}" for _, count in rows]},
            width="content",
        )
    for reason, names in found.named.items():
        if names:
            listed = ", ".join(plain_name(name) for name in names[:6])
            more = found.left_out[reason] - len(names[:6])
            st.text(
                f"Left out, {reason}: {found.left_out[reason]:,} ({listed}"
                f"{f' and {more:,} more' if more else ''})"
            )
