"""A blank template, filled in as its own guide shows, comes back as clean rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from connectors.contract import Feed, feeds
from connectors.intake import Staged, read_file
from connectors.intake.context import IntakeContext
from connectors.outbox.templates import example_of, template_columns, write_template
from connectors.warehouse import Connection, open_work

COUNTY = "610099"
FIRST_DATA_ROW = 4
PERIODS = {"day": "20200630", "month": "202006", "year": "2020", "term": "2020春"}
MODES = {"full": "全量", "increment": "增量"}
AREAS = (
    ("610099", 6, None, "测试县"),
    ("610099101", 9, "610099", "甲镇"),
    ("610099101201", 12, "610099101", "甲山村"),
    ("610099101202", 12, "610099101", "甲水村"),
)
# A reply is read against the issue that was pushed, so there is nothing to fill in without one.
FILLABLE = [feed for feed in feeds() if feed.entity != "replies"]


def read(path: Path, feed: Feed) -> tuple[Staged, Connection]:
    con = open_work()
    con.execute(
        "create table areas (area_code varchar, level integer, parent varchar, name varchar, valid_from date,"
        " valid_to date, prev_code varchar, prev_name varchar)"
    )
    con.executemany("insert into areas (area_code, level, parent, name) values (?, ?, ?, ?)", AREAS)
    name = f"{COUNTY}_{PERIODS[feed.delivery.period]}_{feed.title}_{MODES[feed.delivery.mode]}.xlsx"
    context = IntakeContext(file_name=name, received_on=dt.date(2020, 7, 3), county=COUNTY, definition_version="v1")
    return read_file(path, feed, context, con), con


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_a_blank_template_is_empty_and_nothing_else(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    write_template(feed, path)
    staged, _ = read(path, feed)
    assert (staged.result.status, staged.result.reasons) == ("refused", ("F_EMPTY",))


@pytest.mark.parametrize("feed", FILLABLE, ids=lambda feed: feed.name)
def test_a_template_filled_with_its_examples_is_accepted_without_a_code(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "filled.xlsx"
    write_template(feed, path)
    book = openpyxl.load_workbook(path)
    for place, column in enumerate(template_columns(feed), start=2):
        book.worksheets[0].cell(FIRST_DATA_ROW, place).value = example_of(column) or None
    book.save(path)
    staged, con = read(path, feed)
    assert staged.result.status == "accepted"
    assert staged.result.rows == {}
    assert staged.result.reasons == ()
    assert staged.result.counts["rows_ok"] == 1
    shape = [column[0] for column in con.execute("select * from staged limit 0").description]
    assert shape == [column.name for column in feed.staged_columns()]
