"""The error workbook: every rejected or doubtful cell of a file, in Chinese, beside the sender's own columns.

Data in: the tables ``row_codes`` and ``cells`` that reading a file leaves in the scratch database.
Data out: ``<stem>_<sha8>_错误明细.xlsx`` with the sheet 错误明细, worst first.
Not here: where it is delivered, and any row of another department.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from connectors.outbox.workbook import MAX_ROWS, add_table, new_workbook
from connectors.warehouse import Connection

SHEET = "错误明细"
HEADERS = ("工作表", "行号", "列名", "原值", "级别", "原因代码", "说明", "如何修改")
_WIDTHS = (12, 7, 16, 22, 7, 18, 30, 40)
_BATCH = 2_000


def write_errors(con: Connection, path: Path, sender_headers: Sequence[str], made_on: date) -> int:
    """Write the workbook; returns how many lines it has, 0 meaning that there was nothing to report and no file."""
    total = con.execute("select count(*) from row_codes").fetchall()[0][0]
    if not total:
        return 0
    columns = _cell_columns(con, len(sender_headers))
    headers = [*HEADERS, *sender_headers[: len(columns)]]
    with new_workbook(path, made_on) as (book, formats):
        return add_table(book, formats, SHEET, headers, _lines(con, columns), _WIDTHS)


def _cell_columns(con: Connection, wanted: int) -> list[str]:
    names = con.execute(
        "select column_name from duckdb_columns() where table_name = 'cells' order by column_index"
    ).fetchall()
    found = {name for (name,) in names}
    return [f"c{index}" for index in range(wanted) if f"c{index}" in found]


def _lines(con: Connection, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    own = "".join(f', cells."{name}"' for name in columns)
    join = "left join cells on cells.sheet = codes.sheet and cells.row_no = codes.row_no" if columns else ""
    cursor = con.cursor()
    cursor.execute(
        f"""
        select codes.sheet, codes.row_no, coalesce(codes.header, codes.column_name), codes.value,
          case when codes.code like 'R%' then '退回' else '提示' end,
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
