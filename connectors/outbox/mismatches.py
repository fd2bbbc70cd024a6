"""The mismatch workbook that a department fetches: what does not agree, where it stands, what to do by when.

Data in: :class:`Line` values of one department. Data out: an xlsx file whose bytes depend on its content only.
Not here: which mismatches belong to whom and what of the register they may show (pipeline/push.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from connectors.outbox.workbook import Formats, add_table, new_workbook, put

_WIDTHS = (20, 8, 26, 24, 12, 14, 16, 16, 14, 8, 12, 12, 34, 30, 12, 8)
_SUMMARY_WIDTHS = (10, 34, 10, 10, 10, 10, 14)
_TABLE_ROW = 3
_LAST_COLUMN = 15


@dataclass(frozen=True)
class Line:
    """One mismatch as its owner sees it; every value is text, None is a blank cell."""

    number: str
    rule_id: str
    title: str
    subject: str
    township: str | None
    village: str | None
    sector_value: str | None
    register_value: str | None
    difference: str | None
    level: str
    found_on: str | None
    due_on: str | None
    instruction: str | None
    file_name: str | None
    sheet: str | None
    row_no: str | None


HEADERS = (
    "问题编号",
    "规则",
    "问题说明",
    "对象",
    "乡镇",
    "村",
    "行业数据值",
    "建档立卡数据值",
    "差异",
    "级别",
    "发现日期",
    "整改时限",
    "如何处理",
    "来源文件",
    "工作表",
    "行号",
)


@dataclass(frozen=True)
class RuleCount:
    """Mismatches of one rule: how many of each verdict, and the earliest date by which one must be mended."""

    rule_id: str
    title: str
    total: int
    failed: int
    unknown: int
    warned: int
    first_due: str | None


def write_workbook(
    path: Path, *, title: str, unit: str, as_of: date, lines: Sequence[Line], counts: Sequence[RuleCount]
) -> None:
    """Write the workbook: sheet 汇总 with the counts per rule, sheet 问题清单 with the lines as given (worst first)."""
    with new_workbook(path, as_of) as (book, formats):
        summary = [
            (one.rule_id, one.title, str(one.total), str(one.failed), str(one.unknown), str(one.warned), one.first_due)
            for one in counts
        ]
        headers = ("规则", "名称", "问题数", "不符", "未知", "预警", "最早时限")
        add_table(book, formats, "汇总", headers, summary, _SUMMARY_WIDTHS, first_row=_TABLE_ROW)
        _heading(book.get_worksheet_by_name("汇总"), formats, f"{title}(汇总)", unit, as_of, "", len(headers) - 1)
        total = sum(one.total for one in counts)
        shown = [tuple(getattr(line, field.name) for field in fields(Line)) for line in lines]
        cut = f"　只列出最严重的 {len(lines)} 条,共 {total} 条" if total > len(lines) else ""
        add_table(book, formats, "问题清单", HEADERS, shown, _WIDTHS, first_row=_TABLE_ROW)
        _heading(book.get_worksheet_by_name("问题清单"), formats, title, unit, as_of, cut, _LAST_COLUMN)


def _heading(
    sheet: Any,  # noqa: ANN401 - xlsxwriter is untyped
    formats: Formats,
    title: str,
    unit: str,
    as_of: date,
    note: str,
    last: int,
) -> None:
    sheet.merge_range(0, 0, 0, last, "", formats.title)
    put(sheet, 0, 0, title, formats.title)
    sheet.merge_range(1, 0, 1, last, "", formats.strong)
    put(sheet, 1, 0, f"接收单位:{unit}　数据日期:{as_of.isoformat()}　单位:人、户、元{note}", formats.strong)
