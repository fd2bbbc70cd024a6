"""What the edge list and the list of villages get wrong.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.feed_names import EDGES, VILLAGES
from simulator.ids import day_number, iso_day
from simulator.kinds import Apply, Kind, family
from simulator.tables import NumberCell
from simulator.world import World

_LINE_YEAR = 2020
"""The year for which the sample county has a poverty line."""


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
        world.facts.edge_npc[home] = round(float(word) * 100) if word else -1
        world.facts.household_finding("R048", reason, world.register.edge.number(home), "registry")
        if reason == "off_below_band" and world.register.as_of.year == _LINE_YEAR:
            world.facts.household_finding("R033", "income", world.register.edge.number(home), "registry")

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


def _edge_cleared(world: World, home: int, rng: np.random.Generator) -> None:
    """A day of clearing beside the answer that nothing is cleared."""
    del rng
    rid = _edge_rows(world, home).start
    world.table(EDGES).set(rid, cleared_on=iso_day(world.register.today - 10))
    world.table(EDGES).code(rid, "W_CONFLICT")


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
            identified_on=iso_day(reg.today - 60),
            risk_cleared="否",
            cleared_on="",
        )
        kinds.move(world, table, rid, int(reg.households.village[household]))
        world.facts.edge_village.append(int(reg.households.village[household]))
        if kind in ("突发严重困难户", "脱贫不稳定户"):
            world.facts.struck_in[household] = int(iso_day(reg.today - 60)[:4])
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


def _village_type_word(world: World, village: int, rng: np.random.Generator) -> None:
    """Nobody can tell any more that it is a poor village."""
    _village_cell("W_VALUE_DROPPED", "W_COND_MISSING", village_type="合并村")(world, village, rng)
    world.facts.exited_village[village] = False


def _village_elsewhere(world: World, village: int, rng: np.random.Generator) -> None:
    """A village of another county in this county's list."""
    del rng
    table = world.table(VILLAGES)
    rid = table.copy(1 + len(world.geography.township_codes) + village, area_code=f"620101101{201 + village % 700}")
    table.set(rid, area_name="外县村", prev_code="", prev_name="")
    table.code(rid, "R_AREA_OUTSIDE")


def _poor_villages(world: World) -> kinds.IntArray:
    first = 1 + len(world.geography.township_codes)
    return np.array(
        [v for v in range(world.geography.villages) if world.table(VILLAGES).get(first + v, "exited") == "是"],
        dtype=np.int64,
    )


_edge = family(EDGES, "edge", kinds.edge_homes)
_alone = family(EDGES, "edge", _edge_alone)
_family = family(EDGES, "edge", _edge_family)
_registered = family(EDGES, "household", kinds.every_home)
_village = family(VILLAGES, "village", _poor_villages)

EDGE_KINDS: tuple[Kind, ...] = (
    _edge("edge_income_missing", _edge_income("", "npc_missing"), "R048 npc_missing"),
    _edge("edge_income_low", _edge_income("3999.99", "off_below_band"), "R048"),
    _edge("edge_income_high", _edge_income("5000.01", "off_above_band"), "R048"),
    _alone("edge_serial", _edge_serial, "W_DATE_SERIAL"),
    _alone("edge_cleared", _edge_cleared, "W_CONFLICT"),
    _alone("edge_village_only", _edge_cell("W_AREA_NAME", township=""), "W_AREA_NAME"),
    _family("edge_disagree", _edge_members_disagree, "W_GROUP_CONFLICT on each row"),
    _family("edge_member_masked", _edge_member_masked, "R_ID_MASKED", rejects=1),
    _registered("edge_by_number", _edge_in_register("边缘易致贫户", by_number=True), "R003 R048"),
    _registered("edge_by_head", _edge_in_register("突发严重困难户", by_number=False), "R003 R048"),
    _registered("unstable_home", _edge_in_register("脱贫不稳定户", by_number=True), "edge_hh + 1"),
    _village("village_type_word", _village_type_word, "2 warnings; exited_villages - 1"),
    _village("village_no_plan", _village_cell("W_COND_MISSING", planned_exit_year=""), "W_COND_MISSING"),
    _village("village_exit_year", _village_cell("W_DATE_PART", exited_on="2018"), "W_DATE_PART"),
    _village("village_elsewhere", _village_elsewhere, "R_AREA_OUTSIDE", rejects=1),
)
