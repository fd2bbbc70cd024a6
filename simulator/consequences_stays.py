"""What follows for hospital stays in the end: which dear stay is a signal, which layer no scheme knows.

Data in: the corrupted world. Data out: more expected findings.
Not here: what one corruption does (corruptions_hospital.py), and any median: stays are made to lie far from it or near.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from simulator.corruptions_hospital import expect_stay
from simulator.feed_names import CLAIMS
from simulator.hospital_lists import OTHER_SCHEME
from simulator.world import World

_LEAST_STAYS = 10
"""Stays of one diagnosis in one year with which a cost is compared."""


def expect_dear_stays(world: World) -> None:
    """Stays of many times the usual cost; unclear where half of the stays with the diagnosis were made dear."""
    table, hospital = world.table(CLAIMS), world.hospital
    groups: Counter[tuple[str, str]] = Counter()
    dear: Counter[tuple[str, str]] = Counter()
    links = table.links()
    for rid in range(table.rows):
        if links[rid] >= 0 and rid not in hospital.void:
            groups[_group(world, rid)] += 1
            dear[_group(world, rid)] += rid in hospital.dear
    for rid in sorted(hospital.dear - hospital.void):
        group = _group(world, rid)
        if groups[group] >= _LEAST_STAYS:
            expect_stay(world, rid, "R094", "cost_outlier", "warn", ambiguous=2 * dear[group] >= groups[group])


def expect_layers_outside_scheme(world: World) -> None:
    """Stays with a hospital layer in the county whose scheme knows none."""
    table, hospital = world.table(CLAIMS), world.hospital
    if world.geography.place != OTHER_SCHEME:
        return
    links = table.links()
    for rid in range(table.rows):
        if links[rid] >= 0 and rid not in hospital.void and Decimal(table.get(rid, "paid_hospital")) > 0:
            expect_stay(world, rid, "R086", "outside_hospital")


def _group(world: World, rid: int) -> tuple[str, str]:
    table = world.table(CLAIMS)
    return table.get(rid, "diagnosis"), table.get(rid, "discharge_on")[:4]
