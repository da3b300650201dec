"""A direction of one's own: from two groups, named, applied, saved and brought back."""

import numpy as np
import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.latent.collected import LEAST_MEASURED, between
from ae.latent.directions import MAX_JSON_BYTES, MAX_NAME, STEPS, Direction
from ae.latent.edits import added
from ae.ui.arithmetic.edits import known_amounts
from ae.ui.arithmetic.groups import choose_groups
from ae.ui.arithmetic.moved import show_moved
from ae.ui.arithmetic.quality import in_words
from ae.ui.arithmetic.subject import choose_subject
from ae.ui.controls import download
from ae.ui.door.link import IN_LINK, Numbers
from ae.ui.door.uploads import receive, uploader
from ae.ui.evidence import show_support
from ae.ui.live import Decoder, Move, live_edit
from ae.ui.walk import FRAMES, offer_walk

_LINK = Numbers("own", (1, 1), (-STEPS, STEPS))
_SUBJECT = "face"
_GROUPS = "The groups above"


@st.fragment
def show_own_direction(autoencoder: Autoencoder) -> None:
    """Collect two groups, and move a picture from the one towards the other."""
    collected = _collect(autoencoder)
    _keep_and_bring(autoencoder, collected)
    choices = {} if collected is None else {_GROUPS: collected}
    for name, direction in kept_directions(autoencoder).items():
        choices[f"{name} (kept)" if name in choices else name] = direction
    if not choices:
        return
    st.header("Apply it", anchor=False)
    _apply(autoencoder, _choose(choices))


def _collect(autoencoder: Autoencoder) -> Direction | None:
    a, b = choose_groups(autoencoder)
    both = np.intersect1d(a, b)
    if len(both):
        st.warning(f"{len(both):,} images are in both groups and are left out.")
        a, b = np.setdiff1d(a, both), np.setdiff1d(b, both)
    if not len(a) or not len(b):
        st.info("Put at least one picture into each group: the direction leads from A to B.")
        return None
    name = st.text_input(
        "Name of the direction",
        "From A to B",
        max_chars=MAX_NAME,
        key="own_name",
        width=300,
        **IN_LINK,
    )
    name = "".join(c for c in name.strip() if c.isprintable()) or "From A to B"
    try:
        direction = between(name, autoencoder.codes[a], autoencoder.codes[b])
    except ValueError as problem:
        st.warning(f"There is no direction: {problem}.")
        return None
    _show_quality(direction)
    return direction


def _show_quality(direction: Direction) -> None:
    if direction.is_measured:
        # The name is the visitor's own text: never Markdown.
        st.markdown(in_words("From A to B", direction))
        st.caption(
            "Measured on every second picture of both groups, with a direction "
            "learned from the others. The one applied is learned from all."
        )
    else:
        st.caption(
            f"Too few to measure: with {LEAST_MEASURED} pictures in each group, half of "
            "them could measure the direction that the other half gives."
        )


# Kept ------------------------------------------------------------------------------


def kept_directions(autoencoder: Autoencoder) -> dict[str, Direction]:
    """Return the directions kept in this session for a model, by name."""
    return dict(st.session_state.get(f"own-{autoencoder.card.name}", {}))


def _keep(autoencoder: Autoencoder, direction: Direction) -> None:
    kept = kept_directions(autoencoder) | {direction.name: direction}
    st.session_state[f"own-{autoencoder.card.name}"] = kept


def _keep_and_bring(autoencoder: Autoencoder, collected: Direction | None) -> None:
    if collected is not None:
        with st.container(horizontal=True):
            st.button(
                "Keep it",
                icon=":material/bookmark_add:",
                help="Until this browser tab is closed.",
                on_click=_keep,
                args=(autoencoder, collected),
            )
            download("Download", collected.to_json(), "direction.json")
    with st.expander("Bring a direction that you downloaded"):
        _bring(autoencoder)


def _bring(autoencoder: Autoencoder) -> None:
    def take(_: str, __: str, data: bytes) -> None:
        _keep(autoencoder, Direction.from_json(data, autoencoder.latent_dim))

    words = f"A direction.json of this model, {MAX_JSON_BYTES // 1000} kB at most"
    receive(uploader(words, types=["json"]), take, key="direction-file")
    st.caption("Once it is read, the direction can be applied below, by its name.")


# Applied ---------------------------------------------------------------------------


def _choose(choices: dict[str, Direction]) -> Direction:
    if len(choices) == 1:
        return next(iter(choices.values()))
    names = list(choices)
    name = st.selectbox("Direction", names, key="direction", width=300)
    return choices[names[0] if name is None else name]


def _apply(autoencoder: Autoencoder, direction: Direction) -> None:
    subject = choose_subject(autoencoder, _SUBJECT)
    if subject is None:
        return
    key = f"own-edit-{autoencoder.card.name}"
    known_amounts(_LINK, key, [direction.name])
    (amount,) = live_edit(
        Decoder.of(autoencoder),
        subject.z_mean,
        [Move.along(direction)],
        key=key,
        alt=f"{subject.name} moved along your direction",
    )
    _LINK.show([amount])
    z, step = subject.z_mean, added([direction.edit], [amount])
    way = np.linspace(-1, 1, FRAMES, dtype=np.float32)[:, None]
    if step.any():
        offer_walk(autoencoder, "The edit as GIF", lambda: z + way * step, "edit")
    trusted = subject.trusted and show_support(autoencoder, z + step)
    show_moved(autoencoder, z[None], step, asked=(), trusted=trusted)
