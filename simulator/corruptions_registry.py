"""What the poverty office's own files get wrong: register rows, copies of sector facts, edge households, villages.

Data in: the world. Data out: kinds with their whole consequence.
Not here: errors of the sectors' lists.
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import leave_register, without_allowance
from simulator.facts import GREEN, REVIEW, YELLOW
from simulator.ids import day_number
from simulator.kinds import Apply, Kind
from simulator.register import EXITED, GENERAL, HEAD, LINE, NOT_OUT, TEKUN
from simulator.registry_feeds import EDGES, HOUSEHOLDS, PERSONS, VILLAGES
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


def _exit_before_entry(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(HOUSEHOLDS).set(household, exit_year="2014", first_identified="2015-11-30")
    world.table(HOUSEHOLDS).code(household, "W_DATE_ORDER")


def _edge_rows(world: World, home: int) -> range:
    """Rows of one household in the edge file."""
    first = world.register.people.register
    members = world.register.edge.members(home)
    return range(members.start - first, members.stop - first)


def _edge_income(word: str, reason: str) -> Apply:
    def apply(world: World, home: int, rng: np.random.Generator) -> None:
        del rng
        for rid in _edge_rows(world, home):
            world.table(EDGES).set(rid, npc=word)
        world.facts.edge_card_blue[home] = False
        world.facts.household_finding("R048", reason, world.register.edge.number(home), "registry")

    return apply


def _edge_alone(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.edge.size == 1)


def _edge_family(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.edge.size > 1)


def _edge_cell(code: str, **cells: str) -> Apply:
    def apply(world: World, home: int, rng: np.random.Generator) -> None:
        del rng
        rid = _edge_rows(world, home).start
        world.table(EDGES).set(rid, **cells)
        world.table(EDGES).code(rid, code)

    return apply


def _edge_serial(world: World, home: int, rng: np.random.Generator) -> None:
    del rng
    rid = _edge_rows(world, home).start
    serial = world.register.today - 100 - day_number("1899-12-30")
    world.table(EDGES).set(rid, identified_on=NumberCell(str(serial)))
    world.table(EDGES).code(rid, "W_DATE_SERIAL")


def _edge_members_disagree(world: World, home: int, rng: np.random.Generator) -> None:
    del rng
    rows = _edge_rows(world, home)
    world.table(EDGES).set(rows[1], npc="4999.00" if world.table(EDGES).get(rows[0], "npc") != "4999.00" else "4998.00")
    for rid in rows:
        world.table(EDGES).code(rid, "W_GROUP_CONFLICT")


def _edge_member_masked(world: World, home: int, rng: np.random.Generator) -> None:
    del rng
    rid = _edge_rows(world, home)[1]
    id_no = world.table(EDGES).get(rid, "id_no")
    world.table(EDGES).set(rid, id_no=f"{id_no[:10]}****{id_no[14:]}")
    world.table(EDGES).code(rid, "R_ID_MASKED")


def _edge_in_register(kind: str, *, by_number: bool) -> Apply:
    """A register household on the edge list; only the kind 脱贫不稳定户 may stand on both."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        reg, table = world.register, world.table(EDGES)
        head, number = int(reg.households.start[household]), reg.households.number(household)
        rid = table.copy(
            0,
            hh_no=number if by_number else "6" + number[1:],
            head_name=reg.people.name(head),
            head_id_no=reg.people.id_no(head),
            name=reg.people.name(head),
            id_no=reg.people.id_no(head),
            relation="户主",
            hh_kind=kind,
            member_count=str(int(reg.households.size[household])),
            npc="4500.00",
            identified_on="2020-03-20",
            risk_cleared="否",
            cleared_on="",
        )
        kinds.move(world, table, rid, int(reg.households.village[household]))
        world.facts.edge_village.append(int(reg.households.village[household]))
        if kind != "脱贫不稳定户":
            world.facts.household_finding("R003", "edge_in_register", number, "registry")
            world.facts.household_finding("R048", "edge_in_register", number, "registry")

    return apply


def _village_cell(*codes: str, **cells: str) -> Apply:
    def apply(world: World, village: int, rng: np.random.Generator) -> None:
        del rng
        rid = 1 + len(world.geography.township_codes) + village
        world.table(VILLAGES).set(rid, **cells)
        if codes:
            world.table(VILLAGES).code(rid, *codes)

    return apply


def _poor_villages(world: World) -> kinds.IntArray:
    first = 1 + len(world.geography.township_codes)
    return np.array(
        [v for v in range(world.geography.villages) if world.table(VILLAGES).get(first + v, "exited") == "是"],
        dtype=np.int64,
    )


def _no_head(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.relation != HEAD)


REGISTRY_KINDS: tuple[Kind, ...] = (
    Kind("person_full_width", PERSONS, "person", _everybody, _person_form("W_ID_CLEANED", "full_width"), "W_ID_CLEANED"),
    Kind("person_short_id", PERSONS, "person", _born_before_2000, _person_form("W_ID_15", "short"), "W_ID_15"),
    Kind("person_certificate", PERSONS, "person", _everybody, _person_form("W_ID_CERT", "certificate"), "W_ID_CERT"),
    Kind("person_name_form", PERSONS, "person", _everybody, _person_form("W_NAME_CLEANED", "name"), "W_NAME_CLEANED"),
    Kind("person_sex", PERSONS, "person", _everybody, _person_form("W_ID_SEX", "sex"), "W_ID_SEX"),
    Kind("person_birth", PERSONS, "person", _everybody, _person_form("W_ID_DOB", "birth"), "W_ID_DOB"),
    Kind("person_number", PERSONS, "person", _everybody, _person_form("W_NUMERIC_TEXT", "number"), "W_NUMERIC_TEXT"),
    Kind("person_health", PERSONS, "person", _everybody, _person_cell("W_CONFLICT", health="健康、残疾"), "W_CONFLICT"),
    Kind("person_work", PERSONS, "person", _everybody, _person_cell("W_RANGE", work_months="14"), "W_RANGE"),
    Kind("person_away", PERSONS, "person", _everybody, _person_cell("W_VALUE_DROPPED", work_months="外出"), "dropped"),
    Kind("person_niece", PERSONS, "person", _no_head, _person_cell(relation="之侄女"), "nothing"),
    Kind("person_repeated", PERSONS, "person", _everybody, _person_repeated, "W_DUP_ROW"),
    Kind("copy_uninsured", PERSONS, "person", kinds.insured, _copy_says_uninsured, "R001 ins_basic", weight=2),
    Kind("copy_insurance_blank", PERSONS, "person", kinds.insured, _person_cell(ins_basic=""), "nothing"),
    Kind("person_id_numeric", PERSONS, "person", kinds.movable, _numeric_person, "R_ID_NUMERIC; R006 labelled_jd", rejects=1),
    Kind(
        "person_relation_word",
        PERSONS,
        "person",
        kinds.movable,
        _unreadable_person("R_CODE_UNKNOWN", relation="同居"),
        "R_CODE_UNKNOWN; R006 labelled_jd",
        rejects=1,
    ),
    Kind(
        "person_name_digit",
        PERSONS,
        "person",
        kinds.movable,
        _unreadable_person("R_NAME_INVALID", name="测甲1"),
        "R_NAME_INVALID; R006 labelled_jd",
        rejects=1,
    ),
    Kind("person_forgotten", PERSONS, "person", kinds.movable, _forgotten_person, "R006 labelled_jd", weight=2),
    Kind("person_key_repeated", PERSONS, "person", kinds.movable, _person_key_repeated, "2 × R_DUP_KEY", rejects=2),
    Kind("person_in_two_homes", PERSONS, "person", _not_in_last_home, _in_two_homes, "R003 dup_id", weight=2),
    Kind("home_number_numeric", HOUSEHOLDS, "household", kinds.every_home, _household_number_numeric, "W_NUMERIC_TEXT"),
    Kind("home_head_numeric", HOUSEHOLDS, "household", kinds.every_home, _household_head_numeric, "W_VALUE_DROPPED"),
    Kind("home_repeated", HOUSEHOLDS, "household", kinds.every_home, _household_repeated, "W_DUP_ROW"),
    Kind("home_exit_missing", HOUSEHOLDS, "household", _exited, _household_cell("W_COND_MISSING", exit_year="/"), "W_COND_MISSING"),
    Kind("home_exit_conflict", HOUSEHOLDS, "household", _not_out, _household_cell("W_CONFLICT", exit_year="2018"), "W_CONFLICT"),
    Kind("home_exit_early", HOUSEHOLDS, "household", _exited, _exit_before_entry, "W_DATE_ORDER"),
    Kind("home_status_plain", HOUSEHOLDS, "household", _exited, _household_cell("W_UNKNOWN_WORD", status="已脱贫"), "W_UNKNOWN_WORD"),
    Kind("home_identified_month", HOUSEHOLDS, "household", kinds.every_home, _household_cell("W_DATE_PART", first_identified="2014.10"), "W_DATE_PART"),
    Kind("home_cause_word", HOUSEHOLDS, "household", kinds.every_home, _household_cell("W_VALUE_DROPPED", cause="运气不好"), "dropped"),
    Kind("home_members_range", HOUSEHOLDS, "household", kinds.every_home, _household_cell("W_RANGE", member_count="25"), "W_RANGE"),
    Kind("copy_dilapidated", HOUSEHOLDS, "household", kinds.every_home, _copy_differs("dilapidated", "是"), "R001", weight=2),
    Kind("copy_water", HOUSEHOLDS, "household", kinds.every_home, _copy_differs("water_safe", "否"), "R001", weight=2),
    Kind("copy_water_unknown", HOUSEHOLDS, "household", kinds.every_home, _household_cell("W_UNKNOWN_WORD", water_safe="不详"), "no R001"),
    Kind("income_missing", HOUSEHOLDS, "household", _coloured, _income_missing(None, ""), "R048 npc_missing", weight=2),
    Kind("income_about", HOUSEHOLDS, "household", _coloured, _income_missing("W_VALUE_DROPPED", "约4000"), "R048 npc_missing"),
    Kind("income_below", HOUSEHOLDS, "household", _coloured_general, _income_below, "R048 npc_below_band, R144", weight=3),
    Kind("edge_income_missing", EDGES, "edge", kinds.edge_homes, _edge_income("", "npc_missing"), "R048 npc_missing"),
    Kind("edge_income_low", EDGES, "edge", kinds.edge_homes, _edge_income("3999.99", "off_below_band"), "R048"),
    Kind("edge_income_high", EDGES, "edge", kinds.edge_homes, _edge_income("5000.01", "off_above_band"), "R048"),
    Kind("edge_serial", EDGES, "edge", _edge_alone, _edge_serial, "W_DATE_SERIAL"),
    Kind("edge_cleared", EDGES, "edge", _edge_alone, _edge_cell("W_CONFLICT", cleared_on="2020-06-20"), "W_CONFLICT"),
    Kind("edge_village_only", EDGES, "edge", _edge_alone, _edge_cell("W_AREA_NAME", township=""), "W_AREA_NAME"),
    Kind("edge_disagree", EDGES, "edge", _edge_family, _edge_members_disagree, "W_GROUP_CONFLICT on each row"),
    Kind("edge_member_masked", EDGES, "edge", _edge_family, _edge_member_masked, "R_ID_MASKED", rejects=1),
    Kind("edge_by_number", EDGES, "household", kinds.every_home, _edge_in_register("边缘易致贫户", by_number=True), "R003 R048"),
    Kind("edge_by_head", EDGES, "household", kinds.every_home, _edge_in_register("突发严重困难户", by_number=False), "R003 R048"),
    Kind("unstable_home", EDGES, "household", kinds.every_home, _edge_in_register("脱贫不稳定户", by_number=True), "edge_hh + 1"),
    Kind("village_type_word", VILLAGES, "village", _poor_villages, _village_cell("W_VALUE_DROPPED", "W_COND_MISSING", village_type="合并村"), "2 warnings"),
    Kind("village_no_plan", VILLAGES, "village", _poor_villages, _village_cell("W_COND_MISSING", planned_exit_year=""), "W_COND_MISSING"),
    Kind("village_exit_year", VILLAGES, "village", _poor_villages, _village_cell("W_DATE_PART", exited_on="2018"), "W_DATE_PART"),
)
