"""The pushed workbook, filled in with LibreOffice as a clerk would, comes back and does what was written in it."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.contract import load_feed
from connectors.outbox.issues import COLUMNS, FIRST_ROW, HEAD_ROW, SHEET
from pipeline.ledger.lines import feed_titles
from tests.builders import libreoffice
from tests.builders.publications import Office, a_finding

_MISSING = libreoffice.missing()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(_MISSING), reason=_MISSING)]

FOUND, REPLIED, NEXT = date(2020, 5, 4), date(2020, 5, 6), date(2020, 5, 8)
HEADERS = [column.header for column in COLUMNS]
ANSWERS: dict[str, dict[str, str]] = {
    "P1": {"办理结果": "已更正", "更正后的值": "代缴", "更正日期": "2020-05-06"},
    "P2": {"办理结果": "已更正", "更正后的值": "代缴", "更正日期": "2020-05-06"},
    "P3": {"办理结果": "已说明", "情况说明": "在外地参保", "佐证材料编号": "ZL01"},
    "P4": {"办理结果": "非本部门职责", "转办单位": "教育"},
    "P5": {"办理结果": "正在办理", "完成进度": "40%"},
}
PEOPLE = {"经办人": "测经办", "审核人": "测审核", "回复日期": "2020-05-06"}


def _lines(path: Path) -> list[dict[str, Any]]:
    rows = list(openpyxl.load_workbook(path)[SHEET].iter_rows(min_row=HEAD_ROW + 1, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if any(row)]


def _fill(path: Path, answers: dict[str, dict[str, str]], saves: list[list[str]], folder: Path) -> None:
    cells = []
    for number, line in enumerate(_lines(path)):
        said = answers.get(f"P{int(line['行号']) - 1}", {})
        written = {**said, **(PEOPLE if said else {})}
        cells += [[0, FIRST_ROW + number, HEADERS.index(header), text] for header, text in written.items()]
    libreoffice.fill_and_save([{"open": str(path), "cells": cells, "saves": saves}], folder)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Six issues pushed; five answered in LibreOffice and dropped back as xlsx, then the same as xls."""
    folder = tmp_path_factory.mktemp("loop")
    office = Office.make(folder / "home")
    office.night(FOUND, [a_finding(number) for number in range(1, 7)])
    stem = folder / "610099_医保问题清单_回复"
    saves = [[f"{stem}.{ending}", *libreoffice.FILTERS[ending]] for ending in ("xlsx", "xls")]
    _fill(office.workbook("medical"), ANSWERS, saves, folder)
    for path, *_ in saves:
        office.home.drop("medical/replies", Path(path).name, Path(path).read_bytes())
        [landed] = office.home.ingest(REPLIED)
        assert (landed.status, landed.counts["rows_ok"], landed.counts["rows_rejected"]) == ("accepted", 5, 0), landed
    return office


@pytest.mark.parametrize("ending", ["xlsx", "xls"])
def test_what_was_saved_still_offers_the_words_that_are_read(office: Office, tmp_path: Path, ending: str) -> None:
    [saved] = office.settings.home.parent.glob(f"*_回复.{ending}")
    result, unit, person = (HEADERS.index(header) for header in ("办理结果", "转办单位", "经办人"))
    places = [[0, FIRST_ROW, column] for column in (result, unit, person)]
    told = tmp_path / "choices.json"
    job = {"open": str(saved), "cells": [], "saves": [], "asks": places, "choices": str(told)}
    libreoffice.fill_and_save([job], tmp_path)
    offered = json.loads(told.read_text(encoding="utf-8"))
    results = next(column.codes for column in load_feed("medical", "replies").columns if column.name == "result")
    assert results is not None
    assert offered[f"0,{FIRST_ROW},{result}"] == [code.word for code in results.codes]
    assert offered[f"0,{FIRST_ROW},{unit}"] == list(feed_titles().values())
    assert offered[f"0,{FIRST_ROW},{person}"] is None


def test_what_the_drop_down_does_not_offer_cannot_be_chosen(office: Office, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        _fill(office.workbook("medical"), {"P1": {"办理结果": "同意"}}, [], tmp_path)


def test_what_was_answered_stands_in_the_morning(office: Office) -> None:
    done = office.night(REPLIED, [a_finding(number) for number in range(1, 7)])
    assert done.counts["replied"] == 5
    assert office.states() == {
        "P1": ("replied", "medical"),
        "P2": ("replied", "medical"),
        "P3": ("replied", "medical"),
        "P4": ("pushed", "education"),
        "P5": ("replied", "medical"),
        "P6": ("pushed", "medical"),
    }
    moved = _lines(office.workbook("education"))
    assert [(line["本次变化"], line["行业数据值"]) for line in moved] == [("转入", None)]


def test_the_next_list_clears_what_is_mended_and_returns_what_is_not(office: Office) -> None:
    office.night(REPLIED, [a_finding(number) for number in range(1, 7)])
    office.deliver("medical-enrolments-2", "medical/enrolments", NEXT)
    evidence = {number: f"medical-enrolments-2#Sheet1!{number + 1}" for number in range(2, 7)}
    office.night(NEXT, [a_finding(number, evidence=place) for number, place in evidence.items()])
    states = office.states()
    assert states["P1"] == ("cleared", "medical")
    assert states["P2"] == ("pushed", "medical")
    lines = {int(line["行号"]) - 1: line for line in _lines(office.workbook("medical"))}
    assert lines[2]["本次变化"] == "退回重办"
    assert "已报更正，但更正后报送的数据仍有此差异" in lines[2]["办理情况"]
    assert lines[6]["本次变化"] is None


def test_the_office_signs_in_its_own_workbook(office: Office, tmp_path: Path) -> None:
    office.night(REPLIED, [a_finding(number) for number in range(1, 7)])
    path = office.workbook("registry", "问题复核清单")
    rows = list(openpyxl.load_workbook(path)["待复核"].iter_rows(min_row=3, values_only=True))
    header, *lines = rows
    [line] = [row for row in lines if row[header.index("情况说明")] == "在外地参保"]
    filled = {"复核结论": "同意", "复核人": "测复核", "复核意见": "材料齐全"}
    cells = [[0, 3 + lines.index(line), header.index(name), text] for name, text in filled.items()]
    saved = tmp_path / "复核.xlsx"
    libreoffice.fill_and_save(
        [{"open": str(path), "cells": cells, "saves": [[str(saved), *libreoffice.FILTERS["xlsx"]]]}], tmp_path
    )
    office.home.drop("registry/reviews", saved.name, saved.read_bytes())
    [landed] = office.home.ingest(NEXT)
    assert (landed.status, landed.error) == ("accepted", "已接收 1 条复核，新增 1 条")
    office.night(date(2020, 5, 9), [a_finding(number) for number in range(2, 7)])
    assert office.states()["P3"] == ("verified", "medical")


def test_a_row_that_is_not_the_departments_or_not_the_last_push_is_told_in_a_row_report(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    office.night(FOUND, [a_finding(number) for number in range(1, 5)])
    first = tmp_path / "first.xlsx"
    first.write_bytes(office.workbook("medical").read_bytes())
    office.night(REPLIED, [a_finding(1, actual="停保"), a_finding(2), a_finding(3)])
    answers = {f"P{number}": ANSWERS["P1"] for number in range(1, 5)}
    answers["P3"] = {"办理结果": "已说明"}
    saved = tmp_path / "610099_医保问题清单_回复.xlsx"
    _fill(first, answers, [[str(saved), *libreoffice.FILTERS["xlsx"]]], tmp_path)
    office.home.drop("medical/replies", saved.name, saved.read_bytes())
    [landed] = office.home.ingest(NEXT)
    codes = dict(office.home.ask("select row_no, code from meta.row_codes where code like 'R%'"))
    by_place = {f"P{int(line['行号']) - 1}": FIRST_ROW + 1 + number for number, line in enumerate(_lines(first))}
    assert landed.status == "accepted_with_errors"
    assert codes == {
        by_place["P1"]: "R_PUSH_MISALIGNED",
        by_place["P3"]: "R_REQUIRED_BLANK",
        by_place["P4"]: "R_ISSUE_CLOSED",
    }
    assert any(path.name.endswith("错误明细.xlsx") for path in landed.answers)
    office.home.drop("water/replies", saved.name, saved.read_bytes())
    [foreign] = office.home.ingest(NEXT)
    assert foreign.counts["rows_ok"] == 0
    assert "R_REF_UNKNOWN" in {code for (code,) in office.home.ask("select code from meta.row_codes")}


def test_key_cells_are_locked_and_the_answers_are_not(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    office.night(FOUND, [a_finding(1)])
    sheet = openpyxl.load_workbook(office.workbook("medical"))[SHEET]
    open_cells = {HEADERS[place] for place in range(len(HEADERS)) if not sheet.cell(4, place + 1).protection.locked}
    assert sheet.protection.sheet
    assert open_cells == {column.header for column in COLUMNS if column.name is None}
    assert len(sheet.data_validations.dataValidation) == 2
