"""A county of rows that stand outside the common order: people without a place, ended villages, old projects.

Every expected finding and number is worked out by hand from the rule's text, never by running the rules.
"""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.warehouse import open_database, open_warehouse
from expectations.gate import check_publication
from tests.builders.dbt_project import build, findings, numbers
from tests.builders.landed import HILL, RIVER, WATER, County, deliver, key_of

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.warehouse import Connection

pytestmark = pytest.mark.slow

DAY = date(2020, 5, 30)
ADULT = "1965-03-12"
TOWNSHIP = "610099101"


def _county() -> County:
    county = County()
    county.household("H00", ("测甲一", ADULT))
    county.add("registry/persons", hh_no="H99", name="测无户", id_birth_date=ADULT, birth=ADULT, relation="01", sex="1")
    county.allowance("DB1", "测外人", village=TOWNSHIP)
    for village, people in ((HILL, "803"), (WATER, "400"), (RIVER, "400")):
        county.find("registry/villages", area_code=village)["pop_total"] = people
    for valid_to in ("2019-01-01", f"{DAY:%Y-%m-%d}"):
        county.add("registry/villages", area_code=f"{TOWNSHIP}209", area_name="旧村", valid_to=valid_to,
                   pop_total="200", village_type="poor", exited="1", exited_on="2018-12-01")  # fmt: skip
    county.household("H10", ("测旧改", ADULT))
    county.find("housing/appraisals", hh_no="H10")["grade"] = "D"
    county.add("housing/retrofits", hh_no="H10", head_name="测旧改", village_code=HILL, project_no="W0",
               batch_year="2016", mode="repair", progress="4", started_on="2016-03-01", completed_on="2016-06-01",
               accepted_on="2016-07-01", accepted_ok="1", due_amt="10000.00", payment_no="1", paid_on="2016-07-20",
               paid_amt="10000.00", channel="一卡通", account_holder="测旧改",
               account_holder_norm="测旧改")  # fmt: skip
    county.add("registry/edge_households", hh_no="E01", name="测边缘", head_name="测边缘", relation="01",
               hh_kind="edge", npc="4800.00", village_code=RIVER)  # fmt: skip
    for name in ("测边缘", "测无卡"):
        county.add("civil_affairs/tekun", name=name, village_code=RIVER, mode="scattered", live_amt="480.00")
    county.household("H20", ("测亡者", ADULT))
    county.add("civil_affairs/disability", name="测亡者", village_code=HILL, level="1", care_amt="65.00", is_dead="1")
    county.household("H30", ("测两证", ADULT), village=RIVER, npc="3890.00", attr="dibao", status="not_out")
    for name in ("测两证", "测外两证"):
        county.allowance(f"DB2{name}", name, village=RIVER)
        county.allowance(f"DB3{name}", name, village=RIVER)
    return county


def _bulletins(con: Connection) -> None:
    """Housing sends each month's figures in the first days of the next; in April one was smaller than in March."""
    for day, period, started in ((date(2020, 4, 5), "202003", "9"), (date(2020, 5, 4), "202004", "5")):
        figure = {"indicator": "retro_started", "area_code": "610099", "value": started}
        deliver(con, "housing/department_totals", [figure], received_on=day, period=period)


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out_of_place")
    with open_warehouse(folder / "warehouse.duckdb") as con:
        _bulletins(con)
        _county().deliver_all(con, date(2020, 5, 28))
    return build(folder, folder / "warehouse.duckdb", DAY, with_tests=True)


def critical(candidate: Path) -> list[str]:
    return [one.name for one in check_publication(candidate).critical_failures]


def test_rows_that_the_specification_takes_in_hold_no_publication(candidate: Path) -> None:
    """A member without a household, a person of whom the roster tells the township only, villages without allowance."""
    assert critical(candidate) == []


def test_a_member_without_a_household_is_counted_and_listed(candidate: Path) -> None:
    listed = ("R009", "person_without_household", "fail", key_of("测无户"))
    assert findings(candidate, ["R009"]) == {listed}
    assert numbers(candidate)["jd_persons"] == (5, None)
    assert numbers(candidate, TOWNSHIP)["jd_persons"] == (3, None)


def test_a_person_of_whom_the_township_alone_is_known_counts_there(candidate: Path) -> None:
    assert numbers(candidate, TOWNSHIP)["dibao_persons"] == (1, None)
    assert numbers(candidate, HILL)["dibao_persons"] == (0, None)


def test_a_village_in_which_nobody_is_counted_has_the_rate_nought(candidate: Path) -> None:
    assert numbers(candidate, WATER)["dibao_rural_rate"] == (0, 400)
    con = open_database(candidate, read_only=True)
    try:
        asked = f"select value from marts.indicators where indicator = 'dibao_rural_rate' and area_code = '{WATER}'"
        assert con.execute(asked).fetchall() == [(0,)]
    finally:
        con.close()


def spoil(candidate: Path, statement: str) -> Path:
    """The candidate once more, beside the first, with one statement run on it."""
    spoilt = candidate.with_name("spoilt.duckdb")
    shutil.copy(candidate, spoilt)
    con = open_database(spoilt, read_only=False)
    try:
        con.execute(statement)
    finally:
        con.close()
    return spoilt


@pytest.mark.parametrize("change", ["numerator + 1", "numerator - 1"])
def test_a_child_that_does_not_add_up_still_holds_it(candidate: Path, change: str) -> None:
    statement = f"update marts.indicators set numerator = {change} where indicator = 'jd_hh' and area_code = '{HILL}'"
    assert "marts.indicators_township.children_sum_to_parent" in critical(spoil(candidate, statement))


def test_a_member_without_a_household_whom_no_finding_names_holds_it(candidate: Path) -> None:
    spoilt = spoil(candidate, "delete from marts.mismatches where rule_id = 'R009'")
    assert critical(spoilt) == ["marts.one_table_person.household"]


def test_a_village_that_is_no_more_is_not_counted(candidate: Path) -> None:
    """Its people stand in the village that took it over; it ended on the day itself, its last interval is half-open."""
    assert numbers(candidate)["dibao_rural_rate"][1] == 1603
    assert numbers(candidate)["exited_villages"] == (0, None)


def test_who_draws_the_allowance_under_two_certificates_is_one_person(candidate: Path) -> None:
    assert numbers(candidate, RIVER)["dibao_persons"] == (2, None)
    assert numbers(candidate, RIVER)["dibao_rural_rate"] == (2, 400)
    con = open_database(candidate, read_only=True)
    try:
        assert con.execute("select people from marts.dibao_monthly").fetchall() == [(3,)]
    finally:
        con.close()


def test_a_dangerous_house_is_not_in_stock_by_a_project_that_was_finished_before(candidate: Path) -> None:
    """Graded D in 2020, rebuilt in 2016: nothing is under way, a month before the deadline too."""
    assert findings(candidate, ["R104"]) == {("R104", "not_in_stock", "fail", "H10")}


def test_a_monthly_report_is_looked_at_although_it_came_in_the_next_month(candidate: Path) -> None:
    assert findings(candidate, ["R101"]) == {("R101", "decreased", "fail", "retro_started|610099")}


def test_a_destitute_person_of_a_household_with_a_blue_card_is_in_the_review(candidate: Path) -> None:
    assert [(rule, detail) for rule, detail, _, _ in findings(candidate, ["R049"])] == [("R049", "tekun_unlisted")]


def test_who_the_list_of_certificates_calls_dead_is_paid_after_death(candidate: Path) -> None:
    paid = ("R187", "civil_affairs/disability.after_death", "fail", key_of("测亡者"))
    assert paid in findings(candidate, ["R187"])
    assert findings(candidate, ["R148", "R149"]) == set()
    assert numbers(candidate)["ins_rate"] == (3, 4)
