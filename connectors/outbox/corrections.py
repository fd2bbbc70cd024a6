"""The list of corrections that a department should enter into its own data: before, after, why; dropped back filled in.

Data in: rows of text in the order of :data:`LAYOUT`. Data out: an xlsx file whose bytes depend on its content only.
Not here: how a list looks (reply_list.py), which corrections there are (pipeline/ledger/corrections.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.outbox.issues import write_guide
from connectors.outbox.reply_list import ANSWER, KEYS, Head, Layout, Shown, write_list
from connectors.outbox.workbook import new_workbook

LAYOUT = Layout(
    "数据更正单",
    (
        Shown("更正项目", "attribute", 14),
        Shown("对象", "subject", 20),
        Shown("问题编号", "issue_id", 24),
        Shown("改前", "before", 16),
        Shown("改后", "after", 16),
        Shown("更正依据", "basis", 16),
        Shown("乡镇", "township", 9),
        Shown("行政村", "village", 10),
        Shown("来源文件", "file_name", 18),
        Shown("工作表", "sheet", 10),
        Shown("行号", "row_no", 7),
        Shown("整改时限", "due_on", 11),
        Shown("确认情况", "status", 16),
        *ANSWER,
        Shown("问题说明", "problem", 30),
        Shown("行业数据值", "sector_value", 16),
        Shown("建档立卡数据值", "register_value", 16),
        *KEYS,
    ),
    printed=23,
)
_GUIDE = (
    "请按“改后”更正本单位数据，再填“办理结果”到“回复日期”各列；回复即为确认收到。",
    "已更正：须填“更正后的值”和“更正日期”。更正是否到位以下次报送的数据为准，仍有差异的会退回重办。",
    "正在办理：已确认、将在下次报送中更正的，填“完成进度”，如 0%。",
    "已说明、数据无误：本单位的数据没有错的，须填“情况说明”，由扶贫部门另一人复核。",
    "“改后”为后四位号码的，完整号码请向扶贫部门核对。",
    "每条回复都须填经办人和审核人。同一问题也列在问题清单中，在哪一份中回复都可以，以后的回复会覆盖以前的回复。",
    "填好后把本文件另存为“…_回复.xlsx”，放进文件夹 ingest/{sector}/replies。",
)


def write_corrections(path: Path, head: Head, rows: Sequence[Sequence[object]], *, units: Sequence[str]) -> None:
    """Write the list and how to fill it in."""
    with new_workbook(path, head.as_of) as (book, formats):
        write_list(book, formats, head, LAYOUT, rows, units)
        write_guide(book, formats, _GUIDE, head.sector)
