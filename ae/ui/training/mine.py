"""Models of one's own: where they can be seen, another title, deleting and undoing that."""

from collections.abc import Callable

import streamlit as st

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.exchange.folder import deleted, remove, restore, retitle
from ae.shelf.card import MAX_TITLE
from ae.shelf.places import home, is_read_only
from ae.training.jobs import WAITS, can_train
from ae.ui.door.record import begin, held
from ae.ui.postcard.offering import offer_model
from ae.ui.shelf import link_pages

_PROBLEM = "own-models-problem"


def stop_where_nobody_may() -> None:
    """End the page, with a sentence, where visitors may not train or nothing here can."""
    if is_read_only():
        st.info(
            "This app was started for looking only: nobody can train models here, bring or "
            "delete any."
        )
        st.stop()
    if not can_train():
        st.info(WAITS)
        list_own_models()
        st.stop()


def show_own_model(model: Autoencoder) -> None:
    """Offer the pages that suit a model, and its folder."""
    with st.container(horizontal=True):
        link_pages(model)
    offer_model(model)


def list_own_models() -> None:
    """Show the models that were made or brought here, and those just deleted."""
    shelf = home() / "models"
    own = [card for card in models.available() if (shelf / card.name).is_dir()]
    gone = {name: title for name, title in deleted(home()).items() if not (shelf / name).exists()}
    if own or gone:
        st.header("Your models", anchor=False)
    # With keys: Streamlit tells rows without them, and what is open there, by their places alone.
    for card in own:
        with st.container(horizontal=True, vertical_alignment="center", key=f"own-{card.name}"):
            st.text(card.title, width="content")
            _change(card.name, card.title)
    for name, title in gone.items():
        with st.container(horizontal=True, vertical_alignment="center", key=f"gone-{name}"):
            st.caption(f"Deleted: {title}", width="content")
            st.button(
                "Undo",
                key=f"undo-{name}",
                icon=":material/undo:",
                on_click=_tried,
                args=(_PROBLEM, restore, home(), name),
            )
    _show_problem(_PROBLEM)


def _change(name: str, title: str) -> None:
    """Offer another title, and to delete."""
    opened, typed, refused = f"renaming-{name}", f"title-of-{name}-{title}", f"refused-{name}"

    def rename() -> None:
        retitle(home() / "models" / name, st.session_state[typed].strip())
        st.session_state[opened] = False

    # It says whether it is open, so that it can be closed from here.
    popover = st.popover("Rename", icon=":material/edit:", key=opened, on_change="rerun")
    with popover, st.form(f"rename-{name}", border=False):
        _show_problem(refused)
        st.text_input("Title", title, max_chars=MAX_TITLE, key=typed)
        st.form_submit_button("Rename", on_click=_tried, args=(refused, rename))
    st.button(
        "Delete",
        key=f"delete-{name}",
        icon=":material/delete:",
        on_click=_tried,
        args=(_PROBLEM, remove, home(), name),
    )


def _tried(where: str, action: Callable[..., None], *arguments: object) -> None:
    try:
        action(*arguments)
    except (ValueError, OSError) as problem:
        begin(where, str(problem))


def _show_problem(where: str) -> None:
    if problem := held(where):
        st.error(problem)
        begin(where, "")
