"""Rosters of destitute support (特困) and of disability certificates, both by person.

Data in: the register and what it says about people's health. Data out: rows to send and who stands on them.
Not here: the subsistence allowance (dibao_list.py), corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import area_columns, blank_where, days, joined, numbers, picked, same
from simulator.feed_names import DISABILITY, TEKUN_FEED
from simulator.register import TEKUN, Register
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SUBSIDY = "65"
"""Yuan a month for either subsidy: the sample county takes over D4's value."""
_KINDS = ("1", "2", "3", "4", "5", "6", "7")
_KIND_WORDS = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
_LEVELS = ("1", "2", "3", "4")
_LEVEL_WORDS = ("一级", "二级", "三级", "四级")
SEVERE = 2
"""Levels below this position are severe."""


@dataclass
class SupportFacts:
    """Row of each register person on either roster, -1 for none."""

    tekun_rid: IntArray
    holder_rid: IntArray
    severe: BoolArray
    """Of register persons: the certificate says level one or two."""
    supported: BoolArray
    """Of register persons: met on the roster of destitute support."""
    holds: BoolArray
    subsidised: BoolArray
    marked: BoolArray
    """Of register persons: registered as disabled."""
    outside: IntArray
    """People of no register household supported as destitute, by village."""


def supported(
    reg: Register, disabled: BoolArray, covered: BoolArray, rng: np.random.Generator
) -> tuple[Sent, Sent, SupportFacts]:
    """Everybody of a 特困 household, every person registered as ``disabled``; ``covered`` draw the allowance."""
    count = reg.people.register
    poor = np.flatnonzero(reg.attr[reg.household_of] == TEKUN)
    holders = np.flatnonzero(disabled)
    level = rng.integers(0, 4, len(holders))
    kind = rng.integers(0, len(_KINDS), len(holders))
    facts = SupportFacts(
        tekun_rid=_places(poor, count),
        holder_rid=_places(holders, count),
        severe=np.zeros(count, dtype=np.bool_),
        supported=reg.attr[reg.household_of] == TEKUN,
        holds=disabled.copy(),
        subsidised=disabled.copy(),
        marked=disabled.copy(),
        outside=np.zeros(reg.geography.villages, dtype=np.int64),
    )
    facts.severe[holders] = level < SEVERE
    return _tekun(reg, poor, rng), _certificates(reg, holders, level, kind, covered[holders]), facts


def _places(people: IntArray, count: int) -> IntArray:
    rid = np.full(count, -1, dtype=np.int64)
    rid[people] = np.arange(len(people))
    return rid


def _tekun(reg: Register, people: IntArray, rng: np.random.Generator) -> Sent:
    count, village = len(people), reg.people.village[people]
    central = rng.random(count) < 0.15
    columns = {
        **area_columns(reg.geography, village, "township", "village"),
        "name": reg.people.names.take(pa.array(people)),
        "id_no": reg.people.ids.take(pa.array(people)),
        "cert_no": joined(f"TK{reg.geography.county}", numbers(100_000 + people)),
        "mode": picked(("分散供养", "集中供养"), central),
        "institution": picked(("", "测试县中心敬老院"), central),
        "care_level": picked(("全自理", "半护理"), rng.random(count) < 0.4),
        "live_amt": same("480", count),
        "care_amt": same("120", count),
        "from_month": same("2016-11", count),
        "account_holder": reg.people.names.take(pa.array(people)),
        "person_class": same("特困", count),
    }
    return Sent(FeedTable(TEKUN_FEED, columns, village, people.astype(np.int64)))


def _certificates(reg: Register, people: IntArray, level: IntArray, kind: IntArray, covered: BoolArray) -> Sent:
    """Every holder draws the living subsidy, as a hardship case if not on the allowance; the severe also the other."""
    count, village = len(people), reg.people.village[people]
    ids = reg.people.ids.take(pa.array(people))
    severe = level < SEVERE
    columns = {
        **area_columns(reg.geography, village, "township", "village"),
        "name": reg.people.names.take(pa.array(people)),
        "id_no": ids,
        "cert_no": joined(ids, picked(_KINDS, kind), picked(_LEVELS, level)),
        "class": picked(_KIND_WORDS, kind),
        "level": picked(_LEVEL_WORDS, level),
        "assessed_on": days(np.full(count, reg.today - 900)),
        "living_amt": same(SUBSIDY, count),
        "care_amt": blank_where(same(SUBSIDY, count), ~severe),
        "from_month": same("201801", count),
        "low_kind": picked(("困难残疾人", "低保"), covered),
        "is_dead": same("否", count),
        "med_gov": picked(("否", "是"), severe),
        "pension_gov": picked(("否", "是"), severe),
        "account_holder": reg.people.names.take(pa.array(people)),
        "person_class": same("建档立卡", count),
    }
    return Sent(FeedTable(DISABILITY, columns, village, people.astype(np.int64)))
