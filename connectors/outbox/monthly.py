"""The monthly report of the retrofits, as housing can send it on.

Data in: lines of the report. Data out: an xlsx file whose bytes depend on its content only.
Not here: what was begun and finished by when (dbt, marts.retrofit_monthly).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.outbox.workbook import add_table, new_workbook, put

_HEADERS = (
    "月份", "地区", "任务户数", "开工户数", "竣工户数", "验收合格户数", "足额兑付户数", "自报开工", "自报竣工", "核对",
)  # fmt: skip
_WIDTHS = (10, 22, 10, 10, 10, 13, 13, 10, 10, 30)
_TABLE_ROW = 3
_WORDS = {True: "相符", False: "前后不一致:累计数减少,或竣工多于开工、开工多于任务"}


def write_monthly(path: Path, *, unit: str, as_of: date, lines: Sequence[Sequence[object]]) -> None:
    """Write the report; the last value of each line says whether the figures only rise."""
    shown = [(*line[:-1], _WORDS[bool(line[-1])]) for line in lines]
    with new_workbook(path, as_of) as (book, formats):
        add_table(book, formats, "危改月报", _HEADERS, shown, _WIDTHS, first_row=_TABLE_ROW)
        sheet = book.get_worksheet_by_name("危改月报")
        put(sheet, 0, 0, f"农村危房改造进展月报　{unit}", formats.heading)
        sheet.set_row(0, 26)
        note = f"截至 {as_of.isoformat()};户数由改造台账算出,为当年批次月末累计;没有日期的按截止日计。"
        put(sheet, 1, 0, note, formats.plain)
