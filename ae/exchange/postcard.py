"""A model as one HTML file that needs no server and no network.

The file is text in UTF-8 whatever it is sent through: binary parts are compressed and written with
seven bits to a character. Nothing that a model's folder says becomes markup or script: texts are
escaped, and a policy in the file lets it run its own script alone and ask for nothing.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

# In a script element these three would end it, vanish, or become another.
_UNSAFE = b"\x00\r<"
_ESCAPES = {
    bytes((unsafe, after)): chr(0x100 + (place << 7 | after)).encode()
    for place, unsafe in enumerate(_UNSAFE)
    for after in range(128)
}
_TO_ESCAPE = re.compile(b"[%s](?s:.)" % re.escape(_UNSAFE))

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:image/png;base64,{icon}">
<style>{style}</style>
</head>
<body>
{body}
{parts}
<script type="module">{script}</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Page:
    """What one file is made of."""

    title: str  # of the page
    icon: bytes  # a small picture, PNG
    body: str  # markup, in which every text from elsewhere is escaped
    style: str  # the style sheet of the page itself
    script: str  # a module that imports nothing; it runs when the rest is here
    data: Mapping[str, Any]  # what the script reads, as JSON knows it, from ``<script id="data">``
    # What it reads by name, from ``<script id="file-NAME">``, as ``ae/ui/postcard/packing.js``
    # unpacks it.
    files: Mapping[str, bytes]

    def html(self) -> bytes:
        """Return the file.

        Raises:
            ValueError: If script or style would end their own element.
        """
        for text, end in ((self.script, "</script"), (self.script, "<!--"), (self.style, "</")):
            if end in text:
                raise ValueError(f"the page's own code holds {end}")
        files = (
            f'<script type="text/plain" id="file-{name}" data-size="{len(content)}"'
            f' data-packed="{len(packed)}">{_in_text(packed)}</script>'
            for name, content in self.files.items()
            for packed in [_packed(content)]
        )
        data = f'<script type="application/json" id="data">{_json(self.data)}</script>'
        return _PAGE.format(
            policy=_policy(self.script, self.style),
            title=escape(self.title),
            icon=base64.b64encode(self.icon).decode(),
            style=self.style,
            body=self.body,
            parts="\n".join((data, *files)),
            script=self.script,
        ).encode()


def _policy(script: str, style: str) -> str:
    """Return what the browser lets the page do: run this script, and nothing else."""
    allowed = {
        "default-src": "'none'",
        "script-src": f"{_hash_of(script)} 'wasm-unsafe-eval'",
        "style-src": _hash_of(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{what} {sources}" for what, sources in allowed.items())


def _hash_of(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(data: Mapping[str, Any]) -> str:
    """Write JSON that cannot end the script element it stands in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _packed(content: bytes) -> bytes:
    """Compress what is mostly 32-bit numbers: their first bytes first, then the others.

    The bytes that hold signs and exponents are alike and shrink; 16 % of a decoder goes.
    """
    whole = len(content) // 4 * 4
    planes = np.frombuffer(content[:whole], np.uint8).reshape(-1, 4).T
    return zlib.compress(planes.tobytes() + content[whole:], 9)


def _in_text(content: bytes) -> str:
    """Write bytes as text that survives in a script element, in UTF-8.

    Seven bits are a character, the first bit first. One that is unsafe there joins the
    next in one of 0x100 to 0x27F, which takes two bytes: so 8 bytes hold 7 bytes always.

    Source: base-122, Albertson 2016, https://blog.kevinalbs.com/base122
    """
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    # At least one character more, so that the last has one to join.
    padded = np.concatenate([bits, np.zeros(14 - len(bits) % 7, np.uint8)])
    symbols = np.packbits(padded.reshape(-1, 7), axis=1)[:, 0] >> 1
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], symbols.tobytes()).decode()
