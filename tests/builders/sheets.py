"""Workbooks with every kind of cell at random places, and workbooks whose sheet is written by hand.

Data in: a seed, or the XML between ``<sheetData>`` and its end. Data out: bytes of an xlsx.
Not here: what a department's table looks like (tests/corpus).
"""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache

import openpyxl
import xlsxwriter

TEXTS = (
    "张三", "a", "", " ", "\u3000", " x", "x ", "a&b", "<b>", "line\nbreak", "tab\t", "_x0041_", "é", "“引”", "①",
    "x_y", "一个很长的文字" * 6, "61009919530", "\u00a0", "007", "'q'", 'a"b', "x\r\ny", "\u2003", "=1",
)  # fmt: skip
NUMBERS = (0, 1, 12, -3, 1.5, 0.1, 123456789012345, 1234567890123456, 1e20, 1e-7, 44000, 43831.5, 12.50, 1 / 3, 100)
SHEET = "xl/worksheets/sheet1.xml"
_SPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KINDS = "tttttnnndpb..s"


def _kinds(pick: random.Random) -> list[list[str]]:
    height, width = pick.randint(1, 60), pick.randint(1, 30)
    return [[pick.choice(_KINDS) for _ in range(width)] for _ in range(height)]


def random_book(seed: int) -> bytes:
    """By xlsxwriter with shared or with inline texts, or by openpyxl."""
    pick = random.Random(seed)
    target = io.BytesIO()
    if seed % 3 == 2:
        _by_openpyxl(pick, target)
    else:
        _by_xlsxwriter(pick, target, inline=seed % 3 == 1)
    return target.getvalue()


def _by_xlsxwriter(pick: random.Random, target: io.BytesIO, *, inline: bool) -> None:
    with xlsxwriter.Workbook(target, {"constant_memory": inline, "date_1904": pick.random() < 0.2}) as book:
        sheet = book.add_worksheet("表")
        plain, days, share = book.add_format({"bold": 1}), book.add_format({"num_format": "yyyy-mm-dd"}), None
        if pick.random() < 0.5:
            share = book.add_format({"num_format": "0.00%"})
        top, left = pick.randint(0, 2), pick.randint(0, 1)
        for row, kinds in enumerate(_kinds(pick), start=top):
            for column, kind in enumerate(kinds, start=left):
                if kind == "t":
                    sheet.write_string(row, column, pick.choice(TEXTS), pick.choice([None, plain]))
                elif kind in "np":
                    sheet.write_number(row, column, pick.choice(NUMBERS), share if kind == "p" else plain)
                elif kind == "d":
                    day = dt.datetime(2020, 1, pick.randint(1, 28), pick.choice([0, 5]))  # noqa: DTZ001 - a cell has none
                    sheet.write_datetime(row, column, day, days)
                elif kind == "b":
                    sheet.write_boolean(row, column, pick.random() < 0.5)
                elif kind == "s":
                    sheet.write_blank(row, column, None, plain)
        if not inline and pick.random() < 0.5:
            sheet.merge_range(0, 0, 0, 3, "标题")
            sheet.merge_range(1, 1, 3, 1, pick.choice(["合并", ""]))


def _by_openpyxl(pick: random.Random, target: io.BytesIO) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    values = {"t": TEXTS[:-1], "n": NUMBERS, "p": NUMBERS, "b": (True, False), "d": (dt.date(2020, 1, 5),)}
    for row, kinds in enumerate(_kinds(pick), start=1):
        for column, kind in enumerate(kinds, start=1):
            if kind in values:
                cell = sheet.cell(row, column, pick.choice(values[kind]))
                if kind == "p":
                    cell.number_format = "0%"
    if pick.random() < 0.5:
        sheet.merge_cells("B2:B4")
    book.save(target)


@cache
def _empty() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet("表").write_string(0, 0, "甲")
    return made.getvalue()


def rows_of(book: bytes) -> bytes:
    """What stands in ``<sheetData>`` of the first sheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as box:
        body = box.read(SHEET)
    return body.partition(b"<sheetData>")[2].partition(b"</sheetData>")[0]


def book_with(
    rows: bytes,
    head: bytes = b"",
    tail: bytes = b"",
    *,
    first: bytes | None = None,
    styles: Sequence[str] = (),
    texts: Sequence[bytes] = (),
) -> bytes:
    """A workbook whose first sheet has these rows.

    Args:
        rows: what stands in ``<sheetData>``.
        head: what stands before it.
        tail: what stands behind it.
        first: the sheet's first line.
        styles: the number format of each style; those of an empty workbook, if none is given.
        texts: the shared strings, likewise.
    """
    line = first if first is not None else b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    body = b"".join(
        [
            line,
            b'\n<worksheet xmlns="',
            _SPACE,
            b'">',
            head,
            b"<sheetData>",
            rows,
            b"</sheetData>",
            tail,
            b"</worksheet>",
        ]
    )
    changed = {SHEET: body}
    if styles:
        formats = b"".join(b'<xf numFmtId="%b"/>' % number.encode() for number in styles)
        changed["xl/styles.xml"] = b'<styleSheet xmlns="%b"><cellXfs>%b</cellXfs></styleSheet>' % (_SPACE, formats)
    if texts:
        strings = b"".join(b"<si><t>%b</t></si>" % text for text in texts)
        changed["xl/sharedStrings.xml"] = b'<sst xmlns="%b">%b</sst>' % (_SPACE, strings)
    return _with_parts(_empty(), changed)


def renamed(book: bytes, part: str, name: str) -> bytes:
    """A workbook one part of which has another name."""
    return _with_parts(book, {}, {part: name})


def _with_parts(book: bytes, changed: Mapping[str, bytes], names: Mapping[str, str] | None = None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as box, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in box.namelist():
            made.writestr((names or {}).get(name, name), changed.get(name) or box.read(name))
    return target.getvalue()
