"""What only the allowance list can get wrong: cases, months, and who draws without the attribute or the reverse.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import damage, kinds
from simulator.dibao_list import MONTHLY_DIBAO
from simulator.effects import lose_dibao
from simulator.facts import Finding, RecordFinding
from simulator.feed_names import DIBAO_FEED
from simulator.kinds import Apply, Kind, family, row_of
from simulator.register import DIBAO, GENERAL, LINE
from simulator.world import World


def _dibao_cell(code: str | None, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, DIBAO_FEED, person)
        world.table(DIBAO_FEED).set(rid, **cells)
        if code:
            world.table(DIBAO_FEED).code(rid, code)

    return apply


def _dibao_interval(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid, year = row_of(world, DIBAO_FEED, person), world.register.as_of.year
    world.table(DIBAO_FEED).set(rid, from_month=f"{year}01", to_month=f"{year - 1}12")
    world.table(DIBAO_FEED).code(rid, "R_INTERVAL")
    lose_dibao(world, person)


def _dibao_ended(world: World, person: int, rng: np.random.Generator) -> None:
    """The row says itself that the allowance ended before the month."""
    del rng
    rid = row_of(world, DIBAO_FEED, person)
    world.table(DIBAO_FEED).set(rid, to_month=f"{world.register.as_of.year - 1}12")
    world.table(DIBAO_FEED).code(rid, "W_CONFLICT")
    lose_dibao(world, person)


def _dibao_stopped(world: World, household: int, rng: np.random.Generator) -> None:
    """The whole household is gone from the list, its attribute still says 低保."""
    del rng
    members = [m for m in world.register.households.members(household) if world.allowance.rid[m] >= 0]
    for member in members:
        world.table(DIBAO_FEED).drop(int(world.allowance.rid[member]))
        lose_dibao(world, member)


def _dibao_began(world: World, household: int, rng: np.random.Generator) -> None:
    """The head draws the allowance, the attribute does not say so."""
    table, reg = world.table(DIBAO_FEED), world.register
    head = int(reg.households.start[household])
    source = kinds.clean_row(world, DIBAO_FEED, rng)
    rid = table.copy(source, link=head, name=reg.people.name(head), id_no=reg.people.id_no(head))
    kinds.move(world, table, rid, int(reg.households.village[household]))
    table.set(rid, case_no=f"DB9{reg.households.number(household)}", head_name=reg.people.name(head), npc="")
    table.set(rid, head_id_no=reg.people.id_no(head), account_holder=reg.people.name(head), person_class="建档立卡")
    table.set(rid, relation="户主")
    world.facts.in_dibao[head] = True
    number = reg.households.number(household)
    world.facts.household_finding("R146", "dibao_without_attr", number, "civil_affairs")


def _covered_above_line(world: World, person: int, rng: np.random.Generator) -> None:
    """The case states an income that is not below the line."""
    del rng
    table, rid = world.table(DIBAO_FEED), row_of(world, DIBAO_FEED, person)
    table.set(rid, npc=f"{LINE // 100}.00")
    case_no = table.get(rid, "case_no")
    world.facts.findings.append(Finding("R140", "above_line", "fail", "case", case_no, "civil_affairs"))


def _paid_to_another(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(DIBAO_FEED).set(row_of(world, DIBAO_FEED, person), account_holder="外人甲")
    id_no = world.register.people.id_no(person)
    world.facts.person_finding("R187", f"{DIBAO_FEED}.account_other", id_no, "civil_affairs")


def _member_not_registered(world: World, person: int, rng: np.random.Generator) -> None:
    """Somebody draws the allowance in the case of a register household and stands in no register."""
    del rng
    table, rid, people = world.table(DIBAO_FEED), row_of(world, DIBAO_FEED, person), world.register.people
    table.set(rid, hh_count="2", covered_count="2", hh_amt=f"{2 * MONTHLY_DIBAO // 100}.00")
    other = table.copy(
        rid,
        link=-1,
        name=f"{people.name(person)[0]}同住",
        id_no=damage.former(people.id_no(person))[0],
        relation="其他",
        person_class="低保",
    )
    world.facts.dibao_outside[table.village_of(other)] += 1
    world.facts.findings.append(RecordFinding("R035", "member", "fail", DIBAO_FEED, other, "registry"))


def _dibao_homes(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.attr == DIBAO)


def _plain_homes(world: World) -> kinds.IntArray:
    """Households of no special attribute whose income is not below the line."""
    return np.flatnonzero((world.register.attr == GENERAL) & (world.register.households.npc >= LINE))


_case = family(DIBAO_FEED, "person", kinds.single_cases)
_helped_home = family(DIBAO_FEED, "household", _dibao_homes)
_plain_home = family(DIBAO_FEED, "household", _plain_homes)

DIBAO_KINDS: tuple[Kind, ...] = (
    _case("dibao_interval", _dibao_interval, "R_INTERVAL; R146", rejects=1),
    _case("dibao_ended", _dibao_ended, "W_CONFLICT; R146"),
    _case("dibao_kind_word", _dibao_cell("W_VALUE_DROPPED", kind="农转非"), "rural"),
    _case("dibao_month_serial", _dibao_cell("W_DATE_SERIAL", from_month="43282"), "2018-07"),
    _case("dibao_count", _dibao_cell("W_GROUP_CONFLICT", covered_count="3"), "group"),
    _case("dibao_sum", _dibao_cell("W_SUM_MISMATCH", hh_amt="630.00"), "sum"),
    _case("dibao_above_line", _covered_above_line, "R140 above_line", weight=2),
    _case("dibao_account", _paid_to_another, "R187 account_other"),
    _case("dibao_member_unregistered", _member_not_registered, "R035 member", weight=2),
    _case("dibao_derived", _dibao_cell("W_DERIVED", monthly_amt=""), "W_DERIVED"),
    _helped_home("dibao_stopped", _dibao_stopped, "R146 attr_without_dibao, R144", weight=3),
    _plain_home("dibao_began", _dibao_began, "R146 dibao_without_attr", weight=2),
)
