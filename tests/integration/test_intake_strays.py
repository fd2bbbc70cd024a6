"""A cell that nobody sees, far from the table, neither refuses a workbook nor takes the memory of its reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake_bench import example, read, to_xlsx

PERSONS = "registry/persons"
CORNER, LAST_ROW, LAST_COLUMN = (1_048_575, 16_383), (1_048_575, 3), (2, 16_383)


def with_cell(place: tuple[int, int], value: Any, sheet: str = "Sheet1") -> Callable[[Any, Mapping[str, Any]], None]:
    """A cell more, and a place on the way to it that is coloured only."""

    def dress(book: Any, sheets: Mapping[str, Any]) -> None:
        colour = book.add_format({"bg_color": "yellow"})
        sheets[sheet].write_blank(place[0] // 2 + 5, place[1] // 2, None, colour)
        if isinstance(value, str):
            sheets[sheet].write_string(*place, value, colour)
        else:
            sheets[sheet].write(*place, value)

    return dress


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("text", [" ", "　\n", ""])
@pytest.mark.parametrize("place", [CORNER, LAST_ROW, LAST_COLUMN])
def test_a_blank_far_away_is_no_part_of_the_table(
    tmp_path: Path, place: tuple[int, int], text: str, inline: bool
) -> None:
    rows = example(PERSONS)
    plain = read(tmp_path, PERSONS, to_xlsx({"Sheet1": rows}))
    strayed = to_xlsx({"Sheet1": rows}, with_cell(place, text), constant_memory=inline)
    found = read(tmp_path, PERSONS, strayed)
    assert (found.status, found.codes, found.counts) == (plain.status, plain.codes, plain.counts)
    assert found.reasons == plain.reasons
    columns = ("row_no", "name", "id_no", "hh_no", "relation")
    assert found.values(*columns) == plain.values(*columns)


def test_what_stands_in_the_far_corner_is_told_by_its_place(tmp_path: Path) -> None:
    found = read(tmp_path, PERSONS, to_xlsx({"Sheet1": example(PERSONS)}, with_cell(CORNER, 1)))
    assert (found.status, found.reasons) == ("refused", {"F_CORRUPT"})
    told = str(found.staged.result.details)
    assert "第 1 张工作表一直用到第 1048576 行、第 16384 列" in told
    assert "删去" in told


def test_a_hidden_sheet_may_reach_as_far_as_it_likes(tmp_path: Path) -> None:
    def hide(book: Any, sheets: Mapping[str, Any]) -> None:
        with_cell(CORNER, 1, "旧")(book, sheets)
        sheets["旧"].hide()

    found = read(tmp_path, PERSONS, to_xlsx({"Sheet1": example(PERSONS), "旧": [["旧表"]]}, hide))
    assert (found.status, found.counts["rows_in"]) == ("accepted", 3)
