"""The shared strings of a large workbook, all at once where they are plain.

Data in: a zip with a workbook. Data out: an Arrow array, null where there is nothing to be seen.
Not here: which cell has which (:mod:`xlsx_columns`). Like :mod:`excel_child`, the file needs calamine, numpy, pyarrow
and the library only.
"""

from __future__ import annotations

import zipfile
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from connectors.intake.readers.xlsx_asked import STRINGS, Calamine
    from connectors.intake.readers.xlsx_cells import INLINE_ATTRIBUTES
    from connectors.intake.readers.xlsx_pieces import NotPlainError, check_frame, check_head, cut
    from connectors.intake.readers.xlsx_texts import SPARE, TEXT_TAGS, Spans, as_arrow, has, odd, sliced, words_of
else:  # beside this file, see excel_child
    from xlsx_asked import STRINGS, Calamine
    from xlsx_cells import INLINE_ATTRIBUTES
    from xlsx_pieces import NotPlainError, check_frame, check_head, cut
    from xlsx_texts import SPARE, TEXT_TAGS, Spans, as_arrow, has, odd, sliced, words_of

_MOST_ODD = 50_000
"""Strings that are asked for one by one: more take less time and memory all together."""
_BEGIN, _END, _CLOSE = b"<si>", b"</t></si>", b"</sst>"


class Strings:
    """The shared strings of one workbook, read when the first is asked for."""

    def __init__(self, archive: zipfile.ZipFile, calamine: Calamine) -> None:
        self._archive, self._calamine = archive, calamine
        self._found: pa.Array | None = None
        self._lock = Lock()

    def all(self) -> pa.Array:
        """In their order."""
        with self._lock:
            if self._found is None:
                self._found = self._read()
        return self._found

    def _read(self) -> pa.Array:
        if STRINGS not in self._archive.namelist():
            return pa.array([], pa.string())
        try:
            return self._plain(self._archive.read(STRINGS))
        except NotPlainError:
            return _to_be_seen(self._calamine.strings())

    def _plain(self, body: bytes) -> pa.Array:
        """Texts without formats within; entities and the like are asked about, each different text once."""
        first, last = body.find(_BEGIN), body.rfind(_CLOSE)
        if not 0 <= first < last:
            raise NotPlainError("no strings")
        check_head(body[:first])
        check_frame(body[:first] + body[last:])
        parts, odd_ones = [], 0
        for piece in cut(body, first, last, _END):
            spans = _spans(piece)
            odd_ones += int(np.count_nonzero(spans.is_odd))
            if odd_ones > _MOST_ODD:
                raise NotPlainError("many shared strings to be asked for")
            parts.append(_to_be_seen(self._texts(spans)))
        return pa.concat_arrays(parts)

    def _texts(self, spans: Spans) -> pa.Array:
        texts = sliced(spans, np.arange(len(spans.start)))
        if not spans.is_odd.any():
            return texts
        at = np.flatnonzero(spans.is_odd)
        tagged = sliced(spans, at, with_tags=True).cast(pa.binary())
        pairs = self._calamine.cells([(INLINE_ATTRIBUTES, b"<is>%b</t></is>" % text.as_py()) for text in tagged])
        places = np.arange(len(texts))
        places[at] = len(texts) + np.arange(len(at))
        asked = pa.array([text or "" for text, _ in pairs], pa.string())
        return pa.concat_arrays([texts, asked]).take(as_arrow(places))


def _to_be_seen(texts: pa.Array) -> pa.Array:
    """The texts, null where they are white space."""
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, texts)


def _spans(piece: bytes) -> Spans:
    buffer = np.frombuffer(piece + bytes(SPARE), np.uint8)
    words = words_of(buffer)
    is_tag = buffer[: len(piece)] == ord("<")
    begin = np.flatnonzero(is_tag & (buffer[1 : len(piece) + 1] == ord("s")))
    end = np.append(begin[1:], len(piece)) - len(_END)
    plain, preserving = (has(words, begin, _BEGIN + tag) for tag in TEXT_TAGS)
    start = begin + np.where(plain, len(_BEGIN + TEXT_TAGS[0]), len(_BEGIN + TEXT_TAGS[1]))
    is_right = (plain | preserving) & (start <= end) & has(words, np.maximum(end, 0), _END)
    tags = (_BEGIN + TEXT_TAGS[0] + _END).count(b"<")
    if not len(begin) or not is_right.all() or tags * len(begin) != np.count_nonzero(is_tag):
        raise NotPlainError("shared strings")
    length = (end - start).astype(np.int32)
    return Spans(buffer, start, length, odd(piece, buffer, words, start, length))
