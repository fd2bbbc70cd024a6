"""What follows when a department's list loses or changes a fact about one person or household.

Data in: the world and one subject. Data out: changed facts and expected findings.
Not here: which cells caused it (the corruption kinds), and any rule: each effect is written out by hand.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from simulator.facts import GREEN, NO, OUT_OF_SCHOOL, REVIEW, SCHOOL_UNKNOWN, UNKNOWN, Finding
from simulator.feed_names import APPRAISALS, DIBAO_FEED, EDUCATION, HOUSEHOLD_WATER, MEDICAL
from simulator.register import LINE, TEKUN
from simulator.school_roll import NOT_TAUGHT
from simulator.world import World

OWNERS = {
    MEDICAL: "medical",
    EDUCATION: "education",
    DIBAO_FEED: "civil_affairs",
    APPRAISALS: "housing",
    "housing/retrofits": "housing",
    HOUSEHOLD_WATER: "water",
}
BUCKETED = (MEDICAL, EDUCATION, DIBAO_FEED, APPRAISALS, HOUSEHOLD_WATER)
"""Feeds whose rows are sorted into match buckets (R006)."""


def open_guarantee(world: World, household: int) -> None:
    """A green card cannot stay green while a guarantee is open."""
    if world.facts.card[household] == GREEN:
        world.facts.card[household] = REVIEW
        world.facts.household_finding("R048", "guarantee_open", world.register.households.number(household), "registry")


def not_listed(world: World, feed: str, subject: int) -> None:
    """Somebody who must stand in ``feed`` is not met there."""
    if feed in (MEDICAL, EDUCATION):
        if feed == EDUCATION and not world.school.of_age[subject]:
            return
        id_no = world.register.people.id_no(subject)
        world.facts.person_finding("R006", f"{feed}.missing", id_no, OWNERS[feed], "unknown")
    elif feed in (APPRAISALS, HOUSEHOLD_WATER):
        number = world.register.households.number(subject)
        world.facts.household_finding("R006", f"{feed}.missing", number, OWNERS[feed], "unknown")


def lose_insurance(world: World, person: int) -> None:
    """No row of the medical list is about this insured person any more."""
    facts, reg = world.facts, world.register
    facts.found[person] = facts.insured[person] = False
    facts.person_finding("R081", "", reg.people.id_no(person), "medical", "unknown")
    open_guarantee(world, int(reg.household_of[person]))


def fail_insurance(world: World, person: int, *, unpaid: bool = False) -> None:
    """The medical list says that this insured person is not insured; the register's copy still says yes."""
    facts, reg = world.facts, world.register
    facts.insured[person], facts.unpaid[person] = False, unpaid
    facts.person_finding("R081", "", reg.people.id_no(person), "medical")
    facts.person_finding("R001", "registry/persons.ins_basic", reg.people.id_no(person), "registry")
    if unpaid:
        facts.person_finding("R080", "", reg.people.id_no(person), "medical")
    open_guarantee(world, int(reg.household_of[person]))


def lose_school(world: World, person: int) -> None:
    """Nobody knows whether this child is at school."""
    world.school.stage[person] = NOT_TAUGHT
    if not world.school.of_age[person]:
        return
    world.facts.school[person], world.facts.home[person] = SCHOOL_UNKNOWN, False
    world.facts.person_finding("R120", "", world.register.people.id_no(person), "education", "unknown")
    open_guarantee(world, int(world.register.household_of[person]))


def fail_school(world: World, person: int, *, dropout: bool = False) -> None:
    """This child of compulsory age is out of school."""
    world.school.stage[person] = NOT_TAUGHT
    world.facts.school[person], world.facts.dropout[person] = OUT_OF_SCHOOL, dropout
    world.facts.person_finding("R120", "", world.register.people.id_no(person), "education")
    open_guarantee(world, int(world.register.household_of[person]))


def lose_dibao(world: World, person: int) -> None:
    """This person is no longer met in the allowance list; if nobody of the household is, the attribute stands alone."""
    facts, reg = world.facts, world.register
    facts.in_dibao[person] = False
    household = int(reg.household_of[person])
    members = reg.households.members(household)
    if facts.in_dibao[members.start : members.stop].any():
        return
    number = reg.households.number(household)
    facts.household_finding("R146", "attr_without_dibao", number, "civil_affairs")
    without_allowance(world, household)


def meet_nobody(world: World, person: int, rid: int) -> None:
    """A row of the allowance list stays, but is about nobody of the register; so may be its whole case."""
    facts, table = world.facts, world.table(DIBAO_FEED)
    facts.dibao_outside[table.village_of(rid)] += 1
    members = world.register.households.members(int(world.register.household_of[person]))
    npc = table.get(rid, "npc")
    if npc and Decimal(npc) * 100 < LINE and not facts.in_dibao[members.start : members.stop].any():
        facts.findings.append(Finding("R144", "dibao_not_in_jd", "fail", "case", table.get(rid, "case_no"), "registry"))


def without_allowance(world: World, household: int) -> None:
    """A poor household none of whose members draws the allowance."""
    facts = world.facts
    if world.register.attr[household] != TEKUN and 0 <= facts.npc[household] < LINE:
        number = world.register.households.number(household)
        facts.household_finding("R144", "jd_not_in_dibao", number, "civil_affairs")
        facts.household_finding("R145", "", number, "civil_affairs")


def lose_house(world: World, household: int) -> None:
    """Nobody knows whether this household lives safely."""
    world.facts.housing[household] = UNKNOWN
    number = world.register.households.number(household)
    world.facts.household_finding("R107", "", number, "housing", "unknown")
    open_guarantee(world, household)


def fail_house(world: World, household: int) -> None:
    """The current dwelling is not safe, while the register's copy says it is no dangerous house."""
    world.facts.housing[household] = NO
    number = world.register.households.number(household)
    world.facts.household_finding("R107", "", number, "housing")
    world.facts.household_finding("R001", "registry/households.dilapidated", number, "registry")
    open_guarantee(world, household)


def lose_water(world: World, household: int, *, listed: bool = True) -> None:
    """Nobody knows whether the water is safe; only a household of known supply is asked about by R133 or R134."""
    world.facts.water[household] = UNKNOWN
    world.facts.surveyed[household] = listed
    if listed:
        number = world.register.households.number(household)
        world.facts.household_finding(_water_rule(world, household), "", number, "water", "unknown")
    open_guarantee(world, household)


def fail_water(world: World, household: int) -> None:
    """The water is not safe, while the register's copy says it is."""
    world.facts.water[household] = NO
    number = world.register.households.number(household)
    world.facts.household_finding(_water_rule(world, household), "", number, "water")
    world.facts.household_finding("R001", "registry/households.water_safe", number, "registry")
    open_guarantee(world, household)


def _water_rule(world: World, household: int) -> str:
    return "R133" if world.waters.central[household] else "R134"


def lose(world: World, feed: str, subject: int) -> None:
    """The effect of losing the only row of ``subject`` in ``feed``."""
    if feed == MEDICAL:
        lose_insurance(world, subject)
    elif feed == EDUCATION:
        lose_school(world, subject)
    elif feed == DIBAO_FEED:
        lose_dibao(world, subject)
    elif feed == APPRAISALS:
        lose_house(world, subject)
    elif feed == HOUSEHOLD_WATER:
        lose_water(world, subject, listed=False)
    else:
        raise ValueError(f"losing a row of {feed} is not described")


def leave_register(world: World, person: int) -> None:
    """The register's row of this person cannot be read: sectors now name somebody outside it."""
    facts = world.facts
    facts.in_register[person] = False
    medical = world.table(MEDICAL)
    medical.unlink(person)
    facts.record_finding("R006", f"{MEDICAL}.labelled_jd", MEDICAL, person)
    if medical.get(person, "ins_state") == "代缴":
        facts.record_finding("R087", "not_in_register", MEDICAL, person)


def add_project(world: World, household: int, *, started: bool, done: bool, paid: bool) -> None:
    """One more retrofit project of this year."""
    facts, village = world.facts, int(world.register.households.village[household])
    facts.project_village = np.r_[facts.project_village, village]
    facts.project_this_year = np.r_[facts.project_this_year, True]
    facts.project_started = np.r_[facts.project_started, started]
    facts.project_done = np.r_[facts.project_done, done]
    facts.project_paid = np.r_[facts.project_paid, paid]
