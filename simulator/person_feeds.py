"""Lists that departments keep by person: medical insurance, schooling, subsistence allowance.

Data in: the register and the general residents. Data out: rows to send and the facts they state.
Not here: household lists, the register's own files, corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import BLANK, area_columns, blank_where, days, joined, money, numbers, picked, same
from simulator.facts import AT_SCHOOL, NOT_OF_AGE, SCHOOL_EXCUSED
from simulator.ids import day_number
from simulator.register import DIBAO, GENERAL, HEAD, LINE, RELATION_WORDS, Register
from simulator.residents import Crowd, Residents, share_of
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MEDICAL, EDUCATION, DIBAO_FEED = "medical/enrolments", "education/enrolments", "civil_affairs/dibao"

PAID, GOV, NEW, EMPLOYEE, ELSEWHERE, ARMY, DEAD, UNPAID = range(8)
_STATES = ("已参保", "代缴", "动态新增", "职工参保", "异地参保", "现役军人", "死亡", "参合未缴费")
_SCHEMES = ("城乡居民基本医疗保险", "职工医保", "")
_EXEMPT = (EMPLOYEE, ELSEWHERE, ARMY)
_NAME_CLASSES = ("一般居民", "建档立卡", "建档立卡、低保", "建档立卡、特困", "边缘户", "低保")
FEE, SUBSIDY = 28_000, 3_000
ADULT, OLD, COMPULSORY_LOW, COMPULSORY_HIGH = 18, 60, 6, 15
_PRE, _JUNIOR, _SENIOR, _LAST, _OLDEST = 4, 12, 15, 17, 85
_DIBAO_STEP = 25
"""One in 25 pairs of general residents draws the allowance."""
MONTHLY_DIBAO = 21_000


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


@dataclass
class SchoolFacts:
    """Of register persons. ``of_age`` is 6–15 full years on the last cut-off day."""

    of_age: BoolArray
    school: IntArray
    home: BoolArray
    rid: IntArray
    """Row of each register person in the school list, -1 for none."""


IN, HOME, LEAVE, EXEMPT_SCHOOL, DROP = range(5)
_EDU_STATES = ("在学", "送教上门", "休学", "免学", "辍学")
_STAGES = ("学前教育", "小学", "初中", "高中")
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
    columns = _school_columns(
        reg,
        people.village[pupils],
        people.names.take(pa.array(pupils)),
        people.ids.take(pa.array(pupils)),
        ages,
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
    rid = np.full(count, -1, dtype=np.int64)
    rid[pupils] = np.arange(len(pupils))
    table = FeedTable(feed=EDUCATION, columns=columns, village=people.village[pupils], link=pupils.astype(np.int64))

    def general(low: int, high: int) -> tuple[Mapping[str, pa.Array], IntArray]:
        crowd, crowd_age = _pupils(residents, residents.numbers_in(low, high), cutoff)
        columns = _school_columns(
            reg,
            crowd.village,
            crowd.names,
            crowd.ids,
            crowd_age,
            np.where(crowd.draw < 0.002, LEAVE, IN),
            same("一般居民", len(crowd.number)),
            same("测家长", len(crowd.number)),
            same("", len(crowd.number)),
        )
        return columns, crowd.village

    total = residents.count * (_LAST - _PRE) // _OLDEST
    return Sent(table, general, total), SchoolFacts(of_age, school, home, rid)


def _pupils(residents: Residents, number: IntArray, cutoff: int) -> tuple[Crowd, IntArray]:
    age = (cutoff - residents.birth_of(number)) * 4 // 1461
    keep = (age >= _PRE) & (age < _LAST) & (share_of(number) < 0.96)
    return residents.crowd(number[keep]), np.asarray(age[keep], dtype=np.int64)


def _school_columns(
    reg: Register,
    village: IntArray,
    names: pa.StringArray,
    ids: pa.StringArray,
    age: IntArray,
    state: IntArray,
    person_class: pa.StringArray,
    head_names: pa.StringArray,
    hh_numbers: pa.StringArray,
) -> dict[str, pa.Array]:
    count = len(village)
    stage = np.where(age < COMPULSORY_LOW, 0, np.where(age < _JUNIOR, 1, np.where(age < _SENIOR, 2, 3)))
    grade = np.clip(age - COMPULSORY_LOW + 1, 0, len(_GRADES) - 1)
    school = joined(
        "测试县",
        area_columns(reg.geography, village, "township")["township"],
        picked(("中心幼儿园", "中心小学", "初级中学", "高级中学"), stage),
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
        "stage": blank_where(picked(_STAGES, stage), ~enrolled),
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
        np.where(rng.random(len(rows)) < 0.5, reg.households.npc[home], BLANK),
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
            joined("DB7", numbers(1_000_000_000 + pair)),
            blank,
            blank,
            picked(("户主", "其他"), crowd.number % 2),
            np.full(len(pair), 2),
            np.where(pair % 3 == 0, BLANK, LINE + 30_000 + pair % 900 * 100),
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
