"""The sheets for mending: the sender's rejected and doubtful rows in her own columns, to be dropped back as they are.

Data in: the tables ``row_codes``, ``cells`` and ``header_rows`` of the scratch database, facts of the delivery.
Data out: one sheet per sheet of the sender: what to do, what the rows belong to, her own header, her rows; each wrong
cell is marked and carries a comment with its reason and its mend.
Not here: reading a returned workbook (connectors/intake/returned.py).

A cell keeps its kind: a number stays a number, so that an identifier that lost its digits is not made good by our copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.intake.row_report import LINKS, MENDING_SHEET, SHEET, facts_line
from connectors.outbox.workbook import MAX_ROWS, Formats, fit_row, print_setup, put, put_cell, text_width
from connectors.warehouse import Connection

_TOP_ROWS = 3
_MOST_COMMENTS = 5_000
_MIN_WIDTH, _MAX_WIDTH, _LINK_WIDTH, _SPARE = 7, 24, 11, 4
_SAMPLED_ROWS = 200
_MAX_SHEET_NAME = 31
_COMMENT = {"author": "一张表", "font_size": 10, "x_scale": 1.6, "y_scale": 1.2}

_WORTH_MENDING = (
    "W_ACCOUNT_NUMERIC", "W_AREA_NAME", "W_COND_MISSING", "W_CONFLICT", "W_DATE_AMBIGUOUS", "W_DATE_ORDER",
    "W_DATE_PART", "W_FORMULA_BLANK", "W_GROUP_CONFLICT", "W_ID_BLANK", "W_ID_CHECK", "W_ID_DIVISION",
    "W_ID_DOB", "W_ID_SEX",
    "W_NAME_RARE", "W_RANGE", "W_SUM_MISMATCH", "W_UNKNOWN_WORD", "W_VALUE_DROPPED",
)  # fmt: skip
"""Warnings that only the sender can settle; the others say what was tidied up and ask for nothing."""
_LISTED = f"code like 'R%' or code in ({', '.join(repr(code) for code in _WORTH_MENDING)})"

Marks = Mapping[tuple[int, str], tuple[str, bool]]
"""(row of the sender's sheet, flat header) → reason and mend, and whether the cell must be mended."""


@dataclass(frozen=True)
class Mending:
    """What the sheets say of the delivery they mend."""

    submission_id: str
    title: str
    folder: str
    """Drop folder, below the home."""
    made_on: date
    facts: Mapping[str, str | None]
    """As in a side file; ``mode`` is the original's."""
    is_whole: bool = False
    """Nothing of the file was loaded: all its rows come back and count as the file itself."""

    @property
    def line(self) -> str:
        """The line by which a returned workbook is known."""
        mode = self.facts.get("mode")
        keeps = self.is_whole or mode == "withdrawal"
        return facts_line(self.submission_id, {**self.facts, "mode": mode if keeps else "correction"})


def add_mending(con: Connection, book: Any, formats: Formats, mending: Mending) -> bool:  # noqa: ANN401
    """Add the sheets; none where no row is to be mended or the rows are too many for a clerk's workbook."""
    listed = f"select distinct sheet, row_no from row_codes where {_LISTED}"
    if mending.facts.get("mode") == "withdrawal":
        listed = "select distinct sheet, row_no from row_codes where code like 'R%'"
    kept = "cells" if mending.is_whole else f"(select * from cells semi join ({listed}) using (sheet, row_no))"
    counts = con.execute(f"select sheet, count(*) from {kept} as kept group by sheet order by sheet").fetchall()
    if not counts or sum(count for _, count in counts) > MAX_ROWS:
        return False
    marks = _marks(con)
    for name, _ in counts:
        _Sheet(con, book, formats, mending, name, kept, marks.get(name, {})).write()
    return True


def _marks(con: Connection) -> dict[str, dict[tuple[int, str], tuple[str, bool]]]:
    found: dict[str, dict[tuple[int, str], tuple[str, bool]]] = {}
    lines = con.execute(
        "select sheet, row_no, coalesce(header, column_name) as header, bool_or(code like 'R%') as is_wrong,"
        " string_agg(message || '。' || coalesce(mend, ''), chr(10) order by code)"
        f" from row_codes where {_LISTED} group by sheet, row_no, coalesce(header, column_name) order by all"
    ).fetchall()
    for sheet, row_no, header, is_wrong, text in lines:
        found.setdefault(sheet, {})[(row_no, header)] = (text, is_wrong)
    return found


@dataclass(frozen=True)
class _Sheet:
    """One sheet while it is written."""

    con: Connection
    book: Any
    formats: Formats
    mending: Mending
    name: str
    kept: str
    marks: Marks

    def write(self) -> None:
        """Write the whole sheet."""
        flat, *header = self._header()
        width = len(flat)
        sheet = self.book.add_worksheet(self._free_name())
        self._write_top(sheet)
        for line, texts in enumerate(header, start=_TOP_ROWS):
            is_last = line == _TOP_ROWS + len(header) - 1
            for place, text in enumerate((*texts, *(LINKS if is_last else ("", "")))):
                put(sheet, line, place, text, self.formats.head)
        first = _TOP_ROWS + len(header)
        rows = self._rows(width)
        widths = [*self._widths(flat, rows), _LINK_WIDTH, _LINK_WIDTH]
        for place, each in enumerate(widths):
            sheet.set_column(place, place, each)
        fit_row(sheet, first - 1, [*header[-1], *LINKS], widths)
        count = self._write_rows(sheet, flat, first, rows, widths)
        sheet.freeze_panes(first, 0)
        sheet.autofilter(first - 1, 0, first - 1 + max(count, 1), width + 1)
        print_setup(sheet, landscape=True)
        sheet.repeat_rows(_TOP_ROWS, first - 1)

    def _header(self) -> list[list[str]]:
        lines = self.con.execute("select texts from header_rows where sheet = ? order by line", [self.name]).fetchall()
        return [[text or "" for text in texts] for (texts,) in lines]

    def _free_name(self) -> str:
        """The sender's own sheet name, which may say a township; 更正报送 for a text file."""
        taken = {sheet.get_name().casefold() for sheet in self.book.worksheets()}
        name = MENDING_SHEET if self.name in ("csv", SHEET) else self.name[:_MAX_SHEET_NAME]
        return name if name.casefold() not in taken else f"{MENDING_SHEET}{len(taken)}"

    def _write_top(self, sheet: Any) -> None:  # noqa: ANN401
        rows = "全部行" if self.mending.is_whole else "退回的行，和已接收但需要核对的行"
        guide = (
            f"这里是{rows}。加粗框的格子必须改正，虚线框的格子请核对、能补就补(鼠标移上去看原因和改法)。"
            f"保存后把本工作簿原样放回文件夹 {self.mending.folder}。前三行和最后两列请勿改动。"
        )
        put(sheet, 0, 0, f"更正报送　{self.mending.title}", self.formats.heading)
        put(sheet, 1, 0, self.mending.line, self.formats.plain)
        put(sheet, 2, 0, guide, self.formats.plain)
        sheet.set_row(0, 26)

    def _rows(self, width: int) -> list[tuple[object, ...]]:
        own = ", ".join(f"c{place}" for place in range(width))
        return self.con.execute(
            f"select row_no, k, {own} from {self.kept} as kept where sheet = ? order by row_no", [self.name]
        ).fetchall()

    def _widths(self, flat: Sequence[str], rows: Sequence[Sequence[object]]) -> list[int]:
        """Wide enough for the last part of the header and for the cells; an identifier is not broken in two."""
        widths = []
        for place, header in enumerate(flat):
            cells = (text_width(row[place + 2]) for row in rows[:_SAMPLED_ROWS])
            longest = max(text_width(header.split("-")[-1]), *cells)
            widths.append(min(max(longest + _SPARE, _MIN_WIDTH), _MAX_WIDTH))
        return widths

    def _write_rows(
        self,
        sheet: Any,  # noqa: ANN401
        flat: Sequence[str],
        first: int,
        rows: Sequence[Sequence[Any]],
        widths: Sequence[int],
    ) -> int:
        comments = 0
        for line, (row_no, kinds, *cells) in enumerate(rows, start=first):
            for place, value in enumerate(cells):
                mark = self.marks.get((row_no, flat[place]))
                kind = kinds[place] if kinds else "t"
                look = self.formats.wrong if mark and mark[1] else self.formats.doubtful if mark else self.formats.text
                put_cell(sheet, line, place, value, kind, look)
                if mark and comments < _MOST_COMMENTS:
                    comments += 1
                    sheet.write_comment(line, place, mark[0], _COMMENT)
            fit_row(sheet, line, cells, widths)
            put(sheet, line, len(cells), self.name, self.formats.text)
            put(sheet, line, len(cells) + 1, row_no, self.formats.text)
        return len(rows)
