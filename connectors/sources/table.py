"""Writing records as a csv file that the landing reads: UTF-8, a title line, a header line, text cells.

Data in: headers, rows of Python values. Data out: the file, the sha256 of its records, its number of rows.
Not here: where the rows come from. A value is written as it is, never rounded, shortened or reformatted.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO

from connectors.sources.errors import ConfigurationError

_FLUSH_CHARACTERS = 1 << 16


def cell(value: object) -> str:
    """The text of one value; nothing for a missing one.

    Raises:
        ConfigurationError: the value is no single value (bytes, a list, an object).
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return repr(value)
    raise ConfigurationError(
        f"字段对照指向的不是单个值（{type(value).__name__}） / a mapped column holds no single value"
    )


class TableFile:
    """An open csv file that counts and hashes what is written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer, lineterminator="\n")
        self._digest = hashlib.sha256()
        self.rows = 0
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of the header and the rows written so far, without the title."""
        return self._digest.hexdigest()

    def head(self, title: str, headers: Sequence[str]) -> None:
        """Write the title line and the header line."""
        self._stream.write(f"{title}\n".encode())
        self._writer.writerow(headers)

    def row(self, cells: Sequence[str]) -> None:
        """Write one row."""
        self._writer.writerow(cells)
        self.rows += 1
        if self._buffer.tell() > _FLUSH_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        content = self._buffer.getvalue().encode()
        self._stream.write(content)
        self._digest.update(content)
        self.size += len(content)
        self._buffer.seek(0)
        self._buffer.truncate()


@contextmanager
def table_file(path: Path, title: str, headers: Sequence[str]) -> Iterator[TableFile]:
    """A csv file at ``path``, whole when the block ends."""
    with path.open("wb") as stream:
        table = TableFile(stream)
        table.head(title, headers)
        yield table
        table.flush()
