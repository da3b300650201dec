"""One's own normality: a few images, a detector fitted at once, others scored."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.data import Dataset
from ae.data.selection import at_random
from ae.detection.measures import USUAL_RATE
from ae.detection.scores import LEAST_NORMAL, MOST_NORMAL, Untrained
from ae.images.preparation import prepare
from ae.images.sheets import to_uint8
from ae.images.uploads import read_upload
from ae.metrics import p_values
from ae.ui.door.uploads import WHERE_IT_STAYS, receive, uploader
from ae.ui.pictures import Row, picture_table
from ae.ui.sources import own_images

_JUDGED = 12
_FLAG = "\N{BLACK FLAG}"

Images = NDArray[np.float32]
Scores = NDArray[np.float64]


def show_own_normality(test: Dataset | None) -> None:
    """Let normal images be given, fit what needs no training, and score others."""
    st.markdown(
        f"Give {LEAST_NORMAL} to {MOST_NORMAL} images that are normal to you. What "
        "needs no training is fitted to them on the spot; then others are scored."
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Normal**")
        normal, used = _choose("normal", test, MOST_NORMAL, count=100)
    with right:
        st.markdown("**To be scored**")
        # Who was learned from looks normal in any case.
        others, _ = _choose("judged", test, _JUDGED, count=_JUDGED, leave_out=used)
    if normal is None or others is None or not _asked():
        return
    try:
        own, scores = _scores(normal, others)
    except ValueError as problem:
        st.warning(f"{problem}.")
        return
    _show_scores(own, scores, others)


def _asked() -> bool:
    """Whether fitting was asked for; from then on every change is followed."""

    def ask() -> None:
        st.session_state["own-asked"] = True

    if st.session_state.get("own-asked"):
        return True
    st.button("Fit and score", type="primary", on_click=ask)
    return False


@st.cache_data(show_spinner="Fitting", max_entries=4)
def _scores(normal: Images, others: Images) -> tuple[Scores, Scores]:
    untrained = Untrained(normal)
    return untrained.normal, untrained.score(others)


def _show_scores(own: Scores, scores: Scores, others: Images) -> None:
    chances = p_values(scores, own)
    order = np.argsort(-scores, kind="stable")
    flagged = chances <= USUAL_RATE
    captions = [f"{_FLAG if flagged[at] else ''} p {chances[at]:.2f}".strip() for at in order]
    names = [f"Image {at + 1}" for at in order]
    row = Row(
        f"{flagged.sum()} of {len(scores)} flagged",
        "the least normal first",
        to_uint8(others[order, ..., 0]),
        captions,
    )
    picture_table(names, [row], key="own-table")
    st.caption(
        f"{_FLAG} marks a p-value of {USUAL_RATE:g} at most: (1 + those of your {len(own)} normal "
        f"images, each scored without itself, that score as high) / ({len(own)} + 1)."
    )


def _choose(
    key: str, test: Dataset | None, most: int, *, count: int, leave_out: Sequence[int] = ()
) -> tuple[Images | None, Sequence[int]]:
    """Take images of test classes, or uploads; say which test images they are."""
    sources = ("Upload",) if test is None else ("Test images", "Upload")
    source = st.segmented_control(
        "From", sources, default=sources[0], required=True, key=f"own-{key}-from"
    )
    if test is None or source == "Upload":
        if key == "normal":
            return _uploaded(most), ()
        own = own_images("Upload", "judged-")
        return None if own is None else own.images, ()
    assert test.labels is not None
    classes = ("All classes", *test.class_names)
    name = st.selectbox("Class", classes, index=1 if key == "normal" else 0, key=f"own-{key}-class")
    least = LEAST_NORMAL if key == "normal" else 1
    n = st.slider("How many", least, most, count, key=f"own-{key}-count")
    label = None if name == classes[0] else classes.index(name) - 1
    seed = 0 if key == "normal" else 1
    chosen = at_random(test.labels, n, seed=seed, label=label, leave_out=leave_out)
    return test.images[chosen], chosen.tolist()


def _uploaded(most: int) -> Images | None:
    # More than there is room for among the pictures that all pages offer.
    images: dict[str, Images] = st.session_state.setdefault("own-normal-images", {})

    def take(file: str, _: str, data: bytes) -> None:
        images[file] = prepare(read_upload(data)).image

    inlet = uploader(f"Pictures of garments, {most} at most, 10 MB each", many=True)
    receive(inlet, take, key="own-normal-files", kept=images, most=most)
    if not images:
        st.caption(WHERE_IT_STAYS)
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(images)} of your pictures.", width="content")
        st.button(
            "Remove",
            key="own-normal-remove",
            icon=":material/close:",
            type="tertiary",
            on_click=images.clear,
        )
    return np.stack(list(images.values()))
