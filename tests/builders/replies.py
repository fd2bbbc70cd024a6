"""Fills in a pushed list of issues or corrections as a clerk does, and drops it back.

Data in: a workbook from the outbox, answers by issue. Data out: a file in the folder of replies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl

from connectors.outbox.reply_list import FIRST_ROW, Layout


def return_list(
    home: Path, sector: str, book: Path, layout: Layout, answers: Mapping[str, Mapping[str, str]],
    *, key: str = "问题编号", mark: str = "",
) -> Path:  # fmt: skip
    """Write the answers (value of column ``key`` → header → text) and drop the file back; returns where it lies."""
    workbook = openpyxl.load_workbook(book)
    sheet, headers = workbook[layout.sheet], [column.header for column in layout.columns]
    for line in range(FIRST_ROW + 1, sheet.max_row + 1):
        for header, text in answers.get(str(sheet.cell(line, headers.index(key) + 1).value), {}).items():
            sheet.cell(line, headers.index(header) + 1).value = text
    folder = home / "ingest" / sector / "replies"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{book.stem}{mark}_回复.xlsx"
    workbook.save(target)
    return target
