"""The workbook of doubtful identities: what may belong together and why, with columns for an officer's decision.

Data in: lines of text. Data out: an xlsx file whose bytes depend on its content only. Filled in and put into the folder
of decisions, it comes back to pipeline/decisions/decide.py.
Not here: which proposals there are (identity/) and what a decision does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from connectors.outbox.workbook import Formats, add_table, new_workbook, put

PROPOSAL_HEADERS = (
    "核实编号", "报表", "次序", "把握", "分值", "行内姓名", "行内号码", "在册姓名", "在册号码", "户编号", "一致之处",
    "不一致之处", "缺少", "分值怎么来的", "来源",
)  # fmt: skip
DECISION_HEADERS = ("决定", "正确号码", "经办人", "理由", "有效期至")
CASE_HEADERS = ("核实编号", "决定编号")
"""Columns that number a case; a sheet with one of them and the columns of a decision is read back."""
CLUSTER_HEADERS = ("核实编号", "原因", "名册", "姓名", "号码", "户编号", "涉及户数", "涉及县数", "来源")
CONFLICT_HEADERS = ("决定编号", "问题", "决定", "报表", "行内姓名", "经办人", "决定日期")
_WIDTHS = (22, 18, 6, 12, 8, 12, 20, 12, 20, 16, 34, 20, 20, 60, 40)
_CLUSTER_WIDTHS = (20, 34, 18, 12, 20, 18, 8, 8, 40)
_CONFLICT_WIDTHS = (20, 34, 14, 18, 12, 12, 12)
_DECISION_WIDTHS = (14, 20, 10, 24, 12)
_GUIDE = (
    "每行是一个待核实的身份。系统不会自动合并：只有填写“决定”和“经办人”“理由”并交回，下一晚才生效。",
    "“决定”可填：{words}。填“号码应为”时须写“正确号码”。“有效期至”可空，格式如 2020-12-31。",
    "“疑似重复”中同一核实编号的各行是一组，在组内任一行填写决定即对整组生效。",
    "“需复核的决定”：后来的事实与以前的决定不一致，填“撤销决定”或新的决定。",
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
        _add(book, formats, "待核实", PROPOSAL_HEADERS, proposals, _WIDTHS)
        if clusters:
            _add(book, formats, "疑似重复", CLUSTER_HEADERS, clusters, _CLUSTER_WIDTHS)
        if conflicts:
            _add(book, formats, "需复核的决定", CONFLICT_HEADERS, conflicts, _CONFLICT_WIDTHS)


def _add(
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    formats: Formats,
    title: str,
    headers: tuple[str, ...],
    lines: Sequence[Sequence[object]],
    widths: tuple[float, ...],
) -> None:
    """A sheet of cases with the columns of a decision behind them, blank."""
    blanks = (None,) * len(DECISION_HEADERS)
    all_widths = (*widths, *_DECISION_WIDTHS)
    add_table(book, formats, title, (*headers, *DECISION_HEADERS), [(*line, *blanks) for line in lines], all_widths)


def write_answer(path: Path, *, file_name: str, sha256: str, decided_on: date, said: str) -> None:
    """The answer to a workbook of decisions: whether it was taken, and if not, why."""
    with new_workbook(path, decided_on) as (book, formats):
        lines = (("文件", file_name), ("文件校验值", sha256), ("接收日", decided_on.isoformat()), ("结果", said))
        add_table(book, formats, "决定回执", ("项目", "内容"), lines, (14, 72))
