"""a - b + c: what is to c as a is to b."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import to_uint8
from ae.latent.directions import equation
from ae.ui.arithmetic.groups import Indices, labelled_groups
from ae.ui.arithmetic.subject import choose_subject, show_image
from ae.ui.evidence import enlargement, show_evidence, subject_noun
from ae.ui.pictures import show_picture
from ae.ui.walk import FRAMES, offer_walk

_TERMS = (("a", "Take"), ("b", "take away"), ("c", "and add"))
_LARGE = 280
# What tells the first pictures apart, where a model knows it.
_TELLING = ("glasses", "smiling")
_GARMENTS = ("Coat", "T-shirt/top", "Dress")


@st.fragment
def show_equation(autoencoder: Autoencoder) -> None:
    """Let three pictures be chosen; show a - b + c and the nearest real images."""
    st.markdown(
        "What *a* has and *b* lacks is added to *c*: "
        r"$z_a - z_b + z_c$, decoded."
    )
    chosen = []
    places = st.columns(3)
    for (key, word), place, default in zip(_TERMS, places, _defaults(autoencoder), strict=True):
        with place, st.container(border=True):
            st.markdown(f"{word} **{key}**")
            above = st.container()
            image = choose_subject(autoencoder, key, default=default)
            if image is not None:
                chosen.append(image)
                if image.number is not None:
                    with above:
                        show_image(autoencoder, image)
    if len(chosen) < len(_TERMS):
        return
    z = equation(*(image.z_mean for image in chosen))
    left, right = st.columns([1, 2], gap="medium")
    with left:
        st.header("a - b + c", anchor=False)
        names = [image.name for image in chosen]
        show_picture(
            to_uint8(autoencoder.decode(z[None])[0]),
            alt=f"{names[0]} minus {names[1]} plus {names[2]}, decoded",
            scale=enlargement(autoencoder, _LARGE),
            width=_LARGE,
        )
        start, way = chosen[-1].z_mean, np.linspace(0, 1, FRAMES, dtype=np.float32)[:, None]
        offer_walk(autoencoder, "From c as GIF", lambda: start + way * (z - start), "equation")
    with right:
        st.header("Nearest real answers", anchor=False)
        used = [image.number for image in chosen if image.number is not None]
        show_evidence(autoencoder, z, leave_out=used)
        if used:
            st.caption(
                f"The test {subject_noun(autoencoder)}s of the equation are left out: "
                "often the nearest of all is one of them."
            )


def _defaults(autoencoder: Autoencoder) -> tuple[int, int, int]:
    """Return three images of which the equation makes sense at first sight."""
    groups = labelled_groups(autoencoder)
    for name in _TELLING:
        ends = f"{name}: with", f"{name}: without"
        # A column of that name may hold more than yes and no, or only one of them.
        if set(ends) <= set(groups):
            having, lacking = (groups[end] for end in ends)
            looks, a = _looks_beside(autoencoder, name), int(having[0])
            return a, _nearest(looks, lacking, looks[a]), int(lacking[-1])
    names = _GARMENTS if set(_GARMENTS) <= set(groups) else [next(iter(groups))] * 3
    codes = autoencoder.codes
    of_each = [groups[name] for name in names]
    a, b, c = (_nearest(codes, group, codes[group].mean(axis=0)) for group in of_each)
    return a, b, c


def _looks_beside(autoencoder: Autoencoder, name: str) -> NDArray[np.float32]:
    """Return what makes two pictures alike apart from an attribute, (n, ...)."""
    others = [v for other, v in autoencoder.attributes.items() if other != name]
    if not others:
        return autoencoder.codes
    table = np.nan_to_num(np.stack(others, axis=1))
    spread = table.std(axis=0)
    return np.asarray(table / np.where(spread > 0, spread, 1), np.float32)


def _nearest(looks: NDArray[np.float32], group: Indices, to: NDArray[np.float32]) -> int:
    return int(group[np.argmin(np.linalg.norm(looks[group] - to, axis=1))])
