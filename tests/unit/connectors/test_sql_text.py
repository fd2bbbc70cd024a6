"""Texts in SQL: whatever letters they hold, DuckDB reads them as they are."""

from __future__ import annotations

import pytest

from connectors.sql_text import literal, literals, quoted
from connectors.warehouse import open_work

TEXTS = ["", "测甲", "it's", "''", "\0", "a\0b'\0", "\\", "\n", "$1", "{x}", "--", "\ufeff", "𠮷"]


def test_any_text_is_read_as_it_is() -> None:
    con = open_work()
    for text in TEXTS:
        assert con.execute(f"select {literal(text)}").fetchall() == [(text,)]
        assert con.execute(f"select ? in ({literals(TEXTS)})", [text]).fetchall() == [(True,)]
    assert con.execute(f"select {literal(None)}").fetchall() == [(None,)]
    con.close()


@pytest.mark.parametrize("text", [text for text in TEXTS if "\0" not in text])
def test_what_takes_no_expression_gets_one_literal(text: str) -> None:
    assert quoted(text) == literal(text)
