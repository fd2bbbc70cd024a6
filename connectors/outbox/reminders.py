"""The reminder that a department finds in its outbox: what is due, overdue or missing.

Data in: :class:`Owed` values of one department. Data out: an xlsx file whose bytes depend on its content only.
Not here: what is owed by when (dbt, marts.deliveries).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.outbox.workbook import add_table, new_workbook, put

STATE_WORDS = {"missing": "缺报", "overdue": "已过期限", "late": "迟报(已收到)"}
_HEADERS = ("报表", "地区", "所属期间", "报送期限", "状态", "放入文件夹", "说明")
_WIDTHS = (26, 14, 12, 13, 14, 30, 44)
_TABLE_ROW = 3
_NOTES = {
    "missing": "宽限期已过。请尽快报送；本期确无数据的，请报零报告。",
    "overdue": "期限已过，仍在宽限期内。请尽快报送；本期确无数据的，请报零报告。",
    "late": "已收到，谢谢。下期请在期限前报送。",
}
_RETURNED = "收到过 {count} 份，均未接收，请看回执。"


@dataclass(frozen=True)
class Owed:
    """One period of one feed that did not come in time."""

    title: str
    area: str
    period: str
    due_on: date
    state: str
    folder: str
    refused: int = 0


def write_reminder(path: Path, *, unit: str, as_of: date, owed: Sequence[Owed]) -> None:
    """Write the reminder; the lines stand as given."""
    lines = [
        (
            one.title,
            one.area,
            one.period,
            one.due_on.isoformat(),
            STATE_WORDS[one.state],
            one.folder,
            _NOTES[one.state] + (_RETURNED.format(count=one.refused) if one.refused and one.state != "late" else ""),
        )
        for one in owed
    ]
    with new_workbook(path, as_of) as (book, formats):
        add_table(book, formats, "报送提醒", _HEADERS, lines, _WIDTHS, first_row=_TABLE_ROW)
        sheet = book.get_worksheet_by_name("报送提醒")
        put(sheet, 0, 0, f"报送提醒　{unit}", formats.heading)
        sheet.set_row(0, 26)
        put(sheet, 1, 0, f"截至 {as_of.isoformat()}；期限为本系统默认值，文件只写“及时”，未载明日数。", formats.plain)
