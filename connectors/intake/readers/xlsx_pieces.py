"""The XML of a large sheet as a stream of whole rows: one piece after the other, never all of it at once.

Data in: a zip with a workbook, the part of a sheet. Data out: pieces of bytes from ``<row`` to ``</row>``, and what
stands before and behind them.
Not here: what is in a row (:mod:`xlsx_cells`). Like :mod:`excel_child`, the file needs the library only.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from connectors.intake.readers.xlsx_scan import column_of
else:  # beside this file, see excel_child
    from xlsx_scan import column_of

PIECE = 4 << 20
_MOST_AROUND = 64 << 20
"""Bytes before or behind the rows: column widths, merged regions, rules."""
_BEGIN, _ROW_END, _END = b"<sheetData>", b"</row>", b"</sheetData>"
_XML = (b"<?xml ", b"<worksheet ", b"<sst ")
_ENCODING = re.compile(rb"^<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})" ?/>')


class NotPlainError(Exception):
    """The sheet is written in a way that only a whole parser reads; the message says which."""


def check_head(head: bytes) -> None:
    """What stands before the content: no declarations, no letters but UTF-8."""
    said = _ENCODING.match(head)
    if b"<!" in head or not head.startswith(_XML) or (said is not None and said[1].lower() != b"utf-8"):
        raise NotPlainError("head")


def check_frame(frame: bytes) -> None:
    """What stands around the content, without it."""
    try:
        expat.ParserCreate().Parse(frame, True)
    except (expat.ExpatError, ValueError, LookupError):  # the latter two of letters of another set
        raise NotPlainError("frame") from None


def cut(body: bytes, first: int, last: int, end: bytes) -> Iterator[bytes]:
    """What stands from ``first`` to ``last`` in pieces, each up to an ``end``."""
    while first < last:
        found = body.rfind(end, first, min(first + PIECE, last))
        found = found if found >= 0 else body.find(end, first, last)
        stop = found + len(end) if found >= 0 else last
        yield body[first:stop]
        first = stop


class Pieces:
    """The rows of one sheet.

    Raises:
        NotPlainError: while it is made or iterated.
    """

    def __init__(self, archive: zipfile.ZipFile, member: str) -> None:
        self._stream = archive.open(member)
        self.head, self._rest = self._up_to_rows()
        self.tail = b""

    def _up_to_rows(self) -> tuple[bytes, bytes]:
        before = b""
        while (at := before.find(_BEGIN)) < 0:
            piece = self._stream.read(PIECE)
            before += piece
            if not piece or len(before) > _MOST_AROUND:
                raise NotPlainError("no rows")
        head = before[:at]
        check_head(head)
        return head, before[at + len(_BEGIN) :]

    def __iter__(self) -> Iterator[bytes]:
        """The pieces; the next one is inflated meanwhile, which needs no Python."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            found = self._cut()
            coming = pool.submit(next, found, None)
            while (piece := coming.result()) is not None:
                coming = pool.submit(next, found, None)
                yield piece

    def _cut(self) -> Iterator[bytes]:
        held = self._rest
        while piece := self._stream.read(PIECE):
            held += piece
            if (end := held.find(_END)) >= 0:
                yield from self._last(held, end)
                return
            if (at := held.rfind(_ROW_END)) >= 0:
                cut = at + len(_ROW_END)
                yield held[:cut]
                held = held[cut:]
            elif len(held) > _MOST_AROUND:
                raise NotPlainError("long row")
        if (end := held.find(_END)) < 0:
            raise NotPlainError("no end")
        yield from self._last(held, end)

    def _last(self, held: bytes, end: int) -> Iterator[bytes]:
        tail = held[end:]
        while piece := self._stream.read(PIECE):
            tail += piece
            if len(tail) > _MOST_AROUND:
                raise NotPlainError("long tail")
        self.tail = tail
        if end:
            yield held[:end]

    def merged(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Merged regions as calamine gives them: first and last cell, from 0; known when the rows are read."""
        check_frame(self.head + _BEGIN + self.tail)
        found = [
            ((int(top) - 1, column_of(left.decode())), (int(bottom) - 1, column_of(right.decode())))
            for left, top, right, bottom in _MERGED.findall(self.tail)
        ]
        lists = self.tail.count(b"<mergeCells")
        if len(found) != self.tail.count(b"<mergeCell") - lists or lists > 1 or (found and not lists):
            raise NotPlainError("merged regions")
        if b"<!" in self.tail:  # a comment may quote what it likes
            raise NotPlainError("tail")
        return found
