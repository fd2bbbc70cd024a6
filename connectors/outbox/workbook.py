"""The one look of every workbook that departments receive.

Data in: rows of text. Data out: xlsx files with a frozen, filterable header that print in black and white.
Not here: what the rows say (receipt.py, errors.py, and the mismatch workbooks of pipeline/ledger/disclosure.py).

Every text goes through ``write_string``: the plain ``write`` turns a cell that begins with ``=`` into a formula.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter

from connectors.files import make_folder, place, temporary_for
from connectors.outbox.bulk_rows import MOST_SINGLE, Bulk, add_bulk

MAX_ROWS = 50_000
"""More lines than this help nobody, and spreadsheet programs get slow."""
_MAX_CELL = 32_767
_MAX_STEM = 60
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_EXTENSION = re.compile(r"\.\w{1,5}$")
_LONG_DIGITS = re.compile(r"\d{15,}[Xx]?")
_FONT = "宋体"
LINE_HEIGHT = 15
OWN_WIDTH = 14
"""Of a column beyond those that a table names."""
_MOST_LINES = 20
_FIRST_WIDE = 0x1100

PutRow = Callable[[Any, int, Sequence[object]], None]
"""Writes one row of a table: sheet, row, values."""


@dataclass(frozen=True)
class Formats:
    """The few cell formats there are."""

    title: Any
    heading: Any
    """A title that stands in its first cell and is not merged over the columns."""
    plain: Any
    """A line above a table: no border, no wrapping."""
    wrapped: Any
    """A paragraph."""
    head: Any
    label: Any
    text: Any
    wrong: Any
    """A cell to be mended: a thick frame and bold type, which show without colour too."""
    doubtful: Any
    """A cell to be looked at: a dashed frame and slanted type, which show without colour too."""
    strong: Any
    later: list[Bulk] = field(default_factory=list)
    """Rows that are added when the workbook is closed."""


def mask_digits(name: str) -> str:
    """A file name whose runs of 15 and more digits (ids, accounts) are masked."""
    return _LONG_DIGITS.sub("＊", name)


def area_words(code: str, name: str | None) -> str:
    """A place as an officer reads it: 天明镇（610099101）."""
    return f"{name}（{code}）" if name else code


def clean_stem(file_name: str) -> str:
    """The stem of a sender's file name, without identifiers and without what file systems or readers stumble over."""
    stem = _EXTENSION.sub("", _UNSAFE.sub("", mask_digits(file_name)))
    return stem.strip(" .-")[:_MAX_STEM] or "文件"


@contextlib.contextmanager
def new_workbook(path: Path, made_on: date) -> Iterator[tuple[Any, Formats]]:
    """A workbook that appears under ``path`` complete or not at all; its bytes depend on its content only."""
    make_folder(path.parent)
    temporary = temporary_for(path)
    book = xlsxwriter.Workbook(
        str(temporary),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False},
    )
    book.set_properties({"created": datetime.combine(made_on, time())})
    common = {"font_name": _FONT, "font_size": 11, "valign": "top"}
    formats = Formats(
        title=book.add_format({**common, "bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}),
        heading=book.add_format({**common, "bold": True, "font_size": 14, "valign": "vcenter"}),
        plain=book.add_format(common),
        wrapped=book.add_format({**common, "text_wrap": True}),
        head=book.add_format({**common, "bold": True, "border": 1, "bg_color": "#D9D9D9", "text_wrap": True}),
        label=book.add_format({**common, "bold": True, "border": 1, "text_wrap": True}),
        text=book.add_format({**common, "border": 1, "text_wrap": True, "num_format": "@"}),
        wrong=book.add_format(
            {**common, "border": 5, "bold": True, "bg_color": "#FFE699", "text_wrap": True, "num_format": "@"}
        ),
        doubtful=book.add_format(
            {**common, "border": 3, "italic": True, "bg_color": "#FFF9E5", "text_wrap": True, "num_format": "@"}
        ),
        strong=book.add_format({**common, "border": 1, "bold": True, "text_wrap": True, "num_format": "@"}),
    )
    try:
        yield book, formats
    except BaseException:
        with contextlib.suppress(Exception):
            book.close()
        temporary.unlink(missing_ok=True)
        raise
    book.close()
    if formats.later:
        add_bulk(temporary, formats.later)
    place(temporary, path)


def put(sheet: Any, row: int, column: int, value: object, look: Any) -> None:  # noqa: ANN401 - xlsxwriter is untyped
    """Write one cell as text; blank for None."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, look)
    else:
        sheet.write_string(row, column, _CONTROL.sub("", str(value))[:_MAX_CELL], look)


def text_width(text: object) -> int:
    """Width in half-width characters; a Chinese character takes two."""
    return sum(2 if ord(character) >= _FIRST_WIDE else 1 for character in str(text if text is not None else ""))


def lines_of(text: object, width: float) -> int:
    """Lines that a text takes in a cell of this width."""
    return sum(max(1, math.ceil(text_width(part) / max(width - 1, 1))) for part in str(text or "").split("\n"))


def fit_row(sheet: Any, row: int, values: Sequence[object], widths: Sequence[float]) -> None:  # noqa: ANN401
    """Make a row as high as its longest cell needs; programs do not all do this on opening."""
    lines = max((lines_of(value, width) for value, width in zip(values, widths, strict=False)), default=1)
    sheet.set_row(row, LINE_HEIGHT * min(lines, _MOST_LINES) + 2)


def put_cell(sheet: Any, row: int, column: int, value: object, kind: str, look: Any) -> None:  # noqa: ANN401
    """Write a cell of the sender as what it was: ``kind`` is its letter of connectors/intake/readers/grid.py."""
    if kind in "nN" and value is not None:
        with contextlib.suppress(ValueError):
            sheet.write_number(row, column, float(str(value)), look)
            return
    if kind in "pP" and value is not None:
        with contextlib.suppress(ArithmeticError):
            value = f"{(Decimal(str(value)) * 100).normalize():f}%"
    put(sheet, row, column, value, look)


def add_table(
    book: Any,  # noqa: ANN401 - xlsxwriter is untyped
    formats: Formats,
    name: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    widths: Sequence[float],
    first_row: int = 0,
    put_row: PutRow | None = None,
    head_height: float | None = None,
) -> int:
    """Add a sheet with one table from ``first_row`` on; returns the number of lines written."""
    sheet = book.add_worksheet(name)
    if head_height is not None:
        sheet.set_row(first_row, head_height)
    for column, header in enumerate(headers):
        put(sheet, first_row, column, header, formats.head)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    if len(headers) > len(widths):
        sheet.set_column(len(widths), len(headers) - 1, OWN_WIDTH)
    lines = list(islice(rows, MAX_ROWS))
    single = lines if put_row is not None else lines[:MOST_SINGLE]
    for line, values in enumerate(single, start=first_row + 1):
        (put_row or partial(_put_texts, look=formats.text))(sheet, line, values)
    if len(lines) > len(single):
        more, after = lines[len(single) :], first_row + 1 + len(single)
        columns = range(len(headers))
        formats.later.append(Bulk(len(book.worksheets()), after, columns, 0, more, (), columns))
    sheet.freeze_panes(first_row + 1, 0)
    sheet.autofilter(first_row, 0, first_row + max(len(lines), 1), len(headers) - 1)
    sheet.repeat_rows(first_row)
    print_setup(sheet, landscape=True)
    say_text(sheet)
    return len(lines)


def _put_texts(sheet: Any, row: int, values: Sequence[object], look: Any) -> None:  # noqa: ANN401
    for column, value in enumerate(values):
        put(sheet, row, column, value, look)


def say_text(sheet: Any) -> None:  # noqa: ANN401
    """Numbers stand here as text on purpose: a spreadsheet program shall not mark every such cell as doubtful."""
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def print_setup(sheet: Any, *, landscape: bool, scale: int | None = None) -> None:  # noqa: ANN401
    """A4, one page wide unless a ``scale`` is given, page numbers, nothing that needs colour."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    if scale is None:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.set_print_scale(scale)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.set_footer("&C第 &P 页 共 &N 页")
