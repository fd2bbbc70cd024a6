"""Workbooks as departments send them, whole, odd and broken: xlsx, and the old xls of Excel and WPS.

Data in: nothing; the files are made here, from the clean example of the medical roster. Data out: the files.
Not here: bombs (hostile.py), whether they are read as stated (sent.py), random bytes changed (hostile.py).
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.builders.biff import Number, build_biff
from tests.integration.intake_bench import example, to_csv, to_xlsx
from tests.torture.sent import MEDICAL, Sent

_ROWS = example(MEDICAL)
_NAMES = tuple(row[3] for row in _ROWS[1:])
_PAID = ("2020-02-20", None, "2020-01-15")
_PAID_AT = _ROWS[0].index("缴费时间")
_DAY_1904, _DAY_1900 = dt.date(1904, 1, 1), dt.date(1899, 12, 30)
_SHEET, _STRINGS, _BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
_MANY_ROWS = 400_000
Dress = Mapping[str, Any]


def _dated() -> list[list[Any]]:
    """The rows with real dates."""
    return [_ROWS[0]] + [
        [dt.date.fromisoformat(cell) if cell and place == _PAID_AT else cell for place, cell in enumerate(row)]
        for row in _ROWS[1:]
    ]


def _members(body: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The archive with members replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as box:
        for name in [*source.namelist(), *(name for name in changes if name not in source.namelist())]:
            content = changes.get(name, source.read(name) if name in source.namelist() else None)
            if content is not None:
                box.writestr(name, content)
    return target.getvalue()


def _edited(body: bytes, member: str, pattern: str, becomes: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as box:
        text = box.read(member).decode()
    changed = re.sub(pattern, becomes, text, count=1)
    if changed == text:
        raise ValueError(f"{member} holds no {pattern}")
    return _members(body, {member: changed.encode()})


def _lying(body: bytes) -> bytes:
    """The directory of the archive says that the sheet is one byte long."""
    place = body.rindex(_SHEET.encode()) - 46
    return body[: place + 24] + struct.pack("<I", 1) + body[place + 28 :]


def _locked(body: bytes) -> bytes:
    """The directory says that every member is encrypted."""
    changed = bytearray(body)
    for found in re.finditer(re.escape(b"PK\x01\x02"), body):
        changed[found.start() + 8] |= 1
    return bytes(changed)


def _hidden(body_sheet: str, how: str) -> bytes:
    def dress(_: Any, sheets: Dress) -> None:
        getattr(sheets[body_sheet], how)()

    return to_xlsx({"Sheet1": _ROWS, body_sheet: _ROWS}, dress)


def _merged() -> bytes:
    top = [["测试县2020年医保参保名单", *[""] * 11], *_ROWS]

    def dress(book: Any, sheets: Dress) -> None:
        sheets["Sheet1"].merge_range("A1:L1", top[0][0], book.add_format({}))

    return to_xlsx({"Sheet1": top}, dress)


def workbooks() -> list[Sent]:
    """Twenty-two xlsx; the ten bombs come on top."""
    plain, dated = to_xlsx({"Sheet1": _ROWS}), to_xlsx({"Sheet1": _dated()})
    empty = "".join(f'<row r="{number}"><c r="A{number}" s="1"/></row>' for number in range(5, _MANY_ROWS))
    link = b'<?xml version="1.0"?><externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    exact = {
        "as it should be": plain,
        "with macros": _members(plain, {"xl/vbaProject.bin": b"\xd0\xcf" + bytes(900)}),
        "a link to another workbook": _members(plain, {"xl/externalLinks/externalLink1.xml": link}),
        "a hidden sheet": _hidden("旧", "hide"),
        "a sheet hidden deeply": _hidden("旧", "very_hidden"),
        "a merged title": _merged(),
        "an empty sheet before": to_xlsx({"空": [], "Sheet1": _ROWS}),
        "four hundred thousand empty rows": _edited(plain, _SHEET, "</sheetData>", f"{empty}</sheetData>"),
        "a dimension too small": _edited(plain, _SHEET, r'<dimension ref="[^"]*"', '<dimension ref="A1"'),
        "a dimension too large": _edited(plain, _SHEET, r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"'),
        "no dimension": _edited(plain, _SHEET, r"<dimension [^>]*/>", ""),
        "members that climb": _members(plain, {"../../climbed.txt": b"x", "/absolute.txt": b"x"}),
        "text in the cells": to_xlsx({"Sheet1": _ROWS}, in_memory=True, constant_memory=True),
    }
    either = {
        "four thousand million strings": _edited(plain, _STRINGS, r'uniqueCount="\d+"', 'uniqueCount="4294967295"'),
        "sizes that lie": _lying(plain),
        "a document type": _edited(plain, _SHEET, r"<worksheet", '<!DOCTYPE x [<!ENTITY y "z">]><worksheet'),
        "an entity from the network": _edited(
            plain, _BOOK, r"<workbook", '<!DOCTYPE x [<!ENTITY y SYSTEM "http://127.0.0.1:9/">]><workbook'
        ),
    }
    return [
        *(Sent(what, body, names=_NAMES) for what, body in exact.items()),
        *(Sent(what, body, names=_NAMES, code="F_CORRUPT", is_either=True) for what, body in either.items()),
        Sent("dates", dated, names=_NAMES, values={"paid_on": _PAID}),
        Sent("dates from 1904", to_xlsx({"Sheet1": _dated()}, date_1904=True), names=_NAMES, values={"paid_on": _PAID}),
        Sent("a password on the file", _CFB + "EncryptedPackage".encode("utf-16-le"), code="F_ENCRYPTED"),
        Sent("a password on the members", _locked(plain), code="F_ENCRYPTED"),
        Sent("no sheet in it", _members(plain, {_SHEET: None}), code="F_CORRUPT"),
    ]


def old_workbooks() -> list[Sent]:
    """Sixteen files that are, or are called, xls."""
    plain = build_biff([("Sheet1", _ROWS, True)])
    day = _ROWS.copy()
    day[1] = [*day[1]]
    day[1][_PAID_AT] = Number((dt.date(2020, 2, 20) - _DAY_1904).days, "yyyy-mm-dd")  # type: ignore[call-overload]
    fat = 512
    exact = {
        "of Excel 97": plain,
        "of Excel 95": build_biff([("Sheet1", _ROWS, True)], version=5),
        "a hidden sheet": build_biff([("Sheet1", _ROWS, True), ("旧", _ROWS, False)]),
        "a table in text": to_csv(_ROWS, "gb18030"),
        "tabs in UTF-16": to_csv(_ROWS, "utf-16", "\t"),
    }
    either = {
        "a chain that bites its tail": _packed(plain, fat + 4 * 3, 3),
        "a chain that leads nowhere": _packed(plain, fat + 4 * 3, 0x00FFFFFF),
        "cut off in the middle": plain[: len(plain) // 2],
        "cut off behind its head": plain[:600],
        "sectors of absurd size": plain[:30] + struct.pack("<H", 31) + plain[32:],
        "a directory outside": _packed(plain, 48, 0x00FFFFF0),
        "a stream of four gigabytes": plain.replace(
            struct.pack("<IQ", 2, _stream_size(plain)), b"\x02\0\0\0" + b"\xff" * 8
        ),
        "a record beyond the end": _packed(plain, plain.index(b"\x04\x02", 1536) + 2, 0xFFFF, "<H"),
    }
    web = b"<html><table><tr><td>1</td></tr></table></html>"
    first = (*_PAID[:1], *_PAID[1:])
    return [
        *(Sent(what, body, names=_NAMES) for what, body in exact.items()),
        *(Sent(what, body, names=_NAMES, code="F_CORRUPT", is_either=True) for what, body in either.items()),
        Sent("days from 1904", build_biff([("S", day, True)], date1904=True), names=_NAMES, values={"paid_on": first}),
        Sent("a web page", web, code="F_TYPE"),
        Sent("a password", build_biff([("Sheet1", _ROWS, True)], is_encrypted=True), code="F_ENCRYPTED"),
    ]


def _packed(body: bytes, place: int, number: int, form: str = "<I") -> bytes:
    return body[:place] + struct.pack(form, number) + body[place + struct.calcsize(form) :]


def _stream_size(body: bytes) -> int:
    at = body.index("Workbook".encode("utf-16-le"))
    return int(struct.unpack("<Q", body[at + 120 : at + 128])[0])
