"""Payments of school aid: the education department's list of the term.

Data in: the register, who is taught in which stage, who is disabled. Data out: rows to send and who has been paid what.
Not here: the school roll (school_roll.py), corruptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import area_columns, days, money, picked, same
from simulator.feed_names import AID
from simulator.register import Register
from simulator.school_roll import JUNIOR, NOT_TAUGHT, VOCATIONAL, term_words
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_PROGRAMMES = ("学前资助", "寄宿生生活补助", "营养改善计划", "普高助学金", "雨露计划", "残疾学生资助")
"""One for each stage, and one for the disabled of any stage."""
_FOR_DISABLED = 5
_AMOUNTS = (50_000, 62_500, 40_000, 100_000, 150_000, 50_000)
"""Fen a term and programme."""
_STAGE_WORDS = ("幼儿园", "小学", "初中", "高中", "中职")
_SCHOOLS = ("测试县中心幼儿园", "测试县中心小学", "测试县初级中学", "测试县高级中学", "测试县职业高中")
_PAID_DAYS_AGO = 20


@dataclass
class AidFacts:
    """Of register persons: rows of the list, and what the list shows of them in the end."""

    rid: IntArray
    """The payment by stage, -1 for none."""
    extra_rid: IntArray
    """The payment for the disabled, -1 for none."""
    aided: BoolArray
    """Some payment was made."""
    vocational: BoolArray
    """A payment for those who learn a trade was made."""
    disability: BoolArray


def aid(reg: Register, stage: IntArray, alive: BoolArray, disabled: BoolArray) -> tuple[Sent, AidFacts]:
    """Everybody who is taught is paid what belongs to the stage; the disabled are paid once more."""
    count = reg.people.register
    pupils = np.flatnonzero((stage != NOT_TAUGHT) & alive)
    extra = pupils[disabled[pupils]]
    people = np.r_[pupils, extra]
    programme = np.r_[stage[pupils], np.full(len(extra), _FOR_DISABLED)]
    facts = AidFacts(
        rid=_places(pupils, 0, count),
        extra_rid=_places(extra, len(pupils), count),
        aided=np.zeros(count, dtype=np.bool_),
        vocational=stage == VOCATIONAL,
        disability=np.zeros(count, dtype=np.bool_),
    )
    facts.aided[pupils], facts.disability[extra] = True, True
    facts.vocational &= facts.aided
    return Sent(_table(reg, people.astype(np.int64), stage[people], programme)), facts


def _places(people: IntArray, first: int, count: int) -> IntArray:
    rid = np.full(count, -1, dtype=np.int64)
    rid[people] = first + np.arange(len(people))
    return rid


def _table(reg: Register, people: IntArray, stage: IntArray, programme: IntArray) -> FeedTable:
    """The young are paid by an account of the head, the others by one of their own."""
    count, village = len(people), reg.people.village[people]
    heads = reg.households.start[reg.household_of[people]]
    amount = money(np.array(_AMOUNTS, dtype=np.int64)[programme])
    columns = {
        "term": same(term_words(reg)[0], count),
        **area_columns(reg.geography, village, "township", "village"),
        "name": reg.people.names.take(pa.array(people)),
        "id_no": reg.people.ids.take(pa.array(people)),
        "person_class": same("建档立卡", count),
        "head_name": reg.people.names.take(pa.array(heads)),
        "school": picked(_SCHOOLS, stage),
        "stage": picked(_STAGE_WORDS, stage),
        "programme": picked(_PROGRAMMES, programme),
        "due_amt": amount,
        "paid_amt": amount,
        "paid_on": days(np.full(count, reg.today - _PAID_DAYS_AGO)),
        "pay_no": same("1", count),
        "channel": same("一卡通", count),
        "account_holder": reg.people.names.take(pa.array(np.where(stage < JUNIOR, heads, people))),
    }
    return FeedTable(AID, columns, village, people)
