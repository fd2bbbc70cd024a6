"""Households and heads that are easily taken for others: re-used numbers, new heads, marriages, damaged heads' ids.

Data in: the world, the damages. Data out: kinds with their whole consequence.
Not here: numbers and heads that are merely wrong or missing (corruptions_keys.py).
"""

from __future__ import annotations

import numpy as np

from simulator import damage, kinds
from simulator.corruptions_identity import kin_of, unused
from simulator.damage import Damage
from simulator.effects import OWNERS, lose, not_listed, open_guarantee
from simulator.facts import RecordFinding
from simulator.feed_names import AID, APPRAISALS, EDUCATION, HOUSEHOLD_WATER, MEDICAL, PERSONS
from simulator.ids import iso_day
from simulator.kinds import Apply, Candidates, Kind, family, row_of
from simulator.register import SPOUSE, TEKUN
from simulator.world import World

_HOME_FEEDS = (APPRAISALS, HOUSEHOLD_WATER)
_DANGEROUS_SINCE = 3


def _damaged_head(feed: str, kind: str, spoil: Damage, *, with_number: bool = False, near: bool = False) -> Apply:
    """The head's id is damaged and the household number is missing, or is nobody's; ``near``: so is the head's name."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        reg = world.register
        table, rid, head = world.table(feed), row_of(world, feed, household), int(reg.households.start[household])
        id_no, number = reg.people.id_no(head), reg.households.number(household)
        bad = unused(table, "head_id_no", spoil(id_no, kin_of(world, head), rng), id_no)
        table.set(rid, hh_no="6" + number[1:] if with_number else "", head_id_no=bad)
        table.code(rid, "W_ID_CHECK")
        table.unlink(rid)
        lose(world, feed, household)
        if near:
            table.set(rid, head_name=damage.homophone(reg.people.name(head)) or "")
            not_listed(world, feed, household)
            if feed == APPRAISALS and reg.attr[household] != TEKUN:
                world.facts.record_finding("R006", f"{feed}.labelled_jd", feed, rid)
        else:
            world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)
        world.facts.doubt(feed, rid, number, f"head_{kind}")

    return apply


def _new_head(feed: str) -> Apply:
    """The head has died or moved; the list names the spouse as head, the register not yet: still this household."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        reg, rid = world.register, row_of(world, feed, household)
        spouse, number = int(reg.households.start[household]) + 1, reg.households.number(household)
        world.table(feed).set(rid, head_name=reg.people.name(spouse), head_id_no=reg.people.id_no(spouse))
        world.facts.household_finding("R001", f"{feed}.head_name", number, OWNERS[feed])
        world.facts.household_finding("R006", f"{feed}.name_differs", number, OWNERS[feed])

    return apply


def _number_reused(world: World, household: int, rng: np.random.Generator) -> None:
    """The list gave the household's number to strangers in another village whose house is dangerous: not this house."""
    del rng
    table, people = world.table(APPRAISALS), world.register.people
    stranger = people.register + household % people.edge
    rid = table.copy(
        household,
        link=-1,
        head_name=damage.homophone(people.name(stranger)) or people.name(stranger) + "生",
        head_id_no=damage.former(people.id_no(stranger))[0],
        subject_class="其他",
        grade="D级",
        suspect="是",
        certified="否",
        safe_by="",
        appraised_on=iso_day(world.register.today - _DANGEROUS_SINCE),
    )
    kinds.move(world, table, rid, kinds.next_village(world, rid, table))


def _married_next_door(world: World, person: int, rng: np.random.Generator) -> None:
    """The register has moved the person to the neighbours of the village; the lists link by id as before."""
    del rng
    reg = world.register
    new_home = int(reg.household_of[person]) + 1
    number = reg.households.number(new_home)
    world.table(PERSONS).set(person, hh_no=number, person_no=f"{number}09", relation="其他")
    reg.household_of[person] = new_home


def _child_moved(world: World, person: int, rng: np.random.Generator) -> None:
    """A child went with a marriage: the register has the new household, the school roll still the old number.

    Aid is paid to an account of the child, so that it follows.
    """
    _married_next_door(world, person, rng)
    for row in (world.aid.rid[person], world.aid.extra_rid[person]):
        if row >= 0:
            world.table(AID).set(int(row), account_holder=world.register.people.name(person))
    id_no = world.register.people.id_no(person)
    world.facts.person_finding("R001", f"{EDUCATION}.hh_no", id_no, "education")


def _register_damaged(world: World, person: int, rng: np.random.Generator) -> None:
    """The register's own id is damaged: no list can be met by id, medicine only by name and village."""
    facts, medical, id_no = world.facts, world.table(MEDICAL), world.register.people.id_no(person)
    table = world.table(PERSONS)
    table.set(person, id_no=unused(table, "id_no", damage.one_digit(id_no, (), rng), id_no))
    table.code(person, "W_ID_CHECK")
    medical.unlink(person)
    facts.found[person] = facts.insured[person] = False
    facts.findings.append(RecordFinding("R081", "", "unknown", PERSONS, person, "medical", "person"))
    facts.record_finding("R006", f"{MEDICAL}.id_differs", MEDICAL, person)
    facts.doubt(MEDICAL, person, (PERSONS, person), "register_digit")
    if medical.get(person, "ins_state") == "代缴":
        facts.record_finding("R087", "not_in_register", MEDICAL, person)
    open_guarantee(world, int(world.register.household_of[person]))


def _couples(candidates: Candidates) -> Candidates:
    """Households whose second member is the head's spouse."""

    def fitting(world: World) -> kinds.IntArray:
        reg, homes = world.register, candidates(world)
        second = np.minimum(reg.households.start[homes] + 1, reg.people.register - 1)
        return np.asarray(homes[(reg.households.size[homes] > 1) & (reg.relation[second] == SPOUSE)])

    return fitting


def _neighbours(candidates: Candidates) -> Candidates:
    """People whose next household lies in the same village and is neither 特困 nor the last."""

    def fitting(world: World) -> kinds.IntArray:
        reg, people = world.register, candidates(world)
        home = reg.household_of[people]
        after = np.minimum(home + 1, reg.households.count - 1)
        same = (reg.households.village[after] == reg.households.village[home]) & (after > home)
        return np.asarray(people[same & (reg.attr[after] != TEKUN) & (world.allowance.rid[people] < 0)])

    return fitting


def _named(candidates: Candidates) -> Candidates:
    """Households whose head's name has a homophone."""

    def fitting(world: World) -> kinds.IntArray:
        reg, homes = world.register, candidates(world)[:20_000]
        heads = reg.households.start[homes]
        has_one = [bool(damage.homophone(reg.people.name(int(head)))) for head in heads]
        return np.asarray(homes[np.array(has_one, dtype=np.bool_)])

    return fitting


def _of_feed(feed: str) -> list[Kind]:
    short = feed.split("/")[0]
    who = kinds.sound_homes if feed == APPRAISALS else kinds.every_home
    make, couple = family(feed, "household", who), family(feed, "household", _couples(who))
    named = family(feed, "household", _named(who))
    digit = damage.one_digit
    return [
        make(f"{short}_head_zeros", _damaged_head(feed, "zeros", damage.zeros), "W_ID_CHECK; R006 id_differs"),
        make(f"{short}_head_digit", _damaged_head(feed, "digit", digit), "W_ID_CHECK; R006 id_differs"),
        make(f"{short}_head_swapped", _damaged_head(feed, "swapped", damage.swapped), "W_ID_CHECK; R006 id_differs"),
        make(f"{short}_head_number", _damaged_head(feed, "number", digit, with_number=True), "R006 id_differs"),
        named(f"{short}_head_near", _damaged_head(feed, "near", digit, near=True), "R006 missing, labelled_jd"),
        couple(f"{short}_new_head", _new_head(feed), "R001 head_name, R006 name_differs"),
    ]


_mover = family(PERSONS, "person", _neighbours(kinds.movable))
_pupil = family(PERSONS, "person", _neighbours(kinds.pupils))
_adult = family(PERSONS, "person", kinds.movable)

IDENTITY_HOME_KINDS: tuple[Kind, ...] = (
    *(kind for feed in _HOME_FEEDS for kind in _of_feed(feed)),
    family(APPRAISALS, "household", kinds.sound_homes)("house_number_reused", _number_reused, "nothing: not linked"),
    _mover("person_married", _married_next_door, "nothing: the id links"),
    _pupil("child_moved", _child_moved, "R001 education hh_no"),
    _adult("person_id_damaged", _register_damaged, "W_ID_CHECK; R081 unknown, R006 id_differs"),
)
