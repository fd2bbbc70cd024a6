"""Headers that nearly match a missing one: named to the clerk, never guessed (feeds.md section 3, item 4).

Data in: a header and the columns it lacks. Data out: Chinese text for the receipt.
Not here: matching headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from connectors.contract import Column
from connectors.intake.header_text import clean_header
from connectors.intake.headers import Header

_NEAR = 0.6


def _likeness(text: str, known: str) -> float:
    return SequenceMatcher(None, text, clean_header(known)).ratio()


def _hint(column: Column, unknown: Sequence[str]) -> str:
    pairs = [
        (_likeness(clean_header(text), known), text, known)
        for text in unknown
        for known in (column.header, *column.aliases)
    ]
    ratio, text, known = max(pairs, default=(0.0, "", ""))
    return f"（找到“{text}”，是否为“{known}”？）" if ratio >= _NEAR else ""


def missing_text(header: Header, absent: Sequence[Column]) -> str:
    """The missing columns, each with the unknown header that may be meant."""
    unknown = [header.texts[index] for index in header.unknown]
    return "、".join(f"{column.header}{_hint(column, unknown)}" for column in absent)
