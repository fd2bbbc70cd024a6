"""Where the cells of a piece of a sheet's XML stand and what kind of text each holds, for all of them at once.

Data in: bytes from ``<row`` to ``</row>`` (:mod:`xlsx_pieces`). Data out: :class:`Cells`, arrays with one entry a cell.
Not here: what a text means (:mod:`xlsx_columns`). Like :mod:`excel_child`, the file needs numpy, pyarrow
and the library only.

Every byte is accounted for: each cell must be of one of a few plain forms, and the piece must hold as many ``<`` as
these forms have. Whatever is written otherwise raises, and a whole parser reads the sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from connectors.intake.readers.xlsx_pieces import NotPlainError
    from connectors.intake.readers.xlsx_texts import SPARE, TEXT_TAGS, Places, Spans, Words, has, odd, words_of
else:  # beside this file, see excel_child
    from xlsx_pieces import NotPlainError
    from xlsx_texts import SPARE, TEXT_TAGS, Spans, has, odd, words_of

BLANK, INLINE, SHARED, VALUE = range(4)
INLINE_ATTRIBUTES = b' t="inlineStr"'
_WORD = 8
_LONGEST_HEADER, _MOST_HEADERS = 40, 250
_HEADER = re.compile(rb'((?: (?:s|t)="[0-9A-Za-z]*")*) ?(/?)>')
_ATTRIBUTE = re.compile(rb' (s|t)="([0-9A-Za-z]*)"')
_MOST_DIGITS = 7
_NOTHING_IF_EMPTY = ("", "n", "b", "e")
"""Kinds of values, in the attribute t."""
_ROW, _CELL = b'<row r="', b'<c r="'
_ONES, _TOPS, _QUOTES = (int.from_bytes(bytes([byte]) * _WORD) for byte in (0x01, 0x80, 0x22))
_ROW_TAG = re.compile(rb'|"(?: (?!hidden="(?!false"))[A-Za-z:]+="[^"<>&]*")* ?(?:>|/>|></row>)')
"""Behind the digits of its number, all digits left out."""


@dataclass(frozen=True)
class Header:
    """The end of a cell's tag, behind its place: `` s="1" t="s">``."""

    text: bytes
    style: str
    kind: str
    """The attribute t."""
    form: int
    """BLANK (``/>``), INLINE, SHARED or VALUE."""

    @property
    def length(self) -> int:
        """Of the text."""
        return len(self.text)

    @property
    def is_kept_empty(self) -> bool:
        """A text of no letters is a cell to calamine: a sheet reaches so far."""
        return self.form == INLINE or (self.form == VALUE and self.kind not in _NOTHING_IF_EMPTY)

    @property
    def attributes(self) -> bytes:
        """As they are written."""
        return self.text.rstrip(b" />")


@dataclass(frozen=True)
class Cells(Spans):
    """The cells of a piece with any content, an empty text included, in the order of the file."""

    numbers: NDArray[np.int32]
    """Number of each row, from 1."""
    row: NDArray[np.int32]
    """Of each cell, as a place in ``numbers``."""
    column: NDArray[np.uint16]
    """From 0."""
    header: NDArray[np.uint8]
    """Place in the list of headers."""


def _require(is_so: bool | np.bool_, what: str) -> None:
    if not is_so:
        raise NotPlainError(what)


class Headers:
    """The different ends of cells' tags that a sheet has; a handful."""

    def __init__(self) -> None:
        self.known: list[Header] = []
        self._lock = Lock()

    def find(self, buffer: NDArray[np.uint8], words: Words, at: Places) -> NDArray[np.uint8]:
        """Which of them begins at each place."""
        found = np.full(len(at), _MOST_HEADERS, np.uint8)
        left = np.arange(len(at))
        number = 0
        while len(left):
            if number == len(self.known):
                self._learn(number, buffer[at[left[0]] :][:_LONGEST_HEADER].tobytes())
            is_this = has(words, at[left], self.known[number].text)
            found[left[is_this]] = number
            left = left[~is_this]
            number += 1
        return found

    def _learn(self, number: int, text: bytes) -> None:
        _require(number < _MOST_HEADERS, "many forms of cells")
        with self._lock:
            if number == len(self.known):  # nobody else was faster
                self.known.append(_header(text))

    def array(self, name: str) -> NDArray[np.int64]:
        """What each has under this name."""
        return np.array([getattr(one, name) for one in self.known], np.int64)


def _header(text: bytes) -> Header:
    found = _HEADER.match(text)
    if found is None:
        raise NotPlainError("a cell's attributes")
    values = {name: value.decode() for name, value in _ATTRIBUTE.findall(found[1])}
    kind = values.get(b"t", "")
    form = BLANK if found[2] else {"inlineStr": INLINE, "s": SHARED}.get(kind, VALUE)
    return Header(found[0], values.get(b"s", ""), kind, form)


def read_cells(piece: bytes, headers: Headers) -> Cells:
    """The cells of a piece.

    Raises:
        NotPlainError: it holds something that is not a plain cell.
    """
    size = len(piece)
    buffer = np.frombuffer(piece + bytes(SPARE), np.uint8)
    words = words_of(buffer)
    is_tag, second = buffer[:size] == ord("<"), buffer[1 : size + 1]
    rows = np.flatnonzero(is_tag & (second == ord("r")))
    cells = np.flatnonzero(is_tag & (second == ord("c")))
    _require(len(rows) > 0 and rows[0] == 0, "begin of a row")
    per_row = np.diff(np.searchsorted(cells, np.append(rows, size)))
    row = np.repeat(np.arange(len(rows), dtype=np.int32), per_row)
    numbers, digits, marks = _row_numbers(words, rows)
    ends, tags = _ends(words, rows, cells, per_row, size)
    tags_of_rows = set(_row_tags(buffer, rows, cells, per_row).translate(None, b"0123456789").split(_ROW))
    _require(all(map(_ROW_TAG.fullmatch, tags_of_rows)), "tags of rows")
    column, at = _places(words, cells, row, digits, marks)
    header = headers.find(buffer, words, at)
    begin = at + headers.array("length")[header]
    form = headers.array("form")[header].astype(np.uint8)
    start, stop, inner = _texts(words, begin, ends, form)
    _require(tags + inner == np.count_nonzero(is_tag), "something between the cells")
    kept = (stop > start) | ((start > begin) & (headers.array("is_kept_empty")[header] > 0))
    start, length = start[kept], (stop - start)[kept].astype(np.int32)
    is_odd = odd(piece, buffer, words, start, length)
    return Cells(buffer, start, length, is_odd, numbers, row[kept], column[kept], header[kept])


def _row_numbers(words: Words, rows: Places) -> tuple[NDArray[np.int32], Places, Words]:
    """Number of each row, how many digits it has, and these with the quote behind them as a word."""
    _require(has(words, rows, _ROW).all(), "rows without number")
    word = words[rows + len(_ROW)]
    unlike = word ^ np.uint64(_QUOTES)
    quotes = (unlike - np.uint64(_ONES)) & ~unlike & np.uint64(_TOPS)
    digits = np.bitwise_count((quotes & (~quotes + np.uint64(1))) - np.uint64(1)) >> 3
    _require(digits.min() >= 1 and digits.max() <= _MOST_DIGITS, "row numbers")
    number = np.zeros(len(rows), np.int64)
    for place in range(_MOST_DIGITS):
        digit = ((word >> np.uint64(8 * place)) & np.uint64(255)).astype(np.int64) - ord("0")
        is_in = place < digits
        _require(((digit >= 0) & (digit <= 9) | ~is_in).all(), "row numbers")  # noqa: PLR2004 - a digit
        number = np.where(is_in, number * 10 + digit, number)
    _require((np.diff(number) > 0).all(), "order of rows")
    length = digits.astype(np.uint64) + np.uint64(1)
    shift = np.uint64(64) - np.uint64(8) * length
    return number.astype(np.int32), digits.astype(np.int64), (word << shift) >> shift


def _ends(words: Words, rows: Places, cells: Places, per_row: Places, size: int) -> tuple[Places, int]:
    """Where each cell ends, which is where the next or its row's end begins; and how many tags rows and cells have."""
    closing = np.append(rows[1:], size) - len(b"</row>")
    is_closed = has(words, np.maximum(closing, 0), b"</row>")
    _require((is_closed | (per_row == 0)).all(), "end of a row")
    ends = np.empty(len(cells), np.int64)
    ends[:-1] = cells[1:]
    is_filled = per_row > 0
    ends[np.cumsum(per_row)[is_filled] - 1] = closing[is_filled]
    return ends, len(rows) + int(np.count_nonzero(is_closed)) + len(cells)


def _row_tags(buffer: NDArray[np.uint8], rows: Places, cells: Places, per_row: Places) -> bytes:
    """All that stands before the first cell of each row."""
    stop = np.append(rows[1:], len(buffer) - SPARE)
    is_filled = per_row > 0
    stop[is_filled] = cells[(np.cumsum(per_row) - per_row)[is_filled]]
    _require(not (buffer[stop[is_filled] - 2] == ord("/")).any(), "cells behind their row")
    length = stop - rows
    at = np.repeat(rows - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))
    return buffer[at].tobytes()


def _places(
    words: Words, cells: Places, row: NDArray[np.int32], digits: Places, marks: Words
) -> tuple[NDArray[np.uint16], Places]:
    """Column of each cell, and where the rest of its tag begins; its row number must be its row's."""
    _require(has(words, cells, _CELL).all(), "cells without place")
    word = words[cells + len(_CELL)]
    letters = [((word >> np.uint64(8 * place)) & np.uint64(255)).astype(np.int64) - ord("A") + 1 for place in range(3)]
    two = letters[1] >= 1
    three = two & (letters[2] >= 1)
    column = letters[0]
    column = np.where(two, column * 26 + letters[1], column)
    column = np.where(three, column * 26 + letters[2], column)
    for letter, is_there in zip(letters, (True, two, three), strict=True):
        _require((((letter >= 1) & (letter <= 26)) | ~np.asarray(is_there)).all(), "columns")  # noqa: PLR2004 - letters
    at = cells + (len(_CELL) + 1) + two + three
    length = digits + 1
    shift = (np.uint64(64) - np.uint64(8) * length.astype(np.uint64))[row]
    found = words[at] << shift
    _require((found >> shift == marks[row]).all(), "cells of another row")
    return (column - 1).astype(np.uint16), at + length[row]


_INLINE_END, _VALUE, _VALUE_END = b"</t></is></c>", b"<v>", b"</v></c>"
_NOTHING = b"</c>"


def _texts(words: Words, begin: Places, ends: Places, form: NDArray[np.uint8]) -> tuple[Places, Places, int]:
    """Begin and end of each cell's text, equal where there is none; and the number of tags in the cells."""
    start, stop, tags = begin.copy(), begin.copy(), 0
    left = np.flatnonzero((form != BLANK) | (begin != ends))
    _require(not (form[left] == BLANK).any(), "behind a blank cell")
    is_closed = (ends[left] - begin[left] == len(_NOTHING)) & has(words, begin[left], _NOTHING)
    tags += int(np.count_nonzero(is_closed))
    left = left[~is_closed]
    forms = [(INLINE, prefix, _INLINE_END) for prefix in (b"<is>" + tag for tag in TEXT_TAGS)]
    forms += [(SHARED, _VALUE, _VALUE_END), (VALUE, _VALUE, _VALUE_END)]
    for wanted, prefix, suffix in forms:
        these = left[form[left] == wanted]
        if not len(these):
            continue
        closing = ends[these] - len(suffix)
        room = closing - begin[these] >= len(prefix)
        fits = room & has(words, begin[these], prefix) & has(words, np.maximum(closing, 0), suffix)
        own = these[fits]
        start[own], stop[own] = begin[own] + len(prefix), closing[fits]
        tags += len(own) * (prefix.count(b"<") + suffix.count(b"<"))
        left = np.setdiff1d(left, own, assume_unique=True) if len(own) < len(left) else left[:0]
    _require(len(left) == 0, "content of a cell")
    return start, stop, tags
