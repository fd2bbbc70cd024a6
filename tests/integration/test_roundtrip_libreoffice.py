"""What LibreOffice saves is accepted: templates filled in and error workbooks mended, as xlsx, xls and csv."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from connectors.contract import Feed, feeds
from connectors.intake import Staged, read_file
from connectors.intake.context import IntakeContext
from connectors.outbox.templates import example_of, template_columns, write_template
from connectors.warehouse import open_work
from tests.builders import libreoffice
from tests.integration.landing_home import Home, enrolments, id_no
from tests.integration.test_template_round_trip import AREAS, COUNTY, FIRST_DATA_ROW, MODES, PERIODS

_MISSING = libreoffice.missing()
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)

# A reply is read against the issue that was pushed, so there is nothing to fill in without one.
FILLABLE = [feed for feed in feeds() if feed.entity != "replies"]
FORMATS = tuple(libreoffice.FILTERS)


def _stem(feed: Feed) -> str:
    return f"{COUNTY}_{PERIODS[feed.delivery.period]}_{feed.sector}_{feed.title}_{MODES[feed.delivery.mode]}"


def _read(path: Path, feed: Feed) -> Staged:
    con = open_work()
    con.execute(
        "create table areas (area_code varchar, level integer, parent varchar, name varchar, valid_from date,"
        " valid_to date, prev_code varchar, prev_name varchar)"
    )
    con.executemany("insert into areas (area_code, level, parent, name) values (?, ?, ?, ?)", AREAS)
    context = IntakeContext(
        file_name=path.name, received_on=dt.date(2020, 7, 3), county=COUNTY, definition_version="v1"
    )
    return read_file(path, feed, context, con)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every template, typed full with its own examples, saved three ways by one LibreOffice."""
    folder = tmp_path_factory.mktemp("office")
    jobs = []
    for feed in FILLABLE:
        blank = folder / f"blank_{_stem(feed)}.xlsx"
        write_template(feed, blank)
        cells = [
            [0, FIRST_DATA_ROW - 1, place, example_of(column)]
            for place, column in enumerate(template_columns(feed), start=1)
            if column.example
        ]
        jobs.append({"open": str(blank), "cells": cells, "saves": libreoffice.saves(folder / _stem(feed))})
    libreoffice.fill_and_save(jobs, folder)
    return folder


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("feed", FILLABLE, ids=lambda feed: feed.name)
def test_a_template_filled_in_libreoffice_is_accepted_without_a_code(feed: Feed, ending: str, filled: Path) -> None:
    result = _read(filled / f"{_stem(feed)}.{ending}", feed).result
    assert (result.status, result.reasons, dict(result.rows)) == ("accepted", (), {})
    assert result.counts["rows_ok"] == 1


def test_an_error_workbook_mended_in_libreoffice_is_accepted(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home").with_villages()
    home.drop("medical/enrolments", "610099_202006_医保参保缴费_全量.csv", enrolments(30, masked=1))
    [landed] = home.ingest()
    [errors] = [path for path in landed.answers if path.name.endswith("_错误明细.xlsx")]
    [header] = list(openpyxl.load_workbook(errors)["更正报送"].iter_rows(min_row=4, max_row=4, values_only=True))
    mend = [1, 4, header.index("身份证号"), id_no(77)]
    for number, (ending, how) in enumerate(libreoffice.FILTERS.items()):
        if ending == "csv":
            continue
        folder = tmp_path / ending
        folder.mkdir()
        mended = folder / f"mended.{ending}"
        cells = [mend] if number == 0 else [[*mend[:3], id_no(78)]]
        libreoffice.fill_and_save([{"open": str(errors), "cells": cells, "saves": [[str(mended), *how]]}], folder)
        home.drop("medical/enrolments", f"{errors.stem}.{ending}", mended.read_bytes())
        [back] = home.ingest()
        assert (back.status, back.reasons) == ("accepted", ())
    assert home.ask("select count(*) from meta.submissions where mode = 'correction'") == [(2,)]
