"""Duplicates across the register and the lists: one cluster a person, under the same number on every run."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors import encryption
from connectors.warehouse import attached_warehouse, open_warehouse, open_work
from identity import clusters
from identity.rosters import PERSON_ROSTERS
from tests.builders.dbt_project import build
from tests.builders.landed import HILL, WATER, County, key_of

if TYPE_CHECKING:
    from pathlib import Path

DAY, AGAIN = date(2020, 6, 28), date(2020, 6, 29)
MODELS = " ".join(("int_register_persons", "int_register_households", *(roster.linked for roster in PERSON_ROSTERS)))
ADULT, ELSEWHERE = "1965-03-12", "610098101201"


def _county() -> County:
    county = County()
    for place, name in enumerate(("测甲一", "测乙一", "测丙一", "测丁一", "测戊一")):
        county.household(f"H0{place}", (name, ADULT), village=(HILL, WATER)[place % 2])
    county.household("H10", ("测己一", ADULT), village=ELSEWHERE)
    county.add("registry/persons", hh_no="H10", name="测甲一", birth=ADULT, id_birth_date=ADULT, relation="99", sex="1")
    county.find("medical/enrolments", name="测乙一").update(name="测别人", name_norm="测别人")
    row = county.find("medical/enrolments", name="测丙一")
    row.update(id_birth_date=ADULT)
    county.add("medical/enrolments", **(row | {"person_key": "KEY-旧号", "id_key": "KEY-旧号"}))
    county.allowance("DB1", "测丁一", village=WATER)
    county.allowance("DB2", "测丁一", village=WATER)
    for feed in ("registry/persons", "medical/enrolments", "civil_affairs/dibao"):
        for listed in county.rows[feed]:
            listed.setdefault("id_key", listed["person_key"])
    return county


def _found(folder: Path, *, deliveries: int, with_water: bool) -> dict[str, dict[str, object]]:
    """Reason → the cluster with that reason, after so many deliveries of the same rows."""
    folder.mkdir()
    warehouse = folder / "warehouse.duckdb"
    with open_warehouse(warehouse) as con:
        for day in (DAY, AGAIN)[:deliveries]:
            _county().deliver_all(con, day, except_feeds=() if with_water else ("water/household_water",))
    candidate = build(folder, warehouse, AGAIN, only=MODELS)
    con = open_work()
    encryption.attach(con, candidate, "candidate", read_only=True)
    with attached_warehouse(con, warehouse, read_only=True):
        clusters.cluster(con, "candidate")
        rows = con.execute("select * from clusters order by all").to_arrow_table().to_pylist()
    con.close()
    return {
        str(row["reasons"]): row | {"feeds": sorted(r["feed"] for r in rows if r["cluster_id"] == row["cluster_id"])}
        for row in rows
    }


@pytest.mark.slow
def test_each_way_of_being_listed_twice_is_one_cluster_with_a_number_that_stays(tmp_path: Path) -> None:
    found = _found(tmp_path / "once", deliveries=1, with_water=True)
    assert set(found) == set(clusters.REASONS.values())
    homes = found[clusters.REASONS["same_id"]]
    assert (homes["size"], homes["households"], homes["counties"]) == (2, 2, 2)
    assert homes["person_uid"] == key_of("测甲一")
    assert found[clusters.REASONS["same_id_other_name"]]["feeds"] == ["medical/enrolments", "registry/persons"]
    assert "registry/persons" in found[clusters.REASONS["same_person_other_id"]]["feeds"]
    assert found[clusters.REASONS["same_person_twice"]]["feeds"] == ["civil_affairs/dibao", "civil_affairs/dibao"]
    again = _found(tmp_path / "again", deliveries=2, with_water=False)
    assert {reason: row["cluster_id"] for reason, row in again.items()} == {
        reason: row["cluster_id"] for reason, row in found.items()
    }
