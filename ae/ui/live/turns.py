"""Turns: stretches in which the browser alone moves what the sliders set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

import streamlit as st

from ae.ui.live.delivery import declare, digest_of, new_turn

Values = tuple[float, ...]


class Sliders(Protocol):
    """A set of sliders, compared by what it holds, and the values that it sets."""

    def __len__(self) -> int:
        """Return how many sliders there are."""

    def within(self, values: Values, given: Values) -> Values:
        """Return values cut off at the sliders' ends."""

    def carried(self, values: Values, old: Any, given: Values) -> Values:
        """Return what values of an ``old`` set are in this one; new ones as given."""


S = TypeVar("S", bound=Sliders)


@dataclass(frozen=True)
class Kept(Generic[S]):
    """What is known between two runs.

    Attributes:
        turn: Names a stretch in which the browser alone moves the values.
        digest: Of the decoder.
        sliders: As given.
        given: The values the caller gave.
        start: The values at the turn's start.
        values: As they stand.
        heard: Whether the browser has moved a slider, so must have the decoder.
        failed: Whether the browser cannot run this decoder.
    """

    turn: str
    digest: str
    sliders: S
    given: Values
    start: Values
    values: Values
    heard: bool = False
    failed: bool = False

    def anew(self, sliders: S, values: Values) -> Kept[S]:
        """Return another turn, which starts from these values."""
        return replace(
            self, turn=new_turn(), sliders=sliders, start=values, values=values
        )

    def widget_keys(self, key: str) -> list[str]:
        """Return the keys of the server's own sliders, in their order."""
        # Another turn starts from other values, hence with other widgets.
        return [f"{key}-{self.turn}-{n}" for n in range(len(self.sliders))]


def settle(
    key: str,
    decoder: bytes | None,
    sliders: S,
    given: Values,
    *,
    told: tuple[str, str],
    linked: bool,
) -> Kept[S]:
    """Decide what the values are: the caller's, or where the visitor has moved them.

    As long as ``given`` stays what it was, or is what stood last, the visitor's
    movements go on; others start afresh from there, as does whatever a link has just
    brought. Other sliders, or a return from another page, start another turn from where
    the values are.

    Args:
        key: Of the component.
        decoder: Its file, if there is one; another one starts afresh.
        sliders: The set of sliders as it is now.
        given: By the caller, checked.
        told: Names of the component's state and, in it, of the list of values.
        linked: Whether ``given`` has just come with a link, such as by going back.
    """
    digest = "" if decoder is None else digest_of(decoder)
    kept = st.session_state.get(f"{key}-kept")
    state = st.session_state.get(key)
    if not isinstance(kept, Kept) or kept.digest != digest:
        return Kept(new_turn(), digest, sliders, given, start=given, values=given)
    known = (kept.given, kept.values)
    if linked or given not in [sliders.carried(v, kept.sliders, given) for v in known]:
        kept = kept.anew(sliders, given)
    kept = replace(kept, given=given)
    mounted = isinstance(state, Mapping)
    if isinstance(state, Mapping):
        kept = _listen(kept, state, told)
    gone = not mounted and kept.widget_keys(key)[0] not in st.session_state
    if gone or kept.sliders != sliders:
        values = sliders.carried(kept.values, kept.sliders, given)
        kept = kept.anew(sliders, sliders.within(values, given))
    return replace(kept, heard=kept.heard and mounted)


def _listen(kept: Kept[S], state: Mapping[str, Any], told: tuple[str, str]) -> Kept[S]:
    # Both values come from the browser: anything may arrive.
    name, field = told
    failed, moved = state.get("failed"), state.get(name)
    fails = isinstance(failed, Mapping) and failed.get("digest") == kept.digest
    if fails and not kept.failed:
        kept = replace(kept, failed=True, start=kept.values)
    if not isinstance(moved, Mapping) or moved.get("turn") != kept.turn:
        return kept
    values = _numbers(moved.get(field), len(kept.values))
    if values is None:
        return kept
    return replace(kept, values=kept.sliders.within(values, kept.given), heard=True)


def _numbers(value: object, n: int) -> Values | None:
    if not isinstance(value, list) or len(value) != n:
        return None
    # A bool is an int, and an int may be too large for a float.
    if not all(type(v) in (int, float) and abs(v) < 1e30 for v in value):
        return None
    return tuple(float(v) for v in value)


def mount(
    component: Callable[..., Any],
    decoder: bytes,
    kept: Kept[S],
    data: Mapping[str, Any],
    *,
    key: str,
    state: str,
) -> None:
    """Draw a component, and hand it the decoder until the browser has it.

    Args:
        component: What ``st.components.v2.component`` returned.
        decoder: The content of ``decoder.safetensors``.
        kept: What was settled.
        data: For the component, beside digest and turn. They should stay the same
            within a turn: Streamlit then sends a short reference, and the script is not
            started again in the middle of a drag.
        key: Of the component.
        state: The name of what it tells.
    """
    with st.container(gap=None):
        component(
            key=key,
            data={"digest": kept.digest, "turn": kept.turn, **data},
            default={state: None, "failed": None},
            **{f"on_{state}_change": declare},
            on_failed_change=declare,
        )
        if not kept.heard:
            # Bytes travel only alone, hence a mount of their own, last so that its
            # going moves nothing. Hashing them in every run would cost milliseconds.
            component(
                key=f"{key}-decoder",
                data=bytes.fromhex(kept.digest) + decoder,
                height=1,
            )
