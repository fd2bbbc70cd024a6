"""The list of corrections that a department should enter into its own data: before, after, why.

Data in: rows of text in the order of :data:`HEADERS`. Data out: an xlsx file whose bytes depend on its content only.
Not here: which corrections there are (pipeline/ledger/corrections.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.outbox.workbook import add_table, new_workbook, put

HEADERS = (
    "问题编号", "更正内容", "对象", "乡镇", "行政村", "户编号", "改前", "改后", "依据", "本单位文件", "工作表", "行号",
    "整改时限", "确认情况",
)  # fmt: skip
_WIDTHS = (24, 26, 24, 10, 10, 16, 20, 20, 30, 28, 10, 8, 12, 22)


def write_corrections(path: Path, *, title: str, as_of: date, rows: Sequence[Sequence[object]]) -> None:
    """Write the list; the lines stand as given."""
    with new_workbook(path, as_of) as (book, formats):
        add_table(book, formats, "数据更正单", HEADERS, rows, _WIDTHS, first_row=2)
        sheet = book.get_worksheet_by_name("数据更正单")
        put(sheet, 0, 0, title, formats.heading)
        told = (
            f"截至 {as_of.isoformat()}。请按“改后”更正本单位数据，并在问题清单中回复；"
            "回复即为确认，更正是否到位以下次报送的数据为准。"
        )
        put(sheet, 1, 0, told, formats.plain)
