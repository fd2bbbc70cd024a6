"""An error workbook that comes back mended: which of its sheets is data, and what it says of itself.

Data in: a workbook just opened. Data out: the workbook without its sheet 错误明细, the sender's mended rows as sheets
of the original layout, and the facts (mode, area, period) that stand above them, as a side file would state them.
Not here: writing such a workbook (connectors/outbox), and any other workbook: that is handed on untouched.

A clerk may mend a cell on the sheet 更正报送 or on the line of 错误明细 that names it; either counts. Which of the two
was mended follows from the column 原值.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.intake.readers.grid import Sheet, Workbook
from connectors.intake.row_report import HEADERS, HINT, LINKS, REJECTED, facts_of
from connectors.sql_text import literal
from connectors.warehouse import Connection

_LEVEL = HEADERS.index("级别")
_COLUMN = HEADERS.index("列名")
_FIRST_OWN = len(HEADERS)
_TOP_TO_SEARCH = 6
_SAME_NUMBER = 1e-12

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class _Cell:
    """One cell: its text and the letter of its kind (connectors/intake/readers/grid.py)."""

    text: str | None
    kind: str


@dataclass(frozen=True)
class _Mended:
    """A cell that was mended on the sheet 错误明细."""

    sheet: str
    row_no: str
    header: str
    was: str | None
    cell: _Cell


def take_back(book: Workbook, con: Connection) -> tuple[Workbook, dict[str, object]]:
    """Settle a returned error workbook; any other workbook is handed on as it is."""
    reports = [sheet for sheet in book.sheets if _is_report(sheet)]
    places = {sheet.table: place for sheet in book.sheets if (place := _facts_row(sheet)) is not None}
    if not reports and not places:
        return book, {}
    stated: dict[str, object] = {"mode": "更正"}
    sheets: list[Sheet] = []
    mended = [one for report in reports for one in _mended_cells(con, report)] if places else []
    for sheet in book.sheets:
        if sheet.table in places:
            row = places[sheet.table]
            stated = _facts(sheet.top[row])
            sheets.append(_settle(con, sheet, row, mended))
        elif sheet in reports:
            sheets.append(replace(sheet, is_visible=False) if places else _from_report(con, sheet))
        else:
            sheets.append(sheet)
    return replace(book, sheets=tuple(sheets), is_returned=True), stated


def _is_report(sheet: Sheet) -> bool:
    return sheet.is_visible and bool(sheet.top) and tuple(sheet.top[0][:_FIRST_OWN]) == HEADERS


def _facts(row: Sequence[str | None]) -> dict[str, object]:
    return next((found for text in row if (found := facts_of(text))), {})


def _facts_row(sheet: Sheet) -> int | None:
    """Index of the row that says which delivery the sheet mends."""
    rows = sheet.top[:_TOP_TO_SEARCH] if sheet.is_visible else ()
    return next((index for index, row in enumerate(rows) if _facts(row)), None)


def _settle(con: Connection, sheet: Sheet, facts_row: int, mended: Sequence[_Mended]) -> Sheet:
    """The sheet without what we wrote around the sender's rows, and with what was mended on 错误明细."""
    top = [tuple(None for _ in row) if index <= facts_row + 1 else row for index, row in enumerate(sheet.top)]
    links = _link_columns(top)
    copy = _copy(con, sheet)
    if links is not None:
        _apply(con, copy, top, links, mended)
        con.execute(f"update {copy.table} set {', '.join(f'c{index} = null' for index in links)}")
        top = [tuple(None if index in links else text for index, text in enumerate(row)) for row in top]
    return replace(copy, top=tuple(top))


def _copy(con: Connection, sheet: Sheet) -> Sheet:
    table = f"returned_{sheet.table}"
    con.execute(f"create or replace table {table} as select {sheet.row_sql} as row_no, * {_without(sheet)}")
    return replace(sheet, table=table, row_sql="row_no", regions=())


def _without(sheet: Sheet) -> str:
    exclude = "exclude (row_no)" if sheet.row_sql == "row_no" else ""
    return f"{exclude} from {sheet.table} order by 1"


def _link_columns(top: Sequence[Row]) -> tuple[int, int] | None:
    """Where 原工作表 and 原行号 stand."""
    for row in top:
        if LINKS[0] in row and LINKS[1] in row:
            return row.index(LINKS[0]), row.index(LINKS[1])
    return None


def _mended_cells(con: Connection, report: Sheet) -> list[_Mended]:
    """The sender's cell under each line's 列名; lines that say 退回 come first."""
    kinds = "k" if report.has_kinds else "null"
    lines = con.execute(
        f"select {kinds}, {_columns(report.width)} from {report.table}"
        f" where c{_LEVEL} in ({literal(REJECTED)}, {literal(HINT)})"
        f" order by c{_LEVEL} <> {literal(REJECTED)}, {report.row_sql}"
    ).fetchall()
    own = report.top[0][_FIRST_OWN:]
    found = []
    for kind, *cells in lines:
        if cells[_COLUMN] in own:
            place = own.index(cells[_COLUMN]) + _FIRST_OWN
            cell = _Cell(cells[place], kind[place].lower() if kind else "t")
            found.append(_Mended(cells[0] or "", cells[1] or "", cells[_COLUMN], cells[HEADERS.index("原值")], cell))
    return found


def _columns(width: int, first: int = 0) -> str:
    return ", ".join(f"c{index}" for index in range(first, width))


def _apply(
    con: Connection, sheet: Sheet, top: Sequence[Row], links: tuple[int, int], mended: Sequence[_Mended]
) -> None:
    """Carry over what was mended on 错误明细 only."""
    kinds = "k" if sheet.has_kinds else "null"
    by_link: dict[tuple[str, str], tuple[int, str | None, Row]] = {
        (cells[links[0]] or "", cells[links[1]] or ""): (row_no, kind, tuple(cells))
        for row_no, kind, *cells in con.execute(
            f"select row_no, {kinds}, {_columns(sheet.width)} from {sheet.table}"
        ).fetchall()
    }
    places = _header_places(top)
    for one in mended:
        target, place = by_link.get((one.sheet, one.row_no)), places.get(one.header)
        if target is None or place is None:
            continue
        row_no, kind, cells = target
        here = _Cell(cells[place], kind[place].lower() if kind else "t")
        if _is_newer(one.cell, here, one.was):
            _overwrite(con, sheet, row_no, place, one.cell)


def _header_places(top: Sequence[Row]) -> dict[str, int]:
    """Flat header text → column; a header of several rows is joined as reports show it."""
    places: dict[str, int] = {}
    for last in range(len(top)):
        for first in range(max(0, last - 2), last + 1):
            for index in range(len(top[last])):
                parts = [" ".join(text.split()) for row in top[first : last + 1] if (text := row[index])]
                if parts:
                    places.setdefault("-".join(dict.fromkeys(parts)), index)
    return places


def _overwrite(con: Connection, sheet: Sheet, row_no: int, place: int, cell: _Cell) -> None:
    kind = f", k = substr(k, 1, {place}) || {literal(cell.kind)} || substr(k, {place + 2})" if sheet.has_kinds else ""
    con.execute(f"update {sheet.table} set c{place} = ?{kind} where row_no = ?", [cell.text, row_no])


def _is_newer(there: _Cell, here: _Cell, was: str | None) -> bool:
    """Whether the cell of 错误明细 was mended while the one of the sheet for mending was not."""
    if not _is_as_it_was(here, was):
        return False
    return not _is_as_it_was(there, was) or (here.kind == "n" and there.kind == "t")


def _is_as_it_was(cell: _Cell, was: str | None) -> bool:
    if cell.text == was:
        return True
    if cell.kind != "n" or not cell.text or not was:
        return False
    try:
        return math.isclose(float(cell.text), float(was), rel_tol=_SAME_NUMBER)
    except ValueError:
        return False


def _from_report(con: Connection, report: Sheet) -> Sheet:
    """The sender's rows out of 错误明细 alone: one row of each, with every mended cell of its lines."""
    own = report.top[0][_FIRST_OWN:]
    width = len(own)
    table = f"returned_{report.table}"
    kinds = f"substr(k, {_FIRST_OWN + 1}) as k," if report.has_kinds else ""
    cells = ", ".join(f"c{_FIRST_OWN + index} as c{index}" for index in range(width))
    con.execute(
        f"create or replace table {table} as select {report.row_sql} as row_no, {kinds} {cells},"
        f" c0 as c{width}, c1 as c{width + 1} from {report.table} where c{_LEVEL} = {literal(REJECTED)}"
        f" qualify row_number() over (partition by c0, c1 order by {report.row_sql}) = 1 order by 1"
    )
    sheet = replace(report, table=table, width=width + 2, row_sql="row_no", regions=(), top=((*own, *LINKS),))
    if report.has_kinds:
        con.execute(f"update {table} set k = k || '..'")
    _apply(con, sheet, sheet.top, (width, width + 1), _mended_cells(con, report))
    con.execute(f"update {table} set c{width} = null, c{width + 1} = null")
    return replace(sheet, top=((*own, None, None),))
