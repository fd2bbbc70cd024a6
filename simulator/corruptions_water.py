"""What only the water lists can get wrong: surveys, the five tests, supply points.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import fail_water, lose_water, not_listed
from simulator.feed_names import HOUSEHOLD_WATER, SUPPLIES
from simulator.ids import iso_day
from simulator.kinds import Apply, Kind, family
from simulator.world import World

_FIVE = ("no_visible", "no_odour", "no_ill_effect", "qty_ok", "access_ok")
_FUTURE = "2199-01-05"


def _water_cell(code: str, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLD_WATER).set(household, **cells)
        world.table(HOUSEHOLD_WATER).code(household, code)

    return apply


def _unreadable_survey(code: str, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        _water_cell(code, **cells)(world, household, rng)
        lose_water(world, household, listed=False)
        not_listed(world, HOUSEHOLD_WATER, household)

    return apply


def _test_failed(word: str, *, final: str, codes: tuple[str, ...] = ()) -> Apply:
    """One of the five tests of water that a household fetches says no."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        column = _FIVE[int(rng.integers(0, len(_FIVE)))]
        world.table(HOUSEHOLD_WATER).set(household, **{column: word, "final": final})
        if codes:
            world.table(HOUSEHOLD_WATER).code(household, *codes)
        fail_water(world, household)

    return apply


def _test_unknown(word: str, *codes: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        column = _FIVE[int(rng.integers(0, len(_FIVE)))]
        world.table(HOUSEHOLD_WATER).set(household, **{column: word})
        world.table(HOUSEHOLD_WATER).code(household, *codes)
        lose_water(world, household)

    return apply


def _own_supply(world: World, household: int, code: str | None, **cells: str) -> None:
    """Give the household a supply point of its own, so that nobody else shares its fate."""
    table, village = world.table(SUPPLIES), int(world.register.households.village[household])
    number = f"GS7{world.register.households.number(household)}"
    source = int(np.searchsorted(table.village, village))
    rid = table.copy(source, supply_no=number, supply_name="单独供水点", hh_served="30", pop_served="90")
    table.set(rid, **cells)
    if code:
        table.code(rid, code)
    world.table(HOUSEHOLD_WATER).set(household, supply_no=number)


def _supply_bad(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    _own_supply(world, household, None, result="不达标", bad_items="浑浊度")
    fail_water(world, household)


def _supply_worse_lately(world: World, household: int, rng: np.random.Generator) -> None:
    """An older good test, a newer bad one: the newer counts."""
    del rng
    _own_supply(world, household, None, tested_on=iso_day(world.register.today - 200))
    _own_supply(
        world, household, None, tested_on=iso_day(world.register.today - 3), result="不达标", bad_items="大肠菌群"
    )
    fail_water(world, household)


def _supply(code: str | None, **cells: str) -> Apply:
    """A supply point whose test says nothing usable."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        _own_supply(world, household, code, **cells)
        lose_water(world, household)

    return apply


def _supply_old(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    _own_supply(world, household, None, tested_on=iso_day(world.register.today - 400))
    lose_water(world, household)


def _supply_missing(number: str, *codes: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLD_WATER).set(household, supply_no=number)
        if codes:
            world.table(HOUSEHOLD_WATER).code(household, *codes)
        lose_water(world, household)

    return apply


_survey = family(HOUSEHOLD_WATER, "household", kinds.every_home)
_fetched = family(HOUSEHOLD_WATER, "household", kinds.unpiped_homes)
_supplied = family(SUPPLIES, "household", kinds.piped_homes)
_piped = family(HOUSEHOLD_WATER, "household", kinds.piped_homes)

WATER_KINDS: tuple[Kind, ...] = (
    _survey("survey_mode_word", _unreadable_survey("R_CODE_UNKNOWN", mode="井"), "R006 missing", rejects=1),
    _survey("survey_no_day", _unreadable_survey("R_REQUIRED_BLANK", surveyed_on=""), "R006 missing", rejects=1),
    _survey(
        "survey_bad_day", _unreadable_survey("R_DATE_INVALID", surveyed_on="2020-13-05"), "R006 missing", rejects=1
    ),
    _survey("survey_future", _unreadable_survey("R_DATE_FUTURE", surveyed_on=_FUTURE), "R006 missing", rejects=1),
    _fetched("test_no", _test_failed("×", final="不达标"), "R134 fail, R001 copy", weight=2),
    _fetched("test_no_but_final", _test_failed("否", final="达标", codes=("W_CONFLICT",)), "R134 fail, W_CONFLICT"),
    _fetched("test_blank", _test_unknown("", "W_COND_MISSING"), "R134 unknown", weight=2),
    _fetched("test_circle", _test_unknown("○", "W_VALUE_DROPPED", "W_COND_MISSING"), "R134 unknown"),
    _supplied("supply_bad", _supply_bad, "R133 fail, R001 copy", weight=2),
    _supplied("supply_worse_lately", _supply_worse_lately, "R133 fail, R001 copy"),
    _supplied("supply_old", _supply_old, "R133 unknown"),
    _supplied("supply_untested", _supply(None, tested_on="", result="未检测"), "R133 unknown"),
    _supplied("supply_undated", _supply("W_COND_MISSING", tested_on=""), "R133 unknown"),
    _supplied("supply_half", _supply("W_UNKNOWN_WORD", result="基本达标"), "R133 unknown"),
    _piped("supply_missing", _supply_missing("GS9999"), "R133 unknown"),
    _piped("supply_blank", _supply_missing("", "W_COND_MISSING"), "R133 unknown"),
)
