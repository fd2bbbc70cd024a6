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
from tests.builders.landed import HILL, RIVER, WATER, County, key_of

if TYPE_CHECKING:
    from pathlib import Path

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
    return county


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out_of_place")
    with open_warehouse(folder / "warehouse.duckdb") as con:
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
    assert numbers(candidate)["jd_persons"] == (2, None)
    assert numbers(candidate, TOWNSHIP)["jd_persons"] == (1, None)


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
