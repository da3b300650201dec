"""Pictures that no image gave: drawn from prior and mixture, along axes and planes."""

import csv
import io
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder
from ae.images.sheets import contact_sheet, labelled_sheet, png_bytes, to_uint8
from ae.latent.traversal import DEAD_KL, lattice, traverse
from ae.ui.caching import decoded
from ae.ui.controls import choose_one, choose_seed, download
from ae.ui.door.link import IN_LINK
from ae.ui.door.record import touched_last
from ae.ui.evidence import enlargement, show_evidence
from ae.ui.pictures import Row, picture_table, show_picture
from ae.ui.sampling.code import far_from_prior, live_key, shown_axes, start_at
from ae.ui.walk import FRAMES, offer_walk

SOURCES = {"The prior": "prior", "A fitted mixture": "fitted"}
_DRAWS = 10
_MOST_STRIPS = 16
_STRIP_SIDE = 56  # of a picture, in pixels
_STRIP = np.linspace(-3, 3, 9, dtype=np.float32)


def kl_by_dimension(autoencoder: Autoencoder) -> NDArray[np.float64]:
    """Return the mean KL of each dimension on test images, nats, (latent_dim,)."""
    measured = autoencoder.card.evaluation["test"]["elbo"]
    return np.array(measured["kl_per_dimension"])


@st.fragment
def show_generated(autoencoder: Autoencoder) -> None:
    """Draw codes, decode them, and show the evidence for the one that is chosen."""
    far = far_from_prior(autoencoder)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = choose_one(
            "Draw codes from",
            SOURCES,
            "drawn_from_far" if far else "drawn_from",
            first="A fitted mixture" if far else "The prior",
            help="The prior is what training aimed at. The mixture was fitted to "
            "where the codes of training images really are.",
        )
        temperature = st.slider(
            "Temperature",
            0.0,
            1.5,
            1.0,
            0.1,
            key="temperature",
            help="Below 1 stays nearer to the usual, above 1 goes further out.",
            width=160,
            **IN_LINK,
        )
        rng = np.random.default_rng(choose_seed("draw", "Draw again"))
    codes = autoencoder.sample(_DRAWS, rng, source=SOURCES[source], temperature=float(temperature))
    _say_feature_distance(autoencoder)
    images = decoded(autoencoder, codes)
    names = [f"Draw {number}" for number in range(1, _DRAWS + 1)]
    chosen = picture_table(names, [Row("Generated", "", to_uint8(images))], key="generated")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{names[chosen]}**: is there data behind it?", width="content")
        if st.button("Use as start", key="start_at_draw", icon=":material/north:"):
            start_at(autoencoder, codes[chosen])
            st.rerun()
    show_evidence(autoencoder, codes[chosen])
    _downloads(images, codes)


def _say_feature_distance(autoencoder: Autoencoder) -> None:
    measured = autoencoder.card.evaluation["test"].get("feature_distance")
    if measured is not None:
        names = {
            "prior": "from the prior",
            "fitted": "from the mixture",
            "pca_gaussian": "from a Gaussian of PCA codes, which needs no network",
            "reconstructions": "for reconstructions of the test images themselves",
            "training": "for training images, real against real",
            "blurred": "for the test images blurred by one pixel",
        }
        told = [f"**{measured[it]:.1f}** {name}" for it, name in names.items() if it in measured]
        words = (
            f"Feature distance to the test images, lower is nearer: {', '.join(told)} "
            f"(n {measured['n']:,}). A small classifier sees the features, so it is not the "
            "usual FID."
        )
        pca = measured.get("pca_gaussian", np.inf)
        beaten = [names[source] for source in ("prior", "fitted") if measured[source] >= pca]
        if beaten:
            words += f" Draws {' and '.join(beaten)} come no nearer than those of PCA."
        if measured.get("blurred", np.inf) < measured["prior"] / 10:
            words += " This one hardly sees blur, a VAE's main fault, so its numbers flatter."
        st.caption(words)


def _downloads(images: NDArray[np.float32], codes: NDArray[np.float32]) -> None:
    with st.container(horizontal=True):
        download(
            "Pictures as PNG",
            lambda: png_bytes(contact_sheet(images, columns=5), scale=4),
            "generated.png",
        )
        download("Codes as CSV", lambda: csv_text(codes), "codes.csv")
        download(
            "Codes and pictures as NPZ",
            lambda: npz_bytes(codes=codes, images=images),
            "generated.npz",
        )


def csv_text(codes: NDArray[np.float32]) -> str:
    """Write codes, (n, latent_dim), as a table with a column for each coordinate."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([f"z{axis}" for axis in range(codes.shape[1])])
    lines.writerows([[f"{value:.6g}" for value in code] for code in codes])
    return text.getvalue()


def npz_bytes(**arrays: NDArray[np.float32]) -> bytes:
    """Return arrays by name as the content of a file for ``numpy.load``."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def offer_strips(show: Callable[[], None]) -> None:
    """Show film strips where they are asked for."""
    strips = st.expander(
        "Film strips of the dimensions, from here", key="strips", on_change="rerun"
    )
    if strips.open:
        with strips:
            show()


def show_film_strips(
    autoencoder: Autoencoder, z: NDArray[np.float32], kl: NDArray[np.float64]
) -> None:
    """Show what the live dimensions do, from -3 to 3 prior sigmas, most KL first.

    They start from a code, (latent_dim,). Where all are dead, say so and show those.
    """
    axes = shown_axes(kl)
    shown = axes[:_MOST_STRIPS]
    codes = np.concatenate([traverse(z, axis, _STRIP) for axis in shown])
    strips = np.split(autoencoder.decode(codes), len(shown))
    rows = [
        (f"z{axis}  {kl[axis]:.2f} nats", strip) for axis, strip in zip(shown, strips, strict=True)
    ]
    show_picture(
        labelled_sheet(rows, scale=enlargement(autoencoder, _STRIP_SIDE)),
        alt=f"Film strips of {len(shown)} dimensions, most informative first",
        scale=1,
        width="stretch",
    )
    if kl.max() < DEAD_KL:
        st.caption("Every dimension of this model is dead: no strip changes much.")
    if len(shown) < len(axes):
        st.caption(f"The {len(shown)} most informative of {len(axes)} dimensions.")


def offer_traversal(
    network: Decoder,
    z: NDArray[np.float32],
    axes: Sequence[int],
    mean: NDArray[np.float32] | float = 0.0,
    std: NDArray[np.float32] | float = 1.0,
) -> None:
    """Offer what the slider touched last does to a code, from -3 to 3, as a GIF.

    Args:
        network: Decodes.
        z: Where it starts, (latent_dim,).
        axes: Of the sliders.
        mean: Where every slider stands at 0, (latent_dim,) or the same for all.
        std: By what every slider counts, likewise.
    """
    name = touched_last(live_key(network), [f"z{axis}" for axis in axes])
    axis = int(name[1:])
    low, high = (np.broadcast_to(mean + reach * std, z.shape)[axis] for reach in (-3, 3))
    offer_walk(
        network,
        f"{name} from -3 to 3 as GIF",
        lambda: traverse(z, axis, np.linspace(low, high, FRAMES, dtype=np.float32)),
        name,
    )


def show_plane(
    autoencoder: Decoder,
    mean: NDArray[np.float32] | float = 0.0,
    std: NDArray[np.float32] | float = 1.0,
    unit: str = "prior sigmas",
) -> None:
    """Show the decoded lattice of a two-dimensional latent space, whatever it counts in."""
    side, reach = 15, 3.0
    images = decoded(autoencoder, np.float32(mean + std * lattice(side, reach)))
    show_picture(
        contact_sheet(images, columns=side, gap=0),
        alt=f"The plane from -{reach:g} to {reach:g} {unit}, decoded",
        scale=enlargement(autoencoder, _STRIP_SIDE),
        width="stretch",
    )
    st.caption(
        f"{side} by {side} codes from -{reach:g} to {reach:g} {unit}: z0 grows "
        "to the right, z1 upwards."
    )
