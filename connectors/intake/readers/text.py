"""Text files: strict decoding, the delimiter, and two ways into DuckDB (feeds.md section 3, item 2).

Data in: a path. Data out: one :class:`Sheet` named ``csv`` whose row number is a record's first physical line.
Not here: meaning of any column; the caller says how many headers a delimiter finds.

The fast way lets DuckDB read the file and is kept only if it gave one record per physical line; whatever it cannot
hold (line breaks inside quotes, blank lines, rows with too many cells) is read again, exactly, in Python.
DuckDB's own encodings extension damages GB18030 at buffer borders, hence the decoding here.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from connectors.intake.readers.grid import TOP_ROWS, Sheet, UnreadableError
from connectors.warehouse import Connection, DatabaseError

DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 4 << 20
_BATCH = 20_000
_LOOK = 2000
_FIELD_LIMIT = 16 << 20
_MAX_WIDTH = 1000
_UTF8_BOM = codecs.BOM_UTF8

Scorer = Callable[[list[tuple[str | None, ...]]], int]
"""Number of headers found in the first rows."""


@dataclass(frozen=True)
class Decoded:
    """A UTF-8 file and what was seen of it on the way."""

    path: Path
    lines: int
    """Physical lines up to the last one that is not empty."""
    is_plain: bool
    """Line feeds end the lines and no NUL was seen: DuckDB may read it."""


class _LineCount:
    """Counts lines without keeping them; blank lines at the end of the file are not counted."""

    def __init__(self) -> None:
        self.feeds = 0
        self.returns = 0
        self.trailing = 0
        self.nuls = 0
        self.has_content = False

    def add(self, chunk: bytes) -> None:
        feeds = chunk.count(b"\n")
        body = chunk.rstrip(b"\r\n")
        self.feeds += feeds
        self.returns += chunk.count(b"\r") if b"\r" in chunk else 0
        self.nuls += 1 if b"\x00" in chunk else 0
        if body:
            self.trailing = chunk.count(b"\n", len(body))
            self.has_content = True
        else:
            self.trailing += feeds

    @property
    def lines(self) -> int:
        return self.feeds - self.trailing + 1 if self.has_content else 0

    @property
    def is_plain(self) -> bool:
        return not self.nuls and (not self.returns or self.returns <= self.feeds)


def _encoding_by_mark(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(_UTF8_BOM):
        return "utf-8"
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _check_utf8(path: Path) -> Decoded | None:
    count = _LineCount()
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(path):
            count.add(chunk)
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    if count.nuls:
        raise UnreadableError("F_ENCODING")
    return Decoded(path, count.lines, count.is_plain)


def _transcode(path: Path, encoding: str, folder: Path) -> Decoded:
    count = _LineCount()
    target = folder / "text.csv"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            for chunk in _chunks(path):
                encoded = decoder.decode(chunk).encode()
                count.add(encoded)
                out.write(encoded)
            out.write(decoder.decode(b"", final=True).encode())
    except UnicodeError:
        raise UnreadableError("F_ENCODING") from None
    if count.nuls:
        raise UnreadableError("F_ENCODING")
    return Decoded(target, count.lines, count.is_plain)


def decode(path: Path, folder: Path, encoding: str | None = None) -> Decoded:
    """The text as UTF-8; a file that is UTF-8 already is not copied.

    Raises:
        UnreadableError: F_ENCODING.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    named = _encoding_by_mark(head)
    if named == "utf-16":
        return _transcode(path, named, folder)
    found = _check_utf8(path)
    if found is not None:
        return found
    if named == "utf-8":
        raise UnreadableError("F_ENCODING")
    return _transcode(path, "gb18030", folder)


def _open(path: Path) -> io.TextIOWrapper:
    return path.open("r", encoding="utf-8-sig", newline="")


def _cells(record: Sequence[str], width: int) -> tuple[str | None, ...]:
    return tuple(cell or None for cell in record) + (None,) * (width - len(record))


def _look(path: Path, delimiter: str) -> tuple[list[tuple[str | None, ...]], int]:
    """The first rows by physical line, and the width of the first records."""
    csv.field_size_limit(_FIELD_LIMIT)
    with _open(path) as stream:
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


def _load_fast(con: Connection, table: str, source: Decoded, delimiter: str, width: int) -> bool:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    try:
        con.execute(
            f"create or replace table {table} as select * from read_csv(?, header = false, auto_detect = false,"
            f" delim = ?, quote = '\"', escape = '\"', columns = {{{columns}}}, null_padding = true,"
            " strict_mode = true)",
            [str(source.path), delimiter],
        )
    except DatabaseError:
        return False
    found = con.execute(f"select count(*), coalesce(max(rowid), -1) from {table}").fetchone()
    return found == (source.lines, source.lines - 1)


def _load_exact(con: Connection, table: str, path: Path, delimiter: str) -> int:
    """Read with the csv module; two passes, the first to know the width."""
    try:
        with _open(path) as stream:
            width = max((len(record) for record in csv.reader(stream, delimiter=delimiter)), default=1)
        if width > _MAX_WIDTH:
            raise UnreadableError("F_CORRUPT")
        names = ["row_no", *(f"c{i}" for i in range(width))]
        schema = pa.schema([("row_no", pa.int32()), *((name, pa.string()) for name in names[1:])])
        con.execute(f"create or replace table {table} (row_no integer, {', '.join(f'{n} varchar' for n in names[1:])})")
        with _open(path) as stream:
            for batch in _batches(csv.reader(stream, delimiter=delimiter), width):
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
    source = decode(path, folder)
    looks = [(delimiter, *_look(source.path, delimiter)) for delimiter in DELIMITERS]
    delimiter, top, width = max(looks, key=lambda look: score(look[1]))
    row_sql = "(rowid + 1)::integer"
    if not (source.is_plain and _load_fast(con, "grid_0", source, delimiter, width)):
        width = _load_exact(con, "grid_0", source.path, delimiter)
        row_sql = "row_no"
        top = [row + (None,) * (width - len(row)) for row in top]
    return Sheet("csv", "grid_0", width, tuple(top), row_sql=row_sql, is_empty=source.lines == 0)
