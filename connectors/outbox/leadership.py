"""One page for the leadership: open and overdue issues by department, and how they come down.

Data in: rows of figures. Data out: an xlsx file with two charts that prints on one page.
Not here: the figures (pipeline/ledger/views.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from connectors.outbox.workbook import Formats, new_workbook, put

_LEAGUE_HEADERS = (
    "名次",
    "单位",
    "问题数",
    "未销号",
    "逾期",
    "逾期率",
    "已销号",
    "销号率",
    "重新出现",
    "销号天数(中位数)",
)
_RUN_HEADERS = ("数据日期", "未销号", "新增", "销号")
_FIRST = 3
_LANDSCAPE_HEIGHT = 24
_HEAD_HEIGHT = 32
"""Two lines: the longest header needs them."""
_GREYS = {3: "#BFBFBF", 4: "#262626"}
"""Open and overdue, told apart on a print without colour."""


def write_leadership(
    path: Path, *, title: str, as_of: date, note: str, league: Sequence[Sequence[object]],
    runs: Sequence[Sequence[object]],
) -> None:  # fmt: skip
    """Write the page; ``league`` is one row per department, ``runs`` one per night, oldest first."""
    with new_workbook(path, as_of) as (book, formats):
        sheet = book.add_worksheet("问题销号情况")
        sheet.set_column(0, len(_LEAGUE_HEADERS) - 1, 11)
        sheet.set_row(_FIRST, _HEAD_HEIGHT)
        put(sheet, 0, 0, title, formats.heading)
        put(sheet, 1, 0, note, formats.plain)
        number = book.add_format({"font_name": "宋体", "font_size": 11, "border": 1})
        share = book.add_format({"font_name": "宋体", "font_size": 11, "border": 1, "num_format": "0.0%"})
        _table(sheet, formats, number, share, _FIRST, _LEAGUE_HEADERS, league)
        runs_at = _FIRST + len(league) + _LANDSCAPE_HEIGHT
        _table(sheet, formats, number, share, runs_at, _RUN_HEADERS, runs)
        chart_at = _FIRST + len(league) + 2
        sheet.insert_chart(chart_at, 0, _by_unit(book, len(league)), {"x_scale": 0.86, "y_scale": 1.4})
        if runs:
            sheet.insert_chart(chart_at, 5, _by_night(book, runs_at, len(runs)), {"x_scale": 0.86, "y_scale": 1.4})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)


def _table(
    sheet: Any, formats: Formats, number: Any, share: Any, first: int, headers: Sequence[str],  # noqa: ANN401
    rows: Sequence[Sequence[object]],
) -> None:  # fmt: skip
    for place, header in enumerate(headers):
        put(sheet, first, place, header, formats.head)
    for line, row in enumerate(rows, start=first + 1):
        for place, value in enumerate(row):
            if isinstance(value, int | float):
                sheet.write_number(line, place, value, share if headers[place].endswith("率") else number)
            else:
                put(sheet, line, place, value, formats.text)


def _by_unit(book: Any, count: int) -> Any:  # noqa: ANN401
    chart = book.add_chart({"type": "column"})
    for column in (3, 4):
        chart.add_series(
            {
                "name": ["问题销号情况", _FIRST, column],
                "categories": ["问题销号情况", _FIRST + 1, 1, _FIRST + count, 1],
                "values": ["问题销号情况", _FIRST + 1, column, _FIRST + count, column],
                "fill": {"color": _GREYS[column]},
                "border": {"color": "#262626"},
            }
        )
    chart.set_title({"name": "各单位未销号与逾期"})
    chart.set_y_axis({"min": 0, "num_format": "0", "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"})
    return chart


def _by_night(book: Any, first: int, count: int) -> Any:  # noqa: ANN401
    chart = book.add_chart({"type": "line"})
    chart.add_series(
        {
            "name": ["问题销号情况", first, 1],
            "categories": ["问题销号情况", first + 1, 0, first + count, 0],
            "values": ["问题销号情况", first + 1, 1, first + count, 1],
            "line": {"color": "#262626"},
            "marker": {"type": "square", "size": 5, "fill": {"color": "#262626"}, "border": {"color": "#262626"}},
        }
    )
    chart.set_title({"name": "未销号问题走势"})
    chart.set_y_axis({"min": 0, "num_format": "0", "major_gridlines": {"visible": True}})
    chart.set_legend({"none": True})
    return chart
