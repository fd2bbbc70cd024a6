"""A list of issues that a department fills in and drops back: its one look, its drop-downs, its locked cells.

Data in: a layout and rows of text in its order. Data out: a sheet of an xlsx workbook that is read again as a file of
the feed ``<sector>/replies``. Row 1 is the title, row 2 says who pushed what and when, row 3 is the header (feeds.md
15.2). Only the reply's cells can be written in; key and check token are locked with the rest.
Not here: which columns a workbook has (issues.py, corrections.py) and what the rows say (pipeline/ledger).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.outbox.bulk_rows import MOST_SINGLE, Bulk
from connectors.outbox.workbook import Formats, fit_row, print_setup, put, say_text

HEAD_ROW = 2
FIRST_ROW = HEAD_ROW + 1
RESULTS = ("已更正", "已说明", "数据无误", "非本部门职责", "正在办理")
"""Words of the drop-down list, as the contract of the replies knows them."""
_SCALE = 55
"""Per cent, at which the columns of either page fit on A4."""
_HEAD_CELLS = ((0, "推送批次"), (2, "推送单位"), (3, "推送日期"), (5, "回复截止日期"), (8, "所属期"))
"""Where row 2 says what; each text may run over the blank cells on its right."""


@dataclass(frozen=True)
class Shown:
    """One column: its header, the cell's name in a row (None: left blank for the reply), its width."""

    header: str
    name: str | None
    width: float


ANSWER = (
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
)
"""The cells of the reply."""

KEYS = (
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
"""What the return is checked by; behind the printed page."""


@dataclass(frozen=True)
class Layout:
    """The columns of one list: what is to be done on one page, the reply beside it, behind them what is not printed."""

    sheet: str
    columns: tuple[Shown, ...]
    printed: int
    """So many columns are printed."""

    @property
    def first_page(self) -> int:
        """So many of them stand on the left page."""
        return next(place for place, column in enumerate(self.columns) if column.name is None)

    @property
    def key_at(self) -> int:
        """The column of the issue's number."""
        return self._place("issue_id")

    @property
    def repeated(self) -> tuple[int, int]:
        """First and last column that both pages show and that stay when the sheet is moved: which issue, about whom."""
        first, last = sorted((self.key_at, self._place("subject")))
        return first, last

    def _place(self, name: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    @property
    def filled(self) -> tuple[str, ...]:
        """What a row has to hold, in this order."""
        return tuple(column.name for column in self.columns if column.name is not None)

    @property
    def places(self) -> tuple[list[int], list[int]]:
        """The columns of what a row holds, and those of the reply."""
        named = [column.name is not None for column in self.columns]
        return [place for place, is_filled in enumerate(named) if is_filled], [
            place for place, is_filled in enumerate(named) if not is_filled
        ]


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


def write_list(
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    formats: Formats,
    head: Head,
    layout: Layout,
    rows: Sequence[Sequence[object]],
    units: Sequence[str],
) -> None:
    """Add the sheet; ``rows`` hold what the layout's columns name."""
    sheet = book.add_worksheet(layout.sheet)
    answer = book.add_format({"font_name": "宋体", "font_size": 11, "valign": "top", "border": 1, "locked": 0,
                              "text_wrap": True, "num_format": "@", "bg_color": "#FFFFE5"})  # fmt: skip
    blank = book.add_format({"font_name": "宋体", "font_size": 11, "locked": 0, "num_format": "@"})
    put(sheet, 0, layout.repeated[0], head.title, formats.heading)
    told = (head.push_id, head.issued_by, head.pushed_on, head.reply_by or "见整改时限", head.pushed_on)
    for (place, key), text in zip(_HEAD_CELLS, told, strict=True):
        put(sheet, 1, place, f"{key}：{text}", formats.plain)
    for place, column in enumerate(layout.columns):
        sheet.set_column(place, place, column.width, blank if column.name is None else None)
        put(sheet, HEAD_ROW, place, column.header, formats.head)
    _write_rows(sheet, formats, answer, layout, rows[:MOST_SINGLE])
    if len(rows) > MOST_SINGLE:
        formats.later.append(_others(len(book.worksheets()), layout, rows[MOST_SINGLE:]))
    last = max(FIRST_ROW + len(rows) - 1, FIRST_ROW)
    _choices(sheet, last, layout, units)
    sheet.freeze_panes(FIRST_ROW, layout.repeated[1] + 1)
    sheet.autofilter(HEAD_ROW, 0, last, len(layout.columns) - 1)
    print_setup(sheet, landscape=True, scale=_SCALE)
    sheet.print_area(0, 0, last, layout.printed - 1)
    sheet.repeat_rows(0, HEAD_ROW)
    sheet.repeat_columns(*layout.repeated)
    sheet.set_v_pagebreaks([layout.first_page])
    say_text(sheet)
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})


def _write_rows(
    sheet: Any,  # noqa: ANN401
    formats: Formats,
    answer: Any,  # noqa: ANN401
    layout: Layout,
    rows: Iterable[Sequence[object]],
) -> None:
    """Known cells as text; the cells of the reply are framed, so that the clerk sees where to write."""
    places, answers = layout.places
    widths = [column.width for column in layout.columns]
    for line, values in enumerate(rows, start=FIRST_ROW):
        for place, value in zip(places, values, strict=True):
            if value is not None or place < layout.printed:
                put(sheet, line, place, value, formats.text)
        for place in answers:
            put(sheet, line, place, None, answer)
        fit_row(sheet, line, _spread(values, places, layout.printed), widths)


def _others(sheet: int, layout: Layout, rows: Sequence[Sequence[object]]) -> Bulk:
    """The rows that are too many to be written one by one."""
    places, answers = layout.places
    framed = [place for place in places if place < layout.printed]
    return Bulk(sheet, FIRST_ROW + MOST_SINGLE, places, layout.key_at, rows, answers, framed)


def _spread(values: Sequence[object], places: Sequence[int], printed: int) -> list[object]:
    """The values at their columns, up to what is printed."""
    cells: list[object] = [None] * printed
    for place, value in zip(places, values, strict=True):
        if place < printed:
            cells[place] = value
    return cells


def _choices(sheet: Any, last: int, layout: Layout, units: Sequence[str]) -> None:  # noqa: ANN401
    for header, words, told in (
        ("办理结果", RESULTS, "请从列表中选择；没有办理的留空"),
        ("转办单位", tuple(units), "非本部门职责的，请选择应转办的单位"),
    ):
        place = next(number for number, column in enumerate(layout.columns) if column.header == header)
        sheet.data_validation(
            FIRST_ROW, place, last, place,
            {"validate": "list", "source": list(words), "error_title": header, "error_message": told,
             "input_title": header, "input_message": told},
        )  # fmt: skip
