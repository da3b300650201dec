"""What else an edit moved, as a judge of pictures reads it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.edits import EDITED, RANDOM, SEEN, random_directions, read
from ae.coding.judge import RIGHT, Judge
from ae.latent.attributes import is_yes_or_no
from ae.latent.leakage import moved
from ae.metrics import share_interval, ssim
from ae.models import companion
from ae.ui.arithmetic.edits import measured
from ae.ui.caching import decoded, kept
from ae.ui.evidence import SPREAD_OVER, spreads_of, subject_noun
from ae.ui.figures import BLUE, ORANGE, Figure, new_figure

Codes = NDArray[np.float32]
Readings = NDArray[np.floating]  # of n pictures, (n, attributes)


def show_moved(
    autoencoder: Autoencoder,
    codes: Codes,
    step: Codes,
    *,
    asked: Sequence[str],
    trusted: bool = True,
    becomes: str | None = None,
    freely: Codes | None = None,
) -> None:
    """Show what an edit changed beside what was asked for.

    Args:
        autoencoder: Decodes the codes.
        codes: Of the picture on screen, then of others, (n, latent_dim).
        step: The edit, (latent_dim,).
        asked: The attributes that were moved.
        trusted: Whether there is data behind the result; a judge is asked only then.
        becomes: The class that pictures shall become, where they have classes.
        freely: The edit as it would be if nothing were kept unchanged.
    """
    st.header("What else moved" if asked else "What moved", anchor=False)
    judge = companion(autoencoder, Judge)
    if not step.any():
        st.caption("Nothing has moved yet: drag a slider.")
    elif not trusted:
        st.caption("A judge of pictures has seen nothing like it either, so none is asked.")
    elif judge is None:
        st.caption(
            "There is no judge of such pictures on the shelf, so nobody but you can "
            "say what else moved: look at the difference."
        )
    else:
        then, _ = _judged(autoencoder, judge, codes, 0 * step)
        now, alike = _judged(autoencoder, judge, codes, step)
        if not judge.card.attributes:
            _show_classes(judge, then, now, alike, becomes)
            return
        free = None
        if freely is not None:
            free, _ = _judged(autoencoder, judge, codes[:1], freely)
        shown = _yes_or_no(autoencoder, judge, asked)
        if shown:
            _show_yes_or_no(autoencoder, judge, shown, then, now, alike[0])
            _show_control(autoencoder, judge, codes[0], step, shown)
            _show_measured(autoencoder, judge, shown)
        _show_changes(autoencoder, judge, asked, then, now, free)


def _judged(
    autoencoder: Autoencoder, judge: Judge, codes: Codes, step: Codes
) -> tuple[Readings, NDArray[np.float64]]:
    """Return what a judge reads in edited pictures, and how alike their upper halves stay.

    Of classes the readings are shares.
    """

    def look() -> tuple[Readings, NDArray[np.float64]]:
        before = decoded(autoencoder, codes)
        after = autoencoder.decode(codes + step) if step.any() else before
        readings = read(judge, after) if judge.card.attributes else class_shares(judge, after)
        return readings, _upper_halves_alike(before, after)

    return kept(("judged", *_digests(autoencoder, judge)), np.vstack([codes, step]), look)


def _digests(autoencoder: Autoencoder, judge: Judge) -> tuple[str, str]:
    return autoencoder.card.files["decoder.onnx"], judge.card.files["judge.onnx"]


# Classes ---------------------------------------------------------------------------


def _show_classes(
    judge: Judge, then: Readings, now: Readings, alike: NDArray[np.float64], becomes: str | None
) -> None:
    names = judge.card.class_names
    at = names.index(becomes) if becomes in names else int(now[0].argmax())
    n = len(now)
    others = f"; {alike.mean():.0%} on average over this one and {n - 1} others" if n > 1 else ""
    with st.container(horizontal=True):
        _metric(f"{names[at]}, says the judge", f"{now[0, at]:.0%}", f"{then[0, at]:.0%}")
        if n > 1:
            seen, seen_before = (
                int((shares[1:].argmax(axis=1) == at).sum()) for shares in (now, then)
            )
            words = f"{seen} of {n - 1}"
            _metric(f"{names[at]}, among the others", words, str(seen_before))
        _metric("Upper half alike", f"{alike[0]:.0%}")
    st.caption(
        "The judge is a classifier of pictures that knows no codes. It reads no other "
        "attributes, so what else moved is told by the upper half of the picture: "
        f"100% if nothing changed there (SSIM){others}."
    )


def _metric(label: str, value: str, before: str | None = None) -> None:
    delta = None if before is None else f"{before} before"
    st.metric(label, value, delta, delta_color="off", delta_arrow="off", border=True)


def _upper_halves_alike(
    before: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float64]:
    upper = slice(before.shape[1] // 2)
    return ssim(before[:, upper], after[:, upper])


def class_shares(judge: Judge, images: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how sure a judge is of each class, (n, classes), rows adding up to 1."""
    logits = np.float64(judge.read(images))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


# Attributes --------------------------------------------------------------------------


def _yes_or_no(autoencoder: Autoencoder, judge: Judge, asked: Sequence[str]) -> list[str]:
    """Return what was asked for that one has or has not, and that the judge reads."""
    return [
        name
        for name in asked
        if name in judge.card.attributes and is_yes_or_no(autoencoder.attributes[name])
    ]


def _show_yes_or_no(
    autoencoder: Autoencoder,
    judge: Judge,
    shown: Sequence[str],
    then: Readings,
    now: Readings,
    alike: float,
) -> None:
    """Say whether the judge sees what was asked for, and in how many of the others."""
    with st.container(horizontal=True):
        for name in shown:
            at = judge.card.attributes.index(name)
            sure, sure_before = (f"{np.clip(r[0, at], 0, 1):.0%}" for r in (now, then))
            _metric(f"{name.capitalize()}, says the judge", sure, sure_before)
            if len(now) > 1:
                seen, seen_before = (int((r[1:, at] > SEEN).sum()) for r in (now, then))
                words = f"{seen} of {len(now) - 1}"
                label = f"{name.capitalize()}, among the others"
                _metric(label, words, str(seen_before))
        spared = {name for known in autoencoder.known.values() for name in known.spared}
        if spared.intersection(shown):
            _metric("Upper half alike", f"{alike:.0%}")


def _show_control(
    autoencoder: Autoencoder, judge: Judge, z: Codes, step: Codes, shown: Sequence[str]
) -> None:
    """Say what random moves of the same length do, as a judge reads it."""
    vectors = random_directions(len(z))
    codes = z + np.linalg.norm(step) * vectors

    def look() -> Readings:
        return read(judge, autoencoder.decode(codes))

    readings = kept(("at random", *_digests(autoencoder, judge)), codes, look)
    for name in shown:
        here = np.clip(readings[:, judge.card.attributes.index(name)], 0, 1)
        st.caption(
            f"For comparison: after {len(vectors)} random moves of the same length the judge "
            f"reads {name} at {here.mean():.0%} on average, {here.max():.0%} at most."
        )


def _show_measured(autoencoder: Autoencoder, judge: Judge, shown: Sequence[str]) -> None:
    """Say what was measured of such edits, and of their judge, on test images."""
    for name in shown:
        right = judge.card.evaluation.get("test", {}).get("attributes", {}).get(name, {})
        if set(RIGHT) <= set(right):
            st.caption(
                f"The judge is right about {name} in {right['accuracy']:.1%} of {right['n']:,} "
                f"test pictures; always naming the larger group is in {right['largest_class']:.1%}."
            )
        flips = measured(autoencoder, name).get("flips", {})
        if "flipped_by_distance" not in flips:
            continue
        n, identity = flips["n_unseen"], flips["identity"]
        low, high = share_interval(flips["flipped"], n)
        by = ", ".join(f"{share:.0%} at {k}" for k, share in flips["flipped_by_distance"].items())
        st.caption(
            f"Of the {n:,} of {flips['n_without']:,} test pictures without {name} in whose "
            "reconstruction the judge saw none, it sees it in "
            f"**{flips['flipped']:.0%}** ({low:.0%} to {high:.0%}) at the median of training "
            f"pictures with it, and in {by} on the slider; after random moves of that length in "
            f"{flips['flipped_at_random']:.0%} (mean of {RANDOM} directions, those "
            f"among the first {min(EDITED, flips['n_without'])} pictures)."
        )
        if identity["different"] > 0:  # of one face alone it is 0
            st.caption(
                "Is it still the same face? By the outlines of the upper half, which has no mouth, "
                f"the edited face lies {identity['edited'] / identity['different']:.2f} times as "
                f"far from itself as two different faces lie apart; {identity['nearer']:.0%} stay "
                "nearer to themselves than nearly all (95 %) of such pairs are."
            )


def _show_changes(
    autoencoder: Autoencoder,
    judge: Judge,
    asked: Sequence[str],
    then: Readings,
    now: Readings,
    free: Readings | None,
) -> None:
    names, spreads = judge.card.attributes, spreads_of(autoencoder, judge)
    changes = moved(then, now, spreads)
    mean = changes.mean(axis=0)
    beside = np.array([name not in asked for name in names])
    else_each = np.abs(changes[:, beside]).mean(axis=1)
    besides = f"Besides {' and '.join(asked)}, each other attribute" if asked else "Each attribute"
    words = f"{besides} moved by "
    number = f"**{else_each[0]:.2f} spreads on average**"
    if free is not None:
        freely = moved(then[:1], free, spreads)[0]
        number += f"; with nothing kept, by {np.abs(freely[beside]).mean():.2f}"
    st.markdown(f"{words}{number}.")
    in_words = ", ".join(f"{n} {c:+.2f}" for n, c in zip(names, changes[0], strict=True))
    st.plotly_chart(
        _bars(names, changes[0], mean, len(now)),
        key="moved",
        alt=f"How far each attribute moved: {in_words}",
        config={"displayModeBar": False},
    )
    words = (
        "Read from the pictures by a judge that knows no codes. One spread is the deviation of "
        f"its readings over {min(SPREAD_OVER, len(autoencoder.codes))} test "
        f"{subject_noun(autoencoder)}s."
    )
    if len(now) > 1:
        words += f" On average over this one and {len(now) - 1} others it was "
        words += f"{else_each.mean():.2f}."
    st.caption(words + _of_a_perfect_edit(autoencoder, asked, int(beside.sum())))


def _of_a_perfect_edit(autoencoder: Autoencoder, asked: Sequence[str], others: int) -> str:
    """Say how wrong the judge itself is, where faces were drawn anew to find out.

    Args:
        autoencoder: Its card says so.
        asked: What is edited.
        others: How many attributes are not.
    """
    perfect = measured(autoencoder, asked[0]).get("perfect") if len(asked) == 1 else None
    if perfect is None:
        return ""
    return (
        f" The judge errs too: of {perfect['n']} faces drawn anew with only {asked[0]} changed it "
        f"reads that each other one moved by {perfect['total'] / others:.2f} for each spread of "
        f"{asked[0]}."
    )


def _bars(
    names: Sequence[str], here: NDArray[np.floating], mean: NDArray[np.floating], n: int
) -> Figure:
    shown = np.concatenate([here, mean])
    low, high = min(shown.min(), 0), max(shown.max(), 0)
    room = 0.2 * (high - low)  # for the numbers at the bars' ends
    figure = new_figure(
        xaxis={"title": "Change, in spreads", "range": [low - room, high + room]},
        yaxis={"autorange": "reversed"},
        showlegend=n > 1,
        legend={"orientation": "h", "y": 1.06, "traceorder": "reversed"},
        height=120 + 34 * len(names),
        bargap=0.25,
    )
    series = [("This one", here, BLUE, "")]
    if n > 1:
        series.insert(0, (f"Mean of {n}", mean, ORANGE, "/"))
    for label, values, colour, pattern in series:
        figure.add_bar(
            y=list(names),
            x=values,
            name=label,
            orientation="h",
            marker={"color": colour, "pattern": {"shape": pattern}},
            text=[f"{value:+.2f}" for value in values],
            textposition="outside",
        )
    return figure
