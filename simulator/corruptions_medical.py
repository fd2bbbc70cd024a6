"""What only the insurance list can get wrong: states, payments, cover without ground.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import fail_insurance, lose_insurance, not_listed
from simulator.feed_names import MEDICAL, PERSONS
from simulator.ids import iso_day
from simulator.kinds import Apply, Kind, family
from simulator.registry_feeds import former_code, former_name
from simulator.world import World

_UNPAID_CELLS = {"paid_self": "0.00", "paid_gov": "0.00", "paid_total": "0.00", "paid_on": ""}


def _state(word: str, why: str, *, unpaid: bool = False) -> Apply:
    """Found, and not insured."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table = world.table(MEDICAL)
        table.set(person, ins_state=word, not_insured_why=why, **_UNPAID_CELLS)
        if word in ("未参保", "自愿放弃", "参合未缴费") and not why:
            table.code(person, "W_COND_MISSING")
        fail_insurance(world, person, unpaid=unpaid)

    return apply


_DAYS_TO_INSURE = 30

left_unpaid = _state("参合未缴费", "联系不上", unpaid=True)
"""Enrolled, not paid."""


def _declined_but_paid(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(MEDICAL).set(person, ins_state="自愿放弃", not_insured_why="不愿参加")
    world.table(MEDICAL).code(person, "W_CONFLICT")
    fail_insurance(world, person)


def _neither_state_nor_date(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(MEDICAL).set(person, ins_state="", paid_on="")
    world.table(MEDICAL).code(person, "W_COND_MISSING")
    fail_insurance(world, person)


def _medical_cell(code: str | None, **cells: str) -> Apply:
    """A cell that is odd without touching the fact: the state still says paid."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        world.table(MEDICAL).set(person, **cells)
        if code:
            world.table(MEDICAL).code(person, code)

    return apply


def _paid_in_words(code: str | None, pattern: str) -> Apply:
    """The date of payment in another form."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        year, month, day = world.table(MEDICAL).get(person, "paid_on").split("-")
        serial = np.datetime64(f"{year}-{month}-{day}") - np.datetime64("1899-12-30")
        words = pattern.format(
            year=year, month=int(month), day=int(day), short=year[2:], two=month, serial=serial.astype(int)
        )
        world.table(MEDICAL).set(person, paid_on=words)
        if code:
            world.table(MEDICAL).code(person, code)

    return apply


def _last_years_row(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(MEDICAL).set(person, ins_year=str(world.register.as_of.year - 1))
    world.table(MEDICAL).code(person, "R_PERIOD_MISMATCH")
    lose_insurance(world, person)
    not_listed(world, MEDICAL, person)


def _code_against_name(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(MEDICAL)
    other = kinds.next_village(world, person, table)
    table.set(person, township=world.geography.township_words()[other], village=world.geography.village_names[other])
    table.code(person, "W_CONFLICT")


def _former_village(world: World, person: int, rng: np.random.Generator) -> None:
    """Code and name from before the merger: they lead to the village of today."""
    del rng
    village = int(world.register.people.village[person])
    code, name = former_code(world.geography, village), former_name(world.geography, village)
    world.table(MEDICAL).set(person, village_code=code, village=name)
    world.table(MEDICAL).code(person, "W_AREA_OLD")


def _in_merged_village(world: World) -> kinds.IntArray:
    people = kinds.insured(world)
    return np.asarray(people[world.register.people.village[people] % 4 == 0])


def _double_cover(world: World, person: int, rng: np.random.Generator) -> None:
    """Basic and employee cover in one year: the employee row also takes the person out of the rate."""
    del rng
    table = world.table(MEDICAL)
    table.copy(person, scheme="职工医保", ins_state="已参保")
    world.facts.exempt[person] = True
    world.facts.person_finding("R087", "double_cover", world.register.people.id_no(person), "medical")


def _no_special_cover(world: World, person: int, rng: np.random.Generator) -> None:
    """Insured like everybody, and forgotten when the special cover was bought (special_cover.py lists who lacks it)."""
    del rng
    world.no_special.add(person)


def _new_and_unpaid(days: int) -> Apply:
    """Taken into the register ``days`` ago and enrolled without payment; late only after thirty days."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        left_unpaid(world, person, rng)
        world.table(PERSONS).set(person, identified_on=iso_day(world.register.today - days))
        if days > _DAYS_TO_INSURE:
            world.facts.person_finding("R082", "new_not_insured", world.register.people.id_no(person), "medical")

    return apply


def _dead_in_dibao(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    facts, id_no = world.facts, world.register.people.id_no(person)
    world.table(MEDICAL).set(person, ins_state="死亡", **_UNPAID_CELLS)
    facts.alive[person] = facts.insured[person] = False
    facts.person_finding("R087", "dead_in_dibao", id_no, "civil_affairs")
    facts.person_finding("R001", "registry/persons.ins_basic", id_no, "registry")


def _grown_up_in_dibao(world: World) -> kinds.IntArray:
    insured = kinds.insured(world)
    return np.asarray(
        insured[
            (world.allowance.rid[insured] >= 0)
            & (world.school.rid[insured] < 0)
            & ~kinds.listed_elsewhere(world)[insured]
        ]
    )


_insured = family(MEDICAL, "person", kinds.insured)
_merged = family(MEDICAL, "person", _in_merged_village)
_member = family(MEDICAL, "person", kinds.movable)
_helped = family(MEDICAL, "person", _grown_up_in_dibao)

MEDICAL_KINDS: tuple[Kind, ...] = (
    _insured("unpaid", left_unpaid, "R081 fail", weight=4),
    _insured("unpaid_no_reason", _state("参合未缴费", "", unpaid=True), "R081, W_COND_MISSING"),
    _insured("declined", _state("自愿放弃", "不愿参加"), "R081 fail", weight=2),
    _insured("state_none", _state("未参保", "外出"), "R081 fail", weight=2),
    _insured("stopped", _state("停保", ""), "R081 fail"),
    _insured("untraceable", _state("失联", ""), "R081 fail"),
    _insured("declined_but_paid", _declined_but_paid, "R081 fail, W_CONFLICT"),
    _insured("no_state_no_date", _neither_state_nor_date, "R081 fail, W_COND_MISSING"),
    _insured("state_word", _medical_cell("W_VALUE_DROPPED", ins_state="正常"), "paid_on insures"),
    _insured("state_blank", _medical_cell(None, ins_state=""), "paid_on insures"),
    _insured("paid_blank", _medical_cell("W_BLANK_AS_ZERO", paid_self="", paid_total=""), "0.00"),
    _insured("paid_in_year", _medical_cell("W_VALUE_DROPPED", paid_gov="280元/年"), "dropped"),
    _insured("paid_sum", _medical_cell("W_SUM_MISMATCH", paid_total="999.00"), "W_SUM_MISMATCH"),
    _insured("paid_range", _medical_cell("W_RANGE", paid_self="5.00", paid_total=""), "W_RANGE"),
    _insured("paid_on_unknown", _medical_cell("W_UNKNOWN_WORD", paid_on="不详"), "state insures"),
    _insured("paid_on_wrong", _medical_cell("W_VALUE_DROPPED", paid_on="2020-02-30"), "dropped"),
    _insured("paid_on_future", _medical_cell("W_VALUE_DROPPED", paid_on="2199-01-05"), "dropped"),
    _insured("paid_on_han", _paid_in_words(None, "{year}年{month}月{day}日"), "nothing"),
    _insured("paid_on_dots", _paid_in_words(None, "{year}.{month}.{day}"), "nothing"),
    _insured("paid_on_month", _paid_in_words("W_DATE_PART", "{year}-{two}"), "W_DATE_PART"),
    _insured("paid_on_short", _paid_in_words("W_DATE_2DIGIT", "{short}.{month}.{day}"), "2digit"),
    _insured("paid_on_serial", _paid_in_words("W_DATE_SERIAL", "{serial}"), "W_DATE_SERIAL"),
    _insured("ins_last_year", _last_years_row, "R_PERIOD_MISMATCH; R006 missing", rejects=1),
    _merged("former_village", _former_village, "W_AREA_OLD"),
    _insured("code_against_name", _code_against_name, "W_CONFLICT"),
    _insured("no_special_cover", _no_special_cover, "R082 no_special_cover", weight=2),
    _insured("new_unpaid", _new_and_unpaid(31), "R081 fail, R082 new_not_insured", weight=2),
    _insured("new_unpaid_in_time", _new_and_unpaid(30), "R081 fail; not late on day 30"),
    _member("double_cover", _double_cover, "R087 double_cover", weight=2),
    _helped("dead_in_dibao", _dead_in_dibao, "R087 dead_in_dibao, R001 copy", weight=2),
)
