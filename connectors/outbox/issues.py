"""The workbook of issues that a department fetches, fills in and drops back.

Data in: rows of text in the order of :data:`COLUMNS`. Data out: an xlsx file whose bytes depend on its content only.
Row 1 is the title, row 2 says who pushed what and when, row 3 is the header (feeds.md 15.2). Only the reply's cells can
be written in; key and check token are locked with the rest.
Not here: which issues a department sees and what of others (pipeline/ledger/lines.py, pipeline/push.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.outbox.workbook import Formats, add_table, fit_row, new_workbook, print_setup, put

HEAD_ROW = 2
FIRST_ROW = HEAD_ROW + 1
SHEET, SUMMARY, OTHERS, GUIDE = "问题清单", "汇总", "涉及本单位", "填写说明"
RESULTS = ("已更正", "已说明", "数据无误", "非本部门职责", "正在办理")
"""Words of the drop-down list, as the contract of the replies knows them."""


@dataclass(frozen=True)
class Shown:
    """One column: its header, the cell's name in a row (None: left blank for the reply), its width."""

    header: str
    name: str | None
    width: float


COLUMNS: tuple[Shown, ...] = (
    Shown("本次变化", "change", 9),
    Shown("级别", "level", 6),
    Shown("问题编号", "issue_id", 24),
    Shown("问题说明", "problem", 30),
    Shown("对象", "subject", 22),
    Shown("乡镇", "township", 9),
    Shown("行政村", "village", 10),
    Shown("行业数据值", "sector_value", 16),
    Shown("建档立卡数据值", "register_value", 16),
    Shown("差异", "difference", 12),
    Shown("整改时限", "due_on", 11),
    Shown("如何处理", "instruction", 34),
    Shown("办理结果", None, 12),
    Shown("更正后的值", None, 14),
    Shown("更正日期", None, 12),
    Shown("情况说明", None, 30),
    Shown("佐证材料编号", None, 14),
    Shown("转办单位", None, 10),
    Shown("完成进度", None, 9),
    Shown("经办人", None, 9),
    Shown("审核人", None, 9),
    Shown("回复日期", None, 12),
    Shown("办理情况", "status", 26),
    Shown("来源文件", "file_name", 28),
    Shown("工作表", "sheet", 10),
    Shown("行号", "row_no", 7),
    Shown("本单位该行内容", "own_row", 50),
    Shown("推送批次", "push_id", 9),
    Shown("规则编号", "rule_id", 9),
    Shown("校验码", "token", 11),
    Shown("行业", "owner", 13),
    Shown("核查字段", "attr", 26),
    Shown("行政区划编码", "village_code", 15),
    Shown("户编号", "hh_no", 16),
    Shown("户主姓名", "head_name", 11),
    Shown("姓名", "name", 11),
    Shown("证件号码", "id_no", 11),
    Shown("发现日期", "found_on", 12),
    Shown("责任单位", "unit", 10),
    Shown("责任人", "owner_person", 10),
)
FILLED = tuple(column.name for column in COLUMNS if column.name is not None)
"""What a row has to hold, in this order."""

SUMMARY_HEADERS = ("规则", "名称", "未销号", "本次新增", "已回复", "已说明未销号", "退回重办", "逾期", "最早时限")
OTHERS_HEADERS = (
    "对方问题号", "规则", "问题", "由谁办理", "对象", "所在乡镇", "所在村", "本单位文件", "本单位工作表", "本单位行号",
    "办理时限", "对方办理情况",
)  # fmt: skip
"""No header of the list itself: a returned workbook must not be read twice."""
_SUMMARY_WIDTHS = (10, 34, 10, 10, 10, 14, 10, 10, 14)
_OTHERS_WIDTHS = (24, 8, 30, 12, 22, 10, 10, 28, 10, 8, 12, 26)
_MOST_FITTED = 1_000
_PRINTED = 21
"""Printed up to the last column of the reply; the columns behind it are for the return only."""

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


@dataclass(frozen=True)
class Head:
    """What stands above the list."""

    title: str
    issued_by: str
    sector: str
    pushed_on: date
    push_id: str
    reply_by: date | None
    as_of: date


def write_issues(
    path: Path,
    head: Head,
    rows: Sequence[Sequence[object]],
    *,
    units: Sequence[str],
    summary: Sequence[Sequence[object]],
    others: Sequence[Sequence[object]],
) -> None:
    """Write the workbook: the list with drop-downs, the summary, what others deal with, the guide."""
    with new_workbook(path, head.as_of) as (book, formats):
        _write_list(book, formats, head, rows, units)
        add_table(book, formats, SUMMARY, SUMMARY_HEADERS, summary, _SUMMARY_WIDTHS, first_row=HEAD_ROW)
        _heading(book, SUMMARY, formats, f"{head.title}(汇总)", f"数据日期 {head.as_of.isoformat()}")
        if others:
            add_table(book, formats, OTHERS, OTHERS_HEADERS, others, _OTHERS_WIDTHS, first_row=HEAD_ROW)
            _heading(book, OTHERS, formats, "涉及本单位数据、由其他单位办理的问题", "供知晓，不用回复")
        guide = book.add_worksheet(GUIDE)
        guide.set_column(0, 0, 110)
        put(guide, 0, 0, GUIDE, formats.heading)
        for place, line in enumerate(_GUIDE, start=1):
            put(guide, place, 0, line.replace("{sector}", head.sector), formats.plain)


def _heading(book: Any, name: str, formats: Formats, title: str, note: str) -> None:  # noqa: ANN401
    sheet = book.get_worksheet_by_name(name)
    put(sheet, 0, 0, title, formats.heading)
    put(sheet, 1, 0, note, formats.plain)


def _write_list(
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    formats: Formats,
    head: Head,
    rows: Sequence[Sequence[object]],
    units: Sequence[str],
) -> None:
    sheet = book.add_worksheet(SHEET)
    answer = book.add_format({"font_name": "宋体", "font_size": 11, "valign": "top", "border": 1, "locked": 0,
                              "text_wrap": True, "num_format": "@", "bg_color": "#FFFFE5"})  # fmt: skip
    blank = book.add_format({"font_name": "宋体", "font_size": 11, "locked": 0, "num_format": "@"})
    put(sheet, 0, 0, head.title, formats.heading)
    told = ("推送单位", head.issued_by, "推送日期", head.pushed_on, "推送批次", head.push_id,
            "回复截止日期", head.reply_by or "见整改时限", "所属期", head.pushed_on)  # fmt: skip
    for place, text in enumerate(told):
        put(sheet, 1, place, text, formats.plain)
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width, blank if column.name is None else None)
        put(sheet, HEAD_ROW, place, column.header, formats.head)
    _write_rows(sheet, formats, answer, rows)
    last = max(FIRST_ROW + len(rows) - 1, FIRST_ROW)
    _choices(sheet, last, units)
    sheet.freeze_panes(FIRST_ROW, 3)
    sheet.autofilter(HEAD_ROW, 0, last, len(COLUMNS) - 1)
    print_setup(sheet, landscape=True)
    sheet.print_area(0, 0, last, _PRINTED)
    sheet.repeat_rows(0, HEAD_ROW)
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})


def _write_rows(sheet: Any, formats: Formats, answer: Any, rows: Iterable[Sequence[object]]) -> None:  # noqa: ANN401
    """Known cells as text; the cells of the reply are framed, so that the clerk sees where to write."""
    places = [place for place, column in enumerate(COLUMNS) if column.name is not None]
    answers = [place for place, column in enumerate(COLUMNS) if column.name is None]
    widths = [column.width for column in COLUMNS]
    write, write_blank, text = sheet.write_string, sheet.write_blank, formats.text
    for line, values in enumerate(rows, start=FIRST_ROW):
        for place, value in zip(places, values, strict=True):
            if value is not None:
                write(line, place, str(value), text)
        if line < FIRST_ROW + _MOST_FITTED:
            for place in answers:
                write_blank(line, place, None, answer)
            fit_row(sheet, line, _spread(values, places), widths)


def _spread(values: Sequence[object], places: Sequence[int]) -> list[object]:
    """The values at their columns, up to what is printed."""
    cells: list[object] = [None] * (_PRINTED + 1)
    for place, value in zip(places, values, strict=True):
        if place <= _PRINTED:
            cells[place] = value
    return cells


def _choices(sheet: Any, last: int, units: Sequence[str]) -> None:  # noqa: ANN401
    for header, words, told in (
        ("办理结果", RESULTS, "请从列表中选择；没有办理的留空"),
        ("转办单位", tuple(units), "非本部门职责的，请选择应转办的单位"),
    ):
        place = next(number for number, column in enumerate(COLUMNS) if column.header == header)
        sheet.data_validation(
            FIRST_ROW, place, last, place,
            {"validate": "list", "source": list(words), "error_title": header, "error_message": told,
             "input_title": header, "input_message": told},
        )  # fmt: skip
