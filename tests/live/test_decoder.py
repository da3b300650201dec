"""Where the pictures come from: the browser's engine, or else the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae.ui.door.frames import read_code
from tests.live.node import in_node
from tests.live.test_refusals import CONTENT

# What the server has, by path, and in which order it is asked; answers come when the
# program says so.
SERVER = """
const asked = [];
const answers = {};
globalThis.fetch = (url) => new Promise((resolve) => {
  const [path] = String(url).match(/(file|frame\\/\\w+)\\/[^/]+$/);
  asked.push(path);
  answers[path] = (bytes, words) => resolve({
    ok: bytes !== null,
    text: async () => words,
    arrayBuffer: async () => Uint8Array.from(bytes).buffer,
  });
});
const rest = () => new Promise((resolve) => setTimeout(resolve, 5));
const last = () => answers[asked.at(-1)];
"""
DECODER: dict[str, Any] = {"model": "toy", "latentDim": 5, "shape": [12, 16, 3]}


def ask(folder: Path, program: str) -> Any:
    return in_node(folder, f"{SERVER}\n{program}")


def test_frames_come_one_at_a_time_and_what_was_asked_for_last_comes_first(tmp_path: Path) -> None:
    program = """
        const { newRemote, onServer } = await import("./live/remote.js");
        const shape = [1, 1, 1];
        const told = [];
        const { run, follow, outputShape } = newRemote(
          { latentDim: 2, shape },
          onServer("toy"),
          () => told.push("arrived"),
          (words) => told.push(words),
        );
        const shown = [];
        const look = (pixels) => shown.push(pixels && [...pixels]);
        look(follow([0, 1]));
        for (const at of [2, 3, 4]) look(follow([0, at]));
        look(run([9, 9]));
        look(follow([0, 5]));
        last()([255]); await rest(); // of 1
        look(follow([0, 6])); // 5 is on its way
        last()([51]); await rest(); // of 5
        look(follow([0, 6]));
        look(run([0, 1]));
        look(run([0, 4]));
        last()([0]); await rest(); // of 6
        look(follow([0, 6]));
        last()(null, "No."); await rest(); // of 4
        look(follow([0, 6]));
        look(follow([0, 7]));
        last()([102]); await rest();
        look(follow([0, 7]));
        const numbers = { asked, shown, told, outputShape };
        console.log(JSON.stringify(numbers));
    """
    found = ask(tmp_path, program)
    codes = [path.removeprefix("frame/toy/") for path in found["asked"]]
    asked = [read_code(code, 2).tolist() for code in codes]
    assert asked == [[0, 1], [0, 5], [0, 6], [0, 4], [0, 7]]
    assert found["shown"] == [
        *[None] * 6,
        [1],  # while the next one is decoded, the newest that was followed
        [np.float32(0.2)],
        [1],
        None,
        [0],
        [0],
        [0],
        [np.float32(0.4)],
    ]
    arrived = "arrived"
    assert found["told"] == [arrived, arrived, arrived, "No.", arrived]
    assert found["outputShape"] == [1, 1, 1]


def test_a_decoder_is_fetched_once_and_run_here(tmp_path: Path) -> None:
    program = f"""
        const {{ newDecoder }} = await import("./live/decoder.js");
        const told = [];
        const tell = {{
          ready: () => told.push("ready"),
          arrived: () => told.push("arrived"),
          problem: (words) => words && told.push(words),
        }};
        const decoder = {{ ...{json.dumps(DECODER)}, digest: "d" }};
        const first = newDecoder(tell);
        first.use(decoder);
        first.use({{ ...decoder }});
        last()({list(CONTENT)}); await rest();
        const second = newDecoder(tell);
        second.use(decoder); await rest();
        const picture = second.network.run([0, 0, 0, 0, 0]);
        console.log(JSON.stringify({{ asked, told, size: picture.length }}));
    """
    found = ask(tmp_path, program)
    assert found == {"asked": ["file/d"], "told": ["ready"] * 2, "size": 12 * 16 * 3}


# A clock by which every frame takes long.
SLOW = """
let now = 0;
performance.now = () => (now += 9);
"""
# A worker that answers when the program says so.
WORKER = """
const sent = [];
globalThis.Worker = class {
  postMessage(message) {
    sent.push(message);
  }
  constructor(url) {
    globalThis.answer = (data) => this.onmessage({ data });
    globalThis.fail = () => this.onerror();
  }
};
"""


def test_what_takes_long_is_run_by_a_worker_and_the_newest_code_comes_first(tmp_path: Path) -> None:
    program = f"""
        {SLOW} {WORKER}
        const {{ newDecoder, follow }} = await import("./live/decoder.js");
        const told = [];
        const tell = {{
          ready: () => told.push("ready"),
          arrived: () => told.push("arrived"),
          problem: (words) => words && told.push(words),
        }};
        const holder = newDecoder(tell);
        holder.use({json.dumps({**DECODER, "digest": "d"})});
        last()({list(CONTENT)}); await rest();
        const early = holder.network;
        const reply = async () => {{
          const {{ id, z }} = sent.at(-1);
          answer({{ id, pixels: z.map((value) => value / 2) }});
          await rest();
        }};
        await reply();
        const shown = [];
        const look = (pixels) => shown.push(pixels && pixels[0]);
        const code = (value) => [value, 0, 0, 0, 0];
        look(follow(holder.network, code(1)));
        look(holder.network.run(code(2))); // a small picture, when there is time
        for (const value of [3, 4, 5]) look(follow(holder.network, code(value)));
        await reply(); // of 1
        look(follow(holder.network, code(5)));
        await reply(); // of 5
        look(follow(holder.network, code(5)));
        await reply(); // of 2
        look(holder.network.run(code(2)));
        look(follow(holder.network, code(6)));
        fail(); await rest();
        const codes = sent.map(({{ z }}) => z[0]);
        const digests = [...new Set(sent.map(({{ digest }}) => digest))];
        console.log(JSON.stringify({{ early, codes, digests, shown, told }}));
    """
    found = ask(tmp_path, program)
    assert found["early"] is None
    assert found["digests"] == ["d"]
    assert found["codes"] == [0, 1, 5, 2, 6]
    assert found["shown"] == [None] * 5 + [0.5, 2.5, 1, 2.5]
    arrived = ["arrived"] * 3
    assert found["told"] == ["ready", *arrived, "the browser allows no worker"]


@pytest.mark.parametrize(
    "worker", ["", f"{WORKER} const fails = setInterval(() => globalThis.fail?.(), 3);"]
)
def test_where_no_worker_can_be_had_the_page_decodes(tmp_path: Path, worker: str) -> None:
    program = f"""
        {SLOW} {worker}
        const {{ newDecoder }} = await import("./live/decoder.js");
        const holder = newDecoder({{ ready() {{}}, arrived() {{}}, problem() {{}} }});
        holder.use({json.dumps({**DECODER, "digest": "d"})});
        last()({list(CONTENT)}); await rest(); await rest();
        console.log(holder.network.run([0, 0, 0, 0, 0]).length);
        process.exit();
    """
    assert ask(tmp_path, program) == 12 * 16 * 3


def test_what_cannot_be_run_here_is_run_by_the_server_with_a_sentence(tmp_path: Path) -> None:
    changes: dict[str, tuple[dict[str, Any], list[int] | None]] = {
        "no file": ({"digest": ""}, None),
        "damaged": ({"digest": "damaged"}, list(CONTENT[:-4])),
        "gone": ({"digest": "gone"}, None),
        "other codes": ({"digest": "codes", "latentDim": 6}, list(CONTENT)),
        "other pictures": ({"digest": "shape", "shape": [4, 4, 1]}, list(CONTENT)),
    }
    cases = [[{**DECODER, **change}, content] for change, content in changes.values()]
    program = f"""
        const {{ newDecoder }} = await import("./live/decoder.js");
        const found = [];
        for (const [decoder, content] of {json.dumps(cases)}) {{
          let told = "";
          const problem = (words) => (told = words);
          const tell = {{ ready() {{}}, arrived() {{}}, problem }};
          const holder = newDecoder(tell);
          holder.use(decoder);
          if (decoder.digest) last()(content, "This file is no longer here.");
          await rest();
          holder.network.follow(new Array(decoder.latentDim).fill(0));
          found.push({{ told, asked: asked.at(-1) }});
        }}
        console.log(JSON.stringify(found));
    """
    for name, result in zip(changes, ask(tmp_path, program), strict=True):
        assert result["asked"].startswith("frame/toy/"), name
        assert result["told"].startswith("The server draws these pictures"), name
        assert result["told"].endswith("."), name
        assert not result["told"].endswith(".."), name


def test_a_file_for_a_decoder_that_is_not_wanted_any_more_changes_nothing(tmp_path: Path) -> None:
    program = f"""
        const {{ newDecoder }} = await import("./live/decoder.js");
        const told = [];
        const tell = {{
          ready: () => told.push("ready"),
          arrived: () => told.push("arrived"),
          problem: (words) => words && told.push(words),
        }};
        const holder = newDecoder(tell);
        const decoder = {json.dumps(DECODER)};
        holder.use({{ ...decoder, digest: "old" }});
        holder.use({{ ...decoder, digest: "new" }});
        answers["file/old"]([1, 2, 3]); await rest();
        const before = holder.network;
        answers["file/new"]({list(CONTENT)}); await rest();
        const after = holder.network.inputSize;
        holder.use(null);
        console.log(JSON.stringify({{ before, after, end: holder.network, told }}));
    """
    found = ask(tmp_path, program)
    assert found == {"before": None, "after": 5, "end": None, "told": ["ready"]}


def test_a_file_that_could_not_be_had_may_be_asked_for_again(tmp_path: Path) -> None:
    program = """
        const { fetchFile } = await import("./door/files.js");
        const read = (bytes) => bytes.length;
        const found = [];
        const take = (promise) => promise.then(
          (length) => found.push(length),
          (error) => found.push(error.message),
        );
        take(fetchFile("a", read));
        take(fetchFile("a", read));
        last()(null, "Gone."); await rest();
        take(fetchFile("a", read));
        last()([1, 2]); await rest();
        take(fetchFile("a", read)); await rest();
        console.log(JSON.stringify({ found, asked }));
    """
    found = ask(tmp_path, program)
    assert found["found"] == ["Gone.", "Gone.", 2, 2]
    assert found["asked"] == ["file/a"] * 2
