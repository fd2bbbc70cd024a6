"""The workbook of issues that a department fetches, fills in and drops back.

Data in: rows of text in the order of :data:`FILLED`. Data out: an xlsx file whose bytes depend on its content only:
the list with drop-downs, a summary, what others deal with, the rules that did not run, a guide.
Not here: how a list looks (reply_list.py), which issues a department sees and what of others (pipeline/ledger/lines.py,
pipeline/ledger/disclosure.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.outbox.reply_list import ANSWER, FIRST_ROW, HEAD_ROW, KEYS, RESULTS, Head, Layout, Shown, write_list
from connectors.outbox.workbook import Formats, add_table, fit_row, new_workbook, print_setup, put

__all__ = ["COLUMNS", "FILLED", "FIRST_ROW", "HEAD_ROW", "RESULTS", "SHEET", "Head", "write_guide", "write_issues"]

SHEET, SUMMARY, OTHERS, NOT_RUN, GUIDE = "问题清单", "汇总", "涉及本单位", "未运行规则", "填写说明"
COLUMNS: tuple[Shown, ...] = (
    Shown("本次变化", "change", 9),
    Shown("级别", "level", 6),
    Shown("问题编号", "issue_id", 24),
    Shown("对象", "subject", 20),
    Shown("问题说明", "problem", 28),
    Shown("乡镇", "township", 9),
    Shown("行政村", "village", 10),
    Shown("行业数据值", "sector_value", 14),
    Shown("建档立卡数据值", "register_value", 14),
    Shown("差异", "difference", 12),
    Shown("整改时限", "due_on", 11),
    Shown("如何处理", "instruction", 30),
    *ANSWER,
    Shown("办理情况", "status", 26),
    Shown("来源文件", "file_name", 28),
    Shown("工作表", "sheet", 10),
    Shown("行号", "row_no", 7),
    Shown("本单位该行内容", "own_row", 50),
    *KEYS,
)
LAYOUT = Layout(SHEET, COLUMNS, printed=22)
FILLED = LAYOUT.filled
"""What a row has to hold, in this order."""

SUMMARY_HEADERS = ("规则", "名称", "未销号", "本次新增", "已回复", "已说明未销号", "退回重办", "逾期", "最早时限")
OTHERS_HEADERS = (
    "对方问题号", "规则", "问题", "由谁办理", "对象", "所在乡镇", "所在村", "本单位文件", "本单位工作表", "本单位行号",
    "办理时限", "对方办理情况",
)  # fmt: skip
"""No header of the list itself: a returned workbook must not be read twice."""
NOT_RUN_HEADERS = ("规则", "名称", "未运行原因")
_SUMMARY_WIDTHS = (10, 34, 10, 10, 10, 14, 10, 10, 14)
_NOT_RUN_WIDTHS = (10, 34, 60)
_OTHERS_WIDTHS = (24, 8, 30, 12, 22, 10, 10, 28, 10, 8, 12, 26)

_GUIDE_WIDTH = 84
_GUIDE = (
    "只填“办理结果”到“回复日期”各列，其余各列已锁定，请勿改动、删除或单独排序某一列。没有办理的问题留空。",
    "已更正：须填“更正后的值”和“更正日期”，并在下次报送的数据中更正。系统以报送的数据为准，数据中仍有差异的会退回重办。",
    "已说明、数据无误：须填“情况说明”，由扶贫部门另一人复核；复核后为“已说明未销号”，过期仍算逾期。",
    "非本部门职责：须填“转办单位”。接收单位可退回一次，再由扶贫部门裁定。",
    "正在办理：须填“完成进度”，如 60%。",
    "每条回复都须填经办人和审核人；除已更正、正在办理外，两者不得为同一人。",
    "再次回复同一问题时，请改写“回复日期”。",
    "填好后把本文件另存为“…_回复.xlsx”，放进文件夹 ingest/{sector}/replies。以后的回复会覆盖以前的回复。",
)


def write_issues(
    path: Path,
    head: Head,
    rows: Sequence[Sequence[object]],
    *,
    units: Sequence[str],
    summary: Sequence[Sequence[object]],
    others: Sequence[Sequence[object]],
    not_run: Sequence[Sequence[object]] = (),
) -> None:
    """Write the workbook: the list with drop-downs, the summary, what others deal with, what did not run, the guide."""
    with new_workbook(path, head.as_of) as (book, formats):
        write_list(book, formats, head, LAYOUT, rows, units)
        add_table(book, formats, SUMMARY, SUMMARY_HEADERS, summary, _SUMMARY_WIDTHS, first_row=HEAD_ROW)
        _heading(book, SUMMARY, formats, f"{head.title}(汇总)", f"数据日期 {head.as_of.isoformat()}")
        if others:
            add_table(book, formats, OTHERS, OTHERS_HEADERS, others, _OTHERS_WIDTHS, first_row=HEAD_ROW)
            _heading(book, OTHERS, formats, "涉及本单位数据、由其他单位办理的问题", "供知晓，不用回复")
        if not_run:
            add_table(book, formats, NOT_RUN, NOT_RUN_HEADERS, not_run, _NOT_RUN_WIDTHS, first_row=HEAD_ROW)
            _heading(book, NOT_RUN, formats, "本期没有运行的规则", "没有问题不等于合格：这些规则缺少报表、名单或参数")
        write_guide(book, formats, _GUIDE, head.sector)


def write_guide(book: Any, formats: Formats, lines: Sequence[str], sector: str) -> None:  # noqa: ANN401
    """Add the sheet that tells how to fill in; it is never read back."""
    guide = book.add_worksheet(GUIDE)
    guide.set_column(0, 0, _GUIDE_WIDTH)
    put(guide, 0, 0, GUIDE, formats.heading)
    for place, line in enumerate(lines, start=1):
        told = line.replace("{sector}", sector)
        put(guide, place, 0, told, formats.wrapped)
        fit_row(guide, place, [told], [_GUIDE_WIDTH])
    print_setup(guide, landscape=False)


def _heading(book: Any, name: str, formats: Formats, title: str, note: str) -> None:  # noqa: ANN401
    sheet = book.get_worksheet_by_name(name)
    put(sheet, 0, 0, title, formats.heading)
    put(sheet, 1, 0, note, formats.plain)
