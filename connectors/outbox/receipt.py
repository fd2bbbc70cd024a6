"""The receipt (回执): one page that tells a clerk what became of her file and what to do next.

Data in: what the submission record says of one file. Data out: ``<stem>_<sha8>_回执.xlsx``.
Not here: single rows (errors.py), and anything from another department.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from connectors.contract import Reason
from connectors.outbox.workbook import fit_row, new_workbook, print_setup, put

STATUS_WORDS = {
    "accepted": "已接收",
    "accepted_with_errors": "已接收，部分行退回",
    "refused": "未接收，整份退回",
    "held": "已收到，暂缓入库，待确认",
    "duplicate": "重复报送，未再入库",
    "nil": "已接收零报告",
}
_NEXT_STEPS = {
    "accepted": "不需要再做什么。请留存本回执。",
    "accepted_with_errors": (
        "请打开错误明细工作簿，按“如何修改”改正退回的行（后面的工作表里就是这些行，必须改的格子加了粗框，"
        "请核对的格子加了虚线框），"
        "保存后把该工作簿原样放回原文件夹。已接收的行不必重报。"
    ),
    "refused": "本文件没有一行入库，上一次报送的数据继续有效。请按下面的原因改正后，把文件重新放入原文件夹。",
    "held": (
        "本文件没有入库，上一次报送的数据继续有效。请核对是否漏报："
        "若漏报，请补全后重新报送；若确实减少，请联系扶贫办数据专员确认放行。"
    ),
    "duplicate": "这份文件以前已接收，不需要再做什么。若本意是报送新数据，请检查是否放错了文件。",
    "nil": "不需要再做什么。请留存本回执。",
}
_DOUBTFUL = (
    "已全部接收。有几处请核对：在错误明细工作簿后面的工作表里，虚线框的格子能改、能补的请改好，把该工作簿原样放回原文件夹；"
    "核对无误的不用管。"
)
_HELD_BY_US = (
    "本文件没有入库，上一次报送的数据继续有效。问题要由数据专员处理，处理好后放行；您也可以重新报送一份文件来替代它。"
)
_REFUSED_BUT_RETURNED = (
    "本文件没有一行入库，上一次报送的数据继续有效。请打开错误明细工作簿，在后面的工作表里（已带上您的全部行）"
    "改正加粗框的格子，保存后把该工作簿原样放回原文件夹。"
)
COUNT_WORDS = (
    ("rows_in", "读取行数"),
    ("rows_ok", "其中：无问题"),
    ("rows_warn", "其中：有提示，已接收"),
    ("rows_rejected", "其中：退回"),
    ("rows_dup", "其中：完全重复，未再计入"),
    ("rows_skipped", "另有合计、说明等行"),
)
_WIDTHS = (24, 12, 26, 44)
_TERMS = {"S": "春季学期", "A": "秋季学期"}
_FACT_WIDTH, _LINE_WIDTH = 78, 100
"""Of the three right columns together, and of all four."""
_LEVELS = {"F": "整份退回", "H": "待确认", "G": "提示", "R": "行退回", "W": "行提示"}


@dataclass(frozen=True)
class Receipt:
    """What a receipt says."""

    submission_id: str
    file_name: str
    sha256: str
    received_on: date
    received_at: datetime | None
    feed_title: str
    department: str
    period: str | None
    area: str | None
    status: str
    counts: Mapping[str, int]
    reasons: Sequence[tuple[Reason, int | None]]
    """Each reason with the number of rows it concerns; None for a reason of the whole file."""
    details: Mapping[str, str]
    """Reason code → what exactly was found: missing columns, totals that differ."""
    errors_file: str | None
    notes: Sequence[str] = ()
    """What the sender is told besides the reasons."""
    errors_cut: bool = False
    can_be_returned: bool = False
    """The error workbook holds the rows for mending and may be dropped back as it is."""


def period_words(period: str) -> str:
    """A period as a clerk writes it: ``2020S`` is 2020年春季学期, ``202006`` 2020年6月."""
    year, rest = period[:4], period[4:]
    if rest in _TERMS:
        return f"{year}年{_TERMS[rest]}"
    if rest.isdigit() and len(rest) in (2, 4):
        parts = [str(int(rest[:2])) + "月", *([str(int(rest[2:])) + "日"] if rest[2:] else [])]
        return f"{year}年{''.join(parts)}"
    return f"{year}年" if not rest else period


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write one receipt."""
    with new_workbook(path, receipt.received_on) as (book, formats):
        sheet = book.add_worksheet("回执")
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.merge_range(0, 0, 0, 3, "", formats.title)
        put(sheet, 0, 0, "数据报送回执", formats.title)
        sheet.set_row(0, 30)
        row = 2
        for label, value in _facts(receipt):
            put(sheet, row, 0, label, formats.label)
            sheet.merge_range(row, 1, row, 3, "", formats.text)
            put(sheet, row, 1, value, formats.strong if label == "结果" else formats.text)
            fit_row(sheet, row, (label, value), (_WIDTHS[0], _FACT_WIDTH))
            row += 1
        if receipt.reasons:
            row += 1
            for column, header in enumerate(("原因", "级别", "说明", "如何修改")):
                put(sheet, row, column, header, formats.head)
            for reason, rows in receipt.reasons:
                row += 1
                words = reason.zh if rows is None else f"{reason.zh}（{rows} 行）"
                values = (reason.code, _LEVELS[reason.code[0]], words, reason.mend_zh)
                for column, text in enumerate(values):
                    put(sheet, row, column, text, formats.text)
                fit_row(sheet, row, values, _WIDTHS)
        words_of = {reason.code: reason.zh for reason, _ in receipt.reasons}
        lines = [f"{words_of.get(code, code)}：{detail}" for code, detail in receipt.details.items()]
        for number, line in enumerate([*lines, *(f"另请注意：{note}" for note in receipt.notes)]):
            row += 1 if number else 2
            sheet.merge_range(row, 0, row, 3, "", formats.text)
            put(sheet, row, 0, line, formats.text)
            fit_row(sheet, row, (line,), (_LINE_WIDTH,))
        print_setup(sheet, landscape=False)


def _facts(receipt: Receipt) -> list[tuple[str, str]]:
    received = receipt.received_on.isoformat()
    if receipt.received_at is not None:
        received = receipt.received_at.strftime("%Y-%m-%d %H:%M:%S")
    steps = _NEXT_STEPS[receipt.status]
    if receipt.status == "accepted" and receipt.can_be_returned:
        steps = _DOUBTFUL
    if receipt.status == "held" and not receipt.reasons:
        steps = _HELD_BY_US
    facts = [
        ("结果", STATUS_WORDS[receipt.status]),
        ("下一步", _REFUSED_BUT_RETURNED if receipt.can_be_returned and receipt.status == "refused" else steps),
        ("文件", receipt.file_name),
        ("报表", receipt.feed_title),
        ("报送单位", receipt.department),
        ("接收时间", received),
    ]
    if receipt.period:
        facts.append(("所属期间", period_words(receipt.period)))
    if receipt.area:
        facts.append(("地区", receipt.area))
    if receipt.status != "refused" or receipt.counts.get("rows_in"):
        facts += [(word, str(receipt.counts.get(name, 0))) for name, word in COUNT_WORDS]
    if receipt.errors_file:
        note = "（行数很多，只列出最要紧的部分）" if receipt.errors_cut else ""
        facts.append(("错误明细", receipt.errors_file + note))
    facts += [("批次编号", receipt.submission_id), ("文件校验值", receipt.sha256)]
    return facts
