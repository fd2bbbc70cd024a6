"""Files as departments make them: titled workbooks with footers, and csv straight from a database.

Data in: headers and blocks of cells. Data out: one finished file, renamed into place when complete.
Not here: which columns a feed has and which rows go where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.csv as pa_csv
import xlsxwriter

from simulator.tables import Cell, NumberCell

Columns = Sequence[pa.Array | list[Cell]]
_CREATED = datetime(2020, 1, 1)  # noqa: DTZ001 -- a workbook property has no zone; fixed so that bytes repeat
_FIRST_DATA_ROW_CSV = 2
_LINE_END = "\r\n"


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


class CsvFile:
    """A text file without title or footer, as a database export writes it."""

    sheets: tuple[str, ...] = ("csv",)

    def __init__(self, path: Path, headers: Sequence[str], *, encoding: str) -> None:
        self.path = path
        self._headers = list(headers)
        self._encoding = encoding
        self._handle: IO[bytes] = _part(path).open("wb")
        self._row = _FIRST_DATA_ROW_CSV
        mark = b"\xef\xbb\xbf" if encoding == "utf-8-sig" else b""
        self._handle.write(mark + self._encode((",".join(headers) + _LINE_END).encode()))

    def _encode(self, text: bytes) -> bytes:
        return text.decode().encode("gb18030") if self._encoding == "gb18030" else text

    def write(self, columns: Columns) -> int:
        """Append rows; the row number of the first of them."""
        arrays = [
            pa.array([c.as_text() if isinstance(c, NumberCell) else c for c in column], pa.string())
            if isinstance(column, list)
            else column
            for column in columns
        ]
        table = pa.table(dict(zip(self._headers, arrays, strict=True)))
        buffer = BytesIO()
        pa_csv.write_csv(table, buffer, pa_csv.WriteOptions(include_header=False, quoting_style="none", eol=_LINE_END))
        self._handle.write(self._encode(buffer.getvalue()))
        first = self._row
        self._row += table.num_rows
        return first

    def close(self) -> None:
        """Put the finished file in its place."""
        self._handle.close()
        _part(self.path).rename(self.path)


class Workbook:
    """A workbook with a merged title, a unit row, the header, data, a totals row and a signature."""

    def __init__(self, path: Path, headers: Sequence[str], *, title: str, unit_line: Sequence[str]) -> None:
        self.path = path
        self._headers = ["序号", *headers]
        self._title, self._unit_line = title, unit_line
        self._book = xlsxwriter.Workbook(str(_part(path)), {"constant_memory": True, "strings_to_numbers": False})
        self._book.set_properties({"title": title, "created": _CREATED})
        self._heading = self._book.add_format({"bold": True, "align": "center"})
        self._sheet: xlsxwriter.worksheet.Worksheet | None = None
        self._row = 0
        self._first = 0

    def sheet(self, name: str) -> None:
        """Begin a sheet with title, unit row and header."""
        self._sheet = sheet = self._book.add_worksheet(name)
        sheet.merge_range(0, 0, 0, len(self._headers) - 1, self._title, self._heading)
        for at, text in enumerate(self._unit_line):
            sheet.write_string(1, at * 3, text)
        for at, header in enumerate(self._headers):
            sheet.write_string(2, at, header)
        self._row = self._first = 3

    def write(self, columns: Columns, numbers: Sequence[bool]) -> int:
        """Append rows; ``numbers`` marks the columns typed as numbers. The row number of the first of them."""
        sheet = self._sheet
        if sheet is None:
            raise RuntimeError("no sheet has been begun")
        lists = [c if isinstance(c, list) else c.to_pylist() for c in columns]
        first = self._row
        for offset in range(len(lists[0])):
            row = first + offset
            sheet.write_number(row, 0, row - self._first + 1)
            for at, values in enumerate(lists, start=1):
                _write_cell(sheet, row, at, values[offset], as_number=numbers[at - 1])
        self._row += len(lists[0])
        return first + 1

    def finish_sheet(self, totals: dict[int, Decimal | None], signature: str) -> None:
        """Totals row (a column with None stays blank) and signature line."""
        if self._sheet is None:
            raise RuntimeError("no sheet has been begun")
        self._sheet.write_string(self._row, 0, "合计")
        for at, value in totals.items():
            if value is not None:
                self._sheet.write_number(self._row, at + 1, float(value))
        self._sheet.write_string(self._row + 1, 0, signature)

    def close(self) -> None:
        """Put the finished file in its place."""
        self._book.close()
        _part(self.path).rename(self.path)


def _write_cell(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, at: int, value: Cell | None, *, as_number: bool
) -> None:
    if isinstance(value, NumberCell):
        sheet.write_number(row, at, float(value.digits))
    elif not value:
        return
    elif as_number and value.replace(".", "", 1).removeprefix("-").isdigit():
        sheet.write_number(row, at, float(value))
    else:
        sheet.write_string(row, at, value)


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of the bytes of ``path``."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
