"""How good directions are, what they share, and what the data let go together."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.data import smiles
from ae.latent.attributes import LEAST_CORRELATION, METHODS, is_yes_or_no
from ae.latent.directions import Direction, cosines
from ae.metrics import share_interval
from ae.ui.arithmetic.edits import measured
from ae.ui.arithmetic.learning import DirectionFinder
from ae.ui.figures import BLUE, ORANGE, Figure, new_figure
from ae.ui.shelf import how_taught, usable_models
from ae.ui.tables import show_table

# Of the images with an attribute; where fewer are seen, there is a warning.
_MOSTLY = 0.5


def show_quality(autoencoder: Autoencoder, directions: Sequence[Direction]) -> None:
    """Say of each direction how well it tells images that did not help to find it."""
    for direction in directions:
        values = autoencoder.attributes.get(direction.name)  # of a class there are none
        halves = values is not None and not is_yes_or_no(values)
        st.markdown(in_words(direction.name, direction, halves=halves))


def show_what_is_lost(autoencoder: Autoencoder, names: Sequence[str]) -> None:
    """Warn of attributes that a judge mostly misses in unedited reconstructions."""
    for name in names:
        flips = measured(autoencoder, name).get("flips", {})
        seen = flips.get("still_seen", 1.0)
        if seen < _MOSTLY:
            st.warning(
                f"This model hardly draws {name}: of {flips['n_with']:,} test images "
                f"with {name}, the judge still sees {name} in {seen:.0%} of the "
                "reconstructions. What is not drawn cannot be kept.",
                icon=":material/visibility_off:",
            )


def in_words(name: str, direction: Direction, *, halves: bool = False) -> str:
    """Return the quality of a measured direction as a sentence with its n.

    Args:
        name: What it is called.
        direction: The direction.
        halves: Whether it was measured on the images above and below a median, and not on
            those with and without something.
    """
    with_it, without = direction.n_positive, direction.n_negative
    groups = ("above the median", "up to it") if halves else ("with", "without")
    percent = 100 * direction.auroc
    return (
        f"**{name[:1].upper()}{name[1:]}**: its direction ranks **{percent:.1f} %** of held-out "
        f"pairs right (AUROC, {_interval(direction)} with 95 % confidence; 50 % is chance), "
        f"Cohen's d {direction.effect_size:.1f}, n = {with_it + without:,} test images "
        f"({with_it:,} {groups[0]}, {without:,} {groups[1]})."
    )


def _interval(direction: Direction) -> str:
    """Return a 95 % interval of the AUROC in percent, which stays between 0 and 100.

    It is that of a share counted in as many cases as give the AUROC's own error; where that is 0,
    because no pair is ranked otherwise, in as many as the smaller group has.
    """
    auroc, error = direction.auroc, direction.auroc_error
    cases = min(direction.n_positive, direction.n_negative)
    if error > 0 and 0 < auroc < 1:
        cases = max(round(auroc * (1 - auroc) / error**2), 1)
    low, high = share_interval(auroc, cases)
    return f"{100 * low:.1f} to {100 * high:.1f}"


def show_others_taught(autoencoder: Autoencoder, name: str) -> None:
    """Show a yes-or-no attribute beside models that learned the same pictures otherwise."""
    card, rows = autoencoder.card, []
    for other in usable_models().values():
        of = other.card
        flips = measured(other, name).get("flips", {})
        same = (of.dataset, of.attributes) == (card.dataset, card.attributes)
        if not (same and other.known and "flipped_by_distance" in flips):
            continue
        found = DirectionFinder.of(other, next(iter(other.known)), METHODS[0]).direction(name)
        low, high = share_interval(flips["flipped"], flips["n_unseen"])
        rows.append(
            (
                how_taught(other),
                f"{100 * found.auroc:.1f} ({_interval(found)})",
                f"{100 * flips['flipped']:.0f} ({100 * low:.0f} to {100 * high:.0f})",
                f"{flips['n_unseen']:,}",
            )
        )
    if len(rows) < 2:
        return
    columns = ("Learned", "AUROC, %", "Added, %", "Faces")
    show_table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
    st.caption(
        f"{name.capitalize()} by the mean difference in each model of these pictures, on test "
        "images, with 95 % intervals. Added: where the judge sees it at the median of training "
        "pictures that have it, of the faces without it in whose reconstruction it saw none."
    )


def show_bias(autoencoder: Autoencoder, finder: DirectionFinder, name: str) -> None:
    """Say what an attribute goes together with in what it was learned from."""
    known = finder.known
    together = [(other, known.correlation(name, other)) for other in known.correlated(name)]
    words = f"*{name[:1].upper()}{name[1:]}* moves with what the data let move with it."
    n = len(known.codes)
    if together:
        listed = ", ".join(f"{other} {r:+.2f}" for other, r in together)
        words += f" In the {n:,} pictures it was learned from it goes with {listed}"
        words += " (correlation)."
    elif len(known.values) > 1:
        words += f" In the {n:,} pictures it was learned from it goes with nothing else"
        words += f" that is known of them by more than {LEAST_CORRELATION} (correlation)."
    else:
        words += f" Nothing else is known of the {n:,} pictures it was learned from,"
        words += " so nobody can say with what."
    if autoencoder.card.dataset == smiles.NAME:
        words += f" {smiles.ABOUT}"
    st.info(words, icon=":material/balance:")


def show_cosines(finder: DirectionFinder) -> None:
    """Show the cosine of every two attributes' directions."""
    names = list(finder.known.values)
    if len(names) < 2:
        return
    with st.expander("Which directions point the same way"):
        table = cosines([finder.direction(name).vector for name in names])
        st.plotly_chart(
            _heat_map(names, table),
            key="cosines",
            alt=f"Cosines between the directions of {', '.join(names)}",
            config={"displayModeBar": False},
        )
        st.caption(
            "Cosine of the angle between two directions: 1 the same, 0 unrelated, -1 "
            "opposite. A slider also moves those that its direction points along with."
        )


def show_disentanglement(autoencoder: Autoencoder) -> None:
    """Say whether single numbers of a code are attributes, where it was measured."""
    found = autoencoder.card.evaluation["test"].get("disentanglement")
    if found is None:
        return
    with st.expander("Why a slider is a direction and no single number of the code"):
        st.markdown(
            f"All {autoencoder.latent_dim} numbers together tell **"
            f"{found['informativeness']:.0%}** of how the {found['attributes']} attributes vary "
            f"(R squared, {found['n']:,} test images). But no number is one attribute: the best "
            f"tells only **{found['mig']:.0%}** of it more than the next best (mutual information "
            f"gap, MIG). A number tells of several attributes (disentanglement "
            f"{found['disentanglement']:.2f} of 1), and an attribute is told by several numbers "
            f"(completeness {found['completeness']:.2f} of 1)."
        )


def _heat_map(names: Sequence[str], table: np.ndarray) -> Figure:
    figure = new_figure(yaxis={"autorange": "reversed"}, height=80 + 30 * len(names))
    return figure.add_heatmap(
        z=table,
        x=list(names),
        y=list(names),
        zmin=-1,
        zmax=1,
        colorscale=[[0, BLUE], [0.5, "#FFFFFF"], [1, ORANGE]],
        text=np.round(table, 2),
        texttemplate="%{text:.2f}",
        textfont={"color": "#000000", "size": 10},
        showscale=False,
    )
