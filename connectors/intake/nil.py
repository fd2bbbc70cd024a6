"""Nil reports: a file that says that there is nothing to report (feeds.md section 6).

Data in: sheets and the file's sources. Data out: :class:`Nil`, or None for an ordinary file.
Not here: whether rows were accepted before (the caller knows the periods).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from connectors.contract import Column
from connectors.intake.cell_codes import read_yes_no
from connectors.intake.cell_types import BLANK_WORDS, UNKNOWN_WORDS, WHITE
from connectors.intake.header_text import Row, clean_header
from connectors.intake.periods import Period, parse_period
from connectors.intake.readers.grid import Sheet

_LABELS = {
    "填报单位": "unit", "报送内容": "content", "期间": "period", "所属期": "period", "零报告": "nil",
    "本期无数据": "nil", "确认清空": "clears", "原因说明": "why", "填报人": "filler", "审核人": "reviewer",
    "复核人": "reviewer", "审核人(签字)": "reviewer", "填报日期": "filled_on",
}  # fmt: skip
_FEWEST_LABELS = 3
_YES_NO = Column("nil", "零报告", "yn", "O", "O", "")


@dataclass(frozen=True)
class Nil:
    """What the nil report says."""

    is_confirmed: bool
    is_signed: bool
    clears: bool
    period: Period | None
    unit: str | None


def _value(cell: str | None) -> str | None:
    text = (cell or "").strip(WHITE)
    return None if text in BLANK_WORDS | UNKNOWN_WORDS else text


def _labelled(rows: Iterable[Row]) -> dict[str, str | None] | None:
    """Label → value: a header row with one row under it, or labels in column A and values in column B."""
    listed = [row for row in rows if any(row)]
    for upper, lower in zip_longest(listed, listed[1:], fillvalue=()):
        found = {
            _LABELS[label]: _value(lower[index]) if index < len(lower) else None
            for index, cell in enumerate(upper)
            if (label := clean_header(cell)) in _LABELS
        }
        if len(found) >= _FEWEST_LABELS and "nil" in found:
            return found
    pairs = {
        _LABELS[label]: _value(row[1]) if len(row) > 1 else None
        for row in listed
        if (label := clean_header(row[0])) in _LABELS
    }
    return pairs if len(pairs) >= _FEWEST_LABELS else None


def count_labels(rows: Iterable[Row]) -> int:
    """How many labels of a nil report are found; chooses the delimiter of a text file."""
    return len(_labelled(rows) or ())


def _has_nil_title(rows: Iterable[Row]) -> bool:
    """The first filled row is a title that says 零报告."""
    first = next((row for row in rows if any(row)), ())
    filled = [cell for cell in first if cell]
    return len(filled) == 1 and "零报告" in filled[0]


def _is_yes(found: Mapping[str, str | None], key: str) -> bool:
    text = found.get(key)
    return bool(text) and read_yes_no(text or "", _YES_NO, inverse=False).value == "1"


def find_nil(sheets: Iterable[Sheet], is_named_nil: bool) -> Nil | None:
    """The nil report in a file; a file named so without the labels is an unconfirmed and unsigned one."""
    for sheet in sheets:
        if not sheet.is_visible or sheet.is_empty:
            continue
        found = _labelled(sheet.top)
        if found is not None and ("nil" in found or is_named_nil or _has_nil_title(sheet.top)):
            return Nil(
                is_confirmed=_is_yes(found, "nil"),
                is_signed=bool(found.get("reviewer")),
                clears=_is_yes(found, "clears"),
                period=parse_period(found.get("period") or ""),
                unit=found.get("unit"),
            )
    return Nil(False, False, False, None, None) if is_named_nil else None
