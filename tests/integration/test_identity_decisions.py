"""What an officer's decision about a doubtful identity does on the next night, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors import encryption
from connectors.warehouse import attached_warehouse, open_database, open_warehouse, open_work
from identity.decisions import Decision, Kind, append, conflicts_sql
from tests.builders.dbt_project import build, findings, rows
from tests.builders.landed import HILL, RIVER, WATER, County, deliver, key_of

if TYPE_CHECKING:
    from pathlib import Path

DAY, BEFORE = date(2020, 6, 30), date(2020, 6, 29)
ADULT = "1965-03-12"


def _decision(kind: Kind, subject: str, name: str, target: str, **changes: object) -> Decision:
    values = {
        "kind": kind, "subject_key": subject, "subject_name": name, "target_key": target, "feed": "medical/enrolments",
        "officer": "测经办", "reason": "电话核实", "decided_on": BEFORE,
    }  # fmt: skip
    return Decision(**(values | changes))  # type: ignore[arg-type]


DECISIONS = (
    _decision(Kind.SAME, "BAD-1", "测甲一", key_of("测甲一")),
    _decision(Kind.SAME, "BAD-2", "测乙一", key_of("测乙一"), expires_on=BEFORE),
    _decision(Kind.SAME, "BAD-3", "别的名字", key_of("测丙一")),
    _decision(Kind.TWO_PEOPLE, key_of("测丁一"), "测庚", key_of("测丁一")),
    _decision(Kind.SAME, "BAD-5", "测戊一", key_of("测戊一")),
    _decision(Kind.WITHDRAWN, "BAD-5", "测戊一", key_of("测戊一"), reason="看错了"),
    _decision(Kind.SAME, "BAD-6", "测己一", key_of("测己一"), decided_on=date(2020, 7, 1)),
    _decision(Kind.SAME, "BAD-7", "测辛一", "KEY-早已不在册"),
    _decision(Kind.DIFFERENT, key_of("测甲一"), "测甲一", key_of("测甲一")),
    _decision(Kind.SAME, "BAD-9", "测子", key_of("测子一")),
    _decision(Kind.DIFFERENT, "BAD-10", "测丑一", key_of("测丑一")),
    _decision(Kind.TWO_PEOPLE, key_of("测卯一"), "测辰一", key_of("测卯一"), feed="registry/persons"),
    _decision(Kind.CORRECT_ID, "RHOUSE", "测巳某", "H17", feed="housing/appraisals"),
    _decision(Kind.SAME, key_of("测寅一"), "测寅一", key_of("测寅一旧"), feed="registry/persons"),
    _decision(Kind.DIFFERENT, "RPIPE", "测午某", "H18", feed="water/household_water"),
    _decision(Kind.TWO_PEOPLE, "RROOF", "测未一", "H19", feed="housing/appraisals"),
    _decision(Kind.CORRECT_ID, key_of("测申父"), "测申子", key_of("测申子")),
    _decision(Kind.SAME, "RLATER", "测酉某", "H22", feed="housing/appraisals"),
    _decision(Kind.SAME, "KEY-测戌新", "测戌一", key_of("测戌一")),
    _decision(Kind.SAME, "BAD-26", "测亥一", key_of("测亥一"), feed="medical/inpatient_claims"),
    _decision(Kind.SAME, "BAD-27", "测角一", key_of("测角一")),
    _decision(Kind.SAME, "BAD-28", "测亢一", key_of("测亢一")),
)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven people whose medical rows bear wrong ids, and one whose id another person's row bears."""
    folder = tmp_path_factory.mktemp("decided")
    county = County()
    for place, name in enumerate(("测甲一", "测乙一", "测丙一", "测丁一", "测戊一", "测己一", "测辛一")):
        county.household(f"H0{place}", (name, ADULT), village=(HILL, WATER, RIVER)[place % 3])
    for place, name in enumerate(("测甲一", "测乙一", "测丙一", "", "测戊一", "测己一", "测辛一"), start=1):
        if name:
            county.find("medical/enrolments", name=name).update(
                person_key=None, id_key=f"BAD-{place}", id_status="invalid", person_class=None
            )
    county.find("medical/enrolments", name="测丁一").update(
        name="测庚", name_norm="测庚", id_key=key_of("测丁一"), person_class=None
    )
    county.household("H11", ("测子一", ADULT))
    twice = county.find("medical/enrolments", name="测子一")
    county.add(
        "medical/enrolments",
        **(
            twice | {"name": "测子", "name_norm": "测子", "person_key": None, "id_key": "BAD-9", "id_status": "invalid"}
        ),
    )
    county.household("H12", ("测丑一", ADULT))
    county.find("medical/enrolments", name="测丑一").update(person_key=None, id_key="BAD-10", id_status="invalid")
    county.household("H13", ("测寅一旧", ADULT))
    county.household("H14", ("测寅一", ADULT))
    for feed in ("registry/persons", "medical/enrolments"):
        county.find(feed, name="测寅一").update(id_key=key_of("测寅一"))
    county.household("H15", ("测卯一", ADULT))
    county.household("H16", ("测辰一", ADULT))
    county.find("registry/persons", name="测辰一").update(person_key=key_of("测卯一"), id_key=key_of("测卯一"))
    county.household("H17", ("测巳一", ADULT))
    county.find("housing/appraisals", head_name="测巳一").update(
        hh_no=None, head_key=None, head_name="测巳某", head_name_norm="测巳某", row_key="HOUSE"
    )
    county.household("H18", ("测午一", ADULT))
    county.find("water/household_water", hh_no="H18").update(
        head_key=None, head_name="测午某", head_name_norm="测午某", row_key="PIPE"
    )
    county.household("H19", ("测未一", ADULT))
    county.find("housing/appraisals", hh_no="H19").update(hh_no=None, row_key="ROOF")
    county.household("H20", ("测申父", ADULT), ("测申子", "1995-03-12"))
    county.find("medical/enrolments", name="测申子").update(
        person_key=key_of("测申父"), id_key=key_of("测申父"), person_class=None
    )
    county.household("H22", ("测酉一", ADULT))
    county.find("housing/appraisals", hh_no="H22").update(
        hh_no=None, head_key="KEY-测酉新", head_name="测酉某", head_name_norm="测酉某", row_key="LATER"
    )
    county.household("H23", ("测戌一", ADULT))
    county.find("medical/enrolments", name="测戌一").update(person_key="KEY-测戌新", id_key="KEY-测戌新")
    county.household("H26", ("测亥一", ADULT))
    stay = {"name": "测亥一", "village_code": HILL, "hospital": "县医院", "admitted_on": "2020-05-01"}
    county.add("medical/inpatient_claims", settle_id="S1", **stay)
    county.add(
        "medical/inpatient_claims", settle_id="S2", person_key=None, id_key="BAD-26", id_status="invalid", **stay
    )
    county.household("H27", ("测角一", ADULT))
    basic = county.find("medical/enrolments", name="测角一")
    county.add("medical/enrolments", **(basic | {"scheme": "special"}))
    basic.update(person_key=None, id_key="BAD-27", id_status="invalid")
    county.household("H28", ("测亢一", ADULT))
    county.household("H10", ("测壬一", ADULT))
    row = county.find("medical/enrolments", name="测壬一")
    for name in ("测癸一", "测癸二", "测癸三", "测癸四"):
        county.add("medical/enrolments", **(row | {"name": name, "name_norm": name}))
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, date(2020, 6, 28))
        assert append(con, DECISIONS) == len(DECISIONS)
        for number, name in (("H24", "测酉新"), ("H25", "测戌新")):
            county.household(number, (name, ADULT))
        for feed in ("registry/households", "registry/persons"):
            deliver(con, feed, county.rows[feed], received_on=DAY)
    return build(folder, folder / "warehouse.duckdb", DAY)


def _tiers(candidate: Path) -> dict[str, str]:
    found = rows(candidate, "select person_uid, tier from marts.links where sector = 'medical'")
    return {row["person_uid"]: row["tier"] for row in found}


def test_the_row_belongs_to_whom_the_officer_said_and_nothing_is_raised(decided: Path) -> None:
    assert _tiers(decided)[key_of("测甲一")] == "decision"
    subjects = {subject for _, _, _, subject in findings(decided, ["R006", "R081"])}
    assert key_of("测甲一") not in subjects


@pytest.mark.parametrize("name", ["测乙一", "测丙一", "测戊一", "测己一", "测辛一"])
def test_expired_changed_withdrawn_later_and_gone_decisions_join_nobody(decided: Path, name: str) -> None:
    assert key_of(name) not in _tiers(decided)
    assert any(detail == "medical/enrolments.id_differs" for _, detail, _, _ in findings(decided, ["R006"]))


def test_a_pair_that_an_officer_called_different_is_not_raised_as_the_same_name_in_one_village(decided: Path) -> None:
    found = {(detail, subject) for _, detail, _, subject in findings(decided, ["R006"])}
    assert ("medical/enrolments.missing", key_of("测丑一")) in found
    rows_told = rows(decided, "select evidence from marts.mismatches where detail = 'medical/enrolments.labelled_jd'")
    assert len(rows_told) >= 1


def test_one_person_under_an_old_and_a_new_id_is_one_person_of_the_table_once_an_officer_says_so(decided: Path) -> None:
    people = {row["person_uid"] for row in rows(decided, "select person_uid from marts.one_table_person")}
    assert key_of("测寅一旧") in people
    assert key_of("测寅一") not in people
    assert _tiers(decided)[key_of("测寅一旧")] in {"person_key", "decision"}
    listed = rows(decided, "select count(*) as rows from marts.links where person_uid = 'KEY-测寅一旧'")
    assert listed[0]["rows"] >= 2


def test_an_id_that_two_people_bear_no_longer_links_the_other_one(decided: Path) -> None:
    assert key_of("测丁一") not in _tiers(decided)
    assert ("R006", "medical/enrolments.name_differs", "fail", key_of("测丁一")) not in findings(decided)


def test_a_department_is_told_to_correct_the_number_of_a_row_that_an_officer_has_linked(decided: Path) -> None:
    told = {subject for _, detail, _, subject in findings(decided, ["R001"]) if detail == "medical/enrolments.id_no"}
    assert key_of("测甲一") in told
    assert not told & {key_of(name) for name in ("测乙一", "测丙一", "测戊一", "测壬一")}


def test_two_people_of_the_register_under_one_id_are_two_people_once_an_officer_says_so(decided: Path) -> None:
    people = rows(decided, "select person_uid, name from marts.one_table_person where name in ('测卯一', '测辰一')")
    keys = {row["name"]: row["person_uid"] for row in people}
    assert keys["测卯一"] == key_of("测卯一")
    assert keys["测辰一"].startswith("R")
    assert len(people) == len(keys)
    assert ("R003", "dup_id", "fail", key_of("测卯一")) not in findings(decided, ["R003"])


def test_a_row_of_a_household_belongs_to_the_household_of_the_number_that_an_officer_gave(decided: Path) -> None:
    found = rows(decided, "select household_key, tier from marts.links where entity = 'appraisals'")
    assert {"household_key": "H17", "tier": "decision"} in found
    assert ("R107", "", "unknown", "H17") not in findings(decided, ["R107"])


def test_a_household_from_which_an_officer_has_parted_a_row_does_not_get_it_by_number_or_head(decided: Path) -> None:
    found = rows(decided, "select entity, household_key from marts.links where household_key in ('H18', 'H19')")
    assert {(row["entity"], row["household_key"]) for row in found} >= {
        ("appraisals", "H18"),
        ("household_water", "H19"),
    }
    assert not {("household_water", "H18"), ("appraisals", "H19")} & {
        (row["entity"], row["household_key"]) for row in found
    }
    assert ("R006", "water/household_water.name_differs", "fail", "H18") not in findings(decided, ["R006"])


def test_a_row_under_another_person_s_right_id_belongs_to_whom_the_officer_said(decided: Path) -> None:
    found = rows(decided, "select person_uid, tier from marts.links where entity = 'enrolments' and sector = 'medical'")
    tiers = [(row["person_uid"], row["tier"]) for row in found]
    assert tiers.count((key_of("测申父"), "person_key")) == 1
    assert tiers.count((key_of("测申子"), "decision")) == 1


def test_an_id_under_which_a_list_names_many_people_links_nobody(decided: Path) -> None:
    assert key_of("测壬一") not in _tiers(decided)


def _problems(candidate: Path) -> set[tuple[str, str]]:
    """What is told of decisions, and whom they are about."""
    con = open_work()
    name = encryption.catalog_name(candidate)
    encryption.attach(con, candidate, name, read_only=True)
    (warehouse,) = candidate.parent.glob("warehouse.duckdb")
    with attached_warehouse(con, warehouse, read_only=True):
        return {(row[1], row[4]) for row in con.execute(conflicts_sql(name)).fetchall()}


def test_a_decision_that_a_later_fact_contradicts_is_raised(decided: Path) -> None:
    problems = _problems(decided)
    assert ("所判对象已不在册", "KEY-早已不在册") in problems
    assert ("判为不是同一人，号码却与其有效号码相同", key_of("测甲一")) in problems
    assert ("所判对象在同一名册中另有号码相同的行", key_of("测子一")) in problems
    assert ("户主号码已与另一在册户的户主相同", "H22") in problems
    assert ("号码已与另一在册人员相同", key_of("测戌一")) in problems
    assert len(problems) == 5


def test_a_further_visit_another_scheme_and_a_number_put_right_contradict_no_decision(decided: Path) -> None:
    linked = {(row["entity"], row["person_uid"], row["tier"]) for row in rows(decided, "select * from marts.links")}
    assert linked >= {("inpatient_claims", key_of("测亥一"), tier) for tier in ("decision", "person_key")}
    assert linked >= {("enrolments", key_of("测角一"), tier) for tier in ("decision", "person_key")}
    assert ("enrolments", key_of("测亢一"), "person_key") in linked
    assert not {target for _, target in _problems(decided)} & {key_of(name) for name in ("测亥一", "测角一", "测亢一")}


def test_the_same_decision_handed_in_again_is_one_event(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        assert append(con, DECISIONS[:2]) == 2
        assert append(con, DECISIONS[:3]) == 1
        numbers = con.execute("select seq from meta.identity_decisions order by seq").fetchall()
    assert numbers == [(1,), (2,), (3,)]
    con = open_database(tmp_path / "warehouse.duckdb", read_only=True)
    assert con.execute("select count(distinct decision_id) from meta.identity_decisions").fetchall() == [(3,)]
    con.close()


def test_an_officer_s_last_word_counts_also_where_it_repeats_an_earlier_one(tmp_path: Path) -> None:
    same, different = (_decision(kind, "BAD-1", "测甲一", key_of("测甲一")) for kind in (Kind.SAME, Kind.DIFFERENT))
    until = replace(same, expires_on=DAY)
    said = (same, different, same, same, different, same, until, until, same)
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        assert [append(con, [one]) for one in said] == [1, 1, 1, 0, 1, 1, 1, 0, 1]
        events = con.execute("select kind, decision_id from meta.identity_decisions order by seq").fetchall()
    assert [kind for kind, _ in events] == ["same", "different"] * 2 + ["same"] * 3
    assert len({name for _, name in events}) == len(events)


def test_a_word_about_a_row_of_the_register_and_of_a_list_is_kept_for_both(tmp_path: Path) -> None:
    both = [_decision(Kind.SAME, "BAD-1", "测甲一", "P", feed=feed) for feed in ("registry/persons", "water/any")]
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        assert append(con, both) == 2
