"""Columns of a workbook that hold texts only are found from the kinds of their cells."""

from __future__ import annotations

import pytest

from connectors.intake import slots
from connectors.intake.headers import Header
from connectors.intake.readers.grid import Sheet
from connectors.intake.slots import Reading, look_at_kinds
from connectors.warehouse import open_work

KINDS = ["TTn.", "ttnt", "t.t.", "ttTx", "tttt"]
"""Of the header row and four data rows: text; text, blank; a number; a merged cell and a formula without value."""


def plain(has_kinds: bool = True) -> frozenset[int]:
    con = open_work()
    con.execute("create table grid_0 (row_no integer, k varchar)")
    con.executemany("insert into grid_0 values (?, ?)", list(enumerate(KINDS, start=1)))
    sheet = Sheet("表", "grid_0", 4, (), has_kinds=has_kinds)
    try:
        return look_at_kinds(con, Reading(0, sheet, Header(1, 1, (), ()))).plain
    finally:
        con.close()


def test_the_header_does_not_count() -> None:
    assert plain() == {0, 1}


def test_a_text_file_has_no_kinds_to_look_at() -> None:
    assert plain(has_kinds=False) == frozenset()


def test_rows_of_too_many_kinds_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_MOST_KINDS", 3)
    assert plain() == frozenset()
