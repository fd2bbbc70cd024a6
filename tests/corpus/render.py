"""From a draft to bytes: the containers and encodings in which departments send files.

Data in: a :class:`~tests.corpus.draft.Draft`. Data out: file name, bytes, and the sheet name that reading gives.
Not here: what a cell means.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from tests.builders.biff import Number, build_biff
from tests.corpus.draft import Draft

Rows = list[list[Any]]


@dataclass(frozen=True)
class Rendered:
    """One file of the corpus."""

    name: str
    body: bytes
    sheet: str


def _text(rows: Rows, delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


TEXTS: dict[str, tuple[str, str, str]] = {
    "csv": (",", "utf-8", ".csv"),
    "csv-bom": (",", "utf-8-sig", ".csv"),
    "csv-gb18030": (",", "gb18030", ".csv"),
    "csv-utf16": (",", "utf-16", ".csv"),
    "tsv": ("\t", "utf-8", ".tsv"),
    "tsv-utf16": ("\t", "utf-16", ".txt"),
    "txt-semicolon": (";", "gb18030", ".txt"),
    "txt-bar": ("|", "utf-8", ".txt"),
}
"""Container → delimiter, encoding, ending."""
BOOKS = {"xlsx": ".xlsx", "xlsm": ".xlsm", "biff8": ".xls", "et": ".et", "biff5": ".xls"}


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any], style: str | None) -> None:
    if isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), formats["day"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats.get(style or ""))
    elif value not in ("", None):
        sheet.write_string(row, column, str(value))


def _xlsx(draft: Draft) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    formats = {"day": book.add_format({"num_format": "yyyy-mm-dd"})}
    formats |= {style: book.add_format({"num_format": style}) for style in draft.formats.values()}
    sheets = [(draft.sheet, draft.rows(), True), *draft.more_sheets]
    made = {}
    for name, rows, is_visible in sheets:
        made[name] = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                style = draft.formats.get(draft.columns[c]) if name == draft.sheet and c < len(draft.columns) else None
                _write(made[name], r, c, value, formats, style)
        if not is_visible:
            made[name].hide()
    _merge(book, made[draft.sheet], draft)
    if draft.dress:
        draft.dress(book, made[draft.sheet])
    if draft.container == "xlsm":
        book.add_vba_project(io.BytesIO(b"\xd0\xcf\x11\xe0" + bytes(508)), is_stream=True)
    book.close()
    return out.getvalue()


def _regions(draft: Draft) -> list[tuple[int, int, int, int]]:
    """Merged regions, rows and columns from 0: a header of two rows, and cells merged downwards."""
    found: list[tuple[int, int, int, int]] = []
    top, columns = len(draft.top), draft.columns
    if draft.groups:
        runs: list[list[int]] = []
        for index, column in enumerate(columns):
            group = draft.groups.get(column)
            if group and runs and draft.groups.get(columns[runs[-1][-1]]) == group and runs[-1][-1] == index - 1:
                runs[-1].append(index)
            elif group:
                runs.append([index])
            else:
                found.append((top, index, top + 1, index))
        found += [(top, run[0], top, run[-1]) for run in runs if len(run) > 1]
    first = draft.first_data_row() - 1
    found += [(first + a, columns.index(name), first + b, columns.index(name)) for a, b, name in draft.merges]
    return found


def _merge(book: Any, sheet: Any, draft: Draft) -> None:
    rows, plain = draft.rows(), book.add_format({})
    for a, left, b, right in _regions(draft):
        sheet.merge_range(a, left, b, right, rows[a][left], plain)


def _biff_cell(value: Any, style: str | None) -> Any:
    if isinstance(value, dt.date):
        return Number(float((value - dt.date(1899, 12, 30)).days), "yyyy-mm-dd")
    if isinstance(value, int | float):
        return Number(float(value), style or "General")
    return value if value not in ("", None) else None


def _biff(draft: Draft) -> bytes:
    sheets = [(draft.sheet, draft.rows(), True), *draft.more_sheets]
    styled = []
    for name, rows, is_visible in sheets:
        styles = [draft.formats.get(column) for column in draft.columns] if name == draft.sheet else []
        cells = [
            [_biff_cell(value, styles[c] if c < len(styles) else None) for c, value in enumerate(row)] for row in rows
        ]
        styled.append((name, cells, is_visible))
    regions = [(a, b, left, right) for a, left, b, right in _regions(draft)]
    return build_biff(styled, version=5 if draft.container == "biff5" else 8, merged={draft.sheet: regions})


_MAKERS: dict[str, Callable[[Draft], bytes]] = {
    "xlsx": _xlsx, "xlsm": _xlsx, "biff8": _biff, "et": _biff, "biff5": _biff,
}  # fmt: skip


def render(draft: Draft) -> Rendered:
    """The file of a draft."""
    if draft.container in TEXTS:
        delimiter, encoding, ending = TEXTS[draft.container]
        return Rendered(draft.stem + (draft.ending or ending), _text(draft.rows(), delimiter, encoding), "csv")
    ending = BOOKS[draft.container]
    return Rendered(draft.stem + (draft.ending or ending), _MAKERS[draft.container](draft), draft.sheet)
