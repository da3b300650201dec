"""The shelf of models on screen: cards with pictures, sizes and measured numbers."""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import streamlit as st

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder
from ae.data import OWN, caveat, drawn_faces, fashion_mnist, photographs, smiles
from ae.exchange.folder import MAX_PACKED_BYTES, add
from ae.images.sheets import contact_sheet
from ae.metrics import in_nats
from ae.shelf.card import ModelCard
from ae.shelf.places import home, is_read_only
from ae.ui.caching import decoded, loaded
from ae.ui.controls import choose_one
from ae.ui.door.link import IN_LINK, Word, came_back, show_choice, standing
from ae.ui.door.record import begin, forget, held
from ae.ui.door.uploads import plain_name, receive, uploader
from ae.ui.evidence import of_many_kinds
from ae.ui.pictures import show_picture
from ae.ui.postcard.offering import offer_model
from ae.ui.tables import show_table

Shelf = dict[str, Autoencoder]
_D = TypeVar("_D", bound=Decoder)
_CHOSEN = "model"
_MOST_SLIDERS = 512
_SUBJECTS = {
    fashion_mnist.NAME: "Garments",
    smiles.NAME: "Faces",
    drawn_faces.NAME: "Drawn faces",
    photographs.NAME: "Anything",
    "photographs-128": "Anything at 128 px",
}
_LONGEST = 30  # characters of the names of classes
_SHOWN = 4  # test images on a card
_CARD = 148  # its width in pixels: five in a row of 1280, two on a phone


def usable_models() -> Shelf:
    """Return the loadable autoencoders by name; say what was refused, and why."""
    return usable(Autoencoder)


def usable(kind: type[_D]) -> dict[str, _D]:
    """Return the loadable models of a kind by name; say what was refused, and why."""
    cards, refusals = models.survey()
    found = {}
    for card in cards:
        if not issubclass(models.class_of(card), kind):
            continue
        try:
            found[card.name] = loaded(card.name, kind)
        except ValueError as problem:
            st.warning(str(problem), icon=":material/broken_image:")
    for refusal in refusals:
        st.warning(refusal.reason, icon=":material/broken_image:")
    return found


def first_with_attributes() -> Autoencoder | None:
    """Return the first loadable autoencoder that knows attributes of its pictures."""
    for card in models.available(Autoencoder):
        with suppress(ValueError):  # which ``usable`` says
            if (found := loaded(card.name, Autoencoder)).known:
                return found
    return None


def of_garments(shelf: Shelf) -> Shelf:
    """Keep the models of Fashion-MNIST, whose stored codes are its test images'."""
    return {
        name: autoencoder
        for name, autoencoder in shelf.items()
        if autoencoder.card.dataset == fashion_mnist.NAME and autoencoder.image_shape == (28, 28, 1)
    }


def by_pictures(shelf: Shelf) -> dict[str, Shelf]:
    """Group models that read the same pictures, by what these show, garments first."""
    groups: dict[tuple[object, ...], Shelf] = {}
    place = {name: at for at, name in enumerate(_SUBJECTS)}
    for name in sorted(shelf, key=lambda name: place.get(shelf[name].card.dataset, len(place))):
        found = shelf[name]
        groups.setdefault((found.card.dataset, found.image_shape), {})[name] = found
    return {pictures_of(next(iter(group.values()))): group for group in groups.values()}


def pictures_of(found: Autoencoder) -> str:
    """Return what the pictures of a model show, in a word or two.

    Links hold it: it is the same whatever other models of these pictures are there.
    """
    dataset, classes = found.card.dataset, found.card.class_names
    if dataset in _SUBJECTS:
        return _SUBJECTS[dataset]
    if not dataset.startswith(OWN):
        return found.card.title
    words = ", ".join(classes) if len(classes) > 1 else "Own pictures"
    return f"{words[:_LONGEST]} ({dataset.removeprefix(OWN)[:4]})"


def has_sliders(found: Decoder) -> bool:
    """Whether a code has so few numbers that each can have a slider."""
    return found.latent_dim <= _MOST_SLIDERS


def models_key(found: Autoencoder) -> str:
    """Return the parameter of links that holds which models of the same pictures are chosen."""
    kind = pictures_of(found)
    if kind == _SUBJECTS[fashion_mnist.NAME]:
        return "models"
    return "-".join(re.findall(r"[a-z0-9]+", f"models-{kind}".lower()))


def _first(shelf: Mapping[str, Decoder], first: str, what: str = "model") -> str:
    """Return which model comes first; where there is none, say so and stop the page."""
    if not shelf:
        st.info(f"There is no {what} on the shelf. Train one: `python -m ae train fashion-vae-16`.")
        st.stop()
    return first if first in shelf else next(iter(shelf))


def choose_editable(first: str) -> Autoencoder:
    """Let an autoencoder be chosen, and how it was taught.

    Models of the same pictures with the same attributes are one choice, and how they
    learned is another.
    """
    shelf = usable_models()
    families: dict[tuple[object, ...], Shelf] = {}
    # Of a family the taught variational one comes first, and PCA last.
    taught = sorted(
        shelf.items(), key=lambda item: (not item[1].is_vae, not item[1].card.recipe.get("hint"))
    )
    for name, found in taught:
        card = found.card
        of = (card.dataset, card.image_shape, card.attributes) if found.known else (name,)
        families.setdefault(of, {})[name] = found
    leads = {next(iter(family)): family for family in families.values()}
    known = _last_chosen(shelf, "vae")
    for lead, family in leads.items():
        if known in family and known != lead:
            st.session_state[f"taught-{lead}"] = known
            begin(_CHOSEN, lead)
            show_choice("vae", [shelf[lead].card.title])
            show_choice(f"taught-{lead}", [_told_apart(family)[known]])
    several = {name: shelf[name] for name in leads}
    lead = choose_model(several, _first(several, first), "vae").card.name
    family = leads[lead]
    if len(family) > 1:
        words = _told_apart(family)
        lead = choose_one("Learned", family, f"taught-{lead}", format_func=words.__getitem__)
    chosen = shelf[lead]
    if chosen.known:
        st.caption(_what_was_told(chosen))
    return chosen


def _told_apart(family: Shelf) -> dict[str, str]:
    """Return by name how each model learned, or its title where others learned so, too."""
    words = {name: how_taught(found) for name, found in family.items()}
    many = {each for each, n in Counter(words.values()).items() if n > 1}
    return {n: family[n].card.title if each in many else each for n, each in words.items()}


def how_taught(autoencoder: Autoencoder) -> str:
    """Return in a few words how an autoencoder learned from its pictures."""
    recipe = autoencoder.card.recipe
    if recipe.get("network") == "linear":
        return "By PCA"
    if recipe.get("network") == "imported":
        return "Elsewhere"
    return "With a hint" if recipe.get("hint") else "Without labels"


def _what_was_told(autoencoder: Autoencoder) -> str:
    recipe, words = autoencoder.card.recipe, "Its encoder and decoder saw pictures and no labels"
    if recipe.get("network") == "imported":
        words = "How its encoder and decoder were trained is not known here"
    elif recipe.get("hint"):
        after = recipe.get("hint_after", 0)
        when = f"in the last {1 - after:.0%} of its training" if after else "from the start"
        words = (
            f"Beside the pictures it was told their attributes {when}: a linear reader of its "
            f"codes had to name them, with a weight of {recipe['hint']:g} against 1 for the "
            "pictures"
        )
    return f"{words}. Directions are then learned from the codes and labels of training pictures."


def choose_autoencoder(
    first: str, preferred: Callable[[Autoencoder], bool] = lambda found: False
) -> Autoencoder:
    """Let any autoencoder be chosen; first comes one that is preferred, or else that of a name."""
    shelf = _variational_first(usable_models())
    first = next((name for name, found in shelf.items() if preferred(found)), first)
    return choose_model(shelf, _first(shelf, first), "vae")


def choose_decoder(first: str) -> Decoder:
    """Let what decodes be chosen: variational autoencoders first, then what has less."""
    shelf = _variational_first(
        {name: each for name, each in usable(Decoder).items() if has_sliders(each)}
    )
    return choose_model(shelf, _first(shelf, first), "vae")


def _variational_first(found: Mapping[str, _D]) -> dict[str, _D]:
    def comes_later(each: Decoder) -> bool:
        return not (isinstance(each, Autoencoder) and each.is_vae)

    return dict(sorted(found.items(), key=lambda item: comes_later(item[1])))


def choose_model(shelf: Mapping[str, _D], first: str, key: str, *, label: str = "Model") -> _D:
    """Let a model be chosen; the last that was, on whatever page, is chosen already.

    Where none of the shelf was chosen yet, the first is; the key is in the link too.
    """
    known = _last_chosen(shelf, key)
    _say_unknown(shelf, key)
    # Where nobody has chosen, Streamlit still carries over what another page showed.
    wanted = known or first
    if not came_back() and (known or st.session_state.get(key, first) != wanted):
        _show(shelf, key, wanted)
    names = list(shelf)
    # A shelf may be long: buttons side by side would take several lines.
    name = st.selectbox(
        label,
        names,
        names.index(first),
        key=key,
        format_func=lambda name: shelf[name].card.title,
        on_change=lambda: _choose(st.session_state[key], key),
        width=320,
        **IN_LINK,
    )
    if name != wanted:  # by going back
        _choose(name, key)
    return shelf[name]


def _say_unknown(shelf: Mapping[str, Decoder], key: str) -> None:
    """Warn of a link to models that are not on a shelf, before Streamlit passes them over."""
    here = {found.card.title for found in shelf.values()}
    elsewhere = {card.title for card in models.available()}
    for title in (each for each in standing(key) if each not in here):
        why = "it was renamed or removed, or is on another machine"
        if title in elsewhere:
            why = "it lacks what this page shows"
        st.warning(
            f"The link names a model that is not to be had here, {plain_name(title)}: {why}. What "
            "is shown is another model."
        )


def choose_models(shelf: Shelf, first: list[str], key: str) -> list[Autoencoder]:
    """Let some models be chosen, as ``choose_model``."""

    def note() -> None:
        names = st.session_state[key]
        added = [name for name in names if name not in before]
        if added:
            _choose(added[-1], key)
        elif known and known not in names:
            forget(_CHOSEN)

    known = _last_chosen(shelf, key)
    _say_unknown(shelf, key)
    # The widget has not read the address yet.
    linked = [name for name, found in shelf.items() if found.card.title in standing(key)]
    carried = st.session_state.get(key, linked or first)
    # Another page may have chosen models that are not on this shelf.
    before = [name for name in carried if name in shelf]
    if carried and not before:
        before = first
    if known and known not in before:
        before = [known, *before[:1]]
    if before != carried and not came_back():
        _show(shelf, key, before)
    names = st.pills(
        "Models",
        list(shelf),
        default=first,
        selection_mode="multi",
        format_func=lambda name: shelf[name].card.title,
        key=key,
        on_change=note,
        wrap=True,  # as in ``choose_one``
        **IN_LINK,
    )
    if known and known not in names:  # by going back
        forget(_CHOSEN)
    return [shelf[name] for name in names]


def _choose(name: str, key: str) -> None:
    Word(key).brought()  # what stood in the address until now is no news any more
    begin(_CHOSEN, name)


def _show(shelf: Mapping[str, Decoder], key: str, value: str | list[str]) -> None:
    """Set a widget before it is drawn, in the address too."""
    st.session_state[key] = value
    names = [value] if isinstance(value, str) else value
    show_choice(key, [shelf[name].card.title for name in names])


def _last_chosen(shelf: Mapping[str, Decoder], key: str) -> str | None:
    """Return the model of this shelf that was chosen last, or came with a link."""
    linked = Word(key).brought()
    for name, found in shelf.items():
        if linked and found.card.title == linked:
            _choose(name, key)
    chosen: str | None = held(_CHOSEN)
    return chosen if chosen in shelf else None


@st.fragment
def show_shelf(shelf: Sequence[Autoencoder]) -> None:
    """Show models side by side: what they rebuild, and folded how well, and where to go on."""
    with st.container(horizontal=True):
        for autoencoder in shelf:
            with st.container(border=True, width=_CARD, height="stretch", gap="small"):
                _show_card(autoencoder)


def show_decoders_alone() -> None:
    """Link the models that only decode: there is nothing that they rebuild."""
    cards = [card for card in models.available() if models.class_of(card) is Decoder]
    if cards:
        st.markdown("Decoders alone, without codes of pictures:")
    for card in cards:
        st.page_link(
            "pages/explore/sample.py",
            label=f"Sample from {card.title}",
            icon=":material/tune:",
            query_params={"vae": card.title},
        )


def _show_card(autoencoder: Autoencoder) -> None:
    card = autoencoder.card
    rebuilt = decoded(autoencoder, autoencoder.codes[of_many_kinds(autoencoder, _SHOWN)])
    show_picture(
        contact_sheet(rebuilt, columns=2, gap=1, background=0),
        alt=f"{_SHOWN} test images as {card.title} rebuilds them",
        scale=4,
        width="stretch",
    )
    st.markdown(f"**{card.title}**")
    st.caption(f"{card.latent_dim:,} of {math.prod(card.image_shape):,} numbers")
    key = f"numbers-{card.name}"
    numbers = st.popover("Numbers", width="stretch", key=key, on_change="rerun")
    if numbers.open:  # of all models it would be most of Home
        with numbers:
            st.markdown(card.summary)
            _numbers(card)
            link_pages(autoencoder)
            offer_model(autoencoder)


def link_pages(autoencoder: Autoencoder) -> None:
    """Link the pages that suit a model, which is chosen there."""
    card = autoencoder.card
    st.page_link(
        "pages/explore/reconstruct.py",
        label=f"Reconstruct with {card.title}",
        icon=":material/compare:",
        query_params={"of": pictures_of(autoencoder), models_key(autoencoder): card.title},
    )
    pages = [("sample", "Sample from", "tune")] if has_sliders(autoencoder) else []
    if autoencoder.maps:
        pages.append(("latent_map", "Map of", "map"))
    pages.append(("arithmetic", "Arithmetic with", "calculate"))
    for page, words, icon in pages:
        st.page_link(
            f"pages/explore/{page}.py",
            label=f"{words} {card.title}",
            icon=f":material/{icon}:",
            query_params={"vae": card.title},
        )


def offer_upload() -> None:
    """Let a packed model be put on this machine's shelf, unless visitors may not."""
    if is_read_only():
        return
    megabytes = MAX_PACKED_BYTES >> 20
    inlet = uploader(
        f"A model folder from another machine, ZIP, {megabytes} MB at most",
        types=("zip",),
        most_mb=megabytes,
    )
    receive(inlet, lambda _id, _name, data: _add(data), key="packed-model")
    st.caption(
        "It is data, and checked before it is believed: hashes, shapes, and which "
        "operations its networks ask for. Who else opens this app sees it, too."
    )


def _add(data: bytes) -> None:
    try:
        add(data, home() / "models")
    except OSError as problem:
        raise ValueError(f"It cannot be written here ({problem.strerror}).") from problem


def _numbers(card: ModelCard) -> None:
    test = card.evaluation["test"]
    mine, pca = test["model"], test["pca"]
    st.caption(f"{card.parameters:,} weights")
    show_table(
        {
            "Test images": [f"Model ({card.latent_dim})", f"PCA ({card.latent_dim})"],
            "Squared error": [f"{row['mse']:.5f}" for row in (mine, pca)],
            "PSNR, dB": [f"{row['psnr_db']:.1f}" for row in (mine, pca)],
            "Nats": [f"{row['bce_nats']:.1f}" for row in (mine, pca)],
        }
    )
    st.caption(
        f"Mean over {test['n']:,} test images. Cross-entropy in nats per image; "
        f"{test['entropy_floor_nats']:.1f} is the least possible."
    )
    if caveat(card.dataset):
        st.caption(caveat(card.dataset))
    if "elbo" in test:
        elbo = test["elbo"]
        st.caption(
            f"Codes are posterior means. -ELBO {in_nats(elbo['negative_elbo'])} nats: "
            f"{in_nats(elbo['reconstruction'])} to rebuild a posterior sample and "
            f"{elbo['kl']:.1f} from posterior to prior."
            + (" Of a density, unlike the above: no least one." if elbo.get("variance") else "")
        )
