"""Writes old workbooks byte by byte: BIFF8 (Excel 97–2003, also what WPS saves as .et) and BIFF5 (Excel 5.0/95).

Data in: sheets of texts and numbers. Data out: the bytes of an OLE file with one stream of BIFF records.
Not here: fonts, colours, formulas that are computed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SECTOR = 512
_END, _FREE, _FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SMALLEST_STREAM = 4096
_SHORT = 64
_GBK = 936


@dataclass(frozen=True)
class Number:
    """A numeric cell with its number format."""

    value: float
    style: str = "General"


@dataclass(frozen=True)
class Formula:
    """A formula cell: its stored number, an error such as ``#N/A``, an empty text, or nothing stored (None)."""

    stored: float | str | None
    style: str = "General"


Cell = str | Number | Formula | None
Sheet = tuple[str, Sequence[Sequence[Cell]], bool]
"""Name, rows, is visible."""
_ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _short(text: str, version: int) -> bytes:
    """A text with a length of one byte: sheet names, formats in BIFF5."""
    if version == 8:
        return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")
    raw = text.encode("gbk")
    return struct.pack("<B", len(raw)) + raw


def _long(text: str, version: int) -> bytes:
    """A text with a length of two bytes."""
    if version == 8:
        wide = text.encode("utf-16-le")
        return struct.pack("<HB", len(wide) // 2, 1) + wide
    raw = text.encode("gbk")
    return struct.pack("<H", len(raw)) + raw


def _bof(version: int, kind: int) -> bytes:
    if version == 8:
        return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))
    return _record(0x0809, struct.pack("<HHHH", 0x0500, kind, 0x0DBB, 0x07CC))


def _formats(styles: Sequence[str], version: int) -> bytes:
    """One FORMAT and one XF for each style, General first."""
    out = b""
    for number, style in enumerate(styles):
        body = struct.pack("<H", 164 + number)
        out += _record(0x041E, body + (_long(style, 8) if version == 8 else _short(style, version)))
    for number in range(len(styles)):
        size = 20 if version == 8 else 16
        out += _record(0x00E0, struct.pack("<HHH", 0, 164 + number, 1) + bytes(size - 6))
    return out


def _formula(row: int, column: int, style: int, cell: Formula) -> bytes:
    if cell.stored is None:  # a text, it says, but none follows
        result = struct.pack("<BBHHH", 0, 0, 0, 0, 0xFFFF)
    elif cell.stored == "":
        result = struct.pack("<BBHHH", 3, 0, 0, 0, 0xFFFF)
    elif isinstance(cell.stored, str):
        result = struct.pack("<BBBBHH", 2, 0, _ERRORS[cell.stored], 0, 0, 0xFFFF)
    else:
        result = struct.pack("<d", cell.stored)
    tokens = b"\x1e\x01\x00"
    head = struct.pack("<HHH", row, column, style) + result
    return _record(0x0006, head + struct.pack("<HIH", 0, 0, len(tokens)) + tokens)


def _cell(row: int, column: int, cell: Cell, styles: Sequence[str], version: int) -> bytes:
    if cell is None:
        return b""
    if isinstance(cell, Formula):
        return _formula(row, column, styles.index(cell.style), cell)
    if isinstance(cell, Number):
        return _record(0x0203, struct.pack("<HHHd", row, column, styles.index(cell.style), cell.value))
    return _record(0x0204, struct.pack("<HHH", row, column, 0) + _long(cell, version))


def _sheet(
    rows: Sequence[Sequence[Cell]], styles: Sequence[str], version: int, merged: Sequence[tuple[int, int, int, int]]
) -> bytes:
    width = max((len(row) for row in rows), default=0)
    out = _bof(version, 0x0010)
    if version == 8:
        out += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    else:
        out += _record(0x0200, struct.pack("<HHHHH", 0, len(rows), 0, width, 0))
    for r, row in enumerate(rows):
        out += b"".join(_cell(r, c, cell, styles, version) for c, cell in enumerate(row))
    if merged and version == 8:
        out += _record(0x00E5, struct.pack("<H", len(merged)) + b"".join(struct.pack("<HHHH", *m) for m in merged))
    return out + _record(0x000A, b"")


def build_biff(
    sheets: Sequence[Sheet],
    *,
    version: int = 8,
    date1904: bool = False,
    is_encrypted: bool = False,
    is_short: bool = False,
    merged: Mapping[str, Sequence[tuple[int, int, int, int]]] | None = None,
) -> bytes:
    """The bytes of a workbook.

    Args:
        sheets: name, rows, is visible.
        version: 8 or 5.
        date1904: days are counted from 1904.
        is_encrypted: a FILEPASS record says that what follows is encrypted.
        is_short: the stream lies among the short ones, where LibreOffice puts a list of a few rows.
        merged: sheet → (first row, last row, first column, last column) from 0; BIFF8 only.
    """
    used = {cell.style for _, rows, _ in sheets for row in rows for cell in row if isinstance(cell, Number | Formula)}
    styles = ["General", *sorted(used - {"General"})]
    bodies = [_sheet(rows, styles, version, (merged or {}).get(name, ())) for name, rows, _ in sheets]
    head = _bof(version, 0x0005)
    if is_encrypted:
        head += _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    head += _record(0x0042, struct.pack("<H", 1200 if version == 8 else _GBK))
    head += _record(0x0022, struct.pack("<H", int(date1904))) + _formats(styles, version)
    names = [struct.pack("<BB", 0 if visible else 1, 0) + _short(name, version) for name, _, visible in sheets]
    place = len(head) + sum(4 + 4 + len(name) for name in names) + 4
    bounds = b""
    for name, body in zip(names, bodies, strict=True):
        bounds += _record(0x0085, struct.pack("<I", place) + name)
        place += len(body)
    stream = head + bounds + _record(0x000A, b"") + b"".join(bodies)
    return _ole("Workbook" if version == 8 else "Book", stream, is_short=is_short)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    head = wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide), kind, 1) + struct.pack("<III", _FREE, _FREE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _ole(name: str, stream: bytes, *, is_short: bool = False) -> bytes:
    """One stream in an OLE container, made large enough to need no short sectors unless it shall lie in them."""
    size = len(stream) if is_short else max(len(stream), _SMALLEST_STREAM)
    if is_short and size >= _SMALLEST_STREAM:
        raise ValueError("the stream is too long")
    data = -(-size // _SECTOR)
    fats = 1
    while fats * 128 < data + 2 + fats:
        fats += 1
    chain = [_FAT_SECTOR] * fats + [_END]
    first = fats + 1
    chain += [first + number + 1 for number in range(data - 1)] + [_END]
    shorts = -(-size // _SHORT) if is_short else 0
    short_fat = struct.pack(f"<{shorts}I", *range(1, shorts), _END) if shorts else b""
    chain += [_END] if is_short else []
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(fats * _SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIII", 0, fats, fats, 0, _SMALLEST_STREAM)
    header += struct.pack("<IIII", first + data if is_short else _END, int(is_short), _END, 0)
    header += struct.pack("<109I", *[*range(fats), *[_FREE] * (109 - fats)])
    root = _entry("Root Entry", 5, 1, first if is_short else _END, shorts * _SHORT)
    folder = root + _entry(name, 2, _FREE, 0 if is_short else first, size) + bytes(256)
    body = header + fat + folder + stream.ljust(data * _SECTOR, b"\0")
    return body + short_fat.ljust(_SECTOR, b"\xff") if is_short else body
