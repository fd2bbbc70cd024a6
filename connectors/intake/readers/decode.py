"""Text files as UTF-8, decoded strictly and handed on piece by piece (feeds.md section 3, item 2).

Data in: a path. Data out: :class:`Decoded`; every piece is handed to the caller as soon as it is decoded.
Not here: records and cells (:mod:`connectors.intake.readers.text`).
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.intake.readers.grid import UnreadableError

_CHUNK = 4 << 20
_PIECE = 8 << 20
"""A text is handed on in pieces of about this size: while some are loaded, the next are decoded."""
_UTF8_BOM = codecs.BOM_UTF8
_NO_TEXT, _NUL = "自文件开头第 {} 个字节起，不是可识别的文字编码", "自文件开头第 {} 个字节是空字节，不是文字"


@dataclass(frozen=True)
class Decoded:
    """UTF-8 text and what was seen of it on the way."""

    pieces: tuple[Path, ...]
    """Files that hold it one after the other, each but the last up to the end of a line."""
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


Taker = Callable[[Path], None]
"""Takes a piece of the text as soon as it is decoded."""


class _Strict:
    """Decodes chunk by chunk and knows, when a byte is wrong, where in the file it stands (from 1)."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._taken = 0

    def decode(self, chunk: bytes, *, is_last: bool = False) -> str:
        self._taken += len(chunk)
        return self._decoder.decode(chunk, is_last)

    def place(self, error: UnicodeError) -> int:
        """An incremental decoder tells the place in what it held back and the last chunk together."""
        if isinstance(error, UnicodeDecodeError):
            return self._taken - len(error.object) + error.start + 1
        return self._taken


def _nul(path: Path, encoding: str) -> UnreadableError:
    """Refuses a text with NUL in it; it is read once more for the place, since nearly no file has one."""
    decoder, before = _Strict(encoding), 0
    for chunk in _chunks(path):
        text = decoder.decode(chunk)
        if "\x00" in text:
            mark = len(codecs.BOM_UTF16) if encoding == "utf-16" else 0
            unit = "utf-16-le" if encoding == "utf-16" else encoding
            before += mark + len(text[: text.index("\x00")].encode(unit))
            break
        before += len(chunk)
    return UnreadableError("F_ENCODING", _NUL.format(before + 1))


def _check_utf8(path: Path, take: Taker) -> Decoded | int:
    """The text, or the place of the first byte that is not UTF-8."""
    count = _LineCount()
    decoder = _Strict("utf-8")
    try:
        for chunk in _chunks(path):
            count.add(chunk)
            decoder.decode(chunk)
        decoder.decode(b"", is_last=True)
    except UnicodeDecodeError as error:
        return decoder.place(error)
    if count.nuls:
        raise _nul(path, "utf-8")
    take(path)
    return Decoded((path,), count.lines, count.is_plain)


def _write(target: Path, parts: Sequence[bytes]) -> Path:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.writelines(parts)
    return target


def _transcode(path: Path, encoding: str, folder: Path, take: Taker, *, not_before: int = 0) -> Decoded:
    """``not_before``: up to where another encoding came, which was the likelier one if it came further."""
    count = _LineCount()
    pieces: list[Path] = []
    parts: list[bytes] = []
    size = 0

    def close(rest: bytes) -> None:
        nonlocal parts, size
        pieces.append(_write(folder / f"text-{len(pieces)}.csv", parts))
        take(pieces[-1])
        parts, size = [rest], len(rest)

    decoder = _Strict(encoding)
    try:
        for chunk in _chunks(path):
            encoded = decoder.decode(chunk).encode()
            count.add(encoded)
            size += len(encoded)
            end = encoded.rfind(b"\n") + 1
            if size >= _PIECE and end:
                parts.append(encoded[:end])
                close(encoded[end:])
            else:
                parts.append(encoded)
        parts.append(decoder.decode(b"", is_last=True).encode())
    except UnicodeError as error:
        place = max(decoder.place(error), not_before)
        raise UnreadableError("F_ENCODING", _NO_TEXT.format(place)) from None
    if count.nuls:
        raise _nul(path, encoding)
    close(b"")
    return Decoded(tuple(pieces), count.lines, count.is_plain)


def decode(path: Path, folder: Path, take: Taker) -> Decoded:
    """The text as UTF-8; a file that is UTF-8 already is not copied.

    Raises:
        UnreadableError: F_ENCODING.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    named = _encoding_by_mark(head)
    if named == "utf-16":
        return _transcode(path, named, folder, take)
    found = _check_utf8(path, take)
    if isinstance(found, Decoded):
        return found
    if named == "utf-8":
        raise UnreadableError("F_ENCODING", _NO_TEXT.format(found))
    return _transcode(path, "gb18030", folder, take, not_before=found)
