"""What calamine does not tell of an old workbook (.xls, .et): read from the BIFF records themselves.

Data in: the bytes of an OLE file. Data out: :class:`Scan`: date system, code page and where it stands, macros, and for
each sheet hidden rows or columns, formulas without a stored value, cells shown as per cent.
Not here: values of cells (calamine). Like :mod:`excel_child`, which uses it, the file needs the library only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA
_HEADER_FATS = 109
_SECTOR_BITS = (9, 12)
"""Sectors have 512 or 4096 bytes."""
_SHORT_SECTOR = 64
_BOF, _EOF, _CODEPAGE, _DATE1904, _BOUNDSHEET = 0x0809, 0x000A, 0x0042, 0x0022, 0x0085
_FILEPASS = 0x002F
_FORMAT, _XF, _ROW, _COLINFO = 0x041E, 0x00E0, 0x0208, 0x007D
_NUMBER, _RK, _MULRK, _FORMULA = 0x0203, 0x027E, 0x00BD, 0x0006
_NUMBERS = frozenset((_NUMBER, _RK, _FORMULA))
_FILLED = _NUMBERS | {0x0204, 0x00FD, 0x00D6, 0x0205}
"""Besides numbers: texts in three forms, and booleans with errors."""
_BUILT_IN_PERCENT = frozenset((9, 10))
_BIFF5 = 0x0500
_STRING, _BEFORE_STRING = 0x0207, frozenset((0x04BC, 0x0221, 0x0236))
"""The text that a formula gave stands in a record of its own; shared, array and table formulas stand before it."""
_NO_NUMBER, _TEXT = 0xFFFF, 0
_ROW_HIDDEN, _COLUMN_HIDDEN = 0x20, 0x01


@dataclass
class SheetScan:
    """One sheet; places are (row from 1, column from 0)."""

    is_hiding: bool = False
    """Something stands in a hidden row or column."""
    unstored: list[tuple[int, int]] = field(default_factory=list)
    percents: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Scan:
    """One workbook."""

    sheets: list[SheetScan] = field(default_factory=list)
    is_biff5: bool = False
    date1904: bool = False
    codepage: int = 0
    codepage_at: int | None = None
    """Offset of the code page's number in the file."""
    has_macros: bool = False
    is_encrypted: bool = False


class _Ole:
    """The streams of an OLE file, by sector chains."""

    def __init__(self, body: bytes) -> None:
        if not body.startswith(_MAGIC):
            raise ValueError
        self.body = body
        bits = struct.unpack_from("<H", body, 30)[0]
        if bits not in _SECTOR_BITS:
            raise ValueError
        self.size: int = 1 << bits
        self.fat = self._read_fat()
        self.short_below, first_short = struct.unpack_from("<II", body, 56)
        self.short_fat = [number for sector in self.chain(first_short) for number in self._numbers(sector)]

    def _read_fat(self) -> list[int]:
        sectors = [s for s in struct.unpack_from(f"<{_HEADER_FATS}I", self.body, 76) if s < _LAST_SECTOR]
        following = struct.unpack_from("<I", self.body, 68)[0]
        most = len(self.body) // self.size
        for _ in range(most):  # a list that leads back to itself ends here
            if following >= _LAST_SECTOR or len(sectors) >= most:
                break
            listed = self._numbers(following)
            sectors += [s for s in listed[:-1] if s < _LAST_SECTOR]
            following = listed[-1]
        return [number for sector in sectors for number in self._numbers(sector)]

    def _numbers(self, sector: int) -> tuple[int, ...]:
        """A sector that lists sectors."""
        return struct.unpack_from(f"<{self.size // 4}I", self.body, self._at(sector))

    def _at(self, sector: int) -> int:
        return (sector + 1) * self.size

    def chain(self, sector: int) -> list[int]:
        """Sectors of one stream."""
        return _chain(self.fat, sector)

    def entries(self) -> Iterator[tuple[str, int, int]]:
        """Name, first sector and size of every entry."""
        for sector in self.chain(struct.unpack_from("<I", self.body, 48)[0]):
            for place in range(self._at(sector), self._at(sector) + self.size, 128):
                length = struct.unpack_from("<H", self.body, place + 64)[0]
                name = self.body[place : place + max(0, length - 2)].decode("utf-16-le", "replace")
                first, size = struct.unpack_from("<II", self.body, place + 116)
                if name:
                    yield name, first, size

    def stream(self, first: int, size: int) -> tuple[bytes, list[int], int]:
        """The bytes of a stream, the offset of each of its sectors in the file, and how many bytes these have.

        A short stream lies in sectors of its own kind, within the stream of the root.
        """
        each = self.size
        if size >= self.short_below:
            offsets = [self._at(sector) for sector in self.chain(first)]
        else:
            each = _SHORT_SECTOR
            root = next(start for _, start, _ in self.entries())
            whole = [self._at(sector) for sector in self.chain(root)]
            places = [number * each for number in _chain(self.short_fat, first)]
            offsets = [whole[at // self.size] + at % self.size for at in places]
        return b"".join(self.body[at : at + each] for at in offsets)[:size], offsets, each


def _chain(following: list[int], number: int) -> list[int]:
    """Numbers that lead from one to the next; a loop ends them."""
    found: list[int] = []
    while number < len(following) and len(found) <= len(following):
        found.append(number)
        number = following[number]
    return found


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, start and size of every record."""
    place, end = 0, len(stream) - 4
    while place <= end:
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == 0 and size == 0:
            return
        yield kind, place + 4, size
        place += 4 + size


class _Reader:
    """Walks through the records of a workbook stream."""

    def __init__(self, stream: bytes, scan: Scan) -> None:
        self.stream = stream
        self.scan = scan
        self.by_start: dict[int, SheetScan] = {}
        self.sheet: SheetScan | None = None
        self.percent_formats = set(_BUILT_IN_PERCENT)
        self.styles: list[int] = []
        self.awaiting: tuple[int, int] | None = None
        """A formula whose text should follow."""
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()

    def read(self) -> int | None:
        """Fill the scan; returns where the code page stands in the stream."""
        at = None
        for kind, start, size in _records(self.stream):
            self._look_for_text(kind)
            if kind == _BOF:
                self.scan.is_biff5 = self.scan.is_biff5 or self._short(start) == _BIFF5
                self.sheet = self.by_start.get(start - 4, self.sheet)
                self.hidden_rows, self.hidden_columns = set(), set()
            elif kind == _FILEPASS:
                self.scan.is_encrypted = True
                return None
            elif kind == _CODEPAGE:
                at, self.scan.codepage = start, self._short(start)
            elif kind == _DATE1904:
                self.scan.date1904 = self._short(start) == 1
            elif kind == _BOUNDSHEET:
                sheet = SheetScan()
                self.scan.sheets.append(sheet)
                self.by_start[struct.unpack_from("<I", self.stream, start)[0]] = sheet
            elif kind == _FORMAT and b"%" in self.stream[start + 2 : start + size]:
                self.percent_formats.add(self._short(start))
            elif kind == _XF:
                self.styles.append(self._short(start + 2))
            elif self.sheet is not None:
                self._cell(self.sheet, kind, start, size)
        return at

    def _short(self, place: int) -> int:
        return int(struct.unpack_from("<H", self.stream, place)[0])

    def _look_for_text(self, kind: int) -> None:
        """A formula that gave a text and is not followed by it has no stored value."""
        if self.awaiting is None or kind in _BEFORE_STRING:
            return
        if kind != _STRING and self.sheet is not None:
            self.sheet.unstored.append(self.awaiting)
        self.awaiting = None

    def _cell(self, sheet: SheetScan, kind: int, start: int, size: int) -> None:
        if kind in _FILLED:
            row, column, style = struct.unpack_from("<HHH", self.stream, start)
            sheet.is_hiding = sheet.is_hiding or row in self.hidden_rows or column in self.hidden_columns
            if kind in _NUMBERS and self._is_percent(style):
                sheet.percents.append((row + 1, column))
            if kind == _FORMULA and self._short(start + 12) == _NO_NUMBER and self.stream[start + 6] == _TEXT:
                self.awaiting = (row + 1, column)
        elif kind == _MULRK:
            row, first = struct.unpack_from("<HH", self.stream, start)
            columns = range(first, first + (size - 6) // 6)
            sheet.is_hiding = sheet.is_hiding or row in self.hidden_rows or not self.hidden_columns.isdisjoint(columns)
            for number, column in enumerate(columns):
                if self._is_percent(self._short(start + 4 + 6 * number)):
                    sheet.percents.append((row + 1, column))
        elif kind == _ROW and self._short(start + 12) & _ROW_HIDDEN:
            self.hidden_rows.add(self._short(start))
        elif kind == _COLINFO and self._short(start + 8) & _COLUMN_HIDDEN:
            self.hidden_columns |= set(range(self._short(start), self._short(start + 2) + 1))

    def _is_percent(self, style: int) -> bool:
        return style < len(self.styles) and self.styles[style] in self.percent_formats


def scan(body: bytes) -> Scan:
    """What the records say; ValueError or struct.error where they cannot be followed."""
    ole, found = _Ole(body), Scan()
    entries = list(ole.entries())
    found.has_macros = any(name in ("_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA") for name, _, _ in entries)
    first, size = next((first, size) for name, first, size in entries if name in ("Workbook", "Book"))
    stream, offsets, each = ole.stream(first, size)
    at = _Reader(stream, found).read()
    if at is not None:
        found.codepage_at = offsets[at // each] + at % each
    return found
