"""What Reconstruct asks, whose pictures and how many numbers, and how a model was trained."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.resemblance import most_alike, resemblance
from ae.data import caveat
from ae.images.sheets import to_uint8
from ae.latent.edits import Edit
from ae.shelf.card import ModelCard
from ae.training.recipes import RECIPES
from ae.ui.controls import choose_one
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin, held
from ae.ui.door.uploads import Upload
from ae.ui.evidence import enlargement, of_held_out
from ae.ui.figures import show_learning_curves
from ae.ui.glossary import explained
from ae.ui.live import Decoder, Move, live_edit
from ae.ui.pictures import show_picture
from ae.ui.shelf import Shelf
from ae.ui.sources import first_seen_by

Image = NDArray[np.float32]

_KIND, _SEEN = "of", "resemblance-of"
_KEPT = "numbers"
_LABEL = "Numbers kept"
_SIDE = 256  # of a picture on screen, in pixels


def choose_pictures_of(groups: Mapping[str, Shelf], own: Mapping[str, Upload]) -> str:
    """Let the kind of pictures be chosen that the models know, and return it.

    New pictures of the visitor's own first go to the models whose pictures they resemble most.
    """
    files = tuple(sorted(own))
    if own and held(_SEEN) != files:
        begin(_SEEN, files)
        st.session_state[_KIND] = _resembled(groups, own)
    return choose_one("Models of", groups, _KIND)


def _resembled(groups: Mapping[str, Shelf], own: Mapping[str, Upload]) -> str:
    found = {}
    for kind, group in groups.items():
        lead = next(iter(group.values()))
        alike = resemblance(lead, first_seen_by(lead, own))
        if alike is not None:
            found[kind] = alike
    return most_alike(found) if found else next(iter(groups))


def say_why(model: Autoencoder, images: Image) -> None:
    """Say in a sentence how usual the visitor's pictures are to a model."""
    alike = resemblance(model, images)
    if alike is None or model.calibration is None:
        return
    as_unusual = of_held_out(alike.share, model.calibration.n).capitalize()
    which = "this one" if len(images) == 1 else "these"
    st.caption(
        f"{as_unusual} of {model.card.title} are as unusual as {which}, and its error is "
        f"{alike.errors:.1f} times theirs. New pictures go to the models whose pictures they "
        "resemble most; others can be chosen above."
    )


def chosen_column(names: Sequence[str]) -> int:
    """Return which picture of the table is chosen, before the table is drawn."""
    state = st.session_state.get("chosen")
    at = state.get("chosen") if isinstance(state, Mapping) else 0
    return at if type(at) is int and 0 <= at < len(names) else 0


def choose_size(
    models: Sequence[Autoencoder], image: Image, received: Image, name: str
) -> int | None:
    """Let the size of codes be chosen where a model's can be cut; the picture follows.

    Args:
        models: Those that are compared; the first whose codes can be cut is shown.
        image: The picture, (height, width, channels) in [0, 1].
        received: What is encoded.
        name: Of the picture.

    Returns:
        How many numbers are kept; None where codes are always whole.
    """
    model = next((each for each in models if each.nesting is not None), None)
    if model is None or model.nesting is None:
        return None
    stops = model.nesting.stops
    link = Numbers(_KEPT, (1, 1), (stops[0], stops[-1]), digits=4)
    link.follow(f"{_KEPT}-kept", lambda values: {_LABEL: values[0]})
    z = model.encode(received[None])
    table = np.concatenate([model.nesting.cut(z, stop) for stop in stops])
    move = Move(_LABEL, Edit(table, stops[0], stops[-1]), step=stops[0], origin=stops[-1])
    with st.container(horizontal=True):
        with st.container(width=_SIDE, gap="small"):
            show_picture(_drawn(image), alt=f"Original: {name}", scale=enlargement(model, _SIDE))
            st.caption(f"Original: {image.size:,} numbers.")
        with st.container(width="stretch"):
            (kept,) = live_edit(
                Decoder.of(model),
                np.zeros(model.latent_dim),
                [move],
                key=f"{_KEPT}-kept",
                alt=f"{name}, rebuilt from some of its numbers",
                compare=False,
                picture_side=_SIDE,
            )
            sizes = ", ".join(f"{size:,}" for size in model.sizes)
            st.caption(
                f"One network: of each of {model.nesting.places} places the first numbers are kept "
                f"and the others are 0. It was trained with {sizes} numbers; PCA with as many "
                "stands below."
            )
    size = stops[round((kept - stops[0]) / stops[0])]
    link.show([] if size == stops[-1] else [size])
    return size


def _drawn(image: Image) -> NDArray[np.uint8]:
    levels = to_uint8(image)
    return levels[..., 0] if levels.shape[-1] == 1 else levels


def show_training(card: ModelCard) -> None:
    """Show how a model learned, or say in a sentence why there is nothing to show."""
    recipe = card.recipe
    if caveat(card.dataset):
        st.caption(caveat(card.dataset))
    if not card.history:
        st.caption("It was made elsewhere, and how is not known here.")
        return
    again = f"`python -m ae train {card.name}`"
    again = f"; make it again with {again}." if card.name in RECIPES else "."
    if recipe.get("network") == "linear":
        st.caption(
            "Its weights are those of PCA, of all linear ones those of least squared error, so no "
            f"step of training was taken{again}"
        )
        return
    show_learning_curves(card)
    explained("epoch", beside=card.name)
    # As ``ae.training.fit`` chooses.
    optimizer = "Muon, and Adam for its straight paths," if recipe.get("nested") else "Adam"
    begun = recipe.get("begins_as")
    began = f"It began with the weights of `{begun}`. " if begun in RECIPES else ""
    st.caption(
        f"{began}{recipe['epochs']} epochs planned, seed {recipe['seed']}, {optimizer} at "
        f"{recipe['learning_rate']:g}, batches of {recipe['batch_size']}{again}"
    )
