"""Rows that a department is about to send, before they become a file.

Data in: columns of canonical words for people and households the simulator follows one by one.
Data out: blocks of cells in file order, with the few cells, rows and codes that corruptions changed.
Not here: what a corruption means, and how cells become bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
_DIGITS_SHOWN = 15


@dataclass(frozen=True)
class NumberCell:
    """A cell that holds a number where a text was meant: an id typed into an unformatted spreadsheet."""

    digits: str

    def as_text(self) -> str:
        """What a csv export shows of it: all digits of a short number, else e.g. ``6.10099E+17``."""
        return self.digits if len(self.digits) <= _DIGITS_SHOWN else f"{int(self.digits):.5E}"


Cell = str | NumberCell


@dataclass
class FeedTable:
    """One feed's rows. A row keeps its number (rid) for life: base rows first, then the added ones."""

    feed: str
    columns: dict[str, pa.Array]
    village: IntArray
    """Where each base row stands in the file; also its area."""
    link: list[int] | IntArray
    """Register person (person feeds) or household (household feeds) of each base row, -1 for none."""
    cells: dict[str, dict[int, Cell]] = field(default_factory=dict)
    codes: dict[int, list[str]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    added: list[tuple[int, int, int]] = field(default_factory=list)
    """(source rid, village, link) of each added row."""
    relinked: dict[int, int] = field(default_factory=dict)
    file_codes: list[str] = field(default_factory=list)
    """Reason codes of the whole file."""
    total_error: int = 0
    """By how much the department's own totals row is wrong."""
    header_notes: dict[str, str] = field(default_factory=dict)
    """Column → bracket text to put behind its header, e.g. （万元）."""

    @property
    def base(self) -> int:
        """Number of base rows."""
        return len(self.village)

    @property
    def rows(self) -> int:
        """Number of row numbers ever given."""
        return self.base + len(self.added)

    def set(self, rid: int, **cells: Cell) -> None:
        """Write other words into some cells of one row."""
        for column, value in cells.items():
            if column not in self.columns:
                raise KeyError(f"{self.feed} has no column {column}")
            self.cells.setdefault(column, {})[rid] = value

    def get(self, rid: int, column: str) -> str:
        """The text of one cell."""
        changed = self.cells.get(column, {}).get(rid)
        if changed is not None:
            return changed if isinstance(changed, str) else changed.as_text()
        if rid >= self.base:
            return self.get(self.added[rid - self.base][0], column)
        return str(self.columns[column][rid].as_py() or "")

    def copy(self, rid: int, *, link: int | None = None, **cells: Cell) -> int:
        """Add a row right behind row ``rid``, equal but for ``cells``; its row number."""
        new = self.rows
        self.added.append((rid, self.village_of(rid), self.link_of(rid) if link is None else link))
        self.set(new, **({c: values[rid] for c, values in self.cells.items() if rid in values} | cells))
        return new

    def drop(self, rid: int) -> None:
        """The department forgot this row."""
        self.gone.add(rid)
        self.relinked[rid] = -1

    def code(self, rid: int, *codes: str) -> None:
        """The reading must give this row these reason codes; a rejected or repeated row is not linked."""
        self.codes.setdefault(rid, []).extend(codes)
        if any(code.startswith("R_") or code == "W_DUP_ROW" for code in codes):
            self.relinked[rid] = -1

    def unlink(self, rid: int) -> None:
        """The row cannot meet the register."""
        self.relinked[rid] = -1

    def village_of(self, rid: int) -> int:
        """Position of the village in whose place the row stands."""
        return int(self.village[rid]) if rid < self.base else self.added[rid - self.base][1]

    def link_of(self, rid: int) -> int:
        """The register subject the row meets, -1 for none."""
        if rid in self.relinked:
            return self.relinked[rid]
        return int(self.link[rid]) if rid < self.base else self.added[rid - self.base][2]

    def links(self) -> IntArray:
        """:meth:`link_of` of every row number."""
        links = np.r_[np.asarray(self.link, dtype=np.int64), np.array([a[2] for a in self.added], dtype=np.int64)]
        for rid, subject in self.relinked.items():
            links[rid] = subject
        return np.asarray(links, dtype=np.int64)

    def sources(self) -> IntArray:
        """The base row each row number copies."""
        added = np.array([self._root(a[0]) for a in self.added], dtype=np.int64)
        return np.asarray(np.r_[np.arange(self.base), added], dtype=np.int64)

    def _root(self, rid: int) -> int:
        return rid if rid < self.base else self._root(self.added[rid - self.base][0])

    def order(self) -> tuple[IntArray, IntArray]:
        """Row numbers in file order without the forgotten rows, and the village of each."""
        villages = np.r_[self.village, np.array([a[1] for a in self.added], dtype=np.int64)]
        rids = np.lexsort((np.arange(self.rows), self.sources(), villages))
        if self.gone:
            rids = rids[~np.isin(rids, np.array(sorted(self.gone)))]
        return np.asarray(rids, dtype=np.int64), np.asarray(villages[rids], dtype=np.int64)

    def render(self, rids: IntArray, sources: IntArray) -> dict[str, pa.Array | list[Cell]]:
        """The cells of these rows; a column with changed cells comes as a list, any other as an Arrow array."""
        place = np.full(self.rows, -1, dtype=np.int64)
        place[rids] = np.arange(len(rids))
        taken = pa.array(sources[rids])
        block: dict[str, pa.Array | list[Cell]] = {}
        for column, values in self.columns.items():
            changed = {int(place[r]): v for r, v in self.cells.get(column, {}).items() if place[r] >= 0}
            part = values.take(taken)
            if changed:
                words: list[Cell] = part.to_pylist()
                for at, value in changed.items():
                    words[at] = value
                block[column] = words
            else:
                block[column] = part
        return block


GeneralRows = Callable[[int, int], tuple[Mapping[str, pa.Array], IntArray]]
"""(first village, village after the last) → columns of the rows nobody follows, and the village of each."""


@dataclass
class Sent:
    """A feed ready to be written: the rows followed one by one and the many that are only counted."""

    table: FeedTable
    general: GeneralRows | None = None
    general_rows: int = 0
