"""What else an edit moved, as a judge of pictures reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.editing import read, spread
from ae.latent.leakage import moved
from ae.metrics import ssim
from ae.models import Autoencoder, Judge, judge_of
from ae.ui.arithmetic.subject import thing
from ae.ui.figures import BLUE, ORANGE

if TYPE_CHECKING:
    import plotly.graph_objects as go

Codes = NDArray[np.float32]
_SPREAD_OVER = 400  # test images at most: a second, once per process


def show_moved(
    autoencoder: Autoencoder,
    codes: Codes,
    step: Codes,
    *,
    asked: Sequence[str],
    becomes: str | None = None,
    freely: Codes | None = None,
) -> None:
    """Show what an edit changed beside what was asked for.

    Args:
        autoencoder: Decodes the codes.
        codes: Of the picture on screen, then of others, (n, latent_dim).
        step: The edit, (latent_dim,).
        asked: The attributes that were moved.
        becomes: The class that pictures shall become, where they have classes.
        freely: The edit as it would be if nothing were kept unchanged.
    """
    st.subheader("What else moved" if asked else "What moved", anchor=False)
    judge = judge_of(autoencoder)
    if not step.any():
        st.caption("Nothing has moved yet: drag a slider.")
    elif judge is None:
        st.caption(
            "There is no judge of such pictures on the shelf, so nobody but you can "
            "say what else moved: look at the difference."
        )
    elif len(judge.card.attributes) < 2:
        _show_classes(autoencoder, judge, codes, step, becomes)
    else:
        _show_readings(autoencoder, judge, codes, step, asked, freely)


# Classes ---------------------------------------------------------------------------


def _show_classes(
    autoencoder: Autoencoder,
    judge: Judge,
    codes: Codes,
    step: Codes,
    becomes: str | None,
) -> None:
    names = judge.card.class_names
    before, after = autoencoder.decode(codes), autoencoder.decode(codes + step)
    then, now = class_shares(judge, before), class_shares(judge, after)
    at = names.index(becomes) if becomes in names else int(now[0].argmax())
    upper = slice(autoencoder.image_shape[0] // 2)
    alike = ssim(before[:, upper], after[:, upper])
    with st.container(horizontal=True):
        st.metric(
            f"{names[at]}, says the judge",
            f"{now[0, at]:.0%}",
            f"{then[0, at]:.0%} before",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
        if len(codes) > 1:
            others = (shares[1:].argmax(axis=1) == at for shares in (now, then))
            seen, seen_before = (int(other.sum()) for other in others)
            st.metric(
                f"{names[at]}, among the others",
                f"{seen} of {len(codes) - 1}",
                f"{seen_before} before",
                delta_color="off",
                delta_arrow="off",
                border=True,
            )
        st.metric("Upper half alike", f"{alike[0]:.0%}", border=True)
    st.caption(
        "The judge is a classifier of pictures that knows no codes. It reads no other "
        "attributes, so what else moved is told by the upper half of the picture: "
        f"100 % if nothing changed there (SSIM); {alike.mean():.0%} on average of the "
        f"{len(codes)} shown."
    )


def class_shares(judge: Judge, images: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how sure a judge is of each class, (n, classes), rows adding up to 1."""
    logits = np.float64(judge.read(images))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


# Attributes --------------------------------------------------------------------------


def _show_readings(
    autoencoder: Autoencoder,
    judge: Judge,
    codes: Codes,
    step: Codes,
    asked: Sequence[str],
    freely: Codes | None,
) -> None:
    names = judge.card.attributes
    changes = _changes(autoencoder, judge, codes, step)
    mean = changes.mean(axis=0)
    beside = np.array([name not in asked for name in names])
    else_here, else_mean = (np.abs(c[beside]).sum() for c in (changes[0], mean))
    besides = f"Besides {' and '.join(asked)}, other attributes" if asked else "All"
    words = f"{besides} moved by "
    number = f"**{else_here:.2f} spreads in all**"
    if freely is not None:
        free = _changes(autoencoder, judge, codes[:1], freely)[0]
        number += f"; with nothing kept, by {np.abs(free[beside]).sum():.2f}"
    st.markdown(f"{words}{number}.")
    st.plotly_chart(
        _bars(names, changes[0], mean, len(codes)),
        key="moved",
        alt=f"How far each attribute moved: {_in_words(names, changes[0])}",
        config={"displayModeBar": False},
    )
    st.caption(
        f"Read from the pictures by a judge that knows no codes. One spread is the "
        f"deviation of its readings over {_measured(autoencoder)}."
        + _over_many(len(codes), else_mean)
    )


def _changes(
    autoencoder: Autoencoder, judge: Judge, codes: Codes, step: Codes
) -> NDArray[np.floating]:
    """Return every picture's change of each attribute, in spreads, (n, k)."""
    before = read(judge, autoencoder.decode(codes))
    after = read(judge, autoencoder.decode(codes + step))
    files = autoencoder.card.files["codes.npz"], judge.card.files["judge.onnx"]
    spreads = _spreads(*files, autoencoder, judge)
    return moved(before, after, spreads)


@st.cache_resource(show_spinner="Measuring spreads", max_entries=8)
def _spreads(
    codes: str, network: str, _autoencoder: Autoencoder, _judge: Judge
) -> NDArray[np.float64]:
    return spread(_autoencoder, _judge, n=_SPREAD_OVER)


def _in_words(names: Sequence[str], changes: NDArray[np.floating]) -> str:
    return ", ".join(f"{n} {c:+.2f}" for n, c in zip(names, changes, strict=True))


def _measured(autoencoder: Autoencoder) -> str:
    n = min(_SPREAD_OVER, len(autoencoder.codes))
    return f"{n} test {thing(autoencoder)}s"


def _over_many(n: int, beside: float) -> str:
    if n == 1:
        return ""
    return f" On average over this one and {n - 1} others it was {beside:.2f} in all."


def _bars(
    names: Sequence[str],
    here: NDArray[np.floating],
    mean: NDArray[np.floating],
    n: int,
) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
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
    shown = np.concatenate([here, mean])
    low, high = min(shown.min(), 0), max(shown.max(), 0)
    room = 0.2 * (high - low)  # for the numbers at the bars' ends
    figure.update_layout(
        xaxis={"title": "Change, in spreads", "range": [low - room, high + room]},
        yaxis={"autorange": "reversed"},
        showlegend=n > 1,
        legend={"orientation": "h", "y": 1.06, "traceorder": "reversed"},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        height=120 + 34 * len(names),
        bargap=0.25,
    )
    return figure
