"""What follows from the county as it stands in the end: conditions of leaving poverty, fields of the register, matches.

Data in: the corrupted world. Data out: more expected findings.
Not here: what one corruption does (effects.py), and any reading of files: facts and sent cells are all that is used.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulator.consequences_ids import conclude_ids
from simulator.facts import NO, OUT_OF_SCHOOL, SCHOOL_UNKNOWN, UNKNOWN, YES, RecordFinding
from simulator.feed_names import (
    AID,
    APPRAISALS,
    CHRONIC,
    CLAIMS,
    DIBAO_FEED,
    DISABILITY,
    EDUCATION,
    HOUSEHOLDS,
    MEDICAL,
    PERSONS,
)  # fmt: skip
from simulator.ids import day_number
from simulator.register import EXITED, LINE, NOT_OUT
from simulator.tables import FeedTable
from simulator.world import World

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PLANNED, UNDER_POLICY, POLICY_UNKNOWN = 1, 2, 6
_POOR = (NOT_OUT, 4, 5)
"""Not out, back in poverty, taken back: below the line by their status."""
_LINE_YEAR, _REVIEWED_FROM, _NO_YEAR = 2020, 2014, 0
"""The sample county has a poverty line for one year; without one the exit test does not run."""
_READY_BY, _OUT_BY = day_number("2020-06-30"), day_number("2020-12-31")
_ROW_CODES = {
    "W_ID_SEX": "sex_differs",
    "W_ID_DOB": "birth_differs",
    "W_CONFLICT": "code_conflict",
    "W_ID_BLANK": "id_missing",
    "W_ID_CHECK": "id_invalid",
}
_MATCH_MIN = 0.90
_VERDICTS = {NO: "fail", UNKNOWN: "unknown"}


def conclude(world: World) -> None:
    """Add the findings that need the whole county."""
    _expect_register_fields(world)
    _expect_exit_findings(world)
    _expect_match_rates(world)
    conclude_ids(world)
    _expect_part_cover(world)


def accepted(table: FeedTable) -> BoolArray:
    """Which row numbers are read and kept."""
    kept = np.ones(table.rows, dtype=np.bool_)
    kept[sorted(table.gone)] = False
    for rid, codes in table.codes.items():
        if any(code.startswith("R_") or code == "W_DUP_ROW" for code in codes):
            kept[rid] = False
    return kept


def guarantee_parts(world: World) -> dict[str, IntArray]:
    """Of each register household: schooling, insurance, house and water."""
    facts = world.facts
    due = facts.in_register & facts.alive
    insurable = due & ~facts.exempt & ~facts.insured
    return {
        "义务教育": _by_household(world, due & (facts.school == OUT_OF_SCHOOL), due & (facts.school == SCHOOL_UNKNOWN)),
        "基本医疗": _by_household(world, insurable & facts.found, insurable & ~facts.found),
        "住房安全": facts.housing,
        "饮水安全": facts.water,
    }


def _by_household(world: World, failing: BoolArray, unknown: BoolArray) -> IntArray:
    reg = world.register
    fails = np.bincount(reg.household_of[failing], minlength=reg.households.count) > 0
    unsure = np.bincount(reg.household_of[unknown], minlength=reg.households.count) > 0
    return np.asarray(np.where(fails, NO, np.where(unsure, UNKNOWN, YES)), dtype=np.int64)


def _worst(parts: tuple[IntArray, ...]) -> IntArray:
    fails = np.logical_or.reduce([part == NO for part in parts])
    unsure = np.logical_or.reduce([part == UNKNOWN for part in parts])
    return np.asarray(np.where(fails, NO, np.where(unsure, UNKNOWN, YES)), dtype=np.int64)


def _statuses(world: World) -> tuple[IntArray, IntArray]:
    """Status and year of exit of each household, as the register's file says them in the end."""
    reg, table = world.register, world.table(HOUSEHOLDS)
    status, year = reg.status.copy(), reg.exit_year.copy()
    for rid, word in table.cells.get("status", {}).items():
        if rid < table.base and word == "已脱贫":
            status[rid] = POLICY_UNKNOWN
    for rid, word in table.cells.get("exit_year", {}).items():
        if rid < table.base:
            year[rid] = int(str(word)) if str(word).isdigit() else _NO_YEAR
    return status, year


@dataclass(frozen=True)
class ExitStates:
    """Of each register household: how it stands by the conditions of leaving poverty, and when it left."""

    status: IntArray
    exit_year: IntArray
    guarantees: IntArray
    income: IntArray
    strict: IntArray
    """Guarantees and, in a year that has a line, income."""
    out: BoolArray
    left_now: BoolArray
    planned: BoolArray
    is_judged: bool
    """Whether the year has a line, without which the exit test does not run."""
    flags: dict[str, IntArray]
    """Each condition by its name on the list, income first."""


def exit_states(world: World) -> ExitStates:
    """The exit test of every household."""
    facts, reg = world.facts, world.register
    status, exit_year = _statuses(world)
    parts = guarantee_parts(world)
    guarantees = _worst(tuple(parts.values()))
    income = np.where(facts.npc < 0, UNKNOWN, np.where(facts.npc < LINE, NO, YES)).astype(np.int64)
    is_judged = reg.as_of.year == _LINE_YEAR
    strict = _worst((guarantees, income)) if is_judged else guarantees
    out = np.isin(status, (*EXITED, POLICY_UNKNOWN))
    left_now = out & (exit_year == reg.as_of.year)
    flags = {"收入": income, **parts} if is_judged else parts
    return ExitStates(status, exit_year, guarantees, income, strict, out, left_now, status == PLANNED, is_judged, flags)


def _expect_exit_findings(world: World) -> None:
    reg, states = world.register, exit_states(world)
    guarantees, income, strict = states.guarantees, states.income, states.strict
    poor, planned = states.status == NOT_OUT, states.status == PLANNED

    _expect_not_ready(world, poor, guarantees)
    conditions = np.where(np.isin(states.status, _POOR), guarantees, strict)
    _expect_states(world, "R028", "", conditions, np.ones(len(strict), dtype=np.bool_))
    _expect_states(world, "R032", "", guarantees, planned)
    if reg.as_of.year != _LINE_YEAR:
        return
    _expect_states(world, "R041", "", strict, planned)
    left_now = states.left_now
    only_income = (income == NO) & (guarantees == YES)
    _expect(world, "R030", "income_only", "fail", left_now & only_income)
    _expect(world, "R030", "not_met", "fail", left_now & (strict == NO) & ~only_income)
    _expect(world, "R030", "unknown", "unknown", left_now & (strict == UNKNOWN))
    _expect(world, "R037", "", "fail", states.out & (strict == NO))
    _expect_review(world, states)


def _expect_not_ready(world: World, poor: BoolArray, guarantees: IntArray) -> None:
    today = world.register.today
    if today > _OUT_BY:
        _expect(world, "R026", "still_not_out", "fail", poor)
        return
    _expect(world, "R026", "not_ready", "unknown", poor & (guarantees == UNKNOWN))
    _expect(world, "R026", "not_ready", "fail" if today > _READY_BY else "warn", poor & (guarantees == NO))


def _expect_review(world: World, states: ExitStates) -> None:
    """Back to poverty because it never was solved, because something happened since, or still to be decided."""
    status, exit_year, out, strict = states.status, states.exit_year, states.out, states.strict
    failing = out & (strict == NO)
    reverted = failing & _dangerous_since(world, exit_year)
    relapsed = failing & ~reverted & _struck_since(world, exit_year)
    undecided = failing & ~reverted & ~relapsed
    _expect(world, "R042", "", "fail", reverted)
    _expect(world, "R043", "", "unknown", relapsed)
    scope = np.isin(status, (UNDER_POLICY, POLICY_UNKNOWN)) & ((exit_year == _NO_YEAR) | (exit_year >= _REVIEWED_FROM))
    no_year = scope & (exit_year == _NO_YEAR)
    no_policy = scope & ~no_year & (status == POLICY_UNKNOWN)
    rest = scope & ~no_year & ~no_policy
    _expect(world, "R044", "exit_year_missing", "unknown", no_year)
    _expect(world, "R044", "policy_unknown", "unknown", no_policy)
    _expect(world, "R044", "undecided", "fail", rest & undecided)
    _expect(world, "R044", "unknown", "unknown", rest & out & (strict == UNKNOWN))


def _dangerous_since(world: World, exit_year: IntArray) -> BoolArray:
    """Households whose house is unsafe and was found so no later than in the year they left."""
    table, found = world.table(APPRAISALS), np.zeros(world.register.households.count, dtype=np.bool_)
    for household in np.flatnonzero(world.facts.housing == NO):
        words = table.get(int(household), "appraised_on")
        year = int(words[:4]) if words[:4].isdigit() else _NO_YEAR
        found[household] = year != _NO_YEAR and exit_year[household] != _NO_YEAR and year <= exit_year[household]
    return found


def _struck_since(world: World, exit_year: IntArray) -> BoolArray:
    """Households on the edge list for something that happened after the year they left."""
    struck = np.zeros(world.register.households.count, dtype=np.bool_)
    for household, year in world.facts.struck_in.items():
        struck[household] = exit_year[household] != _NO_YEAR and year > exit_year[household]
    return struck


def _expect_states(world: World, rule: str, detail: str, states: IntArray, scope: BoolArray) -> None:
    for state, verdict in _VERDICTS.items():
        _expect(world, rule, detail, verdict, scope & (states == state))


def _expect(world: World, rule: str, detail: str, verdict: str, which: BoolArray) -> None:
    for number in world.register.households.numbers.filter(pa.array(which)).to_pylist():
        world.facts.household_finding(rule, detail, number, "registry", verdict)


def _expect_register_fields(world: World) -> None:
    """Odd rows of the register, and households whose stated size is not that of their rows."""
    facts, reg, table = world.facts, world.register, world.table(PERSONS)
    kept, sources = accepted(table), table.sources()
    for rid, codes in table.codes.items():
        if not kept[rid]:
            continue
        person = int(sources[rid])
        for code in set(codes) & _ROW_CODES.keys():
            if {"W_ID_BLANK", "W_ID_CHECK"} & set(codes):
                facts.findings.append(
                    RecordFinding("R015", _ROW_CODES[code], "fail", PERSONS, rid, "registry", "person")
                )
            else:
                facts.person_finding("R015", _ROW_CODES[code], reg.people.id_no(person), "registry")
    listed = np.bincount(reg.household_of[kept[: table.base]], minlength=reg.households.count)
    places = {number: place for place, number in enumerate(reg.households.numbers.to_pylist())} if table.added else {}
    for rid in range(table.base, table.rows):
        if kept[rid]:
            listed[places[table.get(rid, "hh_no")]] += 1
    stated = reg.households.size.copy()
    for rid, word in world.table(HOUSEHOLDS).cells.get("member_count", {}).items():
        stated[rid] = int(str(word))
    _expect(world, "R015", "member_count", "fail", stated != listed)


def _expect_match_rates(world: World) -> None:
    """Lists of which too few rows that are said to be of the register meet it."""
    for feed in (MEDICAL, EDUCATION, DIBAO_FEED, AID, CLAIMS, CHRONIC, DISABILITY, APPRAISALS):
        column = "subject_class" if feed == APPRAISALS else "person_class"
        table = world.table(feed)
        kept = accepted(table)
        met = kept & (table.links() >= 0)
        labelled = _labelled(table, column)
        counts = Counter(met=int(met.sum()), due=int((kept & (met | labelled)).sum()))
        if counts["due"] and round(counts["met"] / counts["due"], 6) < _MATCH_MIN:
            world.facts.feed_finding("R009", "match_low", feed)


def _expect_part_cover(world: World) -> None:
    """Households of which some living members draw the allowance and others do not."""
    facts, reg, table = world.facts, world.register, world.table(PERSONS)
    kept, sources = accepted(table), table.sources()
    places = {number: place for place, number in enumerate(reg.households.numbers.to_pylist())} if table.added else {}
    rids = np.flatnonzero(kept)
    person = sources[rids]
    home = reg.household_of[person].copy()
    for at in np.flatnonzero(rids >= table.base):
        home[at] = places[table.get(int(rids[at]), "hh_no")]
    draws = np.bincount(home[facts.in_dibao[person]], minlength=reg.households.count) > 0
    lacks = np.bincount(home[facts.alive[person] & ~facts.in_dibao[person]], minlength=reg.households.count) > 0
    for household in np.flatnonzero(draws & lacks):
        number = reg.households.number(int(household))
        facts.household_finding("R144", "part_of_household", number, "civil_affairs", "warn")


def _labelled(table: FeedTable, column: str) -> BoolArray:
    words = ("建档立卡", "贫困人口", "脱贫户", "脱贫人口")
    pattern = "|".join(words)
    base = pc.match_substring_regex(pc.fill_null(table.columns[column], ""), pattern).to_numpy(zero_copy_only=False)
    labelled = base[table.sources()]
    for rid, word in table.cells.get(column, {}).items():
        labelled[rid] = any(part in str(word) for part in words)
    return np.asarray(labelled, dtype=np.bool_)
