"""A large sheet of an xlsx read as whole arrays, piece by piece, in bounded memory; None where it is not plain enough.

Data in: a zip with a workbook. Data out: two Arrow files like those of :mod:`excel_grid` (the first piece apart, for
what merged cells fill down is known when all is read), and the facts of the sheet.
Not here: single steps (:mod:`xlsx_pieces`, :mod:`xlsx_cells`, :mod:`xlsx_columns`). Like :mod:`excel_child`, which uses
it, the file needs calamine, pyarrow, numpy and the library only.

calamine holds every cell of a sheet before it gives the first: 1.4 GB and 7.5 s for a million rows.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from connectors.intake.readers import xlsx_scan
    from connectors.intake.readers.excel_grid import Fill, Grid, Region
    from connectors.intake.readers.xlsx_asked import Calamine
    from connectors.intake.readers.xlsx_cells import Cells, Headers, read_cells
    from connectors.intake.readers.xlsx_columns import Columns
    from connectors.intake.readers.xlsx_pieces import NotPlainError, Pieces
    from connectors.intake.readers.xlsx_stray import MAX_CELLS
    from connectors.intake.readers.xlsx_strings import Strings
else:  # beside this file, see excel_child
    import xlsx_scan
    from excel_grid import Fill, Grid
    from xlsx_asked import Calamine
    from xlsx_cells import Headers, read_cells
    from xlsx_columns import Columns
    from xlsx_pieces import NotPlainError, Pieces
    from xlsx_stray import MAX_CELLS
    from xlsx_strings import Strings

_WIDEST = 256
_AT_ONCE = 2
"""Pieces that are read side by side."""
_MOST_WRITTEN = 4 << 30
"""Bytes: calamine would need memory for as much, but one long shared text in each cell would fill a disk from here."""
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+)\d+"')
_HIDDEN = re.compile(rb"hidden=(?![\"'](?:false|0)[\"'])")


def read_large(path: Path, name: str, book: xlsx_scan.Book, target: Path) -> dict[str, Any] | None:
    """Write the rows of one sheet to files; None: a whole parser must read it, which may do with less memory.

    Args:
        path: the workbook.
        name: of the sheet.
        book: what is known of the workbook.
        target: the file; the first rows go beside it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Sheet(archive, name, book, target).read()
    except (NotPlainError, zipfile.BadZipFile, zlib.error, EOFError, MemoryError):
        return None


@dataclass(frozen=True)
class _Rows:
    """The rows of a piece."""

    first: int
    last: int
    bottom: int
    """The last one with a cell."""
    width: int
    table: pa.Table


class _Sheet:
    def __init__(self, archive: zipfile.ZipFile, name: str, book: xlsx_scan.Book, target: Path) -> None:
        self.book, self.target = book, target
        self.pieces = Pieces(archive, book.members[name])
        self.calamine = Calamine(archive, name, book.members[name])
        self.strings = Strings(archive, self.calamine)
        self.headers = Headers()
        self.first = self.last = self.bottom = self.width = self.written = 0

    def read(self) -> dict[str, Any]:
        if _HIDDEN.search(self.pieces.head):
            raise NotPlainError("hidden columns")
        pieces = iter(self.pieces)
        top = read_cells(next(pieces, b""), self.headers)
        columns = Columns(self._width(top), self.calamine, self.strings, self.headers.known, self.book.percent_styles)
        begin = _rows(top, columns)
        self._note(begin)
        rest = Grid(self.target, columns.width)
        for rows in self._read_side_by_side(pieces, columns):
            self._note(rows)
            rest.write(rows.table)
        rest.close()
        regions = self.pieces.merged()
        beside = self.target.with_name(f"first-{self.target.name}")
        count = _write_first(begin, regions, beside, self.bottom)
        if not self.width:
            raise NotPlainError("no cells")
        return {
            "rows": count + rest.count,
            "width": self.width,
            "regions": [[a + 1, b, c + 1, d] for (a, b), (c, d) in regions],
            "hiding": False,
            "files": [beside.name, self.target.name],
        }

    def _read_side_by_side(self, pieces: Iterator[bytes], columns: Columns) -> Iterator[_Rows]:
        """The rows in their order; what reads them needs Python for a small part of its time."""
        coming: deque[Future[_Rows]] = deque()
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            for piece in pieces:
                coming.append(pool.submit(lambda body: _rows(read_cells(body, self.headers), columns), piece))
                if len(coming) > _AT_ONCE:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def _width(self, top: Cells) -> int:
        """The width that the sheet says it has, or that of its first rows."""
        said = _DIMENSION.search(self.pieces.head)
        width = max(_reach(top), xlsx_scan.column_of(said[1].decode()) + 1 if said else 0)
        if not 0 < width <= _WIDEST:
            raise NotPlainError("width")
        return width

    def _note(self, rows: _Rows) -> None:
        if rows.first <= self.last:
            raise NotPlainError("order of rows")
        self.first, self.last, self.width = self.first or rows.first, rows.last, max(self.width, rows.width)
        self.bottom = rows.bottom or self.bottom
        self.written += rows.table.nbytes
        if (self.last - self.first + 1) * self.width > MAX_CELLS or self.written > _MOST_WRITTEN:
            raise NotPlainError("too large for any reader")


def _reach(cells: Cells) -> int:
    return int(cells.column.max()) + 1 if len(cells.column) else 0


def _rows(cells: Cells, columns: Columns) -> _Rows:
    bottom = int(cells.numbers[cells.row[-1]]) if len(cells.row) else 0
    return _Rows(int(cells.numbers[0]), int(cells.numbers[-1]), bottom, _reach(cells), columns.table(cells))


def _write_first(rows: _Rows, regions: list[Region], target: Path, end: int) -> int:
    """The first rows with what merged cells fill down, which ends where the sheet does: with its last cell."""
    table = rows.table
    width = len(table.schema) - 2
    grid = Grid(target, width)
    bottom = max((bottom + 1 for (top, _), (bottom, _) in regions if bottom > top), default=0)
    if bottom > rows.last:
        raise NotPlainError("merged far down")
    numbers = table["row_no"].to_pylist()
    bottom = min(bottom, end)
    above = sum(number <= bottom for number in numbers)
    if bottom:
        known = dict(zip(numbers[:above], table.slice(0, above).to_pylist(), strict=True))
        fill = Fill(regions, width)
        for number in range(1, bottom + 1):
            row = known.get(number, {"k": "." * width})
            cells, kinds = [row.get(f"c{place}") for place in range(width)], list(row["k"])
            fill.apply(number - 1, cells, kinds)
            grid.add(number, cells, kinds)
        grid.flush()
    grid.write(table.slice(above))
    grid.close()
    return grid.count
