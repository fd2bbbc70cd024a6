"""The insurance roster of the medical department.

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

from simulator.ages import ADULT, OLD
from simulator.cells import BLANK, area_columns, days, money, picked, same
from simulator.feed_names import MEDICAL
from simulator.ids import day_number
from simulator.register import GENERAL, HEAD, Register
from simulator.residents import Residents
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PAID, GOV, NEW, EMPLOYEE, ELSEWHERE, ARMY, DEAD, UNPAID = range(8)

_STATES = ("已参保", "代缴", "动态新增", "职工参保", "异地参保", "现役军人", "死亡", "参合未缴费")

_SCHEMES = ("城乡居民基本医疗保险", "职工医保", "")

_EXEMPT = (EMPLOYEE, ELSEWHERE, ARMY)

_NAME_CLASSES = ("一般居民", "建档立卡", "建档立卡、低保", "建档立卡、特困", "边缘户", "低保")

FEE, SUBSIDY = 28_000, 3_000


@dataclass
class InsuranceFacts:
    """Of register persons, as the medical list states them."""

    alive: BoolArray
    exempt: BoolArray
    insured: BoolArray


def medical(reg: Register, residents: Residents, rng: np.random.Generator) -> tuple[Sent, InsuranceFacts]:
    """The insurance roster: everybody of the register and the edge list, and all general residents."""
    people, count = reg.people, reg.people.register
    everybody = count + people.edge
    age = reg.age_on(reg.today)[:everybody]
    household_attr = np.r_[reg.attr[reg.household_of], np.full(people.edge, GENERAL)]
    draw = rng.random(everybody)
    state = np.where(draw < 0.7, PAID, GOV)
    state = np.where((household_attr != GENERAL) & (draw < 0.9), GOV, state)
    state = np.where(age < 1, NEW, state)
    adult = (age >= ADULT) & (age < OLD) & (household_attr == GENERAL)
    state = np.where(adult & (draw > 0.96), EMPLOYEE, state)
    state = np.where(adult & (draw > 0.975), ELSEWHERE, state)
    state = np.where(adult & (draw > 0.995), ARMY, state)
    relation = np.r_[reg.relation, np.full(people.edge, HEAD)]
    state = np.where((age >= OLD) & (household_attr == GENERAL) & (relation != HEAD) & (draw < 0.012), DEAD, state)
    group = np.r_[np.array([1, 2, 3])[reg.attr[reg.household_of]], np.full(people.edge, 4)]
    table = FeedTable(
        feed=MEDICAL,
        columns=_medical_columns(
            reg, people.village[:everybody], people.names[:everybody], people.ids[:everybody], state, group, draw
        ),
        village=people.village[:everybody],
        link=np.r_[np.arange(count), np.full(people.edge, -1)],
    )
    facts = InsuranceFacts(
        alive=state[:count] != DEAD,
        exempt=np.isin(state[:count], _EXEMPT),
        insured=np.isin(state[:count], (PAID, GOV, NEW)),
    )

    def general(low: int, high: int) -> tuple[Mapping[str, pa.Array], IntArray]:
        crowd = residents.crowd(residents.numbers_in(low, high))
        crowd_state = np.where(crowd.draw < 0.9, PAID, np.where(crowd.draw < 0.95, GOV, UNPAID))
        crowd_group = np.where((crowd.draw >= 0.92) & (crowd.draw < 0.95), 5, 0)
        columns = _medical_columns(
            reg, crowd.village, crowd.names, crowd.ids, crowd_state, crowd_group, crowd.draw * 7 % 1
        )
        return columns, crowd.village

    return Sent(table, general, residents.count), facts


def _medical_columns(
    reg: Register,
    village: IntArray,
    names: pa.StringArray,
    ids: pa.StringArray,
    state: IntArray,
    group: IntArray,
    draw: NDArray[np.float64],
) -> dict[str, pa.Array]:
    is_paid, is_gov = np.isin(state, (PAID, NEW)), state == GOV
    first, span = day_number(f"{reg.as_of.year}-01-02"), max(1, reg.today - day_number(f"{reg.as_of.year}-01-02"))
    paid_on = np.where(is_paid | is_gov, first + (draw * 997 % 1 * min(span, 120)).astype(np.int64), BLANK)
    own = np.where(is_paid, FEE - SUBSIDY, 0)
    public = np.where(is_paid, SUBSIDY, np.where(is_gov, FEE, 0))
    scheme = np.where(state == EMPLOYEE, 1, np.where(draw * 31 % 1 < 0.1, 2, 0))
    away = np.where(np.isin(state, (EMPLOYEE, ELSEWHERE)), 1, 0)
    return {
        **area_columns(reg.geography, village, "township", "village", "village_code"),
        "name": names,
        "id_no": ids,
        "person_class": picked(_NAME_CLASSES, group),
        "ins_year": same(str(reg.as_of.year), len(village)),
        "scheme": picked(_SCHEMES, scheme),
        "ins_state": picked(_STATES, state),
        "paid_self": money(own),
        "paid_gov": money(public),
        "paid_total": money(own + public),
        "paid_on": days(paid_on),
        "not_insured_why": picked(("", "联系不上"), state == UNPAID),
        "other_place": picked(("", "测试省外市"), away),
    }
