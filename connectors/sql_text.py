"""Texts in SQL statements, whatever letters they hold.

Data in: a text. Data out: SQL. Parameters are the better way; these are for statements that take none or are built.
"""

from __future__ import annotations

from collections.abc import Iterable

_NUL = "\0"


def quoted(text: str) -> str:
    """``text`` as a string literal, for statements that take no expression either (attach, copy, load)."""
    return "'" + text.replace("'", "''") + "'"


def literal(text: str | None) -> str:
    """``text`` as an expression. DuckDB's parser ends at a NUL, which a damaged workbook may hold."""
    if text is None:
        return "null::varchar"
    if _NUL in text:
        return "(" + " || chr(0) || ".join(map(quoted, text.split(_NUL))) + ")"
    return quoted(text)


def literals(texts: Iterable[str]) -> str:
    """Expressions for ``in (…)``."""
    return ", ".join(map(literal, texts))
