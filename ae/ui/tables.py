"""Tables of words and numbers."""

import re
from collections.abc import Mapping, Sequence

import streamlit as st

# Whatever Markdown or Streamlit's additions to it might act on.
_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+.!|$~:-])")


def as_text(words: str) -> str:
    """Return words of which Markdown shows every sign as it is."""
    return _SIGNS.sub(r"\\\1", words)


def show_table(columns: Mapping[str, Sequence[str]], *, width: int | str = "stretch") -> None:
    """Show columns of equally many texts by heading, whatever signs these hold.

    ``st.table`` would load pandas for it, which takes 71 MB.
    """
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    lines = [" | ".join(map(as_text, row)) for row in rows]
    lines.insert(1, " | ".join("---" for _ in columns))
    st.markdown("\n".join(f"| {line} |" for line in lines), width=width)  # type: ignore[arg-type]
