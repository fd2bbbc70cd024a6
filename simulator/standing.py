"""What the constructed facts mean together at the end: whose water and house stay open in the year of their exit.

Data in: the corrupted world. Data out: findings that depend on several facts of one household, or on a whole county.
Not here: facts (the corruption kinds state them), and anything that the product computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from simulator.dibao_list import MONTHLY_DIBAO
from simulator.facts import NO, UNKNOWN, YES, Finding
from simulator.ids import day_number
from simulator.indicators import Number
from simulator.world import World

_WATER_DEADLINE = day_number("2020-06-30")
_WATER_FLOOR = 0.98
_LEAST_ALLOWANCE = {1: 21_100, 2: 21_000}
"""Fen a month that the province of a county, by place, asks for on average; the first county knows no value."""


def expect_standing(world: World) -> None:
    """Findings about households that leave poverty this year, and about water that is not safe yet."""
    for household in np.flatnonzero(world.facts.water != YES):
        _expect_water(world, int(household))
    for household in np.flatnonzero(world.facts.exits):
        _expect_exit_house(world, int(household))


def _expect_water(world: World, household: int) -> None:
    facts, number = world.facts, world.register.households.number(household)
    is_unknown = facts.water[household] == UNKNOWN
    for detail, concerned in (
        ("exit_village", facts.exit_village[world.register.households.village[household]]),
        ("exit_household", facts.exits[household]),
    ):
        if concerned:
            facts.household_finding("R131", detail, number, "water", "unknown" if is_unknown else "fail")
    late = "fail" if world.register.today > _WATER_DEADLINE else "warn"
    if not facts.surveyed[household]:
        facts.household_finding("R135", "not_surveyed", number, "water", late)
    elif is_unknown:
        facts.household_finding("R135", "unjudged", number, "water", "unknown")
    else:
        facts.household_finding("R135", "unsolved", number, "water", late)


def _expect_exit_house(world: World, household: int) -> None:
    facts, number = world.facts, world.register.households.number(household)
    if facts.housing[household] == UNKNOWN:
        facts.household_finding("R108", "unknown", number, "housing", "unknown")
    elif facts.housing[household] == NO:
        facts.household_finding("R108", "unsafe", number, "housing")
    elif facts.certified[household] == UNKNOWN:
        facts.household_finding("R108", "certificate_unknown", number, "housing", "unknown")
    elif facts.certified[household] == NO:
        facts.household_finding("R108", "not_certified", number, "housing")


def expect_county(world: World, numbers: Iterable[Number]) -> None:
    """The county's own shares below what a document sets, and an allowance below what its province asks."""
    county = world.geography.county
    least = _LEAST_ALLOWANCE.get(world.geography.place, 0)
    if least > MONTHLY_DIBAO:
        subject = f"dibao_avg_amt|{county}"
        world.facts.findings.append(Finding("R143", "", "fail", "indicator", subject, "civil_affairs"))
    found: Mapping[str, Number] = {number.indicator: number for number in numbers if number.area == county}
    safe = found["water_safe_rate"]
    if not safe.denominator or safe.numerator >= _WATER_FLOOR * safe.denominator:
        return
    unclear = (world.facts.water == UNKNOWN)[world.register.household_of] & world.facts.in_register
    may_still = safe.numerator + int(unclear.sum()) >= _WATER_FLOOR * safe.denominator
    verdict = "unknown" if may_still else "fail"
    subject = f"water_safe_rate|{county}"
    world.facts.findings.append(Finding("R130", "water_safe_rate", verdict, "indicator", subject, "water"))
