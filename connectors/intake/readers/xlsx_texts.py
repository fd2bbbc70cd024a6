"""Many stretches of a large piece of XML as texts, all at once.

Data in: bytes, and where texts begin and how long they are. Data out: Arrow arrays.
Not here: finding them (:mod:`xlsx_cells`, :mod:`xlsx_strings`). Like :mod:`excel_child`, the file needs numpy, pyarrow
and the library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from connectors.intake.readers.xlsx_pieces import NotPlainError

    Words = NDArray[np.uint64]
    Places = NDArray[np.int64]
else:  # beside this file, see excel_child
    from xlsx_pieces import NotPlainError

SPARE = 128
"""Bytes behind a piece that may be looked at."""
TEXT_TAGS = (b"<t>", b'<t xml:space="preserve">')
"""Before a text, which ends with ``</t>``; the second says that white space around it counts."""
_WORD = 8
_IN_VIEW = 12
"""Bytes that a view of Arrow holds itself."""
_INT32 = 4


@dataclass(frozen=True)
class Spans:
    """Texts in the order in which they stand."""

    buffer: NDArray[np.uint8]
    """The piece and SPARE bytes."""
    start: Places
    length: NDArray[np.int32]
    """Of the text in ``buffer``, its entities still in it."""
    is_odd: NDArray[np.bool_]
    """Entities, carriage returns, escapes, white space around it or nothing: it may not be what it looks like."""


def words_of(buffer: NDArray[np.uint8]) -> Words:
    """The eight bytes from each place on as one number."""
    return np.ndarray((len(buffer) - _WORD + 1,), np.dtype("<u8"), buffer=buffer, strides=(1,))


def has(words: Words, at: Places, text: bytes) -> NDArray[np.bool_]:
    """Whether ``text`` stands at each place."""
    found = np.ones(len(at), np.bool_)
    for begin in range(0, len(text), _WORD):
        part = text[begin : begin + _WORD]
        wanted = np.uint64(int.from_bytes(part, "little"))
        word = words[at + begin] if begin else words[at]
        found &= (word if len(part) == _WORD else word & low_bytes(len(part))) == wanted
    return found


def low_bytes(count: int) -> np.uint64:
    """The first ``count`` bytes of a word, as a mask."""
    return np.uint64((1 << (8 * count)) - 1)


_SPACE = 0x20
_RARE_FIRST = np.array([0xC2, 0xE1, 0xE2], np.uint64)
"""First bytes of white space beyond ASCII, and of little else."""
_IDEOGRAPHIC_SPACE = np.uint64(int.from_bytes("\u3000".encode(), "little"))


def odd(
    piece: bytes, buffer: NDArray[np.uint8], words: Words, start: Places, length: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Texts in which something must be resolved or may be nothing but white space."""
    word = words[start]
    first, last = word & np.uint64(255), buffer[start + length - 1]
    is_odd: NDArray[np.bool_] = (first <= _SPACE) | (last <= _SPACE) | (word & low_bytes(3) == _IDEOGRAPHIC_SPACE)
    is_odd |= length == 0
    for byte in _RARE_FIRST:
        is_odd |= first == byte
    body = buffer[: len(piece)]
    marks = [np.flatnonzero(body == ord(sign)) for sign in "&\r" if sign.encode() in piece]
    if b"_" in piece:  # one byte is found ten times as fast as two
        marks.append(np.flatnonzero((body == ord("_")) & (buffer[1 : len(piece) + 1] == ord("x"))))
    for found in marks if len(start) else ():
        at = np.searchsorted(start, found, side="right") - 1
        is_in = (at >= 0) & (found < (start + length)[at])
        is_odd[at[is_in]] = True
    return is_odd


def as_arrow(values: NDArray[Any], is_there: NDArray[np.bool_] | None = None) -> pa.Array:
    """Numbers or flags as an array of Arrow, whose own way would import pandas."""
    kind = {"b": pa.bool_(), "i": pa.int32() if values.itemsize == _INT32 else pa.int64()}[values.dtype.kind]
    body = np.packbits(values, bitorder="little") if pa.types.is_boolean(kind) else values
    valid = None if is_there is None else pa.py_buffer(np.packbits(is_there, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(np.ascontiguousarray(body))])


_MASKS = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)
_HALF = np.uint64(32)
_LOW_HALF = np.uint64((1 << 32) - 1)


def sliced(spans: Spans, these: NDArray[np.int64], *, with_tags: bool = False) -> pa.Array:
    """The bytes of cells as texts: views into the piece, which Arrow then copies together.

    ``with_tags`` includes the tag before a text.
    """
    words = words_of(spans.buffer)
    start, length = spans.start[these], spans.length[these]
    if with_tags:
        plain, preserving = (len(tags) for tags in TEXT_TAGS)
        more = np.where(spans.buffer[start - 2] == ord('"'), preserving, plain)
        start, length = start - more, length + more.astype(np.int32)
    low = words[start] & _MASKS[np.minimum(length, 8)]
    high = words[start + 8] & _MASKS[np.clip(length - 8, 0, _IN_VIEW - 8)]
    views = np.empty((len(these), 2), np.uint64)
    views[:, 0] = length.astype(np.uint64) | ((low & _LOW_HALF) << _HALF)
    views[:, 1] = np.where(length <= _IN_VIEW, (low >> _HALF) | (high << _HALF), start.astype(np.uint64) << _HALF)
    buffers = [None, pa.py_buffer(views), pa.py_buffer(spans.buffer)]
    texts = pa.Array.from_buffers(pa.string_view(), len(these), buffers).cast(pa.string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raise NotPlainError("encoding") from None
    return texts
