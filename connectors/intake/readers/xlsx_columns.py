"""The cells of a piece of a large sheet as a table: a column of texts for each column, and the kinds of the cells.

Data in: :class:`~connectors.intake.readers.xlsx_cells.Cells`. Data out: an Arrow table like that of
:mod:`excel_grid`: ``row_no, k, c0 … c<n>``, rows in which nothing stands left out.
Not here: reading the sheet and writing the table (:mod:`xlsx_large`). Like :mod:`excel_child`, the file needs calamine,
pyarrow, numpy and the library only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from connectors.intake.readers.excel_grid import grid_schema
    from connectors.intake.readers.xlsx_asked import Calamine
    from connectors.intake.readers.xlsx_cells import INLINE, SHARED, Cells, Header
    from connectors.intake.readers.xlsx_pieces import NotPlainError
    from connectors.intake.readers.xlsx_strings import Strings
    from connectors.intake.readers.xlsx_texts import as_arrow, sliced
else:  # beside this file, see excel_child
    from excel_grid import grid_schema
    from xlsx_asked import Calamine
    from xlsx_cells import INLINE, SHARED, Cells, Header
    from xlsx_pieces import NotPlainError
    from xlsx_texts import as_arrow, sliced

_TEXT, _NUMBER, _PERCENT, _BLANK = (ord(letter) for letter in "tnp.")
_PLAIN_NUMBER = "^(0|[1-9][0-9]{0,14}|(0|[1-9][0-9]{0,10})[.][0-9]{0,3}[1-9])$"
"""What a number of the workbook keeps as it is: no more than 15 digits, none of them idle, and never an exponent."""
_PROBE = b"<v>44000</v>"


class Columns:
    """Makes the tables of one sheet; what only the parser can tell is asked of it."""

    def __init__(
        self, width: int, calamine: Calamine, strings: Strings, headers: list[Header], percent_styles: list[str]
    ) -> None:
        self.schema = grid_schema(width)
        self.width = width
        self._calamine, self._strings = calamine, strings
        self._headers, self._percents = headers, set(percent_styles)
        self._numbers: dict[int, int] = {}

    def table(self, cells: Cells) -> pa.Table:
        """The rows of a piece.

        Raises:
            NotPlainError: two cells of a row stand in one column, or the sheet is wider than it said.
        """
        if len(cells.column) and int(cells.column.max()) >= self.width:
            raise NotPlainError("wider than it said")
        height = len(cells.numbers)
        kinds = np.full((height, self.width), _BLANK, np.uint8)
        order = np.argsort(cells.column, kind="stable")
        stops = np.searchsorted(cells.column[order], np.arange(self.width + 1))
        columns = []
        for number in range(self.width):
            these = order[stops[number] : stops[number + 1]]
            if not len(these):
                columns.append(pa.nulls(height, pa.string()))
                continue
            rows = cells.row[these]
            if not (np.diff(rows) > 0).all():
                raise NotPlainError("two cells in one place")
            texts, letters = self._texts(cells, these)
            kinds[rows, number] = letters
            columns.append(_spread(texts, rows, height))
        table = pa.table([as_arrow(cells.numbers), _joined(kinds), *columns], schema=self.schema)
        return table.filter(as_arrow((kinds != _BLANK).any(axis=1)))

    def _texts(self, cells: Cells, these: NDArray[np.int64]) -> tuple[pa.Array, NDArray[np.uint8]]:
        """Texts and kinds of the cells of one column."""
        texts = sliced(cells, these)
        parts, places, letters = [], [], np.empty(len(these), np.uint8)
        for at, part, kind in self._parts(cells, these, texts):
            parts.append(part)
            places.append(at)
            letters[at] = kind
        if len(parts) == 1:
            return parts[0], letters
        back = np.empty(len(these), np.int64)
        back[np.concatenate(places)] = np.arange(len(these))
        return pa.concat_arrays(parts).take(as_arrow(back)), letters

    def _parts(
        self, cells: Cells, these: NDArray[np.int64], texts: pa.Array
    ) -> Iterator[tuple[NDArray[np.int64], pa.Array, NDArray[np.uint8] | int]]:
        """The cells by how they are read: their places among ``these``, their texts, their kinds."""
        header, is_odd = cells.header[these], cells.is_odd[these]
        for number in np.unique(header):
            one = self._headers[number]
            is_this = header == number
            if one.form == INLINE:
                is_plain = is_this & ~is_odd
            elif one.form == SHARED:
                at = np.flatnonzero(is_this)
                found = _shared(self._strings.all(), texts.take(as_arrow(at)))
                yield at, found, np.where(_flags(found.is_null()), _BLANK, _TEXT).astype(np.uint8)
                continue
            else:
                is_plain = is_this & self._are_plain_numbers(number, texts)
            if is_plain.any():
                at = np.flatnonzero(is_plain)
                yield (
                    at,
                    texts if len(at) == len(these) else texts.take(as_arrow(at)),
                    (_TEXT if one.form == INLINE else self._numbers[number]),
                )
            if (is_this & ~is_plain).any():
                at = np.flatnonzero(is_this & ~is_plain)
                yield at, *self._asked(one, cells, these[at])

    def _are_plain_numbers(self, number: int, texts: pa.Array) -> NDArray[np.bool_]:
        if number not in self._numbers:
            one = self._headers[number]
            is_number = one.kind in ("", "n") and self._calamine.cells([(one.attributes, _PROBE)])[0][1] == "n"
            kind = _PERCENT if one.style in self._percents else _NUMBER
            self._numbers[number] = kind if is_number else _BLANK
        if self._numbers[number] == _BLANK:
            return np.zeros(len(texts), np.bool_)
        return _flags(pc.match_substring_regex(texts, _PLAIN_NUMBER))

    def _asked(self, one: Header, cells: Cells, these: NDArray[np.int64]) -> tuple[pa.Array, NDArray[np.uint8]]:
        """Each different text once, an inline one with the tag before it."""
        coded = pc.dictionary_encode(sliced(cells, these, with_tags=one.form == INLINE).cast(pa.binary()))
        content = b"<is>%b</t></is>" if one.form == INLINE else b"<v>%b</v>"
        pairs = self._calamine.cells([(one.attributes, content % text.as_py()) for text in coded.dictionary])
        if one.style in self._percents:
            pairs = [(text, "p" if kind == "n" else kind) for text, kind in pairs]
        texts = pa.array([text for text, _ in pairs], pa.string())
        letters = np.array([ord(kind) for _, kind in pairs], np.uint8)
        return texts.take(coded.indices), letters[np.frombuffer(coded.indices.buffers()[1], np.int32, len(these))]


def _flags(array: pa.BooleanArray) -> NDArray[np.bool_]:
    bits = np.unpackbits(np.frombuffer(array.buffers()[1], np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].astype(np.bool_)


def _shared(strings: pa.Array, places: pa.Array) -> pa.Array:
    try:
        return strings.take(places.cast(pa.int64()))
    except (pa.ArrowInvalid, IndexError):
        raise NotPlainError("place of a shared string") from None


def _spread(texts: pa.Array, rows: NDArray[np.int32], height: int) -> pa.Array:
    """Texts of some rows as a column of all rows."""
    if len(rows) == height:
        return texts
    at = np.full(height, len(rows), np.int64)
    at[rows] = np.arange(len(rows))
    return texts.take(as_arrow(at, at < len(rows)))


def _joined(kinds: NDArray[np.uint8]) -> pa.Array:
    """The letters of each row as one text."""
    height, width = kinds.shape
    offsets = pa.py_buffer(np.arange(0, (height + 1) * width, width, dtype=np.int32))
    return pa.Array.from_buffers(pa.string(), height, [None, offsets, pa.py_buffer(kinds.tobytes())])
