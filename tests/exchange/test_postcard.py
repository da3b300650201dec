"""A page in one file: what it holds comes out whole, and nothing in it is obeyed."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from ae.exchange.postcard import Page
from tests.live.node import in_node

HOSTILE = "</title></script><script>alert(1)</script><!--<script> & \"'\r\0"
RNG = np.random.default_rng(0)
FILES = {
    "nothing": b"",
    "odd": bytes(RNG.integers(256, size=1001, dtype=np.uint8)),
    # 0, 13 and 60 again and again, seven bits wide.
    "unsafe": np.packbits(np.tile([0] * 7 + [0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0], 99)),
    "weights": RNG.normal(size=5000).astype(np.float32),
}


def page_of(**files: bytes) -> Page:
    return Page(HOSTILE, b"", "<main></main>", "p{}", "let a;", {"told": HOSTILE}, files)


class Scripts(HTMLParser):
    """The texts of a page's script elements, and of its title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.title, self.inside = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        if tag == "script":
            self.found.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            attributes, text = self.found[-1]
            self.found[-1] = attributes, text + data
        self.title += data if self.inside == "title" else ""


def test_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    content = {name: bytes(file) for name, file in FILES.items()}
    found = Scripts(page_of(**content).html().decode()).found[1:-1]
    assert len(found) == len(content)
    asked = [
        [text, {"size": int(given["data-size"] or 0), "packed": int(given["data-packed"] or 0)}]
        for given, text in found
    ]
    (tmp_path / "asked.json").write_text(json.dumps(asked), "utf-8")
    program = """
import { readFileSync } from "node:fs";
import { unpack } from "./postcard/packing.js";
const asked = JSON.parse(readFileSync("asked.json", "utf-8"));
const files = await Promise.all(asked.map(([text, sizes]) => unpack(text, sizes)));
console.log(JSON.stringify(files.map((file) => [...file])));
"""
    assert [bytes(file) for file in in_node(tmp_path, program)] == [*content.values()]


def test_texts_of_a_model_stay_texts() -> None:
    found = Scripts(page_of(file=b"").html().decode())
    assert found.title == HOSTILE.replace("\0", "\N{REPLACEMENT CHARACTER}") or (
        found.title == HOSTILE
    )
    (_, data), _, (_, script) = found.found
    assert json.loads(data) == {"told": HOSTILE}
    assert script == "let a;"


@pytest.mark.parametrize("script", ["'</script>'", "'<!--'"])
def test_code_that_would_end_its_element_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match="the page's own code"):
        Page("", b"", "", "", script, {}, {}).html()
