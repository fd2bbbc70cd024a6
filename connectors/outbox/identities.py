"""The workbook of doubtful identities: what may belong together and why, with columns for an officer's decision.

Data in: lines of text. Data out: an xlsx file whose bytes depend on its content only. Filled in and put into the folder
of decisions, it comes back to pipeline/decide.py.
Not here: which proposals there are (identity/) and what a decision does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.outbox.workbook import add_table, new_workbook, put

PROPOSAL_HEADERS = (
    "核实编号", "报表", "次序", "把握", "分值", "行内姓名", "行内号码", "在册姓名", "在册号码", "户编号", "一致之处",
    "不一致之处", "缺少", "分值怎么来的", "来源",
)  # fmt: skip
DECISION_HEADERS = ("决定", "正确号码", "经办人", "理由", "有效期至")
CLUSTER_HEADERS = ("组号", "原因", "姓名", "号码", "户编号", "来源")
CONFLICT_HEADERS = ("决定编号", "问题", "决定", "报表", "行内姓名", "经办人", "决定日期")
_WIDTHS = (22, 18, 6, 12, 8, 12, 20, 12, 20, 16, 34, 20, 20, 60, 40, 14, 20, 10, 24, 12)
_GUIDE = (
    "每行是一个待核实的身份。系统不会自动合并：只有填写“决定”和“经办人”“理由”并交回，下一晚才生效。",
    "“决定”可填：{words}。填“号码应为”时须写“正确号码”。“有效期至”可空，格式如 2020-12-31。",
    "填好后把本表放进 ingest/registry/decisions 文件夹，或交操作员运行 onetable decide --workbook。",
)


def write_workbook(
    path: Path,
    *,
    title: str,
    as_of: date,
    words: Sequence[str],
    proposals: Sequence[Sequence[object]],
    clusters: Sequence[Sequence[object]],
    conflicts: Sequence[Sequence[object]],
) -> None:
    """Write the workbook; each part is a sheet, empty ones are left out but for the first."""
    with new_workbook(path, as_of) as (book, formats):
        sheet = book.add_worksheet("说明")
        sheet.set_column(0, 0, 100)
        put(sheet, 0, 0, title, formats.heading)
        for place, line in enumerate((f"数据日期 {as_of.isoformat()}", *_GUIDE), start=1):
            put(sheet, place, 0, line.replace("{words}", "、".join(words)), formats.plain)
        headers = (*PROPOSAL_HEADERS, *DECISION_HEADERS)
        blanks = (None,) * len(DECISION_HEADERS)
        add_table(book, formats, "待核实", headers, [(*line, *blanks) for line in proposals], _WIDTHS)
        if clusters:
            add_table(book, formats, "疑似重复", CLUSTER_HEADERS, clusters, (20, 34, 12, 20, 18, 40))
        if conflicts:
            add_table(book, formats, "需复核的决定", CONFLICT_HEADERS, conflicts, (20, 34, 14, 18, 12, 12, 12))
