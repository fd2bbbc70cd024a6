"""A file of the corpus before it has a container, and the result that the specification states for it.

Data in: a table, edits, what each edit means by docs/feeds.md. Data out: :class:`Draft` and its expectation in the form
of docs/feeds.md section 2. The product is never run to find an expectation.
Not here: bytes (render.py), which edits exist (messes_*.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

RECEIVED = dt.date(2020, 7, 3)
Cells = dict[str, Any]


@dataclass
class Line:
    """One row below the header: data, or a row that is skipped; a blank one is not counted at all."""

    cells: Cells
    codes: set[str] = field(default_factory=set)
    kind: str = "data"
    """data, skip or blank."""
    is_repeat: bool = False
    """Equal to an earlier row: counted as rows_dup."""

    def judged(self) -> set[str]:
        """A rejected row carries all its R codes and no W codes."""
        rejected = {code for code in self.codes if code.startswith("R_")}
        return rejected or self.codes


@dataclass
class Draft:
    """One file to come: cells by column, and what reading it gives."""

    feed: str
    label: str
    stem: str
    columns: list[str]
    lines: list[Line]
    headers: dict[str, str] = field(default_factory=dict)
    """Column → header text where it differs from the column's own name."""
    groups: dict[str, str] = field(default_factory=dict)
    """Column → text above its header: a header of two rows."""
    top: list[list[Any]] = field(default_factory=list)
    """Rows above the header."""
    reasons: set[str] = field(default_factory=set)
    refused: str | None = None
    side: Mapping[str, Any] | None = None
    merges: list[tuple[int, int, str]] = field(default_factory=list)
    """(first data line, last data line, column) merged downwards."""
    container: str = "csv"
    sheet: str = "Sheet1"
    ending: str | None = None
    """File ending where it is not the container's own."""
    more_sheets: list[tuple[str, list[list[Any]], bool]] = field(default_factory=list)
    """(name, rows, is visible) of sheets that are not read."""
    needs_workbook: bool = False
    """Some cell is a number or a date: a text file cannot hold it."""
    formats: dict[str, str] = field(default_factory=dict)
    """Column → number format of its numeric cells."""
    dress: Callable[[Any, Any], None] | None = None

    def header_rows(self) -> list[list[str]]:
        """One header row, or two where some column has a group."""
        last = [self.headers.get(column, column) for column in self.columns]
        if not self.groups:
            return [last]
        upper, before = [], None
        for column in self.columns:
            group = self.groups.get(column)
            upper.append("" if group and group == before else group or self.headers.get(column, column))
            before = group
        return [upper, [text if column in self.groups else "" for column, text in zip(self.columns, last, strict=True)]]

    def rows(self) -> list[list[Any]]:
        """Every row of the sheet."""
        body = [[line.cells.get(column, "") for column in self.columns] for line in self.lines]
        return [*self.top, *self.header_rows(), *body]

    def first_data_row(self) -> int:
        """Physical number of the first row below the header."""
        return len(self.top) + len(self.header_rows()) + 1

    def expectation(self, sheet: str) -> dict[str, Any]:
        """The result in the form of docs/feeds.md section 2; ``sheet`` is the name that reading gives it."""
        found: dict[str, Any] = {"received_on": RECEIVED.isoformat()}
        if self.refused:
            return found | {"status": "refused", "reasons": [self.refused], "rows": {}, "counts": {}}
        data = [(number, line) for number, line in enumerate(self.lines, self.first_data_row()) if line.kind == "data"]
        judged = {number: line.judged() for number, line in data}
        rejected = [number for number, codes in judged.items() if any(code.startswith("R_") for code in codes)]
        repeats = [number for number, line in data if line.is_repeat and number not in rejected]
        warned = [number for number, codes in judged.items() if codes and number not in {*rejected, *repeats}]
        return found | {
            "status": "accepted_with_errors" if rejected else "accepted",
            "reasons": sorted(self.reasons),
            "rows": {f"{sheet}!{number}": sorted(codes) for number, codes in judged.items() if codes},
            "counts": {
                "rows_in": len(data),
                "rows_ok": len(data) - len(rejected) - len(repeats) - len(warned),
                "rows_warn": len(warned),
                "rows_rejected": len(rejected),
                "rows_dup": len(repeats),
                "rows_skipped": sum(line.kind == "skip" for line in self.lines),
            },
        }


@dataclass(frozen=True)
class Mess:
    """One thing that clerks do to a row, and the codes that it earns by docs/feeds.md."""

    label: str
    cells: Mapping[str, Any]
    codes: frozenset[str]
    reasons: frozenset[str] = frozenset()
    needs_workbook: bool = False

    def apply(self, draft: Draft, number: int) -> None:
        """Do it to data line ``number`` (from 0); a column that the draft lacks is added."""
        line = draft.lines[number]
        for column, value in self.cells.items():
            if column not in draft.columns:
                draft.columns.append(column)
            line.cells[column] = value
        line.codes |= self.codes
        draft.reasons |= self.reasons
        draft.needs_workbook = draft.needs_workbook or self.needs_workbook


def mess(label: str, cells: Mapping[str, Any], *codes: str) -> Mess:
    """A mess; ``codes`` beginning with G are of the whole file. A value that is no text needs a workbook."""
    return Mess(
        label,
        cells,
        frozenset(code for code in codes if not code.startswith("G_")),
        frozenset(code for code in codes if code.startswith("G_")),
        any(not isinstance(value, str) for value in cells.values()),
    )
