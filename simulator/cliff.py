"""Households just above the poverty line, step by step: how many there are, and how many lists pay them (R047).

Data in: the corrupted world. Data out: one :class:`Step` per area and step of income.
Not here: amounts of money, and any reading of files: a household is paid by the rows that were written about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.consequences import accepted
from simulator.feed_names import AID, DIBAO_FEED, DISABILITY, EDGES, MEDICAL, RETROFITS, TEKUN_FEED
from simulator.lists import rows_about
from simulator.register import EDGE_HIGH, LINE
from simulator.tables import FeedTable
from simulator.world import World

STEP = 25_000
"""Cents of income a person and year: how wide a step is (ours)."""
_LINE_YEAR = 2020
"""The sample county has a poverty line for this year only."""


@dataclass
class Step:
    """Lists that pay each household of one area and step, outside the register and in it."""

    area: str
    income_from: int
    off: list[int] = field(default_factory=list)
    register: list[int] = field(default_factory=list)


def true_steps(world: World) -> Iterator[Step]:
    """Every area of the county but its villages, every step that holds anybody."""
    geography, facts, reg = world.geography, world.facts, world.register
    found: dict[tuple[str, int], Step] = {}

    def areas(village: int, cents: int) -> Iterator[Step]:
        place = cents // STEP
        for code in (geography.county, geography.township_codes[geography.township_of[village]]):
            yield found.setdefault((code, place), Step(code, place * STEP // 100))

    if reg.as_of.year != _LINE_YEAR:
        return
    lists = _lists_by_household(world)
    for household in range(reg.households.count):
        if LINE < (cents := int(facts.npc[household])) <= EDGE_HIGH:
            for step in areas(int(reg.households.village[household]), cents):
                step.register.append(len(lists[household]))
    for home, cents in enumerate(facts.edge_npc):
        if LINE < cents <= EDGE_HIGH:
            for step in areas(int(facts.edge_village[home]), cents):
                step.off.append(int(_is_paid_for(world, home)))
    yield from (found[key] for key in sorted(found))


def _lists_by_household(world: World) -> dict[int, set[str]]:
    """Feeds with a row that pays a member of a register household, or the household itself."""
    reg, lists = world.register, defaultdict[int, set[str]](set)
    for feed in (DIBAO_FEED, TEKUN_FEED, DISABILITY, AID, MEDICAL):
        table = world.table(feed)
        for person, rows in rows_about(world, feed).items():
            if any(_pays(world, table, rid) for rid in rows):
                lists[int(reg.household_of[person])].add(feed)
    for household, rows in rows_about(world, RETROFITS).items():
        if any(_pays(world, world.table(RETROFITS), rid) for rid in rows):
            lists[household].add(RETROFITS)
    return lists


def _pays(world: World, table: FeedTable, rid: int) -> bool:
    def told(column: str) -> str:
        return str(table.get(rid, column))

    year, month = str(world.register.as_of.year), f"{world.register.as_of:%Y%m}"
    if table.feed == DIBAO_FEED:
        return not told("to_month") or told("to_month") >= month
    if table.feed == DISABILITY:
        return bool(told("living_amt") or told("care_amt"))
    if table.feed == AID:
        day = told("paid_on")
        return bool(told("paid_amt")) and (not day[:1].isdigit() or day.startswith(year) or len(day) < len("2020-01"))
    if table.feed == MEDICAL:
        return told("ins_state") == "代缴"
    return table.feed == TEKUN_FEED or bool(told("paid_amt"))


def _is_paid_for(world: World, home: int) -> bool:
    """A member whom the edge list names well has the premium paid by the government; no other list names them."""
    edges, medical, first = world.table(EDGES), world.table(MEDICAL), world.register.people.register
    read, kept = accepted(edges), accepted(medical)
    return any(
        read[person - first] and kept[person] and medical.get(person, "ins_state") == "代缴"
        for person in world.register.edge.members(home)
    )
