"""Two rows of the register that an officer has called one person: whatever names either of them means that person."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors import encryption
from connectors.warehouse import attached_warehouse, open_warehouse, open_work
from identity.decisions import Decision, Kind, append, conflicts_sql
from tests.builders.dbt_project import build, rows, run_dbt
from tests.builders.landed import HILL, County, deliver, key_of

if TYPE_CHECKING:
    from pathlib import Path

FIRST, DECIDED, DAY = date(2020, 6, 28), date(2020, 6, 29), date(2020, 6, 30)
ADULT = "1965-03-12"
MODELS = "links int_register_persons int_register_heads int_education_rows"
PAIRS = ("测甲", "测乙", "测丙", "测丁")


def _same(name: str, target: str, feed: str = "registry/persons", **changes: object) -> Decision:
    values = {
        "kind": Kind.SAME, "subject_key": key_of(name), "subject_name": name, "target_key": key_of(target),
        "feed": feed, "officer": "测经办", "reason": "电话核实", "decided_on": DECIDED,
    }  # fmt: skip
    return Decision(**(values | changes))  # type: ignore[arg-type]


def _allowed(county: County, case_no: str, name: str, id_key: str, *, is_valid: bool) -> None:
    county.add(
        "civil_affairs/dibao", name=name, person_key=id_key if is_valid else None, id_key=id_key,
        id_status="valid" if is_valid else "invalid", village_code=HILL, case_no=case_no, kind="rural",
        from_month="2018-07",
    )  # fmt: skip


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people whom the register lists under an old and a new number; of one it has since removed the old row."""
    folder = tmp_path_factory.mktemp("merged")
    county = County()
    for place, name in enumerate(PAIRS):
        county.household(f"H{place}1", (f"{name}旧", ADULT))
        county.household(f"H{place}2", (name, ADULT))
    for feed in ("registry/persons", "medical/enrolments"):
        for row in county.rows[feed]:
            row["id_key"] = row["person_key"]
    _allowed(county, "D1", "测乙误", "BAD-2", is_valid=False)
    _allowed(county, "D2", "测丙别", key_of("测丙"), is_valid=True)
    _allowed(county, "D3", "测丁别", key_of("测丁"), is_valid=True)
    _allowed(county, "D4", "测甲别", key_of("测甲"), is_valid=True)
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, FIRST)
        append(
            con,
            (
                _same("测乙误", "测乙", "civil_affairs/dibao", subject_key="BAD-2", decided_on=FIRST),
                *(_same(name, f"{name}旧") for name in PAIRS),
                _same("测丁别", "测丁旧", "civil_affairs/dibao", subject_key=key_of("测丁"), kind=Kind.DIFFERENT),
            ),
        )
        county.drop("registry/households", hh_no="H01")
        county.drop("registry/persons", name="测甲旧")
        for feed in ("registry/households", "registry/persons"):
            deliver(con, feed, county.rows[feed], received_on=DAY)
    return build(folder, folder / "warehouse.duckdb", DAY, only=MODELS)


def _of(merged: Path, entity: str) -> dict[str, tuple[str | None, str | None]]:
    found = rows(merged, f"select name, person_uid, tier from intermediate.int_{entity}_rows")
    return {row["name"]: (row["person_uid"], row["tier"]) for row in found}


def test_the_two_rows_are_one_person_also_when_the_first_of_them_has_gone(merged: Path) -> None:
    people = rows(merged, "select person_uid, row_count from intermediate.int_register_persons")
    assert {row["person_uid"]: row["row_count"] for row in people} == {
        key_of("测甲旧"): 1, key_of("测乙旧"): 2, key_of("测丙旧"): 2, key_of("测丁旧"): 2,
    }  # fmt: skip


def test_a_valid_number_of_either_row_links_under_any_name(merged: Path) -> None:
    assert _of(merged, "dibao")["测丙别"] == (key_of("测丙旧"), "person_key")
    assert _of(merged, "dibao")["测甲别"] == (key_of("测甲旧"), "person_key")
    assert {person for person, _ in _of(merged, "medical").values()} == {key_of(f"{name}旧") for name in PAIRS}


def test_an_earlier_word_about_the_second_row_is_a_word_about_the_person(merged: Path) -> None:
    assert _of(merged, "dibao")["测乙误"] == (key_of("测乙旧"), "decision")
    con = open_work()
    name = encryption.catalog_name(merged)
    encryption.attach(con, merged, name, read_only=True)
    with attached_warehouse(con, merged.parent / "warehouse.duckdb", read_only=True):
        problems = {(row[1], row[5]) for row in con.execute(conflicts_sql(name)).fetchall()}
    assert ("所判对象已不在册", "测乙误") not in problems


def test_whom_an_officer_has_parted_from_the_person_no_number_joins_again(merged: Path) -> None:
    assert _of(merged, "dibao")["测丁别"] == (None, None)


def test_no_row_is_lost_or_counted_twice(merged: Path) -> None:
    folder = merged.parent
    name = "assert_every_accepted_row_is_linked_or_not"
    said = run_dbt(folder, folder / "warehouse.duckdb", merged, DAY, "test", "--select", name)
    assert "PASS=1 WARN=0 ERROR=0" in said
