"""What calamine does not tell of an xlsx: read from its XML parts.

Data in: the path of a zip with a workbook. Data out: date system, macros, and for each sheet hidden rows or columns,
formulas without a stored value, cells shown as per cent.
Not here: values of cells (calamine). Like :mod:`excel_child`, which uses it, the file needs the library only.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

if TYPE_CHECKING:
    from connectors.intake.readers.biff_scan import SheetScan
else:  # beside this file, see excel_child
    from biff_scan import SheetScan

_CELL = re.compile(r"^([A-Z]+)(\d+)$")
_TRUE = ("1", "true")
_DOCTYPE = b"<!DOCTYPE"
_MARKS = (b"<f", b"hidden=")
_HEAD, _PIECE, _OVERLAP = 2048, 4 << 20, 16


class _SheetXml(SheetScan):
    """What calamine does not tell: hidden rows and columns, formulas without a stored value, cells shown as %."""

    def __init__(self) -> None:
        super().__init__()
        self._at = ""
        self._in_hidden_row = False
        self._hidden_columns: list[range] = []
        self._has_formula = self._has_value = False
        self._in_value = self._is_text = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._at, self._has_formula, self._has_value = attributes.get("r", ""), False, False
            self._is_text = attributes.get("t") == "str"
        elif tag == "f":
            self._has_formula = True
        elif tag == "v" and self._is_text:
            self._has_value = True  # an empty text is a result too, as of =IF(…,"")
        elif tag == "row":
            self._in_hidden_row = attributes.get("hidden") in _TRUE
        elif tag == "col" and attributes.get("hidden") in _TRUE:
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
            self._hidden_columns.append(range(first - 1, last))
        self._in_value = tag in ("v", "t")

    def text(self, data: str) -> None:
        if self._in_value and data:
            self._has_value = True

    def end(self, tag: str) -> None:
        self._in_value = False
        if tag != "c":
            return
        if self._has_value:
            self.is_hiding = self.is_hiding or self._in_hidden_row or self._is_in_hidden_column()
        elif self._has_formula and (found := _CELL.match(self._at)):
            self.unstored.append((int(found[2]), column_of(found[1])))

    def _is_in_hidden_column(self) -> bool:
        if not self._hidden_columns or not (found := _CELL.match(self._at)):
            return False
        column = column_of(found[1])
        return any(column in span for span in self._hidden_columns)


def column_of(letters: str) -> int:
    """Number of a column, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


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
    """Sheet names with their relation ids, the date system, the targets of relations, styles shown as per cent."""

    def __init__(self) -> None:
        self.percent_formats = {"9", "10"}
        self.percent_styles: list[str] = []
        self._styles = 0
        self._in_cell_styles = False
        self.sheets: dict[str, str] = {}
        self.targets: dict[str, str] = {}
        self.date1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            self.sheets[attributes.get("name", "")] = attributes.get("r:id", "")
        elif tag == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif tag == "workbookPr":
            self.date1904 = attributes.get("date1904") in _TRUE
        elif tag == "numFmt" and "%" in attributes.get("formatCode", ""):
            self.percent_formats.add(attributes.get("numFmtId", ""))
        elif tag == "cellXfs":
            self._in_cell_styles = True
        elif tag == "xf" and self._in_cell_styles:
            if attributes.get("numFmtId") in self.percent_formats:
                self.percent_styles.append(str(self._styles))
            self._styles += 1

    def text(self, data: str) -> None:
        """Character data means nothing here."""

    def end(self, tag: str) -> None:
        """Cell styles end with their list."""
        if tag == "cellXfs":
            self._in_cell_styles = False


def _percents(body: bytes, styles: list[str]) -> list[tuple[int, int]]:
    """Cells with one of the styles, found without parsing the sheet."""
    if not styles:
        return []
    pattern = re.compile(rb'<c(?=[^>]*\ss="(?:%s)")[^>]*\sr="([A-Z]{1,3})(\d+)"' % "|".join(styles).encode())
    return [(int(found[2]), column_of(found[1].decode())) for found in pattern.finditer(body)]


def _has_details(archive: zipfile.ZipFile, member: str) -> bool:
    """Whether the sheet holds formulas or hides something."""
    with archive.open(member) as stream:
        before = stream.read(_HEAD)
        if _DOCTYPE in before:
            raise ValueError
        while piece := stream.read(_PIECE):
            looked_at = before + piece
            if any(mark in looked_at for mark in _MARKS):
                return True
            before = piece[-_OVERLAP:]
        return any(mark in before for mark in _MARKS)


def _book(archive: zipfile.ZipFile, parts: tuple[str, ...]) -> _BookXml:
    book, names = _BookXml(), set(archive.namelist())
    for member in parts:
        if member in names:
            _parser(book).Parse(archive.read(member), True)
    return book


def _members(archive: zipfile.ZipFile, book: _BookXml) -> Iterator[tuple[str, str]]:
    names = set(archive.namelist())
    for sheet, relation in book.sheets.items():
        target = book.targets.get(relation, "").removeprefix("/xl/").removeprefix("xl/")
        if f"xl/{target}" in names:
            yield sheet, f"xl/{target}"


_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")


def sheet_members(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Name of each sheet and of the part in which it lies."""
    return list(_members(archive, _book(archive, _PARTS)))


@dataclass(frozen=True)
class Book:
    """What holds for the whole workbook."""

    members: dict[str, str]
    """Name of each sheet → the part in which it lies."""
    percent_styles: list[str]
    date1904: bool
    has_macros: bool


def scan(path: Path) -> Book:
    """What the parts beside the sheets say."""
    with zipfile.ZipFile(path) as archive:
        book = _book(archive, (*_PARTS, "xl/styles.xml"))
        has_macros = "xl/vbaProject.bin" in archive.namelist()
        return Book(dict(_members(archive, book)), book.percent_styles, book.date1904, has_macros)


def scan_sheet(path: Path, name: str, book: Book) -> SheetScan:
    """Details of one sheet; most have none, and are only looked through piece by piece."""
    handler = _SheetXml()
    if name not in book.members:
        return handler
    with zipfile.ZipFile(path) as archive:
        member = book.members[name]
        if not book.percent_styles and not _has_details(archive, member):
            return handler
        body = archive.read(member)
    if _DOCTYPE in body[:_HEAD]:
        raise ValueError
    handler.percents = _percents(body, book.percent_styles)
    if any(mark in body for mark in _MARKS):
        _parser(handler).Parse(body, True)
    return handler
