"""Lines of a workbook that an officer has filled in, by the headers it was written with.

Data in: an xlsx or xls file of ours. Data out: one dictionary per line, header → text.
Not here: what a line means (pipeline/decisions/decide.py, pipeline/ledger/review_files.py); files of departments have
contracts.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from connectors.files import make_folder, sha256_of
from connectors.intake.readers.excel import read_excel
from connectors.intake.readers.grid import UnreadableError
from connectors.warehouse import Connection, open_work

Line = Mapping[str, str | None]


def filled_lines(path: Path, scratch: Path, is_header: Callable[[set[str]], bool]) -> list[Line]:
    """The lines below the first row of each visible sheet that ``is_header``.

    Raises:
        UnreadableError: it is no workbook, or no sheet has such a row.
    """
    con = open_work()
    folder = make_folder(scratch / f"filled-{sha256_of(path)[:12]}")
    try:
        book = read_excel(path, con, folder)
        filled = [sheet.table for sheet in book.sheets if sheet.is_visible and not sheet.is_empty]
        found = [lines for table in filled if (lines := _lines(con, table, is_header)) is not None]
        if not found:
            raise UnreadableError("F_HEADER_NOT_FOUND")
        return [line for lines in found for line in lines]
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)


def _lines(con: Connection, table: str, is_header: Callable[[set[str]], bool]) -> list[Line] | None:
    found = con.execute(f"select * exclude (row_no, k) from {table} order by row_no").fetchall()
    for place, row in enumerate(found):
        if is_header({cell for cell in row if cell}):
            return [dict(zip(row, line, strict=True)) for line in found[place + 1 :]]
    return None
