"""What calamine says of single cells: those of a large sheet that are more than plain text, each different one once.

Data in: a zip with a workbook; cells as they stand in its XML. Data out: their texts and kinds, as calamine gives them.
Not here: which cells these are (:mod:`xlsx_columns`). Like :mod:`excel_child`, the file needs calamine, pyarrow and the
library only.

Dates, numbers, errors and entities are the parser's business: it reads a small workbook that has the styles, the date
system and the shared strings of the large one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import python_calamine as calamine

if TYPE_CHECKING:
    from connectors.intake.readers.excel_grid import Pair, cell
    from connectors.intake.readers.xlsx_pieces import NotPlainError
else:  # beside this file, see excel_child
    from excel_grid import Pair, cell
    from xlsx_pieces import NotPlainError

_PARTS = (
    "[content_types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
)  # fmt: skip
"""In small letters: calamine takes ``xl/Styles.xml`` and ``xl\\styles.xml`` for the same."""
STRINGS = "xl/sharedStrings.xml"
"""The part in which they lie."""
_STRING = re.compile(rb"<si[\s/>]")
_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_TAIL = b"</sheetData></worksheet>"
_WIDE = b"ABCDEFGHIJKLMNOP"
_MOST_KEPT = 200_000
_MOST_ASKED = 10_000_000
"""Cells: one by one they take twice the time that they take in their sheet."""
_MOST_STRINGS = 1 << 20
"""Shared strings that are asked for: more take more memory than their sheet."""
_MOST_PARSED = 4 << 30
"""Bytes of styles and names, read anew with each question: some hold megabytes of them that nobody ever cleared."""

Asked = tuple[bytes, bytes]
"""The attributes of a cell without its place, and what stands between its tags."""


class Calamine:
    """Answers about cells of one sheet."""

    def __init__(self, archive: zipfile.ZipFile, name: str, member: str) -> None:
        self._archive, self._name, self._member = archive, name, member
        self._answers: dict[Asked, Pair] = {}
        self._parsed = self._asked = 0
        self._lock = Lock()

    def cells(self, asked: Sequence[Asked]) -> list[Pair]:
        """Text and kind of each cell."""
        with self._lock:
            return self._cells(asked)

    def _cells(self, asked: Sequence[Asked]) -> list[Pair]:
        unknown = [one for one in dict.fromkeys(asked) if one not in self._answers]
        if len(self._answers) + len(unknown) > _MOST_KEPT:
            self._answers, unknown = {}, list(dict.fromkeys(asked))
        self._asked += len(unknown)
        if self._asked > _MOST_ASKED:
            raise NotPlainError("many cells to be asked for")
        if unknown:
            rows = b"".join(
                b'<row r="%d"><c r="A%d"%b>%b</c></row>' % (number, number, attributes, content)
                for number, (attributes, content) in enumerate(unknown, start=1)
            )
            values = [row[0] for row in self._read(rows, with_strings=False)]
            values += [""] * (len(unknown) - len(values))
            self._answers.update(zip(unknown, map(cell, values), strict=True))
        return [self._answers[one] for one in asked]

    def strings(self) -> pa.Array:
        """The shared strings in their order."""
        count = len(_STRING.findall(self._archive.read(STRINGS))) if STRINGS in self._archive.namelist() else 0
        if count > _MOST_STRINGS:
            raise NotPlainError("many shared strings")
        rows = [_string_row(first, min(first + len(_WIDE), count)) for first in range(0, count, len(_WIDE))]
        values = [text for row in self._read(b"".join(rows), with_strings=True) for text in row]
        values += [""] * (count - len(values))
        return pa.array(values[:count], pa.string())

    def _read(self, rows: bytes, *, with_strings: bool) -> list[list[Any]]:
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w") as small:
            for part in dict.fromkeys(self._archive.namelist()):
                if part.replace("\\", "/").lower() in _PARTS or (with_strings and part == STRINGS):
                    body = self._archive.read(part)
                    self._parsed += len(body)
                    small.writestr(part, body)
            if self._parsed > _MOST_PARSED:
                raise NotPlainError("too much to read for each question")
            small.writestr(self._member, _HEAD + rows + _TAIL)
        box.seek(0)
        try:
            with calamine.CalamineWorkbook.from_filelike(box) as book:
                return book.get_sheet_by_name(self._name).to_python(skip_empty_area=False)
        except calamine.CalamineError:
            raise NotPlainError("unreadable cells") from None


def _string_row(first: int, stop: int) -> bytes:
    number = first // len(_WIDE) + 1
    cells = (
        b'<c r="%c%d" t="s"><v>%d</v></c>' % (_WIDE[place % len(_WIDE)], number, place) for place in range(first, stop)
    )
    return b'<row r="%d">%b</row>' % (number, b"".join(cells))
