"""What Python makes of the editor: amounts, curves, hostile messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from ae.latent.edits import Edit
from ae.ui.live import Decoder, Move, live_edit
from ae.ui.live.difference import FULL, RAMP
from tests.door.saying import come_back, heard, open_app, record_of, rerun, say, set_to
from tests.live.node import in_node

KEY = "edit"
DIM = 3


def along(label: str, *vector: float) -> Move:
    return Move(label, Edit.along(np.array(vector), -2, 2), step=0.5)


SMILE = along("Smile", 0.25, 0, 0)
HAT = along("Hat", 0, 1, 0)
BEARD = along("Beard", 0, 0, 1)


def open_page(**amounts: float) -> AppTest:
    return open_app("edit", moves=[SMILE, HAT], amounts=amounts)


def moved(**changes: float) -> dict[str, float]:
    return {"Smile": 1.5, "Hat": -2.0, **changes}


def test_the_amounts_start_at_the_origins_and_follow_the_browser() -> None:
    at = open_page()
    assert heard(at) == (0, 0)
    assert heard(say(at, KEY, moved())) == (1.5, -2)
    assert heard(say(at, KEY, {"Hat": 1})) == (0, 1)


def test_the_amounts_of_a_move_outlive_other_moves() -> None:
    at = open_page()
    say(at, KEY, moved())
    rerun(at, KEY, moves=[HAT, BEARD])
    say(at, KEY, moved(Beard=1.0, Hat=0.5))
    assert heard(rerun(at, KEY, moves=[SMILE, HAT])) == (1.5, 0.5)
    rerun(at, KEY, moves=[BEARD])
    assert heard(come_back(at, KEY)) == (1,)
    assert heard(rerun(at, KEY, moves=[SMILE, HAT])) == (1.5, 0.5)


def test_fewer_moves_may_be_moved_before_anything_else_was() -> None:
    # The browser tells the amounts of all the moves that it ever showed.
    at = open_page()
    rerun(at, KEY, moves=[BEARD])
    assert heard(say(at, KEY, {"Smile": 0, "Hat": 0, "Beard": 1})) == (1,)


def test_amounts_that_are_set_open_a_revision_and_old_messages_are_late() -> None:
    at = open_page()
    say(at, KEY, moved())
    old = record_of(at, KEY).revision
    assert heard(set_to(at, KEY, {"Hat": 99.0, "Wig": 1.0})) == (0, 2)
    assert record_of(at, KEY).revision != old
    assert heard(say(at, KEY, moved(), old)) == (0, 2)
    assert heard(say(at, KEY, moved())) == (1.5, -2)


def test_given_amounts_count_where_none_were_set() -> None:
    at = open_page(Smile=1, Hat=99)
    assert heard(at) == (1, 2)
    say(at, KEY, moved())
    revision = record_of(at, KEY).revision
    assert heard(rerun(at, KEY, amounts={"Smile": 0.5})) == (1.5, -2)
    assert record_of(at, KEY).revision == revision


@pytest.mark.parametrize(
    "amounts",
    [
        None,
        "1,2",
        [],
        [1.0, 2.0],
        5,
        moved(Hat=float("nan")),
        moved(Hat=float("-inf")),
        moved(Hat=10**400),
        moved(Hat=True),
        {**moved(), "Hat": None},
        {**moved(), "Hat": "2"},
        {**moved(), "Hat": [2.0]},
        {**moved(), "Hat": {}},
    ],
)
def test_nonsense_from_the_browser_changes_nothing(amounts: object) -> None:
    at = open_page(Smile=0.5, Hat=0.5)
    assert heard(say(at, KEY, amounts)) == (0.5, 0.5)


def test_unknown_labels_are_neither_read_nor_kept() -> None:
    at = open_page()
    said: dict[str, object] = {f"Wig {n}": float("nan") for n in range(1000)}
    said |= {"": {}, **moved()}
    assert heard(say(at, KEY, said)) == (1.5, -2)
    assert record_of(at, KEY).value == moved()


def test_messages_are_cut_off_at_the_sliders_ends() -> None:
    assert heard(say(open_page(), KEY, {"Smile": 1e9, "Hat": -1e9})) == (2, -2)


# Tables ----------------------------------------------------------------------------


def curve(rows: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)


MOVES = [
    Move("Bent", Edit(curve(7, 0), -1, 3), 0.1),
    Move("Shortest", Edit(curve(2, 1), 10, 30), 0.5, 10),
    Move("Straight", Edit.along(curve(1, 2)[0], -2, 2)),
]


def test_the_browser_interpolates_curves_as_numpy_does(tmp_path: Path) -> None:
    for move in MOVES:
        shown = np.linspace(move.range.minimum, move.range.maximum, 57)
        program = f"""
            import {{ addCurve }} from "./live/curves.js";
            const curve = {move.edit.curve.tolist()};
            const range = {json.dumps(move.range.plain())};
            const codes = {shown.tolist()}.map((value) => {{
              const code = [1, 2, 3];
              addCurve(curve, range, value, code);
              return code;
            }});
            console.log(JSON.stringify(codes));
        """
        found = in_node(tmp_path, program)
        expected = np.array([1, 2, 3]) + move.edit.at(shown)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def difference_picture(
    before: NDArray[np.floating], after: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Colour the mean of after - before over the channels, full at FULL."""
    level = np.clip((after - before).mean(axis=-1, keepdims=True) / FULL, -1, 1)
    darker, same, lighter = RAMP
    end = np.where(level < 0, darker, lighter)
    return np.float32(same + np.abs(level) * (end - same))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_browser_colours_differences_by_their_mean(tmp_path: Path, channels: int) -> None:
    rng = np.random.default_rng(channels)
    before, after = rng.random((2, 4, 5, channels)).astype(np.float32)
    after[0] = before[0]
    program = f"""
        import {{ newDifference }} from "./live/difference.js";
        const ramp = {RAMP.tolist()};
        const differ = newDifference([4, 5, {channels}], {{ ramp, full: {FULL} }});
        const [before, after] = [{before.ravel().tolist()}, {after.ravel().tolist()}];
        console.log(JSON.stringify([...differ(before, after)]));
    """
    found = in_node(tmp_path, program)
    found = np.reshape(found, (4, 5, 3))
    np.testing.assert_allclose(found, difference_picture(before, after), atol=1e-6)
    np.testing.assert_array_equal(found[0], np.broadcast_to(found[0, 0], (5, 3)))


def test_the_colours_of_a_difference_are_as_light_as_what_they_say() -> None:
    level = np.linspace(-0.5, 0.5, 11)[None, :, None]
    colours = difference_picture(np.zeros_like(level), level)
    luminance = colours[0] @ [0.2126, 0.7152, 0.0722]
    assert np.all(np.diff(luminance) > 0)


def test_small_pictures_take_turns_while_a_drag_outdates_them(tmp_path: Path) -> None:
    program = """
        import { newIdleDecoder } from "./live/idle.js";
        const painted = [];
        const frames = ["a", "b", "c"].map((name) => ({
          paint() {
            painted.push(name);
            if (painted.length < 6) idle.outdate(frames.slice(0, 2));
          },
        }));
        const idle = newIdleDecoder(() => []);
        idle.outdate(frames);
        idle.wake();
        process.on("exit", () => console.log(JSON.stringify(painted)));
    """
    painted = in_node(tmp_path, program)
    assert painted == ["a", "b", "c", "a", "b", "a", "b"]


# Refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"origin": 4.0}, {"origin": float("nan")}, {"step": 0.0}])
def test_moves_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'Smile'"):
        Move("Smile", SMILE.edit, **wrong)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"moves": []}, "one move"),
        ({"moves": [SMILE, SMILE]}, "same label"),
        ({"base": np.zeros(DIM + 1)}, "does not fit"),
        ({"also": np.zeros((2, DIM + 1))}, "does not fit"),
        ({"base": np.full(DIM, np.nan)}, "finite"),
        ({"also": np.full((2, DIM), np.inf)}, "finite"),
        ({"amounts": {"Smile": np.inf}}, "finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    arguments: dict[str, Any] = {"base": np.zeros(DIM), "moves": [SMILE], **wrong}
    decoder = Decoder("toy", DIM, (4, 4, 1), "")
    with pytest.raises(ValueError, match=complaint):
        live_edit(decoder, **arguments, key=KEY, alt="")
