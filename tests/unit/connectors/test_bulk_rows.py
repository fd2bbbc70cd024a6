"""A long list is written as a short one: same cells, same look, whatever is in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from connectors.outbox import workbook
from connectors.outbox.bulk_rows import MOST_SINGLE
from connectors.outbox.issues import FILLED, LAYOUT
from connectors.outbox.reply_list import FIRST_ROW, Head, write_list

ODD = ("=1+1", "a<b & c", " 两端有空格 ", "控制\x01字符", None, "", "x" * 40_000, "行\n行")


def _list(path: Path, rows: list[list[object]]) -> Path:
    head = Head("清单", "扶贫", "medical", date(2020, 5, 4), "B0001", None, date(2020, 5, 4))
    with workbook.new_workbook(path, date(2020, 5, 4)) as (book, formats):
        write_list(book, formats, head, LAYOUT, rows, ("医保",))
    return path


def test_rows_beyond_the_first_thousand_read_and_look_as_those_before(tmp_path: Path) -> None:
    row: list[object] = [f"{name}-1" for name in FILLED]
    row[-len(ODD) :] = (*ODD[:6], "y" * 100, "行\n行")
    rows = [list(row) for _ in range(MOST_SINGLE + 5)]
    book = openpyxl.load_workbook(_list(tmp_path / "many.xlsx", rows))
    sheet = book[LAYOUT.sheet]
    assert sheet.max_row == FIRST_ROW + len(rows)
    single, bulk = sheet[FIRST_ROW + MOST_SINGLE], sheet[FIRST_ROW + MOST_SINGLE + 1]
    assert [cell.value for cell in bulk] == [cell.value for cell in single]
    for one, other in zip(single, bulk, strict=True):
        if one.value is not None or not one.protection.locked:
            assert (one.protection.locked, one.border.left.style, one.number_format, one.font.name) == (
                other.protection.locked, other.border.left.style, other.number_format, other.font.name,
            )  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_no_text_breaks_a_table(tmp_path: Path, text: str | None) -> None:
    rows = [["k", text]] * (MOST_SINGLE + 2)
    with workbook.new_workbook(tmp_path / "t.xlsx", date(2020, 5, 4)) as (book, formats):
        assert workbook.add_table(book, formats, "表", ("甲", "乙"), rows, (9, 9)) == len(rows)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["表"]
    assert sheet.cell(MOST_SINGLE + 2, 2).value == sheet.cell(MOST_SINGLE + 1, 2).value


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows: list[list[object]] = [[str(number)] * len(FILLED) for number in range(MOST_SINGLE + 3)]
    first, second = (_list(tmp_path / name, rows).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second
