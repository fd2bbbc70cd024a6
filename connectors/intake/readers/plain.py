"""Text files without a quote, split into cells by Arrow before they are decoded (feeds.md section 3, item 2).

Data in: a path, and who finds delimiter and width in its first records. Data out: table ``grid_0`` with ``row_no``.
Not here: quotes, short lines, blank lines, errors: whatever is not one full record a line is left to
:mod:`connectors.intake.readers.text`.

Where nothing is quoted, bytes alone tell the cells apart: no delimiter and no line feed is the second, third or fourth
byte of a letter, in UTF-8 or in GB18030, but for the bar, and half a letter is none: the file is read in another way.
So the bytes are split first, on every core, and of a column with letters only the distinct cells are decoded: a
fraction of the text.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.warehouse import Connection

_BLOCK = 16 << 20
_LOOKED_AT = 8 << 20
_AT_ONCE = 1 << 20
"""Bytes that one core splits at once: they stay in its cache."""
_ROWS = 122_880
"""Rows of a batch: DuckDB reads a batch on each core, and fills a row group with it."""
_ASCII = 128
_ENDS = b"\r\n"
_OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, "\ufeff".encode("gb18030"))

Look = Callable[[str], tuple[str, int]]
"""Delimiter and width, found in the first lines."""


class UnevenError(Exception):
    """Some line is no full record, or the bytes are no text: the file is to be read in another way."""


@dataclass(frozen=True)
class _Seen:
    skipped: int
    """Bytes of the mark at the beginning."""
    encoding: str


def load_plain(path: Path, con: Connection, look: Look) -> None:
    """Load a text into ``grid_0``.

    The connection is used by nobody else meanwhile: while one block is loaded, the next is split and decoded.

    Raises:
        UnevenError: it cannot be read so; ``grid_0`` is not to be used.
    """
    seen = _seen(path)
    delimiter, width, rows, feeds, block = "", 0, 0, 0, b""
    load: Future[None] | None = None
    with ThreadPoolExecutor(max_workers=1) as pool:
        for block in _blocks(path, seen.skipped):
            if rows != feeds:
                raise UnevenError
            if not width:
                delimiter, width = look(_first_lines(block, seen.encoding))
            cells = _cells(block, width, delimiter, seen.encoding, rows)
            if load is not None:
                load.result()
            load = pool.submit(_load, con, cells, is_first=not rows)
            rows, feeds = rows + len(cells), feeds + _feeds(block)
        if load is not None:
            load.result()
    pa.default_memory_pool().release_unused()
    body = block.rstrip(_ENDS)
    if rows != feeds - block.count(b"\n", len(body)) + 1:
        raise UnevenError


def _blocks(path: Path, skipped: int = 0) -> Iterator[bytes]:
    """The file in pieces, each but the last up to the end of a line."""
    with path.open("rb") as stream:
        stream.seek(skipped)
        while block := stream.read(_BLOCK):
            yield block + stream.readline(_AT_ONCE)


def _seen(path: Path) -> _Seen:
    """What the bytes are, each of them looked at before any is loaded."""
    with path.open("rb") as stream:
        head = stream.read(max(map(len, _OTHER_MARKS)))
    if not head or head.startswith(_OTHER_MARKS):
        raise UnevenError
    skipped = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    is_utf8 = True
    for block in _blocks(path, skipped):
        # Arrow would take a mark at the beginning of any block away.
        if b'"' in block or b"\0" in block or block.startswith(codecs.BOM_UTF8):
            raise UnevenError
        is_utf8 = is_utf8 and _is_utf8(block)
    if skipped and not is_utf8:
        raise UnevenError
    return _Seen(skipped, "utf-8" if is_utf8 else "gb18030")


def _feeds(block: bytes) -> int:
    """Line feeds; a return elsewhere than before one would end a line, too."""
    returns = block.count(b"\r") if b"\r" in block else 0
    if returns and returns != block.count(_ENDS):
        raise UnevenError
    return block.count(b"\n")


def _is_utf8(block: bytes) -> bool:
    ends = pa.py_buffer(np.array([0, len(block)], np.int32))
    try:
        pa.BinaryArray.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(block)]).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _first_lines(block: bytes, encoding: str) -> str:
    whole = block if len(block) <= _LOOKED_AT else block[: block.rfind(b"\n", 0, _LOOKED_AT) + 1]
    return _decoded(whole, encoding)


def _decoded(text: bytes, encoding: str) -> str:
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:
        raise UnevenError from None


def _cells(block: bytes, width: int, delimiter: str, encoding: str, before: int) -> pa.Table:
    names = [f"c{index}" for index in range(width)]
    try:
        found = csv.read_csv(
            pa.py_buffer(block),
            csv.ReadOptions(column_names=names, block_size=_AT_ONCE),
            csv.ParseOptions(delimiter=delimiter, quote_char=False),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.binary()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid:
        raise UnevenError from None
    if not len(found):
        raise UnevenError
    numbers = pa.array(np.arange(before + 1, before + 1 + len(found), dtype=np.int32))
    columns = [_texts(column.combine_chunks(), encoding) for column in found.columns]
    return pa.table([numbers, *columns], names=["row_no", *names])


def _texts(cells: pa.BinaryArray, encoding: str) -> pa.Array:
    """A column as text; letters are decoded once for each distinct cell."""
    letters = cells.buffers()[2]
    if encoding == "utf-8" or letters is None or np.frombuffer(letters, np.uint8).max(initial=0) < _ASCII:
        return cells.view(pa.string())
    coded = cells.dictionary_encode()
    whole = pa.ListArray.from_arrays(pa.array([0, len(coded.dictionary)], pa.int32()), coded.dictionary)
    joined = pc.binary_join(whole, b"\n")[0].as_py()
    texts = pc.split_pattern(pa.array([_decoded(joined, encoding)], pa.string()), "\n").values
    return pa.DictionaryArray.from_arrays(coded.indices, texts)


def _load(con: Connection, cells: pa.Table, *, is_first: bool) -> None:
    con.register("plain_cells", pa.Table.from_batches(cells.to_batches(max_chunksize=_ROWS)))
    con.execute(f"{'create or replace table grid_0 as' if is_first else 'insert into grid_0'} from plain_cells")
    con.unregister("plain_cells")
