"""Cells of one sheet to an Arrow file: texts, and a letter for the kind of each cell.

Data in: rows as calamine gives them. Data out: ``row_no, k, c0 … c<n>`` as Arrow's file format; rows without any cell
are left out.
Not here: opening a workbook, merged regions, formulas (:mod:`excel_child`, which uses this file and needs the library,
pyarrow and its neighbours only).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BATCH = 20_000
_MAX_EXACT = 10**300
Pair = tuple[str | None, str]
Region = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a merged region, rows and columns from 0."""


def cell(value: Any) -> Pair:  # noqa: ANN401 - calamine cells have eight types
    """Text and kind of one cell."""
    if isinstance(value, str):
        return (value, "t") if value.strip() else (None, ".")
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "b"
    if isinstance(value, int | float):
        whole = value == int(value) if abs(value) < _MAX_EXACT else False
        return (str(int(value)) if whole else repr(value)), "n"
    if isinstance(value, dt.datetime):
        plain = value.time() == dt.time()
        return (value.date().isoformat() if plain else value.isoformat(sep=" ", timespec="seconds")), "d"
    if isinstance(value, dt.date):
        return value.isoformat(), "d"
    return str(value), "t"


class Fill:
    """Gives the text of a region merged downwards to each of its rows, in its first column."""

    def __init__(self, regions: list[Region], width: int) -> None:
        self.width = width
        self.starts: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in regions:
            if bottom > top and left < width:
                self.starts.setdefault(top, []).append((left, bottom))
        self.running: dict[int, tuple[int, str | None, str]] = {}

    def apply(self, index: int, cells: list[str | None], kinds: list[str]) -> None:
        """Fill the cells of the row with this place, from 0; rows come in their order."""
        if self.running:
            self.running = {column: region for column, region in self.running.items() if region[0] >= index}
            for column, (_, text, kind) in self.running.items():
                if cells[column] is None:
                    cells[column], kinds[column] = text, kind.upper()
        for column, last in self.starts.get(index, ()):
            if cells[column] is not None:
                self.running[column] = (last, cells[column], kinds[column])


def grid_schema(width: int) -> pa.Schema:
    """Columns of a sheet's table."""
    return pa.schema([("row_no", pa.int32()), ("k", pa.string()), *((f"c{i}", pa.string()) for i in range(width))])


class Grid:
    """Collects the rows of one sheet and writes them in batches."""

    def __init__(self, target: Path, width: int) -> None:
        self.width = width
        self.schema = grid_schema(width)
        self.writer = pa.ipc.new_file(target, self.schema)
        self.numbers: list[int] = []
        self.kinds: list[str] = []
        self.rows: list[list[str | None]] = []
        self.count = 0

    def add(self, number: int, cells: list[str | None], kinds: list[str]) -> None:
        """One row that was looked at cell by cell."""
        if all(text is None for text in cells) and "x" not in kinds:
            return
        self.numbers.append(number)
        self.kinds.append("".join(kinds))
        self.rows.append(cells)
        if len(self.rows) >= BATCH:
            self.flush()

    def add_block(self, first: int, rows: Sequence[Sequence[Any]], left: int) -> None:
        """Rows whose cells say all there is to say: columns of texts are handled as a whole.

        Args:
            first: number of the first row.
            rows: the rows.
            left: columns before the first one that calamine gives.
        """
        pairs = [_column(values) for values in zip(*rows, strict=True)]
        if not pairs:
            return
        nothing = pa.nulls(len(rows), pa.string())
        columns = [nothing] * left + [texts for texts, _ in pairs]
        kinds = pc.binary_join_element_wise(pa.scalar("." * left), *(kind for _, kind in pairs), "")
        numbers = pa.array(range(first, first + len(rows)), pa.int32())
        table = pa.table([numbers, kinds, *columns], schema=self.schema)
        is_filled = pc.is_valid(columns[left])
        for texts in columns[left + 1 :]:
            is_filled = pc.or_(is_filled, pc.is_valid(texts))
        self.write(table.filter(is_filled))

    def flush(self) -> None:
        """Write what was collected."""
        if self.rows:
            columns = [pa.array(column, pa.string()) for column in zip(*self.rows, strict=True)]
            numbers = pa.array(self.numbers, pa.int32())
            self.write(pa.table([numbers, pa.array(self.kinds), *columns], schema=self.schema))
        self.numbers, self.kinds, self.rows = [], [], []

    def close(self) -> None:
        """Write the rest and finish the file."""
        self.flush()
        self.writer.close()

    def write(self, table: pa.Table) -> None:
        """Rows that are a table already."""
        self.count += table.num_rows
        self.writer.write_table(table)


def _column(values: Sequence[Any]) -> tuple[pa.Array, pa.Array]:
    """Texts and kinds of one column of a block."""
    kinds = set(map(type, values))
    if kinds == {str}:
        texts = pa.array(values, pa.string())
        is_blank = pc.equal(pc.utf8_trim_whitespace(texts), "")
        return pc.if_else(is_blank, None, texts), pc.if_else(is_blank, ".", "t")
    if bool in kinds:  # True and 1 are equal, and two kinds of cells
        pairs = [cell(value) for value in values]
    else:
        known = {value: cell(value) for value in set(values)}
        pairs = [known[value] for value in values]
    return pa.array([text for text, _ in pairs], pa.string()), pa.array([kind for _, kind in pairs], pa.string())
