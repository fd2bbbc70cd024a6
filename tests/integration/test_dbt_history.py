"""What was in force on a day: later files, smaller areas, corrections, rejects and nil reports."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, findings, numbers, rows
from tests.builders.landed import HILL, RIVER, WATER, County, deliver, key_of

if TYPE_CHECKING:
    from pathlib import Path

MAY, JUNE, JULY = date(2020, 5, 28), date(2020, 6, 28), date(2020, 7, 28)
ADULT = "1965-03-12"


def _county() -> County:
    county = County()
    county.household("H01", ("测甲一", ADULT))
    county.household("H02", ("测乙一", ADULT), village=WATER)
    county.household("H03", ("测丙一", ADULT), village=RIVER)
    return county


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which May, June and July differ."""
    folder = tmp_path_factory.mktemp("history")
    county = _county()
    medical = county.rows.pop("medical/enrolments")
    unpaid = [{**row, "ins_state": "unpaid"} for row in medical]
    by_name = {row["name"]: row for row in medical}
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, MAY)
        deliver(con, "medical/enrolments", unpaid, received_on=MAY)
        # June: 甲镇 alone sends anew and pays; a correction pays for 乙河村; a refused file must not count
        town = [row for row in medical if row["village_code"] in (HILL, WATER)]
        deliver(con, "medical/enrolments", town, received_on=JUNE, area_code="610099101")
        deliver(con, "medical/enrolments", unpaid, received_on=JUNE, status="refused")
        corrected = [{**by_name["测丙一"], "ins_state": "gov_paid"}]
        deliver(con, "medical/enrolments", corrected, received_on=date(2020, 6, 29), mode="correction")
        # July: the whole county; 测甲一's row is sent back, 测丙一 is gone
        deliver(
            con,
            "medical/enrolments",
            [{**by_name["测乙一"], "ins_state": "declined"}],
            received_on=JULY,
            rejected=[by_name["测甲一"]],
        )
    return folder


def _insured(folder: Path, day: date) -> dict[str, str]:
    candidate = build(folder, folder / "warehouse.duckdb", day, only="one_table_person")
    found = rows(candidate, "select name, insured_state from marts.one_table_person")
    return {row["name"]: row["insured_state"] for row in found}


def test_a_day_knows_only_what_had_arrived(history: Path) -> None:
    assert _insured(history, date(2020, 5, 27)) == {}
    assert _insured(history, date(2020, 5, 31)) == dict.fromkeys(("测甲一", "测乙一", "测丙一"), "not_insured")


def test_a_smaller_area_replaces_only_its_part_and_a_correction_only_its_row(history: Path) -> None:
    assert _insured(history, JUNE) == {"测甲一": "insured", "测乙一": "insured", "测丙一": "not_insured"}
    assert _insured(history, date(2020, 6, 30)) == dict.fromkeys(("测甲一", "测乙一", "测丙一"), "insured")


def test_a_rejected_key_keeps_its_last_row_and_an_absent_one_ends(history: Path) -> None:
    assert _insured(history, date(2020, 7, 31)) == {"测甲一": "insured", "测乙一": "not_insured", "测丙一": "unknown"}


def test_the_same_day_gives_the_same_answer_again(history: Path) -> None:
    first = build(history, history / "warehouse.duckdb", date(2020, 6, 30))
    before = (findings(first), numbers(first))
    again = build(history, history / "warehouse.duckdb", date(2020, 6, 30))
    assert (findings(again), numbers(again)) == before


def test_periods_nil_reports_and_withdrawals(tmp_path: Path) -> None:
    county = _county()
    county.find("registry/households", hh_no="H01")["attr"] = "dibao"
    county.allowance("DB01", "测甲一")
    county.allowance("DB02", "测乙一", village=WATER)
    may_roster = county.rows.pop("civil_affairs/dibao")
    edge = {"hh_no": "E01", "name": "测丁一", "head_name": "测丁一", "relation": "01", "hh_kind": "edge",
            "npc": "4800.00", "village_code": RIVER}  # fmt: skip
    county.add("registry/edge_households", **edge)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        county.deliver_all(con, MAY)
        deliver(con, "civil_affairs/dibao", may_roster, received_on=MAY)
        # June's roster leaves DB02 out; a late correction of May's roster must not bring it back
        deliver(con, "civil_affairs/dibao", may_roster[:1], received_on=JUNE)
        deliver(con, "civil_affairs/dibao", may_roster[1:], received_on=JUNE, period="202005", mode="correction")
        deliver(con, "registry/edge_households", [], received_on=JUNE, status="nil", mode="nil", clears=True)
        deliver(con, "registry/households", [], received_on=JUNE, status="nil", mode="nil", clears=False)
        withdrawn = [row for row in county.rows["water/household_water"] if row["hh_no"] == "H03"]
        deliver(con, "water/household_water", withdrawn, received_on=JUNE, mode="withdrawal", op="withdraw")
    may = build(tmp_path, tmp_path / "warehouse.duckdb", date(2020, 5, 31))
    assert findings(may, ["R146"]) == {("R146", "dibao_without_attr", "fail", "H02")}
    assert numbers(may)["card_blue"] == (1, None)
    june = build(tmp_path, tmp_path / "warehouse.duckdb", date(2020, 6, 30))
    assert findings(june, ["R146"]) == set()
    assert numbers(june)["card_blue"] == (0, None)
    assert numbers(june)["jd_hh"] == (3, None)
    assert findings(june, ["R006"]) == {("R006", "water/household_water.missing", "unknown", "H03")}


def test_what_never_arrived_is_not_run_and_never_passes(tmp_path: Path) -> None:
    county = _county()
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        county.deliver_all(con, JUNE, except_feeds=["medical/enrolments", "education/enrolments"])
        deliver(con, "housing/retrofits", [], received_on=date(2020, 6, 29), status="held")
    candidate = build(tmp_path, tmp_path / "warehouse.duckdb", date(2020, 6, 30))
    status = {
        row["rule_id"]: (row["status"], row["reason"], row["mismatch_count"])
        for row in rows(candidate, "select * from marts.rule_status")
    }
    assert status["R081"] == ("not_run", "缺少数据:medical/enrolments", None)
    assert status["R102"] == ("not_run", "缺少数据:housing/retrofits", None)
    assert status["R134"] == ("run", None, 0)
    assert findings(candidate, ["R081", "R120"]) == set()
    rates = rows(candidate, "select value, status from marts.indicators where indicator = 'ins_rate'")
    assert {(row["value"], row["status"]) for row in rates} == {(None, "not_run")}
    # nobody's insurance is known, so no household is green
    assert numbers(candidate)["card_green"] == (0, None)
    assert numbers(candidate)["card_review"] == (3, None)
    feeds = {
        f"{row['sector']}/{row['entity']}": (row["is_missing"], row["is_stale"])
        for row in rows(candidate, "select * from marts.feed_status")
    }
    assert feeds["medical/enrolments"] == (True, False)
    assert feeds["housing/appraisals"] == (False, False)


def test_a_feed_is_stale_when_it_is_overdue_or_its_last_file_was_refused(tmp_path: Path) -> None:
    county = _county()
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        county.deliver_all(con, MAY)
        deliver(con, "housing/appraisals", county.rows["housing/appraisals"], received_on=JUNE)
        deliver(con, "registry/persons", county.rows["registry/persons"], received_on=JUNE)
        deliver(con, "registry/persons", [], received_on=date(2020, 6, 29), status="refused")
        deliver(con, "medical/enrolments", county.rows["medical/enrolments"], received_on=JUNE)
    candidate = build(tmp_path, tmp_path / "warehouse.duckdb", date(2020, 7, 15), only="feed_status one_table_person")
    stale = rows(candidate, "select sector || '/' || entity as feed from marts.feed_status where is_stale")
    assert {row["feed"] for row in stale} == {"registry/persons", "registry/households", "water/household_water"}
    held = rows(candidate, f"select count(*) as n from marts.one_table_person where person_uid = '{key_of('测甲一')}'")
    assert held == [{"n": 1}]


def test_an_empty_warehouse_builds_an_empty_table(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb"):
        pass
    candidate = build(tmp_path, tmp_path / "warehouse.duckdb", date(2020, 6, 30))
    assert rows(candidate, "select * from marts.one_table_person") == []
    assert {row["status"] for row in rows(candidate, "select status from marts.rule_status")} == {"not_run"}
    assert {row["is_missing"] for row in rows(candidate, "select is_missing from marts.feed_status")} == {True}
