"""The school roll of the education department.

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

from simulator.ages import COMPULSORY_HIGH, COMPULSORY_LOW
from simulator.cells import area_columns, blank_where, joined, picked, same
from simulator.facts import AT_SCHOOL, NOT_OF_AGE, SCHOOL_EXCUSED
from simulator.feed_names import EDUCATION
from simulator.ids import day_number
from simulator.register import Register
from simulator.residents import Crowd, Residents, share_of
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_PRE, _JUNIOR, _SENIOR, _LAST, _OLDEST = 4, 12, 15, 17, 85
_TRADE_SHARE = 0.2


@dataclass
class SchoolFacts:
    """Of register persons. ``of_age`` is 6–15 full years on the last cut-off day."""

    of_age: BoolArray
    school: IntArray
    home: BoolArray
    rid: IntArray
    """Row of each register person in the school list, -1 for none."""
    stage: IntArray
    """Of register persons who are taught at a school or at home, as the roll says it: NOT_TAUGHT, UNTOLD or a stage."""


IN, HOME, LEAVE, EXEMPT_SCHOOL, DROP = range(5)

_EDU_STATES = ("在学", "送教上门", "休学", "免学", "辍学")

STAGE_WORDS = ("学前教育", "小学", "初中", "高中", "中职")

NOT_TAUGHT, UNTOLD = -1, -2

POVERTY = "家庭贫困"
"""Among the causes of dropping out the one that must not occur."""

KINDERGARTEN, PRIMARY, JUNIOR, SENIOR, VOCATIONAL = range(5)

_GRADES = ("", *(f"{n}年级" for n in "一二三四五六七八九"), "高一年级", "高二年级", "高三年级")

_ATTEND = ("走读", "住校", "送教上门", "")


def cutoff_day(reg: Register) -> int:
    """The last 31 August on or before the day."""
    year = reg.as_of.year if (reg.as_of.month, reg.as_of.day) >= (8, 31) else reg.as_of.year - 1
    return day_number(f"{year}-08-31")


def term_words(reg: Register) -> tuple[str, str]:
    """The running term as the column says it and as the file name says it."""
    year, month = reg.as_of.year, reg.as_of.month
    if 2 <= month <= 8:
        return f"{year}年春季学期", f"{year}春"
    year = year if month > 8 else year - 1
    return f"{year}年秋季学期", f"{year}秋"


def education(reg: Register, residents: Residents, rng: np.random.Generator) -> tuple[Sent, SchoolFacts]:
    """The school roll: every register child of compulsory age, most others, and the general residents' children."""
    count, people = reg.people.register, reg.people
    cutoff = cutoff_day(reg)
    age = reg.age_on(cutoff)[:count]
    of_age = (age >= COMPULSORY_LOW) & (age <= COMPULSORY_HIGH)
    draw = rng.random(count)
    others = (age >= _PRE) & (age <= _LAST) & (draw < 0.6)
    pupils = np.flatnonzero(of_age | others)
    part, ages = draw[pupils], age[pupils]
    state = np.where(part > 0.994, LEAVE, np.where(part > 0.988, HOME, np.where(part > 0.982, EXEMPT_SCHOOL, IN)))
    state = np.where(of_age[pupils], state, IN)
    home_of = reg.household_of[pupils]
    heads = reg.households.start[home_of]
    stage = _stages(ages, part)
    columns = _school_columns(
        reg,
        people.village[pupils],
        people.names.take(pa.array(pupils)),
        people.ids.take(pa.array(pupils)),
        ages,
        stage,
        state,
        same("建档立卡", len(pupils)),
        people.names.take(pa.array(heads)),
        reg.households.numbers.take(pa.array(home_of)),
    )
    school = np.full(count, NOT_OF_AGE)
    school[pupils] = np.where(state == EXEMPT_SCHOOL, SCHOOL_EXCUSED, AT_SCHOOL)
    school[~of_age] = NOT_OF_AGE
    home = np.zeros(count, dtype=np.bool_)
    home[pupils[state == HOME]] = True
    rid, taught = np.full(count, -1, dtype=np.int64), np.full(count, NOT_TAUGHT, dtype=np.int64)
    rid[pupils] = np.arange(len(pupils))
    taught[pupils] = np.where((state == IN) | (state == HOME), stage, NOT_TAUGHT)
    table = FeedTable(feed=EDUCATION, columns=columns, village=people.village[pupils], link=pupils.astype(np.int64))

    def general(low: int, high: int) -> tuple[Mapping[str, pa.Array], IntArray]:
        crowd, crowd_age = _pupils(residents, residents.numbers_in(low, high), cutoff)
        columns = _school_columns(
            reg,
            crowd.village,
            crowd.names,
            crowd.ids,
            crowd_age,
            _stages(crowd_age, crowd.draw),
            np.where(crowd.draw < 0.002, LEAVE, IN),
            same("一般居民", len(crowd.number)),
            same("测家长", len(crowd.number)),
            same("", len(crowd.number)),
        )
        return columns, crowd.village

    total = residents.count * (_LAST - _PRE) // _OLDEST
    return Sent(table, general, total), SchoolFacts(of_age, school, home, rid, taught)


def _pupils(residents: Residents, number: IntArray, cutoff: int) -> tuple[Crowd, IntArray]:
    age = (cutoff - residents.birth_of(number)) * 4 // 1461
    keep = (age >= _PRE) & (age < _LAST) & (share_of(number) < 0.96)
    return residents.crowd(number[keep]), np.asarray(age[keep], dtype=np.int64)


def _stages(age: IntArray, draw: NDArray[np.float64]) -> IntArray:
    """By age; some of the oldest learn a trade."""
    upper = np.where(draw < _TRADE_SHARE, VOCATIONAL, SENIOR)
    stage = np.where(age < _JUNIOR, PRIMARY, np.where(age < _SENIOR, JUNIOR, upper))
    return np.asarray(np.where(age < COMPULSORY_LOW, KINDERGARTEN, stage), dtype=np.int64)


def _school_columns(
    reg: Register,
    village: IntArray,
    names: pa.StringArray,
    ids: pa.StringArray,
    age: IntArray,
    stage: IntArray,
    state: IntArray,
    person_class: pa.StringArray,
    head_names: pa.StringArray,
    hh_numbers: pa.StringArray,
) -> dict[str, pa.Array]:
    count = len(village)
    grade = np.where(stage == VOCATIONAL, 0, np.clip(age - COMPULSORY_LOW + 1, 0, len(_GRADES) - 1))
    school = joined(
        "测试县",
        area_columns(reg.geography, village, "township")["township"],
        picked(("中心幼儿园", "中心小学", "初级中学", "高级中学", "职业高中"), stage),
    )
    enrolled = state != EXEMPT_SCHOOL
    attend = np.where(state == HOME, 2, np.where(~enrolled, 3, np.where(age >= _JUNIOR, 1, 0)))
    blank = same("", count)
    return {
        "term": same(term_words(reg)[0], count),
        "name": names,
        "id_no": ids,
        "person_class": person_class,
        **area_columns(reg.geography, village, "township", "village"),
        "hh_no": hh_numbers,
        "head_name": head_names,
        "guardian_name": head_names,
        "school": blank_where(school, ~enrolled),
        "stage": blank_where(picked(STAGE_WORDS, stage), ~enrolled),
        "grade": blank_where(picked(_GRADES, grade), ~enrolled),
        "student_no": blank_where(joined(picked(("G", "L"), state == HOME), ids), ~enrolled),
        "attend": picked(_ATTEND, attend),
        "status": picked(_EDU_STATES, state),
        "drop_on": blank,
        "drop_cause": blank,
        "guardian_signed_on": blank,
        "evidence_id": blank,
        "persuade_count": blank,
        "placed_on": blank,
    }
