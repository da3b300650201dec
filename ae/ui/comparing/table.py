"""A table that the visitor sorts by any column, with a column that the browser measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ae.ui.door.component import Component
from ae.ui.live.decoder import Decoder

_component = Component("sortable_table", "comparing/table.js", ["comparing/table.css"])


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table."""

    text: str
    value: float | None = None  # what a number's column is sorted by; of words the text is
    note: str = ""  # a few words below
    # Whose time for a frame the browser measures and writes here.
    timed: Decoder | None = None

    def plain(self) -> dict[str, Any]:
        """Return what table.js takes."""
        timed = self.timed and self.timed.plain()
        return {"text": self.text, "value": self.value, "note": self.note, "timed": timed}


def number(value: float | None, form: str = "", *, note: str = "") -> Cell:
    """Return a number as it is shown and sorted; a dash where there is none."""
    return Cell("\u2013") if value is None else Cell(format(value, form), float(value), note)


def sortable_table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, key: str) -> None:
    """Show a table whose headings sort it, without a round trip.

    Args:
        columns: Headings.
        rows: As many cells in each.
        key: Of the component.
    """
    plain = [[cell.plain() for cell in row] for row in rows]
    _component(key=key, data={"columns": list(columns), "cells": plain})
