"""The child process that opens a workbook: calamine aborts on hostile files, so it never runs in the parent.

Data in (arguments): the workbook, a folder, limits in bytes and seconds. Data out: ``<folder>/<n>.parquet`` per sheet
and ``book.json``. Exit status 0 even for a password or a broken file: ``book.json`` then names the F code.
Not here: imports of this project; the file is run by its path and needs only calamine, pyarrow and the library.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

_BATCH = 20_000
_MAX_CELLS = 80_000_000
_MAX_EXACT = 10**15
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CELL = re.compile(r"^([A-Z]+)(\d+)$")


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _cell(value: Any) -> tuple[str | None, str]:  # noqa: ANN401 - calamine cells have eight types
    if isinstance(value, str):
        return (value, "t") if value.strip() else (None, ".")
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "b"
    if isinstance(value, int | float):
        whole = value == int(value) if abs(value) < 10**300 else False
        return (str(int(value)) if whole else repr(value)), "n"
    if isinstance(value, dt.datetime):
        plain = value.time() == dt.time()
        return (value.date().isoformat() if plain else value.isoformat(sep=" ", timespec="seconds")), "d"
    if isinstance(value, dt.date):
        return value.isoformat(), "d"
    return str(value), "t"


class _SheetXml:
    """What calamine does not tell: hidden rows and columns, and formulas without a stored value."""

    def __init__(self) -> None:
        self.is_hiding = False
        self.unstored: list[tuple[int, int]] = []
        self._at = ""
        self._has_formula = self._has_value = False
        self._in_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._at, self._has_formula, self._has_value = attributes.get("r", ""), False, False
        elif tag == "f":
            self._has_formula = True
        elif tag in ("row", "col") and attributes.get("hidden") in ("1", "true"):
            self.is_hiding = True
        self._in_value = tag in ("v", "t")

    def text(self, data: str) -> None:
        if self._in_value and data:
            self._has_value = True

    def end(self, tag: str) -> None:
        self._in_value = False
        if tag == "c" and self._has_formula and not self._has_value:
            found = _CELL.match(self._at)
            if found:
                column = 0
                for letter in found[1]:
                    column = column * 26 + ord(letter) - 64
                self.unstored.append((int(found[2]), column - 1))


def _refuse(*_: object) -> None:
    raise ValueError


def _parser(handler: Any) -> Any:  # noqa: ANN401 - expat's parser type has no public name
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    return parser


class _BookXml:
    """Sheet names with their relation ids, the date system, and the targets of relations."""

    def __init__(self) -> None:
        self.sheets: dict[str, str] = {}
        self.targets: dict[str, str] = {}
        self.date1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            self.sheets[attributes.get("name", "")] = attributes.get("r:id", "")
        elif tag == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif tag == "workbookPr":
            self.date1904 = attributes.get("date1904") in ("1", "true")

    def text(self, data: str) -> None:
        """Character data means nothing here."""

    def end(self, tag: str) -> None:
        """Neither do end tags."""


def _sheet_details(archive: zipfile.ZipFile, member: str) -> _SheetXml:
    handler = _SheetXml()
    body = archive.read(member)
    if b"<!DOCTYPE" in body[:2048]:
        raise ValueError
    if b"<f" in body or b"hidden=" in body:
        _parser(handler).Parse(body, True)
    return handler


def _details(path: Path) -> tuple[dict[str, _SheetXml], bool]:
    """Sheet name → details, and whether the workbook counts days from 1904 (xlsx only)."""
    if not zipfile.is_zipfile(path):
        return {}, False
    book = _BookXml()
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for member in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            if member in names:
                _parser(book).Parse(archive.read(member), True)
        found = {}
        for sheet, relation in book.sheets.items():
            target = book.targets.get(relation, "").removeprefix("/xl/").removeprefix("xl/")
            if f"xl/{target}" in names:
                found[sheet] = _sheet_details(archive, f"xl/{target}")
    return found, book.date1904


class _Grid:
    """Collects the rows of one sheet and writes them in batches; rows without any cell are left out."""

    def __init__(self, target: Path, width: int) -> None:
        self.width = width
        self.target = target
        self.schema = pa.schema(
            [("row_no", pa.int32()), ("k", pa.string()), *((f"c{i}", pa.string()) for i in range(width))]
        )
        self.writer = pq.ParquetWriter(target, self.schema, compression="snappy", use_dictionary=True)
        self.numbers: list[int] = []
        self.kinds: list[str] = []
        self.rows: list[list[str | None]] = []
        self.count = 0

    def add(self, number: int, cells: list[str | None], kinds: list[str]) -> None:
        self.numbers.append(number)
        self.kinds.append("".join(kinds))
        self.rows.append(cells)
        self.count += 1
        if len(self.rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            columns = [pa.array(column, pa.string()) for column in zip(*self.rows, strict=True)]
            self.writer.write_table(
                pa.table([pa.array(self.numbers, pa.int32()), pa.array(self.kinds), *columns], schema=self.schema)
            )
        self.numbers, self.kinds, self.rows = [], [], []

    def close(self) -> None:
        self.flush()
        self.writer.close()


class _Fill:
    """Gives the text of a region merged downwards to each of its rows, in its first column."""

    def __init__(self, regions: list[tuple[tuple[int, int], tuple[int, int]]], width: int) -> None:
        self.width = width
        self.starts: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in regions:
            if bottom > top and left < width:
                self.starts.setdefault(top, []).append((left, bottom))
        self.running: dict[int, tuple[int, str | None, str]] = {}

    def apply(self, index: int, cells: list[str | None], kinds: list[str]) -> None:
        if self.running:
            self.running = {column: region for column, region in self.running.items() if region[0] >= index}
            for column, (_, text, kind) in self.running.items():
                if cells[column] is None:
                    cells[column], kinds[column] = text, kind.upper()
        for column, last in self.starts.get(index, ()):
            if cells[column] is not None:
                self.running[column] = (last, cells[column], kinds[column])


def _by_row(places: list[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row, column in places:
        found.setdefault(row, []).append(column)
    return found


def _write_sheet(sheet: Any, details: _SheetXml, target: Path) -> dict[str, Any]:  # noqa: ANN401
    regions = list(sheet.merged_cell_ranges or [])
    if sheet.start is None:
        return {"rows": 0, "width": 0, "regions": []}
    left = sheet.start[1]
    width = sheet.end[1] + 1
    if (sheet.end[0] - sheet.start[0] + 1) * (width - left) > _MAX_CELLS:
        raise MemoryError
    grid = _Grid(target, width)
    fill = _Fill(regions, width)
    unstored = _by_row(details.unstored)
    for index, row in enumerate(sheet.iter_rows()):
        pairs = [(None, ".")] * left + [_cell(value) for value in row]
        cells = [pair[0] for pair in pairs]
        kinds = [pair[1] for pair in pairs]
        for column in unstored.get(index + 1, ()):
            if column < width and cells[column] is None:
                kinds[column] = "x"
        fill.apply(index, cells, kinds)
        if any(cell is not None for cell in cells) or "x" in kinds:
            grid.add(index + 1, cells, kinds)
    grid.close()
    return {
        "rows": grid.count,
        "width": width,
        "regions": [[a + 1, b, c + 1, d] for (a, b), (c, d) in regions],
    }


def _read(path: Path, folder: Path) -> dict[str, Any]:
    details, date1904 = _details(path)
    sheets = []
    # From the stream: given a path, calamine would trust the file's ending.
    with path.open("rb") as stream, calamine.CalamineWorkbook.from_filelike(stream) as book:
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            visible = meta.visible == calamine.SheetVisibleEnum.Visible
            found: dict[str, Any] = {"name": meta.name, "visible": visible, "file": f"{number}.parquet", "rows": 0}
            if visible:
                own = details.get(meta.name, _SheetXml())
                found |= _write_sheet(book.get_sheet_by_index(number), own, folder / f"{number}.parquet")
                found["hiding"] = own.is_hiding
            sheets.append(found)
    return {"sheets": sheets, "date1904": date1904}


def main() -> None:
    """Read the workbook named by the arguments."""
    path, folder, memory, seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    _limit(memory, seconds)
    try:
        book = _read(path, folder)
    except calamine.PasswordError:
        book = {"code": "F_ENCRYPTED"}
    except BaseException:  # calamine's panic is no Exception; its text may hold cell values
        book = {"code": "F_CORRUPT"}
    (folder / "book.json").write_text(json.dumps(book), encoding="utf-8")


if __name__ == "__main__":
    main()
