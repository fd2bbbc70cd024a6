"""Text files: the delimiter, and three ways into DuckDB (feeds.md section 3, item 2).

Data in: a path. Data out: one :class:`Sheet` named ``csv`` whose row number is a record's first physical line.
Not here: meaning of any column; the caller says how many headers a delimiter finds.

A text without quotes, one full record a line, is split by Arrow (:mod:`connectors.intake.readers.plain`). Any other is
read by DuckDB, which is kept only if it gave one record per physical line; whatever it cannot hold (line breaks inside
quotes, blank lines, rows with too many cells) is read again, exactly, in Python.
DuckDB's own encodings extension damages GB18030 at buffer borders, hence a decoding of our own
(:mod:`connectors.intake.readers.decode`): while one piece is loaded, the next is decoded.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from connectors.intake.readers.decode import decode
from connectors.intake.readers.grid import TOP_ROWS, Sheet, UnreadableError, check_width
from connectors.intake.readers.plain import UnevenError, load_plain
from connectors.warehouse import Connection, DatabaseError

DELIMITERS = (",", ";", "\t", "|")
_BATCH = 20_000
_LOOK = 2000
_FIELD_LIMIT = 16 << 20
_END = "\x1e"
_TOGETHER = 8
"""Pieces that one statement loads: DuckDB reads a file on each core, and fills its row groups."""

Scorer = Callable[[list[tuple[str | None, ...]]], int]
"""Number of headers found in the first rows."""


def _open(path: Path) -> io.TextIOWrapper:
    return path.open("r", encoding="utf-8-sig", newline="")


def _cells(record: Sequence[str], width: int) -> tuple[str | None, ...]:
    return tuple(cell or None for cell in record) + (None,) * (width - len(record))


@dataclass(frozen=True)
class _Looked:
    """What the first records of a text say."""

    delimiter: str
    top: list[tuple[str | None, ...]]
    """The first rows by physical line."""
    width: int


def _look(opened: Callable[[], TextIO], score: Scorer) -> _Looked:
    """The delimiter is the one by which most headers are found."""
    looks = []
    for delimiter in DELIMITERS:
        with opened() as stream:
            looks.append(_Looked(delimiter, *_first_rows(stream, delimiter)))
    found = max(looks, key=lambda look: score(look.top))
    check_width(found.width)
    return found


def _first_rows(stream: TextIO, delimiter: str) -> tuple[list[tuple[str | None, ...]], int]:
    """The first rows by physical line, and the width of the first records."""
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(stream, delimiter=delimiter)
    rows: list[tuple[str | None, ...]] = []
    width, before = 1, 0
    try:
        for record in islice(reader, _LOOK):
            while len(rows) < min(before, TOP_ROWS):
                rows.append(())
            if len(rows) == before < TOP_ROWS:
                rows.append(_cells(record, 0))
            width, before = max(width, len(record)), reader.line_num
    except csv.Error:
        raise UnreadableError("F_CORRUPT") from None
    return [row + (None,) * (width - len(row)) for row in rows], width


class _Loading:
    """Loads pieces of a text into ``grid_0``, each in the background while the next is decoded.

    The connection is used by nobody else meanwhile. Delimiter and width are those of the first piece.
    """

    def __init__(self, con: Connection, score: Scorer, pool: Executor) -> None:
        self.con, self.score, self.pool = con, score, pool
        self.loads: list[Future[object]] = []
        self.waiting: list[Path] = []
        self.seen = _Looked(DELIMITERS[0], [], 1)

    def take(self, piece: Path) -> None:
        """Begin with a piece; the first one is looked at before."""
        if not self.seen.top:
            self.seen = _look(lambda: _open(piece), self.score)
        self.waiting.append(piece)
        if len(self.waiting) == _TOGETHER:
            self.load()

    def load(self) -> None:
        """Begin to load the pieces that wait."""
        if self.waiting:
            self.loads.append(self.pool.submit(self._load, self.waiting, is_first=not self.loads))
            self.waiting = []

    def _load(self, pieces: Sequence[Path], *, is_first: bool) -> None:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(self.seen.width))
        self.con.execute(
            f"{'create or replace table grid_0 as' if is_first else 'insert into grid_0'} select * from read_csv(?,"
            f" header = false, auto_detect = false, delim = ?, quote = '\"', escape = '\"', columns = {{{columns}}},"
            " null_padding = true, strict_mode = true)",
            [[str(piece) for piece in pieces], self.seen.delimiter],
        )

    def is_complete(self, lines: int) -> bool:
        """Whether every piece was loaded, each line of the text as one row."""
        try:
            for load in self.loads:
                load.result()
        except DatabaseError:
            return False
        found = self.con.execute("select count(*), coalesce(max(rowid), -1) from grid_0").fetchone()
        return found == (lines, lines - 1)


def _lines(pieces: Sequence[Path]) -> Iterator[str]:
    for piece in pieces:
        with _open(piece) as stream:
            yield from stream


def _width(pieces: Sequence[Path], delimiter: str) -> int:
    """The most cells of a record.

    A quote that never ends would take every row behind it into one cell: a line of our own at the end shows it.
    """
    reader = csv.reader(chain(_lines(pieces), [_END]), delimiter=delimiter)
    width, began, before = 1, 1, 0
    record: list[str] = []
    for record in reader:
        width, began, before = max(width, len(record)), before + 1, reader.line_num
    if record != [_END]:
        raise UnreadableError("F_CORRUPT", f"第 {began} 行的引号没有结束，其后各行都被当作同一格")
    return width


def _load_exact(con: Connection, table: str, pieces: Sequence[Path], delimiter: str) -> int:
    """Read with the csv module; two passes, the first to know the width."""
    try:
        width = _width(pieces, delimiter)
        check_width(width)
        names = ["row_no", *(f"c{i}" for i in range(width))]
        schema = pa.schema([("row_no", pa.int32()), *((name, pa.string()) for name in names[1:])])
        con.execute(f"create or replace table {table} (row_no integer, {', '.join(f'{n} varchar' for n in names[1:])})")
        for batch in _batches(csv.reader(_lines(pieces), delimiter=delimiter), width):
            con.register("csv_batch", pa.table(batch, schema=schema))
            con.execute(f"insert into {table} select * from csv_batch")
            con.unregister("csv_batch")
    except csv.Error:
        raise UnreadableError("F_CORRUPT") from None
    return width


def _batches(reader: Iterator[list[str]], width: int) -> Iterator[list[pa.Array]]:
    before = 0
    while True:
        numbers: list[int] = []
        rows: list[tuple[str | None, ...]] = []
        for record in islice(reader, _BATCH):
            if record:
                numbers.append(before + 1)
                rows.append(_cells(record, width))
            before = reader.line_num  # type: ignore[attr-defined]
        if not numbers and not rows:
            return
        columns = zip(*rows, strict=True)
        yield [pa.array(numbers, pa.int32()), *(pa.array(column, pa.string()) for column in columns)]


def read_text(path: Path, con: Connection, score: Scorer, folder: Path) -> Sheet:
    """Load a text file into table ``grid_0``.

    Raises:
        UnreadableError: F_ENCODING or F_CORRUPT.
    """
    return _read_plain(path, con, score) or _read_any(path, con, score, folder)


def _read_plain(path: Path, con: Connection, score: Scorer) -> Sheet | None:
    """The text if it is one full record a line without quotes, None for any other."""
    looks: list[_Looked] = []

    def look(lines: str) -> tuple[str, int]:
        looks.append(_look(lambda: io.StringIO(lines, newline=""), score))
        return looks[0].delimiter, looks[0].width

    try:
        load_plain(path, con, look)
    except UnevenError:
        return None
    return Sheet("csv", "grid_0", looks[0].width, tuple(looks[0].top))


def _read_any(path: Path, con: Connection, score: Scorer, folder: Path) -> Sheet:
    with ThreadPoolExecutor(max_workers=1) as pool:
        loading = _Loading(con, score, pool)
        try:
            source = decode(path, folder, loading.take)
            loading.load()
        except UnreadableError:
            pool.shutdown(cancel_futures=True)
            raise
    seen, row_sql = loading.seen, "(rowid + 1)::integer"
    if not (source.is_plain and loading.is_complete(source.lines)):
        width = _load_exact(con, "grid_0", source.pieces, seen.delimiter)
        row_sql = "row_no"
        seen = replace(seen, top=[row + (None,) * (width - len(row)) for row in seen.top], width=width)
    return Sheet("csv", "grid_0", seen.width, tuple(seen.top), row_sql=row_sql, is_empty=source.lines == 0)
