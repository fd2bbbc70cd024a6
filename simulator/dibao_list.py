"""The roster of the subsistence allowance (低保).

Data in: the register and the general residents. Data out: rows to send and the facts they state.
Not here: other lists by person, corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import BLANK, area_columns, joined, money, numbers, picked, same
from simulator.feed_names import DIBAO_FEED
from simulator.register import DIBAO, HEAD, LINE, RELATION_WORDS, Register
from simulator.residents import Residents
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_DIBAO_STEP = 25
"""One in 25 pairs of general residents draws the allowance."""

MONTHLY_DIBAO = 21_000


@dataclass
class DibaoFacts:
    """Who draws the allowance: register persons one by one, others by village."""

    covered: BoolArray
    outside: IntArray
    rid: IntArray
    """Row of each register person in the allowance list, -1 for none."""


def dibao(reg: Register, residents: Residents, rng: np.random.Generator) -> tuple[Sent, DibaoFacts]:
    """The allowance roster of the month: 低保 households of the register and one in 25 pairs of other residents."""
    count, people = reg.people.register, reg.people
    in_case = reg.attr[reg.household_of] == DIBAO
    whole = (rng.random(reg.households.count) < 0.6)[reg.household_of]
    covered = in_case & (whole | (reg.relation == HEAD) | (rng.random(count) < 0.3))
    rows = np.flatnonzero(covered)
    home = reg.household_of[rows]
    case_size = np.bincount(home, minlength=reg.households.count)[home]
    heads = pa.array(reg.households.start[home])
    columns = _dibao_columns(
        reg,
        people.village[rows],
        people.names.take(pa.array(rows)),
        people.ids.take(pa.array(rows)),
        joined("DB", reg.households.numbers.take(pa.array(home))),
        people.names.take(heads),
        people.ids.take(heads),
        picked(RELATION_WORDS, reg.relation[rows]),
        case_size,
        np.where((rng.random(len(rows)) < 0.5) & (reg.households.npc[home] < LINE), reg.households.npc[home], BLANK),
        same("建档立卡", len(rows)),
    )
    rid = np.full(count, -1, dtype=np.int64)
    rid[rows] = np.arange(len(rows))
    npc = columns["npc"].take(pa.array(_first_of_case(home)))
    columns["npc"] = npc
    table = FeedTable(feed=DIBAO_FEED, columns=columns, village=people.village[rows], link=rows.astype(np.int64))

    def general(low: int, high: int) -> tuple[Mapping[str, pa.Array], IntArray]:
        number = residents.numbers_in(low, high)
        crowd = residents.crowd(number[_draws_dibao(number)])
        pair, village = crowd.number // 2, crowd.village
        blank = same("", len(pair))
        columns = _dibao_columns(
            reg,
            village,
            crowd.names,
            crowd.ids,
            joined("DB7", numbers((1 + reg.geography.place) * 1_000_000_000 + pair)),
            blank,
            blank,
            picked(("户主", "其他"), crowd.number % 2),
            np.full(len(pair), 2),
            np.full(len(pair), BLANK),
            same("低保", len(pair)),
        )
        return columns, village

    outside = np.zeros(reg.geography.villages, dtype=np.int64)
    for village in range(reg.geography.villages):
        number = np.arange(residents.starts[village], residents.starts[village + 1])
        outside[village] = int(_draws_dibao(number).sum())
    return Sent(table, general, int(outside.sum())), DibaoFacts(covered, outside, rid)


def _first_of_case(home: IntArray) -> IntArray:
    """For each row the first row of its case, so that a case states one income."""
    starts = np.flatnonzero(np.r_[True, home[1:] != home[:-1]]) if len(home) else np.array([], dtype=np.int64)
    return np.repeat(starts, np.diff(np.r_[starts, len(home)]))


def _draws_dibao(number: IntArray) -> BoolArray:
    return np.asarray((number // 2) % _DIBAO_STEP == 3)


def _dibao_columns(
    reg: Register,
    village: IntArray,
    names: pa.StringArray,
    ids: pa.StringArray,
    case_no: pa.StringArray,
    head_names: pa.StringArray,
    head_ids: pa.StringArray,
    relation: pa.StringArray,
    case_size: IntArray,
    npc: IntArray,
    person_class: pa.StringArray,
) -> dict[str, pa.Array]:
    count = len(village)
    return {
        **area_columns(reg.geography, village, "township", "village"),
        "case_no": case_no,
        "head_name": head_names,
        "head_id_no": head_ids,
        "name": names,
        "id_no": ids,
        "relation": relation,
        "hh_count": numbers(case_size),
        "covered_count": numbers(case_size),
        "kind": same("农村", count),
        "monthly_amt": money(np.full(count, MONTHLY_DIBAO)),
        "hh_amt": money(MONTHLY_DIBAO * case_size),
        "from_month": same("201807", count),
        "to_month": same("", count),
        "npc": money(npc),
        "person_class": person_class,
        "account_holder": head_names,
    }
