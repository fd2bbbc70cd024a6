"""Lists that know households only: they meet by number and place, then by the head's identity.

A person whose household differs between lists, or a row whose number does, is a mismatch and never a second household.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, rows
from tests.builders.landed import HILL, RIVER, WATER, County

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2020, 6, 30)
ADULT, CHILD = "1965-03-12", "2010-03-12"
MODELS = "int_water_rows int_households one_table_person rule_r001_identity_follows_register"
SURVEY = {
    "mode": "dispersed", "no_visible": "1", "no_odour": "1", "no_ill_effect": "1", "qty_ok": "1", "access_ok": "1",
    "surveyed_on": "2020-05-23",
}  # fmt: skip


def _survey(county: County, **who: str | None) -> None:
    row = {"head_name": "无", "head_key": None, "head_name_norm": None, "village_code": HILL, **SURVEY, **who}
    county.add("water/household_water", **(row | {"head_name": who.get("head_name")}))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven households, each of which the water survey knows by other keys."""
    folder = tmp_path_factory.mktemp("households")
    county = County()
    for number in range(1, 7):
        county.household(f"H0{number}", (f"户主{number}", ADULT), village=(HILL, WATER)[number % 2])
    county.household("H07", ("户主七", ADULT), ("孩子七", CHILD))
    county.rows["water/household_water"] = []
    _survey(county, hh_no="H01", head_name=None, village_code=WATER)
    _survey(county, hh_no=None, head_name="户主2", head_key="KEY-户主2", head_name_norm="户主2")
    _survey(county, hh_no="H03", head_name="外人", head_key="KEY-外人", head_name_norm="外人", village_code=RIVER)
    _survey(county, hh_no="旧号", head_name="户主4", head_key="KEY-户主4", head_name_norm="户主4")
    _survey(county, hh_no="H05", head_name="改名", head_name_norm="改名", village_code=WATER[:9])
    _survey(county, hh_no="H01", head_name="户主6", head_key="KEY-户主6", head_name_norm="户主6")
    county.find("education/enrolments", name="孩子七")["hh_no"] = "H01"
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, date(2020, 6, 28))
    return build(folder, folder / "warehouse.duckdb", DAY, only=MODELS)


def test_a_row_meets_by_number_and_place_then_by_the_head_s_identity(told: Path) -> None:
    found = rows(told, "select hh_no, head_name, household_key, tier from intermediate.int_water_rows")
    assert {(row["hh_no"], row["head_name"]): (row["household_key"], row["tier"]) for row in found} == {
        ("H01", None): ("H01", "hh_no"),
        (None, "户主2"): ("H02", "head_key"),
        ("H03", "外人"): ("IKEY-外人", None),
        ("旧号", "户主4"): ("H04", "head_key"),
        ("H05", "改名"): ("H05", "hh_no"),
        ("H01", "户主6"): ("H06", "head_key"),
    }


def test_another_number_for_the_same_head_or_child_is_a_mismatch_and_no_second_household(told: Path) -> None:
    found = rows(told, "select detail, subject_key from rules.rule_r001_identity_follows_register")
    assert {(row["detail"], row["subject_key"]) for row in found if row["detail"].endswith(("hh_no", "head_name"))} == {
        ("water/household_water.hh_no", "H04"),
        ("water/household_water.hh_no", "H06"),
        ("water/household_water.head_name", "H05"),
        ("education/enrolments.hh_no", "KEY-孩子七"),
    }
    homes = rows(told, "select household_key from intermediate.int_households")
    assert sorted(row["household_key"] for row in homes) == [f"H0{number}" for number in range(1, 8)]
    (child,) = rows(told, "select household_key from marts.one_table_person where name = '孩子七'")
    assert child == {"household_key": "H07"}
