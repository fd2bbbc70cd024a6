"""Hospital stays that are signals for the insurance department: two places at once, back too soon, unusually dear.

Data in: the world. Data out: kinds with their whole consequence; whether a dear stay stands among enough others is
concluded in the end (consequences_stays.py).
Not here: what else settlements get wrong (corruptions_hospital.py).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from simulator import kinds
from simulator.corruptions_hospital import amount, expect_stay, treated
from simulator.feed_names import CLAIMS
from simulator.hospital_lists import COMMON, LAYERS, RARE, USUAL_COSTS
from simulator.ids import day_number, iso_day
from simulator.kinds import Apply, Kind, family
from simulator.world import World

_LEAST_DAYS_AWAY = 15
"""Days after which a new stay is no signal."""
_DEAR = 4
"""Times the usual cost: above three times any median, which is at most a quarter above the usual."""


def _two_places_at_once(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    table, rid = world.table(CLAIMS), int(world.hospital.claim_rid[person])
    admitted = iso_day(day_number(table.get(rid, "admitted_on")) + 1)
    second = table.copy(rid, settle_id=f"JS9{1_000_000 + person}", hospital="甲镇卫生院", admitted_on=admitted)
    expect_stay(world, second, "R094", "overlap", "warn")


def _back_after(days_away: int) -> Apply:
    """A stay that ended so many days before the one on the list began."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(CLAIMS), int(world.hospital.claim_rid[person])
        left = day_number(table.get(rid, "admitted_on")) - days_away
        table.copy(
            rid,
            settle_id=f"JS8{1_000_000 + person}",
            admitted_on=iso_day(left - 3),
            discharge_on=iso_day(left),
            settled_on=iso_day(left),
        )
        if days_away < _LEAST_DAYS_AWAY:
            expect_stay(world, rid, "R094", "readmitted", "warn")

    return apply


def _too_dear(world: World, person: int, rng: np.random.Generator) -> None:
    """Many times the usual cost, paid in the usual shares: a signal among enough stays (consequences_stays.py)."""
    del rng
    table, rid = world.table(CLAIMS), int(world.hospital.claim_rid[person])
    usual, total = amount(world, rid, "total"), Decimal(_DEAR * USUAL_COSTS[int(world.hospital.diagnosis[person])])
    columns = ("in_scope", *LAYERS)
    cells = {column: (amount(world, rid, column) / usual * total).quantize(Decimal("0.01")) for column in columns}
    cash = total - sum((cells[layer] for layer in LAYERS), Decimal(0))
    table.set(rid, total=f"{total:.2f}", paid_cash=f"{cash:.2f}", **{c: f"{paid:.2f}" for c, paid in cells.items()})
    world.hospital.dear.add(rid)


def _treated_for(diagnosis: int) -> kinds.Candidates:
    return lambda world: np.flatnonzero((world.hospital.claim_rid >= 0) & (world.hospital.diagnosis == diagnosis))


def _dear_for_nothing_told(world: World, person: int, rng: np.random.Generator) -> None:
    """Dear, but nobody says for what."""
    _too_dear(world, person, rng)
    rid = int(world.hospital.claim_rid[person])
    world.table(CLAIMS).set(rid, diagnosis="")
    world.hospital.dear.remove(rid)


_stay = family(CLAIMS, "person", treated)
_common_stay = family(CLAIMS, "person", _treated_for(COMMON))
_rare_stay = family(CLAIMS, "person", _treated_for(RARE))

STAY_KINDS: tuple[Kind, ...] = (
    _stay("two_places_at_once", _two_places_at_once, "R094 overlap", weight=2),
    _stay("back_in_two_weeks", _back_after(_LEAST_DAYS_AWAY - 1), "R094 readmitted", weight=2),
    _stay("back_on_the_day", _back_after(0), "R094 readmitted"),
    _stay("back_when_days_passed", _back_after(_LEAST_DAYS_AWAY), "nothing: the days have passed"),
    _common_stay("stay_too_dear", _too_dear, "R094 cost_outlier, among enough stays", weight=2),
    _rare_stay("rare_stay_too_dear", _too_dear, "mostly nothing: too few stays of the diagnosis to compare"),
    _stay("dear_and_undiagnosed", _dear_for_nothing_told, "nothing: compared with nothing"),
)
