"""Duplicates across the register and the lists, and what no later delivery or further feed may change."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors import encryption
from connectors.warehouse import attached_warehouse, open_warehouse, open_work
from identity import clusters, explain, vault
from identity.decisions import Decision, Kind, append
from identity.model import load
from identity.rosters import ROSTERS
from pipeline.candidate.propose import _settled, proposals
from tests.builders.dbt_project import build
from tests.builders.landed import HILL, WATER, County, key_of

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.warehouse import Connection

DAY, AGAIN = date(2020, 6, 28), date(2020, 6, 29)
MODELS = " ".join(("int_register_persons", "int_register_households", *(roster.linked for roster in ROSTERS)))
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
    county.find("medical/enrolments", name="测戊一").update(person_key=None, id_key="BAD", id_status="invalid")
    county.household("H19", ("测辛一", ADULT))
    basic = county.find("medical/enrolments", name="测辛一")
    county.add("medical/enrolments", **(basic | {"scheme": "special"}))
    basic.update(person_key=None, id_key="BAD-2", id_status="invalid")
    county.household("H20", ("测庚一", ADULT), ("测庚小", "2010-03-12"))
    county.allowance("DB1", "测丁一", village=WATER)
    county.allowance("DB2", "测丁一", village=WATER)
    for feed in ("registry/persons", "medical/enrolments", "civil_affairs/dibao"):
        for listed in county.rows[feed]:
            listed.setdefault("id_key", listed["person_key"])
    return county


@dataclass(frozen=True)
class Found:
    """What a night says about identity."""

    clusters: dict[str, dict[str, object]]
    """By reason."""
    links: list[tuple[object, ...]]
    """Of the insurance roster."""
    proposals: list[tuple[object, ...]]
    """Of the insurance roster, with weight and the steps to it."""


def _found(folder: Path, *, deliveries: int, without: tuple[str, ...] = ()) -> Found:
    """The answers after so many deliveries of the same rows; weights are counted on the few links that there are."""
    folder.mkdir()
    warehouse = folder / "warehouse.duckdb"
    with open_warehouse(warehouse) as con:
        for day in (DAY, AGAIN)[:deliveries]:
            _county().deliver_all(con, day, except_feeds=without)
    candidate = build(folder, warehouse, AGAIN, only=MODELS)
    plain = load()
    model = replace(plain, training={**plain.training, "least_links": 2})
    con = open_work()
    encryption.attach(con, candidate, "candidate", read_only=True)
    con.execute(f"attach ':memory:' as {vault.NAME}")
    con.execute(f"create table {vault.NAME}.ids (person_key varchar, id_no varchar)")
    with attached_warehouse(con, warehouse, read_only=True):
        clusters.cluster(con, "candidate")
        rows = con.execute("select * from clusters order by all").to_arrow_table().to_pylist()
        proposed, _, _ = proposals(con, "candidate", AGAIN, model)
        assert proposed is not None
        for step in (_settled("candidate"), explain.proposals_sql(model, 1)):
            assert not {"NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN", "CROSS_PRODUCT"} & set(_operators(con, step))
        con.register("proposed", proposed)
        told = con.execute(
            "select proposal_id, rank, weight, register_key, waterfall from proposed where sector = 'medical'"
            " order by all"
        ).fetchall()
        links = con.execute(
            "select row_no, person_uid, tier from candidate.intermediate.int_medical_rows order by all"
        ).fetchall()
    con.close()
    by_reason = {
        str(row["reasons"]): row | {"feeds": sorted(r["feed"] for r in rows if r["cluster_id"] == row["cluster_id"])}
        for row in rows
    }
    return Found(by_reason, links, told)


def _operators(con: Connection, sql: str) -> list[str]:
    """Of the plan: a join that is none by equality takes hours with as many people as a prefecture has."""
    plan = con.execute(f"explain {sql}").fetchall()[0][1]
    return re.findall(r"[A-Z_]{4,}", plan)


@pytest.mark.slow
def test_links_proposals_and_clusters_stay_whatever_is_delivered_again_or_beside_them(tmp_path: Path) -> None:
    pytest.importorskip("splink")
    first = _found(tmp_path / "once", deliveries=1)
    found = first.clusters
    assert set(found) == set(clusters.REASONS.values())
    homes = found[clusters.REASONS["same_id"]]
    assert (homes["size"], homes["households"], homes["counties"]) == (2, 2, 2)
    assert homes["person_uid"] == key_of("测甲一")
    assert found[clusters.REASONS["same_id_other_name"]]["feeds"] == ["medical/enrolments", "registry/persons"]
    assert "registry/persons" in found[clusters.REASONS["same_person_other_id"]]["feeds"]
    assert found[clusters.REASONS["same_person_twice"]]["feeds"] == ["civil_affairs/dibao", "civil_affairs/dibao"]
    assert sorted(str(row[3]) for row in first.proposals) == sorted((key_of("测戊一"), key_of("测辛一")))
    again = _found(tmp_path / "again", deliveries=2, without=("water/household_water", "education/enrolments"))
    assert {reason: row["cluster_id"] for reason, row in again.clusters.items()} == {
        reason: row["cluster_id"] for reason, row in found.items()
    }
    assert again.links == first.links
    assert again.proposals == first.proposals


def test_what_an_officer_has_said_of_two_persons_is_not_asked_again_from_the_other_side(tmp_path: Path) -> None:
    county = County()
    for place, (name, key) in enumerate(
        (("测甲", "A2"), ("测甲", "A1"), ("测乙", "B2"), ("测乙", "B1"), ("测乙", "B3"), ("测丙", "C1"), ("测丙", "C2"))
    ):
        county.household(f"H{place}", (name, ADULT))
        for feed in ("registry/persons", "medical/enrolments"):
            county.rows[feed][-1].update(person_key=key, id_key=key, row_key=key)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        county.deliver_all(con, DAY)
        append(
            con,
            [
                Decision(kind, subject, name, target, "registry/persons", "测经办", "上门核实", DAY)
                for kind, subject, name, target in (
                    (Kind.DIFFERENT, "A1", "测甲", "A2"),
                    (Kind.SAME, "B1", "测乙", "B2"),
                )
            ],
        )
    candidate = build(tmp_path, tmp_path / "warehouse.duckdb", AGAIN, only=MODELS)
    with open_work() as work:
        encryption.attach(work, candidate, "candidate", read_only=True)
        with attached_warehouse(work, tmp_path / "warehouse.duckdb", read_only=True):
            clusters.cluster(work, "candidate")
            asked = work.execute(
                "select subject_key, target_keys from clusters where feed = 'registry/persons' and target_keys <> ''"
                " order by all"
            ).fetchall()
    assert asked == [("B3", "B2"), ("C2", "C1")]
