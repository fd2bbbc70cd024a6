"""People outside the register whom a list by person calls 建档立卡, or who should be in it.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.facts import Finding
from simulator.feed_names import APPRAISALS, DIBAO_FEED, EDUCATION, MEDICAL
from simulator.kinds import Apply, Kind, family
from simulator.world import World


def _stranger(feed: str, **cells: str) -> Apply:
    """A person outside the register whom the list calls 建档立卡."""

    def apply(world: World, spare: int, rng: np.random.Generator) -> None:
        table, people = world.table(feed), world.register.people
        template = kinds.clean_row(world, feed, rng)
        rid = table.copy(template, link=-1, name=people.name(spare), id_no=people.id_no(spare), **cells)
        kinds.move(world, table, rid, int(people.village[spare]))
        if "student_no" in table.columns:
            table.set(rid, student_no="G" + people.id_no(spare), head_name="测家长", guardian_name="测家长")
            table.set(rid, hh_no="")
        if feed == DIBAO_FEED:
            _own_case(world, rid, spare)
        world.facts.record_finding("R006", f"{feed}.labelled_jd", feed, rid)
        if cells.get("ins_state") == "代缴":
            world.facts.record_finding("R087", "not_in_register", feed, rid)

    return apply


def _own_case(world: World, rid: int, spare: int) -> None:
    people = world.register.people
    world.table(DIBAO_FEED).set(
        rid,
        case_no=f"DB8{1_000_000_000 + spare}",
        head_name=people.name(spare),
        head_id_no=people.id_no(spare),
        account_holder=people.name(spare),
        relation="户主",
        npc="",
    )
    world.facts.dibao_outside[int(people.village[spare])] += 1


def _poor_case_outside(world: World, spare: int, rng: np.random.Generator) -> None:
    """A rural allowance case below the line, nobody of which is in the register."""
    table, people = world.table(DIBAO_FEED), world.register.people
    template = kinds.clean_row(world, DIBAO_FEED, rng)
    rid = table.copy(template, link=-1, name=people.name(spare), id_no=people.id_no(spare), person_class="低保")
    kinds.move(world, table, rid, int(people.village[spare]))
    _own_case(world, rid, spare)
    table.set(rid, npc="3500.00")
    case_no = table.get(rid, "case_no")
    world.facts.findings.append(Finding("R144", "dibao_not_in_jd", "fail", "case", case_no, "registry"))


def _strange_house(world: World, spare: int, rng: np.random.Generator) -> None:
    """An appraised house of a family outside the register that the list calls 建档立卡."""
    del rng
    table, people = world.table(APPRAISALS), world.register.people
    source = world.register.households.count + int(world.houses.has_second.sum())
    rid = table.copy(
        source,
        hh_no=f"5{1_000_000_000 + spare}",
        head_name=people.name(spare),
        head_id_no=people.id_no(spare),
        subject_class="建档立卡贫困户",
    )
    kinds.move(world, table, rid, int(people.village[spare]))
    world.facts.record_finding("R006", f"{APPRAISALS}.labelled_jd", APPRAISALS, rid)


_owner = family(APPRAISALS, "spare", kinds.spare_people)
_patient = family(MEDICAL, "spare", kinds.spare_people)
_student = family(EDUCATION, "spare", kinds.spare_people)
_claimant = family(DIBAO_FEED, "spare", kinds.spare_people)

STRANGER_KINDS: tuple[Kind, ...] = (
    _patient(
        "gov_paid_stranger",
        _stranger(MEDICAL, person_class="建档立卡", ins_state="代缴"),
        "R087 not_in_register, R006 labelled_jd",
        weight=2,
    ),
    _patient("paid_stranger", _stranger(MEDICAL, person_class="贫困人口", ins_state="已参保"), "R006 labelled_jd"),
    _student("school_stranger", _stranger(EDUCATION, person_class="建档立卡"), "R006 labelled_jd"),
    _claimant("dibao_stranger", _stranger(DIBAO_FEED, person_class="建档立卡"), "R006 labelled_jd, dibao_persons + 1"),
    _claimant("poor_case_outside", _poor_case_outside, "R144 dibao_not_in_jd", weight=2),
    _owner("house_stranger", _strange_house, "R006 labelled_jd"),
)
