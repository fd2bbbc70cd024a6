"""The blank workbook that a department fills in, one per feed.

Data in: a contract. Data out: an xlsx file with a data sheet (title, sender line, header; required columns carry a
``*``), a sheet 填写说明 that is never read back, and a hidden sheet with the words of the drop-down lists.
Not here: which feeds exist, or where the files go (pipeline/receiving/templates.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.contract import Column, Feed
from connectors.intake.cell_codes import read_code, read_yes_no
from connectors.intake.row_report import WORDS_SHEET
from connectors.outbox.workbook import Formats, new_workbook, print_setup

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_MADE_ON = date(2020, 1, 1)
"""Written into the file properties: a template is the same on every day."""
_HEADER_ROW = 2
_LAST_ROW = 5000
_TEXT_TYPES = frozenset({"id", "hhno", "code", "area", "name", "text", "yn", "term", "month", "year"})
_QUIET_AREA = frozenset({"county", "village_group"})
_GUIDE_WIDTHS = (22, 40, 16, 44, 50, 22)
_GUIDE_HEADS = ("列名", "含义", "必填程度", "怎样填写", "可填内容", "示例")

_DUTY = {
    "M": "必填",
    "C": "须有此列，可空",
    "O+": "请尽量填写，缺少则有关核查得不出结论",
    "O": "选填",
    "X": "按条件必填（见含义）",
}
_MANNER = {
    "id": "18位，单元格设为文本格式，末位X大写",
    "name": "与身份证一致，不加空格和括注",
    "text": "文字",
    "code": "从下拉框里选一个",
    "date": "年月日，如2020-06-30",
    "month": "年月，如2020-06",
    "year": "四位年份，如2020",
    "term": "学期，如2020春、2019秋",
    "money": "只填数字，单位为元，最多两位小数",
    "int": "只填整数",
    "dec": "只填数字",
    "yn": "填是或否",
    "pct": "百分数，如85%",
    "area": "区划代码，单元格设为文本格式",
    "hhno": "编号，单元格设为文本格式",
}
_MODE = {"full": "全量", "increment": "增量"}
_PERIOD = {"day": "20200630", "month": "202006", "year": "2020", "term": "2020春", "any": "202006"}


@dataclass(frozen=True)
class _Choice:
    """The drop-down words of one column and where they stand in the hidden sheet."""

    words: tuple[str, ...]
    place: int


def template_columns(feed: Feed) -> list[Column]:
    """The columns a department is asked for: all of the feed but those it only tolerates."""
    return [column for column in feed.columns if _is_asked(column, feed)]


def _is_asked(column: Column, feed: Feed) -> bool:
    if column.group == "TAIL":
        return column.name == "note" or (column.name == "op" and feed.delivery.mode == "increment")
    if column.group == "AREA" and not column.extra.get("stored"):
        return feed.area != "accepted" and column.name not in _QUIET_AREA
    return not column.extra.get("dropped")


def header_text(column: Column) -> str:
    """The header as printed: ``*`` marks a required column, money columns state their unit."""
    unit = "（元）" if column.type == "money" else ""
    return f"{'*' if column.req == 'M' else ''}{column.header}{unit}"


def words_of(column: Column) -> tuple[str, ...]:
    """The words offered for a column, the official words of every code; empty where anything may be written."""
    if column.codes is not None and column.codes.name == "indicators":
        return tuple(code.code for code in column.codes.codes)
    if column.codes is not None:
        return tuple(word for code in column.codes.codes for word in (code.word, *code.also_offered))
    if column.type == "yn":
        return ("是", "否")
    suggested = column.extra.get("suggest", ())
    return tuple(str(word) for word in suggested) if isinstance(suggested, Sequence) else ()


def example_of(column: Column) -> str:
    """A value filled in as it is wanted; under a drop-down, the word offered that means what the example says."""
    offered = words_of(column)
    if not column.example or not offered or column.example in offered:
        return column.example
    if column.codes is None:
        return offered[0] if read_yes_no(column.example, column, inverse=False).value == "1" else offered[-1]
    code = read_code(column.example, "T", column, {}).value
    return next((entry.word for entry in column.codes.codes if entry.code == code), column.example)


def write_template(feed: Feed, path: Path) -> None:
    """Write the blank workbook of one feed to ``path``."""
    columns = template_columns(feed)
    with new_workbook(path, _MADE_ON) as (book, formats):
        data = book.add_worksheet("问题清单" if feed.entity == "replies" else "数据")
        guide = book.add_worksheet("填写说明")
        words = book.add_worksheet(WORDS_SHEET)
        words.hide()
        choices = _write_words(words, columns)
        _write_data(book, data, feed, columns, choices, formats)
        _write_guide(guide, feed, columns, formats)
        data.activate()


def _write_words(sheet: Worksheet, columns: Sequence[Column]) -> dict[str, _Choice]:
    """Fill the hidden sheet: one column of words per drop-down list."""
    choices: dict[str, _Choice] = {}
    for column in columns:
        words = words_of(column)
        if not words:
            continue
        place = len(choices)
        choices[column.name] = _Choice(words, place)
        sheet.write_string(0, place, column.header)
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, place, word)
    return choices


def _write_data(
    book: Workbook,
    sheet: Worksheet,
    feed: Feed,
    columns: Sequence[Column],
    choices: dict[str, _Choice],
    formats: Formats,
) -> None:
    sheet.merge_range(0, 0, 0, len(columns), "", formats.title)
    sheet.write_string(0, 0, feed.title, formats.title)
    sheet.set_row(0, 30)
    sheet.write_string(1, 0, "填报单位")
    sheet.write_string(1, 3, "填报日期")
    sheet.write_string(_HEADER_ROW, 0, "序号", formats.head)
    sheet.set_column(0, 0, 9)
    kinds = {
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "money": book.add_format({"num_format": "0.00"}),
        "number": book.add_format({"num_format": "General"}),
    }
    for place, column in enumerate(columns, start=1):
        text = header_text(column)
        kind = "text" if column.type in _TEXT_TYPES else column.type if column.type in kinds else "number"
        sheet.set_column(place, place, min(max(2 * len(text) + 2, 12), 36), kinds[kind])
        sheet.write_string(_HEADER_ROW, place, text, formats.head)
        if column.name in choices and not column.multi:
            sheet.data_validation(_HEADER_ROW + 1, place, _LAST_ROW, place, _drop_down(choices[column.name]))
    sheet.freeze_panes(_HEADER_ROW + 1, 0)
    print_setup(sheet, landscape=True)
    sheet.repeat_rows(_HEADER_ROW)


def _drop_down(choice: _Choice) -> dict[str, Any]:
    from_column = _letters(choice.place)
    return {
        "validate": "list",
        "source": f"=代码表!${from_column}$2:${from_column}${len(choice.words) + 1}",
        "error_type": "warning",
        "error_title": "请从下拉框选择",
        "error_message": "所填内容不在下拉框内，可能会被退回。",
    }


def _letters(place: int) -> str:
    """Spreadsheet letters of a column counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _write_guide(sheet: Worksheet, feed: Feed, columns: Sequence[Column], formats: Formats) -> None:
    area, mode = "610099", _MODE[feed.delivery.mode]
    lines = (
        f"{feed.title}：{feed.description}。{feed.grain}。",
        f"责任部门：{feed.department}。报送方式：{mode}。带*的列必填，列名不要改动，列的顺序不限。",
        f"文件名写明区划代码、期间和报送方式，例如 {area}_{_PERIOD[feed.delivery.period]}_{feed.title}_{mode}.xlsx。",
        "编号、证件号码、银行账号请在文本格式的单元格里填写，不要用数字格式；不要合并单元格，不要隐藏行列。",
        "本期确无数据的，报零报告，并由审核人签名；不要报空表。",
    )
    for place, width in enumerate(_GUIDE_WIDTHS):
        sheet.set_column(place, place, width)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    top = len(lines) + 1
    for place, head in enumerate(_GUIDE_HEADS):
        sheet.write_string(top, place, head, formats.head)
    for row, column in enumerate(columns, start=top + 1):
        for place, text in enumerate(_guide_line(column)):
            sheet.write_string(row, place, text, formats.text)
    sheet.freeze_panes(top + 1, 0)
    print_setup(sheet, landscape=True)


def _guide_line(column: Column) -> tuple[str, ...]:
    manner = _MANNER[column.type]
    if column.multi:
        manner = "可填多个，用顿号隔开"
    if column.unit and column.type != "money":
        manner += f"，单位：{column.unit}"
    elif column.unit:
        manner = f"只填数字，单位：{column.unit}"
    if column.low is not None and column.high is not None:
        manner += f"，一般在{column.low}至{column.high}之间"
    return (
        column.header,
        column.description,
        _DUTY[column.req],
        manner,
        "、".join(words_of(column)),
        example_of(column),
    )
