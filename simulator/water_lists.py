"""The household survey and the supply points of the water department.

Data in: the register and the general residents. Data out: rows to send and the facts they state.
Not here: other lists by household, corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import area_columns, blank_where, days, joined, numbers, picked, same
from simulator.feed_names import HOUSEHOLD_WATER, SUPPLIES
from simulator.household_columns import ONE_IN, general_heads, household_columns
from simulator.register import Register
from simulator.residents import Residents
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass
class WaterFacts:
    """How each register household gets its water."""

    central: BoolArray


def water(reg: Register, residents: Residents, rng: np.random.Generator) -> tuple[Sent, Sent, WaterFacts]:
    """The household survey and the supply points: clean households have safe water, centrally or by the five tests."""
    central = rng.random(reg.households.count) < 0.75
    survey_day = np.full(reg.households.count, reg.today - 40) + rng.integers(0, 30, reg.households.count)
    home = np.arange(reg.households.count)
    rows = _water_columns(reg, household_columns(reg, home), reg.households.village, central, survey_day)
    table = FeedTable(feed=HOUSEHOLD_WATER, columns=rows, village=reg.households.village, link=home)

    def general(low: int, high: int) -> tuple[Mapping[str, pa.Array], IntArray]:
        heads, village = general_heads(reg, residents, low, high)
        piped = np.ones(len(village), dtype=np.bool_)
        return _water_columns(reg, heads, village, piped, np.full(len(village), reg.today - 20)), village

    return Sent(table, general, residents.count // ONE_IN), Sent(_supplies(reg, rng)), WaterFacts(central)


def _water_columns(
    reg: Register, who: dict[str, pa.Array], village: IntArray, central: BoolArray, survey_day: IntArray
) -> dict[str, pa.Array]:
    five = picked(("√", ""), central)
    return {
        **who,
        "mode": picked(("分散供水", "集中供水"), central),
        "tap": picked(("否", "是"), central),
        "supply_no": blank_where(supply_numbers(reg, village), ~central),
        "no_visible": five,
        "no_odour": five,
        "no_ill_effect": five,
        "qty_ok": five,
        "access_ok": five,
        "surveyed_on": days(survey_day),
        "final": same("达标", len(village)),
    }


def supply_numbers(reg: Register, village: IntArray) -> pa.StringArray:
    """The supply point of each village."""
    return joined("GS", numbers(int(reg.geography.county) * 10_000 + 1 + village))


def _supplies(reg: Register, rng: np.random.Generator) -> FeedTable:
    """One point a village, tested within the year; every fifth also has an older test that failed."""
    count = reg.geography.villages
    village = np.sort(np.r_[np.arange(count), np.arange(0, count, 5)])
    is_second = np.r_[False, village[1:] == village[:-1]]
    tested = reg.today - rng.integers(5, 100, count)[village] - np.where(is_second, 120, 0)
    names = picked(reg.geography.village_names, village)
    columns = {
        **area_columns(reg.geography, village, "township", "village"),
        "supply_no": supply_numbers(reg, village),
        "supply_name": joined(names, "供水站"),
        "supply_kind": picked(("千人供水工程", "百人以上工程"), village % 2),
        "villages_served": names,
        "hh_served": numbers(200 + village % 90),
        "pop_served": numbers(800 + village % 90),
        "tested_on": days(tested),
        "test_org": same("测试检测中心", len(village)),
        "result": picked(("达标", "不达标"), is_second),
        "bad_items": picked(("", "浑浊度"), is_second),
        "standard": same("GB5749-2006", len(village)),
    }
    return FeedTable(feed=SUPPLIES, columns=columns, village=village, link=np.full(len(village), -1))
