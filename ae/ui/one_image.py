"""One picture and its posterior: a test image by number, or the visitor's own."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet
from ae.ui.door.link import IN_LINK
from ae.ui.evidence import class_name, enlargement, originals, show_support
from ae.ui.pictures import show_picture
from ae.ui.sources import one_picture

Code = NDArray[np.float32]
_SIDE = 128  # of a picture on screen, in pixels


@dataclass(frozen=True)
class OneImage:
    """A picture and what a VAE makes of it."""

    name: str  # what it is called on screen
    # (height, width, channels) in [0, 1], or None where it is not here.
    original: NDArray[np.float32] | None
    z_mean: Code  # its code, of a VAE the posterior's mean, (latent_dim,)
    z_log_var: Code | None  # of a VAE's posterior, (latent_dim,)
    number: int | None = None  # of a test image, else None
    trusted: bool = True  # whether there is data behind it


def numbered_image(
    autoencoder: Autoencoder,
    key: str,
    *,
    default: int = 0,
    on_change: Callable[[], None] = lambda: None,
) -> OneImage:
    """Ask for the number of a test image, in the link too, or take another at random."""
    n, real = len(autoencoder.codes), originals(autoencoder)

    def another() -> None:
        st.session_state[key] = int(np.random.default_rng().integers(n))
        on_change()

    # Another model may know fewer images than the one the number was chosen for.
    if st.session_state.get(key, 0) >= n:
        st.session_state[key] = n - 1
    at = int(
        st.number_input(
            "Number", 0, n - 1, default, key=key, on_change=on_change, width=140, **IN_LINK
        )
    )
    st.button("Another", key=f"{key}-another", icon=":material/casino:", on_click=another)
    return OneImage(
        f"{class_name(autoencoder, at)} {at}",
        None if real is None else real[at],
        autoencoder.codes[at],
        autoencoder.z_log_var[at] if autoencoder.is_vae else None,
        at,
    )


def own_image(
    autoencoder: Autoencoder,
    source: str,
    key: str,
    on_change: Callable[[], None] = lambda: None,
    *,
    in_link: str = "A link to this page holds neither your picture nor its code.",
) -> OneImage | None:
    """Ask for a picture of the visitor's own; say what of it is in a link.

    None while there is none.
    """
    chosen = one_picture(autoencoder, source, key, on_change)
    if chosen is None:
        return None
    st.caption(chosen.origin)
    original, z = chosen.images[0], autoencoder.encode(chosen.images)
    pair = np.stack([original, autoencoder.decode(z)[0]])
    show_picture(
        contact_sheet(pair, columns=2),
        alt="What the model gets, and what it can say about it",
        scale=enlargement(autoencoder, _SIDE),
    )
    st.caption(f"Left what the model gets, right what it can say about it. {in_link}")
    trusted = show_support(autoencoder, z[0], original)
    log_var = autoencoder.posterior(chosen.images)[1][0] if autoencoder.is_vae else None
    return OneImage(chosen.names[0], original, z[0], log_var, trusted=trusted)
