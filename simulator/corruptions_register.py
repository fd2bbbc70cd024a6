"""What the register itself gets wrong: people, households, its copies of sector facts, incomes.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import leave_register, open_guarantee, without_allowance
from simulator.facts import GREEN, REVIEW, YELLOW, RecordFinding
from simulator.feed_names import HOUSEHOLDS, MEDICAL, PERSONS
from simulator.kinds import Apply, Kind, family
from simulator.register import EXITED, GENERAL, HEAD, LINE, NOT_OUT, TEKUN
from simulator.tables import NumberCell
from simulator.world import World

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_EXPORTED_AS_2000 = 10_957


def _everybody(world: World) -> kinds.IntArray:
    return np.arange(world.register.people.register)


def _born_before_2000(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.people.birth[: world.register.people.register] < _EXPORTED_AS_2000)


def _person_cell(*codes: str, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        world.table(PERSONS).set(person, **cells)
        if codes:
            world.table(PERSONS).code(person, *codes)

    return apply


def _person_form(code: str, form: str) -> Apply:
    """A cell that can still be read."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        people, table = world.register.people, world.table(PERSONS)
        id_no, name = people.id_no(person), people.name(person)
        cells: dict[str, dict[str, str | NumberCell]] = {
            "full_width": {"id_no": id_no.translate(_FULL_WIDTH)},
            "short": {"id_no": id_no[:6] + id_no[8:17]},
            "certificate": {"id_no": id_no + "42", "id_type": "残疾人证"},
            "name": {"name": name.replace("·", "．") if "·" in name else f"{name[0]} {name[1:]}"},
            "sex": {"sex": "女" if people.is_male[person] else "男"},
            "birth": {"birth": "1901-01-01"},
            "number": {"person_no": NumberCell(table.get(person, "person_no"))},
        }
        table.set(person, **cells[form])
        table.code(person, code)

    return apply


def _copy_says_uninsured(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(PERSONS).set(person, ins_basic="否")
    id_no = world.register.people.id_no(person)
    world.facts.person_finding("R001", "registry/persons.ins_basic", id_no, "registry")


def _person_repeated(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(PERSONS)
    table.code(table.copy(person), "W_DUP_ROW")


def _unreadable_person(code: str, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        world.table(PERSONS).set(person, **cells)
        world.table(PERSONS).code(person, code)
        leave_register(world, person)

    return apply


def _numeric_person(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(PERSONS).set(person, id_no=NumberCell(world.register.people.id_no(person)[:17] + "0"))
    world.table(PERSONS).code(person, "R_ID_NUMERIC")
    leave_register(world, person)


def _forgotten_person(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(PERSONS).drop(person)
    leave_register(world, person)


def _person_key_repeated(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(PERSONS)
    twin = table.copy(person, labour="无劳动力" if table.get(person, "labour") != "无劳动力" else "普通劳动力")
    for row in (person, twin):
        table.code(row, "R_DUP_KEY")
    leave_register(world, person)


def _id_blank(world: World, person: int, rng: np.random.Generator) -> None:
    """The register has no number for the person, so no list can be met by id: medicine only by name and village."""
    del rng
    facts, medical = world.facts, world.table(MEDICAL)
    world.table(PERSONS).set(person, id_no="")
    world.table(PERSONS).code(person, "W_ID_BLANK")
    medical.unlink(person)
    facts.found[person] = facts.insured[person] = False
    facts.findings.append(RecordFinding("R081", "", "unknown", PERSONS, person, "medical", "person"))
    facts.record_finding("R006", f"{MEDICAL}.id_differs", MEDICAL, person)
    facts.doubt(MEDICAL, person, (PERSONS, person), "register")
    if medical.get(person, "ins_state") == "代缴":
        facts.record_finding("R087", "not_in_register", MEDICAL, person)
    open_guarantee(world, int(world.register.household_of[person]))


def _not_in_last_home(world: World) -> kinds.IntArray:
    people = kinds.movable(world)
    return np.asarray(people[world.register.household_of[people] < world.register.households.count - 1])


def _in_two_homes(world: World, person: int, rng: np.random.Generator) -> None:
    """The neighbours list the person too; the lower household number keeps the person."""
    del rng
    reg = world.register
    number = reg.households.number(int(reg.household_of[person]) + 1)
    world.table(PERSONS).copy(person, hh_no=number, person_no=f"{number}09", relation="其他")
    world.facts.person_finding("R003", "dup_id", reg.people.id_no(person), "registry")


def _household_cell(*codes: str, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLDS).set(household, **cells)
        if codes:
            world.table(HOUSEHOLDS).code(household, *codes)

    return apply


def _household_number_numeric(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(HOUSEHOLDS).set(household, hh_no=NumberCell(world.register.households.number(household)))
    world.table(HOUSEHOLDS).code(household, "W_NUMERIC_TEXT")


def _household_head_numeric(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    head = int(world.register.households.start[household])
    world.table(HOUSEHOLDS).set(household, head_id_no=NumberCell(world.register.people.id_no(head)[:17] + "0"))
    world.table(HOUSEHOLDS).code(household, "W_VALUE_DROPPED")


def _household_repeated(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(HOUSEHOLDS)
    table.code(table.copy(household), "W_DUP_ROW")


def _copy_differs(column: str, word: str) -> Apply:
    """The register's own copy of a sector fact says otherwise."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLDS).set(household, **{column: word})
        number = world.register.households.number(household)
        world.facts.household_finding("R001", f"registry/households.{column}", number, "registry")

    return apply


def _review(world: World, household: int, reason: str) -> None:
    world.facts.card[household] = REVIEW
    world.facts.household_finding("R048", reason, world.register.households.number(household), "registry")


def _income_missing(code: str | None, word: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLDS).set(household, npc=word)
        if code:
            world.table(HOUSEHOLDS).code(household, code)
        world.facts.npc[household] = -1
        _review(world, household, "npc_missing")

    return apply


def _income_below(world: World, household: int, rng: np.random.Generator) -> None:
    """Poor by the register's own number, but nobody draws the allowance."""
    cents = int(rng.integers(250_000, LINE))
    world.table(HOUSEHOLDS).set(household, npc=f"{cents // 100}.{cents % 100:02d}")
    world.facts.npc[household] = cents
    _review(world, household, "npc_below_band")
    without_allowance(world, household)


def _coloured(world: World) -> kinds.IntArray:
    return np.flatnonzero(np.isin(world.facts.card, (GREEN, YELLOW)) & (world.register.attr != TEKUN))


def _coloured_general(world: World) -> kinds.IntArray:
    return np.flatnonzero(np.isin(world.facts.card, (GREEN, YELLOW)) & (world.register.attr == GENERAL))


def _exited(world: World) -> kinds.IntArray:
    return np.flatnonzero(np.isin(world.register.status, EXITED))


def _not_out(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.status == NOT_OUT)


def _exit_missing(world: World, household: int, rng: np.random.Generator) -> None:
    _household_cell("W_COND_MISSING", exit_year="/")(world, household, rng)
    world.facts.exits[household] = False


def _exit_before_entry(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.facts.exits[household] = False
    world.table(HOUSEHOLDS).set(household, exit_year="2014", first_identified="2015-11-30")
    world.table(HOUSEHOLDS).code(household, "W_DATE_ORDER")


def _no_head(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.relation != HEAD)


_person = family(PERSONS, "person", _everybody)
_old = family(PERSONS, "person", _born_before_2000)
_member = family(PERSONS, "person", _no_head)
_insured = family(PERSONS, "person", kinds.insured)
_mover = family(PERSONS, "person", kinds.movable)
_neighbour = family(PERSONS, "person", _not_in_last_home)
_home = family(HOUSEHOLDS, "household", kinds.every_home)
_out = family(HOUSEHOLDS, "household", _exited)
_poor = family(HOUSEHOLDS, "household", _not_out)
_carded = family(HOUSEHOLDS, "household", _coloured)
_plain = family(HOUSEHOLDS, "household", _coloured_general)

REGISTER_KINDS: tuple[Kind, ...] = (
    _person("person_full_width", _person_form("W_ID_CLEANED", "full_width"), "W_ID_CLEANED"),
    _old("person_short_id", _person_form("W_ID_15", "short"), "W_ID_15"),
    _person("person_certificate", _person_form("W_ID_CERT", "certificate"), "W_ID_CERT"),
    _person("person_name_form", _person_form("W_NAME_CLEANED", "name"), "W_NAME_CLEANED"),
    _person("person_sex", _person_form("W_ID_SEX", "sex"), "W_ID_SEX"),
    _person("person_birth", _person_form("W_ID_DOB", "birth"), "W_ID_DOB"),
    _person("person_number", _person_form("W_NUMERIC_TEXT", "number"), "W_NUMERIC_TEXT"),
    _person("person_work", _person_cell("W_RANGE", work_months="14"), "W_RANGE"),
    _person("person_away", _person_cell("W_VALUE_DROPPED", work_months="外出"), "dropped"),
    _member("person_niece", _person_cell(relation="之侄女"), "nothing"),
    _person("person_repeated", _person_repeated, "W_DUP_ROW"),
    _insured("copy_uninsured", _copy_says_uninsured, "R001 ins_basic", weight=2),
    _insured("copy_insurance_blank", _person_cell(ins_basic=""), "nothing"),
    _mover("person_id_numeric", _numeric_person, "R_ID_NUMERIC; R006 labelled_jd", rejects=1),
    _mover(
        "person_relation_word",
        _unreadable_person("R_CODE_UNKNOWN", relation="同居"),
        "R_CODE_UNKNOWN; R006 labelled_jd",
        rejects=1,
    ),
    _mover(
        "person_name_digit",
        _unreadable_person("R_NAME_INVALID", name="测甲1"),
        "R_NAME_INVALID; R006 labelled_jd",
        rejects=1,
    ),
    _mover("person_id_blank", _id_blank, "W_ID_BLANK; R081 unknown, R006 id_differs"),
    _mover("person_forgotten", _forgotten_person, "R006 labelled_jd", weight=2),
    _mover("person_key_repeated", _person_key_repeated, "2 × R_DUP_KEY", rejects=2),
    _neighbour("person_in_two_homes", _in_two_homes, "R003 dup_id", weight=2),
    _home("home_number_numeric", _household_number_numeric, "W_NUMERIC_TEXT"),
    _home("home_head_numeric", _household_head_numeric, "W_VALUE_DROPPED"),
    _home("home_repeated", _household_repeated, "W_DUP_ROW"),
    _out("home_exit_missing", _exit_missing, "W_COND_MISSING"),
    _poor("home_exit_conflict", _household_cell("W_CONFLICT", exit_year="2018"), "W_CONFLICT"),
    _out("home_exit_early", _exit_before_entry, "W_DATE_ORDER"),
    _out("home_status_plain", _household_cell("W_UNKNOWN_WORD", status="已脱贫"), "W_UNKNOWN_WORD"),
    _home("home_identified_month", _household_cell("W_DATE_PART", first_identified="2014.10"), "W_DATE_PART"),
    _home("home_cause_word", _household_cell("W_VALUE_DROPPED", cause="运气不好"), "dropped"),
    _home("home_members_range", _household_cell("W_RANGE", member_count="25"), "W_RANGE"),
    _home("copy_dilapidated", _copy_differs("dilapidated", "是"), "R001", weight=2),
    _home("copy_water", _copy_differs("water_safe", "否"), "R001", weight=2),
    _home("copy_water_unknown", _household_cell("W_UNKNOWN_WORD", water_safe="不详"), "no R001"),
    _carded("income_missing", _income_missing(None, ""), "R048 npc_missing", weight=2),
    _carded("income_about", _income_missing("W_VALUE_DROPPED", "约4000"), "R048 npc_missing"),
    _plain("income_below", _income_below, "R048 npc_below_band, R144", weight=3),
)
