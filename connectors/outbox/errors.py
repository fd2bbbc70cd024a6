"""The error workbook: what is wrong with a file, in Chinese, and the sender's rows ready for mending.

Data in: the tables ``row_codes``, ``cells`` and ``header_rows`` that reading a file leaves in the scratch database.
Data out: ``<stem>_<sha8>_错误明细.xlsx``: sheet 错误明细 (worst first, the wrong cell marked in the sender's own
columns) and, per sheet of the sender, her rejected rows in her own columns (connectors/outbox/mending.py).
Not here: where it is delivered, and any row of another department.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.intake.row_report import HEADERS, HINT, REJECTED, SHEET
from connectors.outbox.mending import Mending, add_mending
from connectors.outbox.workbook import MAX_ROWS, OWN_WIDTH, Formats, add_table, fit_row, new_workbook, put_cell
from connectors.warehouse import Connection, own_cursor

_WIDTHS = (9, 6, 14, 21, 6, 20, 26, 36)
_BATCH = 2_000
_PRINTED_OWN = 4
"""Of the sender's own columns these print too: township, village and name stand there in most rosters."""


@dataclass(frozen=True)
class Written:
    """What an error workbook holds."""

    lines: int
    can_be_returned: bool
    """It has sheets for mending: dropped back as it is, it is read as a correction."""


def write_errors(con: Connection, path: Path, sender_headers: Sequence[str], mending: Mending) -> Written:
    """Write the workbook; no lines means that there was nothing to report and no file."""
    total = con.execute("select count(*) from row_codes").fetchall()[0][0]
    if not total:
        return Written(0, can_be_returned=False)
    columns = _cell_columns(con, len(sender_headers))
    headers = [*HEADERS, *sender_headers[: len(columns)]]
    with new_workbook(path, mending.made_on) as (book, formats):
        sheet = _Marked(columns, headers, formats)
        lines = add_table(
            book, formats, SHEET, headers, _lines(con, columns), _WIDTHS, put_row=sheet.put_row, head_height=32
        )
        printed = len(HEADERS) + min(_PRINTED_OWN, len(columns))
        book.get_worksheet_by_name(SHEET).print_area(0, 0, lines, printed - 1)
        return Written(lines, can_be_returned=add_mending(con, book, formats, mending))


@dataclass(frozen=True)
class _Marked:
    """Writes one line; the sender's cell that it is about stands out."""

    columns: Sequence[str]
    headers: Sequence[str]
    formats: Formats

    def put_row(self, sheet: Any, row: int, values: Sequence[object]) -> None:  # noqa: ANN401 - xlsxwriter is untyped
        kinds, *cells = values
        for place, value in enumerate(cells):
            own = place - len(HEADERS)
            kind = str(kinds)[own] if kinds is not None and own >= 0 else "t"
            is_wrong = own >= 0 and self.headers[place] == cells[HEADERS.index("列名")]
            put_cell(sheet, row, place, value, kind, self.formats.wrong if is_wrong else self.formats.text)
        fit_row(sheet, row, cells, (*_WIDTHS, *(OWN_WIDTH for _ in self.columns)))


def _cell_columns(con: Connection, wanted: int) -> list[str]:
    names = con.execute(
        "select column_name from duckdb_columns() where table_name = 'cells' order by column_index"
    ).fetchall()
    found = {name for (name,) in names}
    return [f"c{index}" for index in range(wanted) if f"c{index}" in found]


def _lines(con: Connection, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """The kinds of the sender's cells, then the values of one line."""
    own = "".join(f', cells."{name}"' for name in columns)
    join = "left join cells on cells.sheet = codes.sheet and cells.row_no = codes.row_no" if columns else ""
    cursor = own_cursor(con)
    cursor.execute(
        f"""
        select {"cells.k" if columns else "null"}, codes.sheet, codes.row_no,
          coalesce(codes.header, codes.column_name), codes.value,
          case when codes.code like 'R%' then '{REJECTED}' else '{HINT}' end,
          codes.code, codes.message, codes.mend {own}
        from (
          select *, row_number() over (order by code not like 'R%', sheet, row_no, code, column_name) as place
          from row_codes
          order by place
          limit {MAX_ROWS}
        ) as codes
        {join}
        order by codes.place
        """
    )
    while batch := cursor.fetchmany(_BATCH):
        yield from batch
    cursor.close()
