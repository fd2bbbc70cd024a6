"""True numbers of exits, of hospitals and of support for the destitute and the disabled, by village.

Data in: the world. Data out: numerator and denominator of each indicator.
Not here: the other indicators, and adding villages up (indicators.py).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from simulator.consequences import exit_states
from simulator.facts import YES
from simulator.feed_names import CLAIMS
from simulator.hospital_lists import LAYERS
from simulator.register import EDGE_HIGH, LINE, NOT_OUT
from simulator.world import World

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_LINE_YEAR = 2020
"""The sample county has a poverty line for this year only."""


def support_numbers(world: World) -> dict[str, tuple[IntArray, IntArray | None]]:
    """Every indicator of this kind."""
    facts, reg, support, hospital = world.facts, world.register, world.support, world.hospital
    villages = world.geography.villages
    home_village = reg.households.village
    person_village = home_village[reg.household_of]

    def people(mask: BoolArray) -> IntArray:
        return np.bincount(person_village[mask & facts.in_register], minlength=villages).astype(np.int64)

    alive, poor = facts.alive, (reg.status == NOT_OUT)[reg.household_of]
    states = exit_states(world)
    left, ready = states.left_now[reg.household_of], (states.guarantees == YES)[reg.household_of]
    passed = (states.strict == YES)[reg.household_of]
    every_home = np.bincount(home_village, minlength=villages).astype(np.int64)
    missed, cliff = _edges(world)
    certified = (support.holds | support.marked) & alive
    return {
        "identified_rate": (every_home, every_home + missed),
        "cliff_hh": (cliff, None),
        "exit_pass_rate": (people(left & passed), people(left)),
        "not_out_ready_rate": (people(poor & ready), people(poor)),
        "chronic_rate": (people(hospital.contracted), people(hospital.ill)),
        "reimb_in_rate": _reimbursed(world, outside=False),
        "reimb_out_rate": _reimbursed(world, outside=True),
        "tekun_persons": (people(support.supported) + support.outside, None),
        "dsub_persons": (people(support.subsidised), None),
        "cert_rate": (people(support.holds & alive), people(certified)),
    }


def _edges(world: World) -> tuple[IntArray, IntArray]:
    """Households of the edge list below the poverty line, and those just above it."""
    villages = world.geography.villages
    below, above = np.zeros(villages, dtype=np.int64), np.zeros(villages, dtype=np.int64)
    if world.register.as_of.year == _LINE_YEAR:
        for home, cents in enumerate(world.facts.edge_npc):
            village = world.facts.edge_village[home]
            below[village] += 0 <= cents < LINE
            above[village] += LINE < cents <= EDGE_HIGH
    return below, above


def _reimbursed(world: World, *, outside: bool) -> tuple[IntArray, IntArray]:
    """Fen paid by all layers and fen of cost, of the stays in force of one kind; more paid than spent is no ratio."""
    reg, table, hospital = world.register, world.table(CLAIMS), world.hospital
    paid, cost = (np.zeros(world.geography.villages, dtype=np.int64) for _ in range(2))
    sources = table.sources()
    for rid in range(table.rows):
        person = int(table.link[int(sources[rid])])
        wanted = table.get(rid, "place") == ("市内异地" if outside else "本地")
        if not table.get(rid, "discharge_on").startswith(str(reg.as_of.year)):
            continue
        if rid in hospital.void or not wanted or (outside and table.get(rid, "referred") != "是"):
            continue
        village = int(reg.households.village[reg.household_of[person]])
        layers = sum(int(Decimal(table.get(rid, layer)) * 100) for layer in LAYERS)
        total = int(Decimal(table.get(rid, "total")) * 100)
        if layers <= total:
            paid[village] += layers
            cost[village] += total
    return paid, cost
