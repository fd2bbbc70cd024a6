"""What every reader hands on: sheets of cells that lie in DuckDB, and their first rows in Python.

Data in: nothing. Data out: :class:`Sheet` and :class:`Workbook`.
Not here: finding a header, or judging a cell.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TOP_ROWS = 20
"""Rows read into Python for the header search: 15 start rows, 3 header rows, and a look below."""

MAX_WIDTH = 1000
"""Columns that a table may have: a cell that strayed far to the right would cost the memory of all before it."""


class UnreadableError(Exception):
    """The file cannot be read; ``code`` is the F code, ``detail`` where. The text never holds a cell value."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def check_width(width: int, place: str = "") -> None:
    """Refuse a table that is too wide.

    Raises:
        UnreadableError: F_CORRUPT, with how to mend it.
    """
    if width > MAX_WIDTH:
        detail = f"{place}宽达 {width} 列，最多 {MAX_WIDTH} 列：请删去表格右边多余的列（包括空白列）后重新保存"
        raise UnreadableError("F_CORRUPT", detail)


@dataclass(frozen=True)
class Region:
    """A merged region: first and last row (from 1) and column (from 0), all inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Sheet:
    """One sheet: table ``table`` holds columns ``c0 … c<width-1>``, all VARCHAR, blank cells null.

    ``row_sql`` gives the physical row number, from 1. With ``has_kinds`` the table has a column ``k`` whose letter
    ``i`` tells the kind of cell ``i``: t text, n number, p number shown as per cent, d date, b boolean, x formula
    without a stored value, ``.`` blank; a capital letter marks a cell filled down from a merged region.
    """

    name: str
    table: str
    width: int
    top: tuple[tuple[str | None, ...], ...]
    row_sql: str = "row_no"
    has_kinds: bool = False
    is_visible: bool = True
    is_hiding: bool = False
    """Some row or column is hidden or filtered away."""
    regions: tuple[Region, ...] = ()
    is_empty: bool = False


@dataclass(frozen=True)
class Workbook:
    """Every sheet of one file, in order."""

    sheets: tuple[Sheet, ...]
    is_text: bool
    date1904: bool = False
    is_returned: bool = False
    """An error workbook of ours that came back."""
    has_macros: bool = False
    """Macros are in the file; they are never looked at."""
    tables: tuple[str, ...] = field(default=())
