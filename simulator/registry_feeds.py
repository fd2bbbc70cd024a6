"""The poverty office's own files: households, persons, edge households, villages.

Data in: the register and the sector facts it keeps a copy of. Data out: rows to send.
Not here: what sectors send, corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import BLANK, area_columns, blank_where, days, joined, money, numbers, picked, same
from simulator.feed_names import EDGES, HOUSEHOLDS, PERSONS, VILLAGES
from simulator.geography import Geography
from simulator.ids import day_number
from simulator.register import ATTR_WORDS, EXITED, HEAD, RELATION_WORDS, STATUS_WORDS, Register
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_CAUSES = ("因病", "因残", "因学", "缺技术", "缺劳动力", "缺资金", "交通条件落后", "自身发展动力不足")

_EDUCATION = ("文盲或半文盲", "小学", "初中", "学龄前儿童")

_IN_SCHOOL = ("非在校生", "学前教育", "小学", "七年级", "八年级", "九年级", "高中一年级", "高中二年级")

_OLD = 60


def households(reg: Register, relocated: BoolArray, rng: np.random.Generator) -> Sent:
    """One row a register household."""
    frame, count = reg.households, reg.households.count
    heads = pa.array(frame.start[:-1])
    exited = np.isin(reg.status, EXITED)
    columns = {
        **area_columns(reg.geography, frame.village, "county", "township", "village"),
        "village_group": picked(("一组", "二组", "三组", "四组"), rng.integers(0, 4, count)),
        "hh_no": frame.numbers,
        "head_name": reg.people.names.take(heads),
        "head_id_no": reg.people.ids.take(heads),
        "member_count": numbers(frame.size),
        "attr": picked(ATTR_WORDS, reg.attr),
        "status": picked(STATUS_WORDS, reg.status),
        "exit_year": blank_where(numbers(reg.exit_year), ~exited),
        "first_identified": days(reg.identified),
        "cause": picked(_CAUSES, rng.integers(0, len(_CAUSES), count)),
        "npc": money(frame.npc),
        "dilapidated": same("否", count),
        "water_safe": same("是", count),
        "relocated": picked(("否", "是"), relocated),
    }
    return Sent(FeedTable(HOUSEHOLDS, columns, frame.village, np.full(count, -1)))


def persons(reg: Register, insured: BoolArray, rng: np.random.Generator) -> Sent:
    """One row a register person; the copy of the insurance fact agrees with the medical list."""
    count, home = reg.people.register, reg.household_of
    everybody = pa.array(np.arange(count))
    age = reg.age_on(reg.today)[:count]
    seat = np.arange(count) - reg.households.start[home]
    schooling = np.where(age < 3, 0, np.where(age < 7, 1, np.where(age < 13, 2, np.where(age > 17, 0, age - 10))))
    columns = {
        "hh_no": reg.households.numbers.take(pa.array(home)),
        "person_no": joined(
            reg.households.numbers.take(pa.array(home)), picked([f"{i:02d}" for i in range(1, 9)], seat)
        ),
        "name": reg.people.names.take(everybody),
        "id_type": same("居民身份证", count),
        "id_no": reg.people.ids.take(everybody),
        "sex": picked(("女", "男"), reg.people.is_male[:count]),
        "birth": days(reg.people.birth[:count]),
        "relation": picked(RELATION_WORDS, reg.relation),
        "ethnic": same("汉族", count),
        "education": picked(_EDUCATION, np.where(age < 6, 3, np.where(age > _OLD, 0, np.where(age < 15, 1, 2)))),
        "in_school": picked(_IN_SCHOOL, np.minimum(schooling, len(_IN_SCHOOL) - 1)),
        "health": picked(("健康", "长期慢性病", "残疾"), rng.choice(3, count, p=(0.8, 0.14, 0.06))),
        "labour": picked(("普通劳动力", "无劳动力"), (age < 16) | (age > _OLD)),
        "work_months": numbers(np.where((age >= 18) & (age < _OLD), rng.integers(0, 13, count), 0)),
        "ins_basic": picked(("否", "是"), insured),
        "ins_serious": picked(("否", "是"), insured),
        "identified_on": days(np.maximum(reg.identified[home], reg.people.birth[:count])),
    }
    return Sent(FeedTable(PERSONS, columns, reg.households.village[home], np.full(count, -1)))


def edge_households(reg: Register) -> Sent:
    """One row a person of an edge household; the household's values stand on each row."""
    edge = reg.edge
    member = np.arange(reg.people.register, reg.people.register + reg.people.edge)
    home = edge.of_person()
    heads = pa.array(edge.start[home])
    is_head = member == edge.start[home]
    count = len(member)
    columns = {
        **area_columns(reg.geography, edge.village[home], "township", "village"),
        "hh_no": edge.numbers.take(pa.array(home)),
        "head_name": reg.people.names.take(heads),
        "head_id_no": reg.people.ids.take(heads),
        "name": reg.people.names.take(pa.array(member)),
        "id_no": reg.people.ids.take(pa.array(member)),
        "relation": picked(("其他", RELATION_WORDS[HEAD]), is_head),
        "hh_kind": picked(("边缘易致贫户", "突发严重困难户"), reg.edge_kind[home]),
        "member_count": numbers(edge.size[home]),
        "npc": money(edge.npc[home]),
        "identified_on": days(np.full(count, reg.today - 100)),
        "risks": same("因病", count),
        "risk_cleared": same("否", count),
        "cleared_on": same("", count),
        "measures": same("产业帮扶", count),
    }
    return Sent(FeedTable(EDGES, columns, edge.village[home], np.full(count, -1)))


def villages(geography: Geography, residents_by_village: IntArray, as_of_year: int) -> Sent:
    """The county, its townships and villages in one list."""
    towns, count = len(geography.township_codes), geography.villages
    upper, rows = 1 + towns, 1 + towns + count
    poor = np.r_[np.zeros(upper, dtype=np.bool_), _poor_villages(geography)]
    this_year = np.r_[np.zeros(upper, dtype=np.bool_), exit_villages(geography)]
    planned = np.where(poor, np.where(this_year, as_of_year, as_of_year - 2), BLANK)
    exited = poor & (planned < as_of_year)
    levels = np.r_[np.zeros(1), np.ones(towns), np.full(count, 2)]
    township = np.r_[0, np.arange(towns), geography.township_of]
    population = np.r_[np.full(upper, BLANK), residents_by_village].astype(np.int64)
    columns = {
        "area_code": pa.array([geography.county, *geography.township_codes, *geography.village_codes]),
        "county": same(geography.county_name, rows),
        "township": blank_where(picked(geography.township_names, township), levels == 0),
        "area_name": pa.array([geography.county_name, *geography.township_names, *geography.village_names]),
        "prev_code": pa.array([""] * upper + [former_code(geography, v) for v in range(count)]),
        "prev_name": pa.array([""] * upper + [former_name(geography, v) for v in range(count)]),
        "village_type": pa.array([""] * upper + ["贫困村" if p else "非贫困村" for p in poor[upper:]]),
        "deep_poor": pa.array([""] * upper + ["否"] * count),
        "planned_exit_year": numbers(planned.astype(np.int64)),
        "exited": pa.array([""] * upper + ["是" if e else "否" for e in exited[upper:]]),
        "exited_on": days(np.where(exited, day_number(f"{as_of_year - 2}-12-31"), BLANK)),
        "hh_total": numbers(np.where(population > 0, population // 3 + 1, BLANK)),
        "pop_total": numbers(population),
        "groups": pa.array([""] * upper + ["6"] * count),
    }
    where = np.r_[np.zeros(upper, dtype=np.int64), np.arange(count)]
    order_safe = np.where(levels < 2, 0, where).astype(np.int64)
    return Sent(FeedTable(VILLAGES, columns, order_safe, np.full(rows, -1)))


def _poor_villages(geography: Geography) -> BoolArray:
    place = np.arange(geography.villages)
    return np.asarray(place % 3 == 0 if geography.exited is None else place < geography.exited)


def exit_villages(geography: Geography) -> BoolArray:
    """Of villages: a poor one that is to leave poverty this year."""
    leaving = (np.arange(geography.villages) % 5 == 0) & (geography.exited is None)
    return np.asarray(_poor_villages(geography) & leaving)


def exited_villages(geography: Geography) -> BoolArray:
    """Of villages: a poor one that has left poverty before this year."""
    return np.asarray(_poor_villages(geography) & ~exit_villages(geography))


def former_code(geography: Geography, village: int) -> str:
    """Code of the village before the merger of 2017; every fourth village had another one."""
    return f"{geography.county}9{geography.village_codes[village][7:]}" if village % 4 == 0 else ""


def former_name(geography: Geography, village: int) -> str:
    """Name of the village before the merger."""
    return f"旧{geography.village_names[village]}" if village % 4 == 0 else ""
