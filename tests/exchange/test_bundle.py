"""Several modules as one: the same results, and what cannot be joined is refused."""

from pathlib import Path

import pytest

from ae.exchange.bundle import bundle
from tests.live.node import in_node

MODULES = {
    "a/sum.js": "export const one = 1;\nlet two = 2;\nexport { two as zwei };\n"
    "export async function* unused() {}\nexport default function (x, y) {\n  return x + y;\n}\n",
    "b/entry.js": 'import add from "../a/sum.js";\nimport {\n  one,\n  zwei as two,\n} from '
    '"../a/sum.js";\nimport * as every from "../a/sum.js";\nimport "./side.js";\n'
    "export default [add(one, two), every.one, globalThis.side];\n",
    "b/side.js": "const one = 7;\nglobalThis.side = one;\n",
}


def test_a_bundle_runs_as_its_modules_do(tmp_path: Path) -> None:
    (tmp_path / "bundle.js").write_text(bundle(MODULES, "b/entry.js"), "utf-8")
    program = 'import found from "./bundle.js";\nconsole.log(JSON.stringify(found));'
    assert in_node(tmp_path, program) == [3, 1, 7]


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ({"entry.js": 'import "./gone.js";\n'}, "gone.js: it is not there"),
        ({"entry.js": 'import "./b.js";\n', "b.js": 'import "./entry.js";\n'}, "imports itself"),
        ({"entry.js": 'import x, { y } from "./b.js";\n', "b.js": ""}, "cannot be bundled"),
        ({"entry.js": 'export * from "./b.js";\n'}, "cannot be bundled"),
        ({"entry.js": 'import "https://example.org/x.js";\n'}, "cannot be bundled"),
    ],
)
def test_what_cannot_be_joined_is_refused(modules: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bundle(modules, "entry.js")
