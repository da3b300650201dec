"""What Python makes of the editor: amounts, tables, hostile messages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from ae.ui.live import Move, edited, live_edit
from ae.ui.live.difference import FULL, RAMP, difference_picture
from ae.ui.live.engine import javascript
from tests.live.node import NODE

DECODER = b"never read on this side"
DIM = 3


def page(
    decoder: bytes | None,
    base: list[float],
    vectors: dict[str, list[float]],
    high: float,
    amounts: list[float] | None,
    others: int,
) -> None:
    import numpy as np
    import streamlit as st

    from ae.ui.live import Move, live_edit

    st.session_state["returned"] = live_edit(
        decoder,
        np.array(base),
        [
            Move.along(label, np.array(vector), maximum=high, step=0.5)
            for label, vector in vectors.items()
        ],
        key="live",
        alt="A picture",
        decode=lambda codes: np.repeat(codes[:, :1], 16, axis=1).reshape(-1, 4, 4, 1),
        amounts=amounts,
        also=np.full((others, 3), 0.5),
    )


VECTORS = {"Smile": [0.25, 0.0, 0.0], "Hat": [0.0, 1.0, 0.0]}


def open_page(decoder: bytes | None = DECODER, **changes: Any) -> AppTest:
    kwargs = {
        "decoder": decoder,
        "base": [0.5, 0.0, 0.0],
        "vectors": VECTORS,
        "high": 2.0,
        "amounts": None,
        "others": 2,
        **changes,
    }
    return AppTest.from_function(page, kwargs=kwargs, default_timeout=30).run()


def returned(at: AppTest) -> tuple[float, ...]:
    assert not at.exception
    amounts: tuple[float, ...] = at.session_state["returned"]
    return amounts


def say(at: AppTest, **message: Any) -> AppTest:
    turn = at.session_state["live-kept"].turn
    return say_state(at, {"moved": {"turn": turn, **message}, "failed": None})


def say_state(at: AppTest, state: object) -> AppTest:
    at.session_state["live"] = at.session_state["said"] = state
    return at.run()


def rerun(at: AppTest, **changes: Any) -> AppTest:
    """Run the page again with other arguments, its component as it was."""
    at.kwargs = {**(at.kwargs or {}), **changes}
    # The test harness of Streamlit 1.65 forgets a component's state between runs.
    at.session_state["live"] = at.session_state["said"]
    return at.run()


def test_the_amounts_start_at_the_origins_and_follow_the_browser() -> None:
    at = open_page()
    assert returned(at) == (0, 0)
    assert len(at.get("bidi_component")) == 2, "editor and decoder"
    assert returned(say(at, amounts=[1.5, -2.0])) == (1.5, -2)
    assert len(at.get("bidi_component")) == 1, "the browser has the decoder by now"


def test_another_base_and_other_tables_keep_the_amounts_and_the_turn() -> None:
    at = open_page()
    say(at, amounts=[1.5, -2.0])
    turn = at.session_state["live-kept"].turn
    assert returned(rerun(at, base=[1.0, 1.0, 1.0])) == (1.5, -2)
    orthogonal = {"Smile": [0.0, 0.0, 1.0], "Hat": [0.0, 2.0, 0.0]}
    assert returned(rerun(at, vectors=orthogonal)) == (1.5, -2)
    assert at.session_state["live-kept"].turn == turn


def test_other_moves_keep_the_amounts_of_those_that_stay() -> None:
    at = open_page()
    say(at, amounts=[1.5, -2.0])
    turn = at.session_state["live-kept"].turn
    fewer = {"Hat": VECTORS["Hat"], "Beard": [0.0, 0.0, 1.0]}
    assert returned(rerun(at, vectors=fewer)) == (-2, 0)
    assert at.session_state["live-kept"].turn != turn
    late = {"turn": turn, "amounts": [1.0, 1.0]}
    assert returned(say(at, **late)) == (-2, 0)
    assert returned(say(at, amounts=[-2.0, 1.0])) == (-2, 1)


def test_a_narrower_range_cuts_the_amounts_off() -> None:
    at = open_page()
    say(at, amounts=[1.5, -2.0])
    assert returned(rerun(at, high=1.0)) == (1, -2)


def test_other_amounts_start_afresh_and_those_returned_go_on() -> None:
    at = open_page(amounts=[1.0, 0.0])
    assert returned(at) == (1, 0)
    say(at, amounts=[1.5, -2.0])
    turn = at.session_state["live-kept"].turn
    assert returned(rerun(at, amounts=[1.5, -2.0])) == (1.5, -2)
    assert returned(rerun(at, amounts=None)) == (1.5, -2)
    assert at.session_state["live-kept"].turn == turn
    assert returned(rerun(at, amounts=[0.0, 99.0])) == (0, 2)
    assert at.session_state["live-kept"].turn != turn


def test_amounts_given_for_other_moves_start_only_the_new_ones() -> None:
    at = open_page(amounts=[1.0, 0.5])
    say(at, amounts=[1.5, -2.0])
    more = {**VECTORS, "Beard": [0.0, 0.0, 1.0]}
    assert returned(rerun(at, vectors=more, amounts=[1.0, 0.5, 1.0])) == (1.5, -2, 1)


def test_the_amounts_outlive_their_component() -> None:
    at = open_page()
    say(at, amounts=[1.5, -2.0])
    turn = at.session_state["live-kept"].turn
    # As after a visit to another page.
    del at.session_state["live"]
    assert returned(at.run()) == (1.5, -2)
    assert at.session_state["live-kept"].turn != turn


@pytest.mark.parametrize(
    "amounts",
    [
        None,
        "1,2",
        {},
        [],
        [1.0],
        [1.0, 2.0, 0.0],
        [1.0, None],
        [1.0, "2"],
        [1.0, True],
        [1.0, [2.0]],
        [1.0, float("nan")],
        [1.0, float("-inf")],
        [1.0, 10**400],
    ],
)
def test_nonsense_from_the_browser_changes_nothing(amounts: object) -> None:
    at = open_page(amounts=[0.5, 0.5])
    assert returned(say(at, amounts=amounts)) == (0.5, 0.5)


@pytest.mark.parametrize(
    "state", [None, 3, [], {"moved": 3}, {"failed": "x"}, {"other": 1}]
)
def test_a_state_of_another_shape_changes_nothing(state: object) -> None:
    assert returned(say_state(open_page(), state)) == (0, 0)


def test_messages_are_cut_off_at_the_sliders_ends() -> None:
    assert returned(say(open_page(), amounts=[1e9, -1e9])) == (2, -2)


def test_without_a_decoder_the_server_decodes_and_says_so() -> None:
    at = open_page(None)
    assert returned(at) == (0, 0)
    captions = [caption.value for caption in at.caption]
    assert captions[:2] == ["Before", "After"]
    assert captions[2].startswith("Difference")
    assert "server" in captions[3]
    before, after, difference, others = (image.value for image in at.image)
    assert before == after
    at.slider[0].set_value(1.5).run()
    assert returned(at) == (1.5, 0)
    moved = [image.value for image in at.image]
    assert moved[0] == before
    assert moved[1] != after
    assert moved[2] != difference
    assert moved[3] != others
    at.kwargs = {**(at.kwargs or {}), "amounts": [-1.0, 0.0]}
    assert returned(at.run()) == (-1, 0)


def test_a_decoder_that_fails_in_the_browser_runs_on_the_server() -> None:
    at = open_page()
    say(at, amounts=[1.5, -2.0])
    digest = at.session_state["live-kept"].digest
    say_state(at, {"moved": None, "failed": {"digest": digest, "reason": "x"}})
    assert [slider.value for slider in at.run().slider] == [1.5, -2.0]
    assert not at.get("bidi_component")


# Tables ----------------------------------------------------------------------------


def curve(rows: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)


MOVES = [
    Move("Bent", curve(7, 0), -1, 3, 0.1),
    Move("Shortest", curve(2, 1), 10, 30, 0.5, 10),
    Move.along("Straight", curve(1, 2)[0]),
]


def test_a_move_adds_what_numpy_interpolates() -> None:
    for move in MOVES:
        shown = np.linspace(move.minimum, move.maximum, 57)
        at = np.linspace(move.minimum, move.maximum, len(move.table))
        expected = [np.interp(shown, at, column) for column in move.table.T]
        found = [move.added(value) for value in shown]
        np.testing.assert_allclose(found, np.transpose(expected), atol=1e-6)


def test_a_straight_move_adds_its_vector_as_often_as_shown() -> None:
    vector = np.array([1.0, -2.0, 0.5])
    move = Move.along("Straight", vector, minimum=-1, maximum=3)
    np.testing.assert_allclose(move.added(0.7), 0.7 * vector, atol=1e-6)
    codes = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(
        edited(codes, [move, move], [1.0, -0.5]), codes + 0.5 * vector, atol=1e-6
    )


def in_node(folder: Path, *files: str, program: str) -> Any:
    if NODE is None:
        pytest.skip("Node was not found: install it to test what the browser runs.")
    script = folder / "program.mjs"
    script.write_text(f"{javascript(*files)}\n{program}", encoding="utf-8")
    done = subprocess.run([NODE, str(script)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_the_browser_interpolates_tables_as_numpy_does(tmp_path: Path) -> None:
    for move in MOVES:
        shown = np.linspace(move.minimum, move.maximum, 57)
        program = f"""
            const table = {np.float32(move.table).tolist()};
            const range = {json.dumps(move.range.plain())};
            const codes = {shown.tolist()}.map((value) => {{
              const code = [1, 2, 3];
              addMove(table, range, value, code);
              return code;
            }});
            console.log(JSON.stringify(codes));
        """
        found = in_node(tmp_path, "tables.js", program=program)
        expected = [np.add([1, 2, 3], move.added(value)) for value in shown]
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_browser_colours_differences_as_the_server_does(
    tmp_path: Path, channels: int
) -> None:
    rng = np.random.default_rng(channels)
    before, after = rng.random((2, 4, 5, channels)).astype(np.float32)
    after[0] = before[0]
    program = f"""
        const ramp = {RAMP.tolist()};
        const differ = newDifference([4, 5, {channels}], {{ ramp, full: {FULL} }});
        const [before, after] = [{before.ravel().tolist()}, {after.ravel().tolist()}];
        console.log(JSON.stringify([...differ(before, after)]));
    """
    found = in_node(tmp_path, "difference.js", program=program)
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
        const painted = [];
        const frames = ["a", "b", "c"].map((name) => ({
          paint() {
            painted.push(name);
            if (painted.length < 6) projector.outdate(frames.slice(0, 2));
          },
        }));
        const projector = newProjector(() => []);
        projector.outdate(frames);
        projector.wake();
        process.on("exit", () => console.log(JSON.stringify(painted)));
    """
    painted = in_node(tmp_path, "screen.js", "projector.js", program=program)
    assert painted == ["a", "b", "c", "a", "b", "a", "b"]


# Refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum": 3.0},
        {"origin": 4.0},
        {"step": 0.0},
        {"maximum": float("inf")},
        {"table": np.zeros((1, DIM))},
        {"table": np.zeros(DIM)},
        {"table": np.full((2, DIM), np.nan)},
    ],
)
def test_moves_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'Smile'"):
        Move(**{"label": "Smile", "table": np.zeros((2, DIM)), **wrong})


SMILE = Move.along("Smile", np.ones(DIM))


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"moves": []}, "one move"),
        ({"moves": [SMILE, SMILE]}, "same label"),
        ({"base": np.zeros(DIM + 1)}, "does not fit"),
        ({"also": np.zeros((2, DIM + 1))}, "does not fit"),
        ({"base": np.full(DIM, np.nan)}, "finite"),
        ({"amounts": [np.inf]}, "finite"),
        ({"amounts": [0.0, 0.0]}, "amounts"),
    ],
)
def test_what_cannot_be_shown_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    arguments: dict[str, Any] = {"base": np.zeros(DIM), "moves": [SMILE], **wrong}
    with pytest.raises(ValueError, match=complaint):
        live_edit(DECODER, **arguments, key="live", alt="", decode=lambda codes: codes)
