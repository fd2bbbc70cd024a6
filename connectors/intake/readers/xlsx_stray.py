"""Cells far from a table in which nobody sees anything: a blank typed into the last column, a text that is empty.

Data in: the path of a zip with a workbook. Data out: the workbook without such cells, where a sheet says that it
reaches far; where it still does, up to which row and column. calamine lays a sheet out from its first to its last
cell, so that one blank in the far corner would take all memory.
Not here: what a cell holds (calamine). Like :mod:`excel_child`, which uses it, the file needs the library only.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.intake.readers import xlsx_scan
else:  # beside this file, see excel_child
    import xlsx_scan

MAX_CELLS = 80_000_000
"""Cells from the first to the last one of a sheet, blank ones between them included."""
_FAR_LETTERS = 3
_HEAD = 4096
_DIMENSION = re.compile(rb'<dimension\s[^>]*?ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
_CELL = re.compile(rb"<c(?=[\s/>])([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_TYPE = re.compile(rb'\st="(\w+)"')
_PLACE = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"')
_TEXT = re.compile(rb"<t(?=[\s>])[^>]*?(?<!/)>(.*?)</t>", re.DOTALL)
_VALUE = re.compile(rb"<v(?=[\s>])[^>]*?(?<!/)>(.*?)</v>", re.DOTALL)
_STRING = re.compile(rb"<si(?=[\s/>])[^>]*?(?:/>|>(.*?)</si>)", re.DOTALL)


@dataclass
class Strays:
    """What was found: the workbook without them (None: as it is), and the sheets that are too large all the same."""

    book: io.BytesIO | None = None
    changed: frozenset[str] = frozenset()
    """Parts of the sheets that had some."""
    far: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name of a sheet → row and number of columns up to which it reaches."""


@dataclass
class _Extent:
    """First and last cell in which something stands; rows from 1, columns from 0."""

    rows: tuple[int, int] | None = None
    columns: tuple[int, int] | None = None

    def add(self, row: int, column: int) -> None:
        top, bottom = self.rows or (row, row)
        left, right = self.columns or (column, column)
        self.rows = (min(top, row), max(bottom, row))
        self.columns = (min(left, column), max(right, column))

    def cells(self) -> int:
        if self.rows is None or self.columns is None:
            return 0
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)


def look(path: Path) -> Strays:
    """Find the sheets that say they reach far; the others are not looked through."""
    found, changed = Strays(), {}
    with zipfile.ZipFile(path) as archive:
        suspects = [(name, member) for name, member in xlsx_scan.sheet_members(archive) if _is_far(archive, member)]
        blanks = _blank_strings(archive) if suspects else frozenset()
        for name, member in suspects:
            extent, body = _Extent(), archive.read(member)
            kept = b"".join(_kept(body, blanks, extent))
            if len(kept) < len(body):
                changed[member] = kept
            if extent.cells() > MAX_CELLS and extent.rows and extent.columns:
                found.far[name] = (extent.rows[1], extent.columns[1] + 1)
        if changed:
            found.book, found.changed = _rewritten(archive, changed), frozenset(changed)
    return found


def _is_far(archive: zipfile.ZipFile, member: str) -> bool:
    with archive.open(member) as stream:
        said = _DIMENSION.search(stream.read(_HEAD))
    if said is None:
        return False
    columns = xlsx_scan.column_of(said[1].decode()) + 1
    return len(said[1]) >= _FAR_LETTERS or columns * int(said[2]) > MAX_CELLS


def _blank_strings(archive: zipfile.ZipFile) -> frozenset[bytes]:
    """Places, as cells name them, of the shared strings in which nothing is to be seen."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return frozenset()
    strings = _STRING.finditer(archive.read("xl/sharedStrings.xml"))
    return frozenset(str(place).encode() for place, found in enumerate(strings) if _is_blank(found[1] or b""))


def _is_blank(texts: bytes) -> bool:
    return not any(text.decode("utf-8", "replace").strip() for text in _TEXT.findall(texts))


def _kept(body: bytes, blanks: frozenset[bytes], extent: _Extent) -> Iterator[bytes]:
    """The sheet without its blank texts; what stands in the other cells is not changed by a byte."""
    at = 0
    for cell in _CELL.finditer(body):
        attributes, content = cell[1], cell[2] or b""
        kind = _TYPE.search(attributes)
        value = _VALUE.search(content)
        if kind is not None and kind[1] == b"s":
            is_blank = value is not None and value[1].strip() in blanks
        elif kind is not None and kind[1] == b"inlineStr":
            is_blank = _is_blank(content)
        else:
            is_blank = False
        if is_blank:
            yield body[at : cell.start()]
            at = cell.end()
        elif (value is not None or b"<is" in content) and (place := _PLACE.search(attributes)):
            extent.add(int(place[2]), xlsx_scan.column_of(place[1].decode()))
    yield body[at:]


def _rewritten(archive: zipfile.ZipFile, changed: dict[str, bytes]) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as box:
        for name in dict.fromkeys(archive.namelist()):
            box.writestr(name, changed[name] if name in changed else archive.read(name))
    target.seek(0)
    return target
