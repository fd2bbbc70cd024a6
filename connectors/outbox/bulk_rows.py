"""Adds the many plain rows of a long list to a workbook at once: cell by cell they cost ten times as much.

Data in: a closed xlsx file in which one row of the list was written as usual, and the rows below it. Data out: the same
file with them; every cell is text that stands in the sheet itself and looks as the cell of its column in that row.
Not here: what is in the rows, and the look (workbook.py, reply_list.py).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_col_to_name

MOST_SINGLE = 200
"""So many rows of a list are written cell by cell, with a height of their own; the others as high as one line."""
_MOST_CELL = 32_767
_CHUNK = 2_000
_ODD = re.compile(r"[&<>\x00-\x1f]|^.{32768}", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CELL = re.compile(r'<c r="([A-Z]+)\d+"(?: s="(\d+)")?')


@dataclass(frozen=True)
class Bulk:
    """Rows of one sheet, below row ``after`` (as a spreadsheet program numbers it), which lends them its look."""

    sheet: int
    """The sheet's number in the workbook, from 1."""
    after: int
    places: Sequence[int]
    """Column of each value, from 0."""
    text_at: int
    """A column that is filled in row ``after``."""
    rows: Sequence[Sequence[object]]
    blanks: Sequence[int] = ()
    """Columns that are framed and left blank, as in row ``after``."""
    framed: Sequence[int] = ()
    """Columns whose cells are framed even where they hold nothing."""


def add_bulk(path: Path, bulks: Sequence[Bulk]) -> None:
    """Add the rows to the closed workbook ``path``."""
    by_name = {f"xl/worksheets/sheet{bulk.sheet}.xml": bulk for bulk in bulks}
    target = path.with_name(f"{path.name}.more")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for entry in source.infolist():
            content = source.read(entry)
            bulk = by_name.get(entry.filename)
            with out.open(entry, "w") as stream:
                if bulk is None:
                    stream.write(content)
                    continue
                head, end, tail = content.decode("utf-8").partition("</sheetData>")
                stream.write(_enlarged(head, bulk).encode())
                for chunk in _rows(head, bulk):
                    stream.write(chunk.encode())
                stream.write((end + tail).encode())
    target.replace(path)


def _enlarged(head: str, bulk: Bulk) -> str:
    """The sheet's head with its extent as far as the rows now go."""
    last = bulk.after + len(bulk.rows)
    return re.sub(r'(<dimension ref="[A-Z]+\d+:[A-Z]+)\d+', rf"\g<1>{last}", head, count=1)


def _rows(head: str, bulk: Bulk) -> Iterator[str]:
    styles = dict(_CELL.findall(head[head.index(f'<row r="{bulk.after}"') :]))
    names = {place: xl_col_to_name(place) for place in (*bulk.places, *bulk.blanks)}
    look = f' s="{styles.get(names[bulk.text_at], "0")}"'
    value_at = {place: number for number, place in enumerate(bulk.places)}
    framed = {**dict.fromkeys(bulk.framed, look),
              **{place: f' s="{styles.get(names[place], "0")}"' for place in bulk.blanks}}  # fmt: skip
    plan = [
        (value_at.get(place), f'<c r="{name}', f'"{framed[place]}/>' if place in framed else None)
        for place, name in sorted(names.items())
    ]
    inner = f'"{look} t="inlineStr"><is><t xml:space="preserve">'
    lines: list[str] = []
    for number, values in enumerate(bulk.rows, start=bulk.after + 1):
        row = str(number)
        parts = [f'<row r="{row}">']
        for at, opening, blank in plan:
            value = None if at is None else values[at]
            if value is not None and value != "":
                text = str(value)
                parts += (opening, row, inner, _safe(text) if _ODD.search(text) else text, "</t></is></c>")
            elif blank is not None:
                parts += (opening, row, blank)
        parts.append("</row>")
        lines.append("".join(parts))
        if len(lines) == _CHUNK:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _safe(text: str) -> str:
    """A text with odd characters, as XML takes it."""
    return escape(_CONTROL.sub("", text)[:_MOST_CELL])
