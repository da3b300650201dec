"""One's own normality: a few images, a detector fitted at once, others scored."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.data import Dataset
from ae.data.selection import at_random
from ae.detection.measures import USUAL_RATE
from ae.detection.scores import LEAST_NORMAL, MOST_NORMAL, Untrained
from ae.images.preparation import prepare
from ae.images.sheets import to_uint8
from ae.images.uploads import MAX_UPLOAD_BYTES, read_upload, refuse_empty
from ae.metrics import p_values
from ae.ui.controls import download
from ae.ui.door.uploads import WHERE_IT_STAYS, receive, uploader
from ae.ui.pictures import Row, picture_table
from ae.ui.tables import as_text

_SCORED = 12
_FLAG = "\N{BLACK FLAG}"

Images = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class _Given:
    """Pictures of one side: normal, or to be scored."""

    images: Images  # (n, 28, 28, 1) in [0, 1]
    names: Sequence[str]  # what each is called
    numbers: Sequence[int] = ()  # of the test images among them


def show_own_normality(test: Dataset | None) -> None:
    """Let normal images be given, fit what needs no training, and score others."""
    st.markdown(
        f"Give {LEAST_NORMAL} to {MOST_NORMAL} images that are normal to you. What "
        "needs no training is fitted to them on the spot; then others are scored."
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Normal**")
        normal = _choose("normal", test, MOST_NORMAL, count=100)
    with right:
        st.markdown("**To be scored**")
        # Who was learned from looks normal in any case.
        used = normal.numbers if normal else ()
        others = _choose("scored", test, _SCORED, count=_SCORED, leave_out=used)
    lacking = _lacking(normal, others)
    if lacking:
        st.caption(lacking)
    if not _asked(disabled=bool(lacking)) or lacking or normal is None or others is None:
        return
    own, scores = _scores(normal.images, others.images)
    _show_scores(own, scores, others)


def _lacking(normal: _Given | None, others: _Given | None) -> str:
    """Say what must still be given; nothing where all is here."""
    n = 0 if normal is None else len(normal.images)
    if n < LEAST_NORMAL:
        return f"Fitting needs {LEAST_NORMAL} normal pictures at least; {n} are here."
    return "" if others else "Give one picture at least that is to be scored."


def _asked(*, disabled: bool) -> bool:
    """Whether fitting was asked for; from then on every change is followed."""

    def ask() -> None:
        st.session_state["own-asked"] = True

    if st.session_state.get("own-asked"):
        return True
    st.button("Fit and score", type="primary", on_click=ask, disabled=disabled)
    return False


@st.cache_data(show_spinner="Fitting", max_entries=4)
def _scores(normal: Images, others: Images) -> tuple[Scores, Scores]:
    untrained = Untrained(normal)
    return untrained.normal, untrained.score(others)


def _show_scores(own: Scores, scores: Scores, others: _Given) -> None:
    chances = p_values(scores, own)
    order = np.argsort(-scores, kind="stable")
    names = [others.names[at] for at in order]
    scores, chances = scores[order], chances[order]
    flagged = chances <= USUAL_RATE
    captions = [
        f"{_FLAG if flag else ''} {_signed(score)}".strip()
        for flag, score in zip(flagged, scores, strict=True)
    ]
    row = Row(
        f"{flagged.sum()} of {len(scores)} flagged",
        "the least normal first",
        to_uint8(others.images[order, ..., 0]),
        captions,
    )
    at = picture_table(names, [row], key="own-table")
    st.markdown(
        f"**{as_text(names[at])}**: number {at + 1} of {len(scores)}, score "
        f"{_signed(scores[at])}, p-value {chances[at]:.3f}: {np.sum(own >= scores[at]):,} of your "
        f"{len(own):,} normal pictures score as high."
    )
    st.caption(
        "Scores are in standard deviations of your normal pictures, each scored without itself: 0 "
        f"is as usual as they are. {_FLAG} marks a p-value of {USUAL_RATE:g} at most: (1 + normal "
        f"pictures that score as high) / ({len(own)} + 1), so {1 / (len(own) + 1):.3f} is the "
        "least there can be, and scores tell apart what shares it."
    )
    download(
        "Scores of your pictures as CSV",
        lambda: _to_csv(names, scores, chances, flagged),
        "own-scores.csv",
    )


def _signed(score: float) -> str:
    return f"{score:+.1f}".replace("-", "\N{MINUS SIGN}")


def _to_csv(
    names: Sequence[str], scores: Scores, chances: Scores, flagged: NDArray[np.bool_]
) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["rank", "image", "score", "p_value", "flagged"])
    for rank, row in enumerate(zip(names, scores, chances, flagged, strict=True), 1):
        name, score, chance, flag = row
        lines.writerow([rank, name, f"{score:.5g}", f"{chance:.5g}", bool(flag)])
    return text.getvalue()


def _choose(
    key: str, test: Dataset | None, most: int, *, count: int, leave_out: Sequence[int] = ()
) -> _Given | None:
    """Take images of test classes, or uploads."""
    sources = ("Upload",) if test is None else ("Test images", "Upload")
    source = st.segmented_control(
        "From", sources, default=sources[0], required=True, key=f"own-{key}-from"
    )
    if test is None or source == "Upload":
        return _uploaded(key, most)
    assert test.labels is not None
    classes = ("All classes", *test.class_names)
    name = st.selectbox("Class", classes, index=1 if key == "normal" else 0, key=f"own-{key}-class")
    least = LEAST_NORMAL if key == "normal" else 1
    n = st.slider("How many", least, most, count, key=f"own-{key}-count")
    label = None if name == classes[0] else classes.index(name) - 1
    seed = 0 if key == "normal" else 1
    chosen = at_random(test.labels, n, seed=seed, label=label, leave_out=leave_out).tolist()
    names = [f"{test.class_names[test.labels[at]]} {at}" for at in chosen]
    return _Given(test.images[chosen], names, chosen)


def _uploaded(key: str, most: int) -> _Given | None:
    # By file, with its name. More than there is room for among the pictures that all pages offer.
    kept: dict[str, tuple[str, Images]] = st.session_state.setdefault(f"own-{key}-images", {})

    def take(file: str, name: str, data: bytes) -> None:
        picture = read_upload(data)
        refuse_empty(picture)
        kept[file] = name, prepare(picture).image

    most_mb = MAX_UPLOAD_BYTES >> 20
    label = f"Pictures of anything, {most} at most, {most_mb} MB each"
    inlet = uploader(label, many=True, most_mb=most_mb)
    receive(inlet, take, key=f"own-{key}-files", kept=kept, most=most)
    if not kept:
        st.caption(WHERE_IT_STAYS)
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{len(kept)} of your pictures, cut out and made grey, 28 by 28.", width="content"
        )
        st.button(
            "Remove",
            key=f"own-{key}-remove",
            icon=":material/close:",
            type="tertiary",
            on_click=kept.clear,
        )
    names, images = zip(*kept.values(), strict=True)
    return _Given(np.stack(images), names)
