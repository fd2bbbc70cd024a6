"""House appraisals and the rebuilding ledger of the housing department.

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

from simulator.cells import BLANK, blank_where, days, joined, money, numbers, picked, same
from simulator.feed_names import APPRAISALS, RETROFITS
from simulator.household_columns import ONE_IN, edge_columns, general_heads, household_columns
from simulator.ids import day_number
from simulator.register import TEKUN, Register
from simulator.residents import Residents
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

A, B, C, D, N = range(5)

GRADES = ("A级", "B级", "C级", "D级", "无房")

_SUBJECTS = ("建档立卡贫困户", "分散供养特困人员", "边缘户", "其他")

PAY_DAYS = 30

WARN_DAY = 23

BATCH_END = 32
"""Days by which 30 November lies before the first of January: a batch is finished by then."""

REPAIR_DUE, REBUILD_DUE = 1_000_000, 3_000_000


@dataclass
class HouseFacts:
    """Row of each register household's current dwelling and project; whether it is dangerous (C or D)."""

    grade: IntArray
    appraisal_rid: IntArray
    project_rid: IntArray
    """First row of the household's project, -1 for none."""
    project_rows: IntArray
    is_fresh: BoolArray
    """Accepted so lately that no payment is due or near due."""
    accepted_on: IntArray
    village: IntArray
    this_year: BoolArray
    """Of projects, like ``village``."""
    paid: BoolArray
    has_second: BoolArray
    """Of households: a second, empty dwelling stands in the list too."""
    relocated: BoolArray
    """Of households: moved to a new place; nobody who was moved also has a project."""


def housing(
    reg: Register, residents: Residents, rng: np.random.Generator, *, projects: int | None = None
) -> tuple[Sent, Sent, HouseFacts]:
    """Appraisals of every register and edge household and some others; rebuilding of the dangerous houses.

    ``projects`` is how many houses this year's batch holds, with none of last year's; None leaves it to chance.
    """
    count, edges = reg.households.count, reg.edge.count
    grade = rng.choice(5, size=count, p=(0.52, 0.36, 0.07, 0.04, 0.01))
    rebuilt = np.isin(grade, (C, D)) & (rng.random(count) < 0.7)
    if projects is not None:
        grade, rebuilt = _exactly(projects, grade, rng)
    if not rebuilt.any():
        grade[0], rebuilt[0] = D, True
    appraised = reg.today - rng.integers(480, 900, count)
    retrofits, facts = _retrofits(reg, grade, rebuilt, appraised, rng, lately=projects is not None)

    home = np.arange(count)
    second = np.flatnonzero(rng.random(count) < 0.02)
    facts.has_second[second] = True
    rented = np.isin(grade, (C, D, N)) & ~rebuilt
    register_rows = _appraisal_columns(
        household_columns(reg, home), np.where(reg.attr == TEKUN, 1, 0), grade, appraised, rented, ~rebuilt, lived=True
    )
    other_dwelling = _appraisal_columns(
        household_columns(reg, second),
        np.where(reg.attr[second] == TEKUN, 1, 0),
        np.full(len(second), D),
        appraised[second] + 100,
        np.zeros(len(second), dtype=np.bool_),
        np.zeros(len(second), dtype=np.bool_),
        lived=False,
    )
    edge_rows = _appraisal_columns(
        edge_columns(reg),
        np.full(edges, 2),
        rng.integers(A, C, edges),
        np.full(edges, reg.today - 300),
        np.zeros(edges, dtype=np.bool_),
        np.ones(edges, dtype=np.bool_),
        lived=True,
    )
    columns = {
        name: pa.concat_arrays([register_rows[name], other_dwelling[name], edge_rows[name]]) for name in register_rows
    }
    table = FeedTable(
        feed=APPRAISALS,
        columns=columns,
        village=np.concatenate([reg.households.village, reg.households.village[second], reg.edge.village]),
        link=np.concatenate([home, second, np.full(edges, -1)]),
    )

    def general(low: int, high: int) -> tuple[Mapping[str, pa.Array], IntArray]:
        heads, village = general_heads(reg, residents, low, high)
        size = len(village)
        none = np.zeros(size, dtype=np.bool_)
        rows = _appraisal_columns(
            heads, np.full(size, 3), np.arange(size) % 2, np.full(size, reg.today - 500), none, ~none, lived=True
        )
        return rows, village

    return Sent(table, general, residents.count // ONE_IN), Sent(retrofits), facts


def _exactly(projects: int, grade: IntArray, rng: np.random.Generator) -> tuple[IntArray, BoolArray]:
    """So many dangerous houses are rebuilt, sound ones being found dangerous where there are too few."""
    rebuilt = np.zeros(len(grade), dtype=np.bool_)
    rebuilt[rng.permutation(len(grade))[:projects]] = True
    dangerous = np.where(rng.random(len(grade)) < 0.6, C, D)
    return np.asarray(np.where(rebuilt & ~np.isin(grade, (C, D)), dangerous, grade)), rebuilt


def _appraisal_columns(
    who: dict[str, pa.Array],
    subject: IntArray,
    grade: IntArray,
    appraised: IntArray,
    rented: BoolArray,
    certified: BoolArray,
    *,
    lived: bool,
) -> dict[str, pa.Array]:
    count = len(grade)
    homeless = grade == N
    return {
        **who,
        "subject_class": picked(_SUBJECTS, subject),
        "house_no": same("1" if lived else "2", count),
        "suspect": picked(("否", "是"), np.isin(grade, (C, D))),
        "grade": picked(GRADES, grade),
        "appraised_on": days(appraised),
        "appraiser": same("测试鉴定所", count),
        "report_no": same("", count),
        "structure": blank_where(picked(("砖混", "砖木", "土木"), grade % 3), homeless),
        "area_m2": blank_where(numbers(60 + appraised % 90), homeless),
        "build_year": blank_where(numbers(1978 + appraised % 35), homeless),
        "lived_in": same("是" if lived else "否", count),
        "safe_by": picked(("", "租住"), rented),
        "certified": picked(("否", "是"), certified),
    }


def _retrofits(
    reg: Register,
    grade: IntArray,
    rebuilt: BoolArray,
    appraised: IntArray,
    rng: np.random.Generator,
    *,
    lately: bool,
) -> tuple[FeedTable, HouseFacts]:
    """One row a payment: two thirds of the projects are paid at once, the others in two parts or not yet due."""
    households = np.flatnonzero(rebuilt)
    count = len(households)
    draw = rng.random(count)
    draw = 0.5 + draw / 2 if lately else draw
    year_start = day_number(f"{reg.as_of.year}-01-01")
    fresh = draw > 0.93
    old = np.where(draw < 0.5, reg.today - rng.integers(200, 380, count), reg.today - rng.integers(32, 90, count))
    accepted = np.where(fresh, reg.today - rng.integers(0, WARN_DAY, count), old)
    finished_in_time = accepted - 6 <= year_start - BATCH_END
    batch_year = np.where(finished_in_time, reg.as_of.year - 1, reg.as_of.year)
    parts = np.where(fresh, 1, np.where(draw % 0.1 < 0.03, 2, 1))
    project = np.repeat(np.arange(count), parts)
    starts = np.r_[0, np.cumsum(parts)[:-1]].astype(np.int64)
    part = np.arange(len(project)) - starts[project]
    rebuild = grade[households] == D
    due = np.where(rebuild, REBUILD_DUE, REPAIR_DUE)
    paid = ~fresh
    paid_on = np.where(paid, accepted + 4, BLANK)[project] + np.where(part > 0, 11, 0)
    amount = np.where(paid, due // parts, BLANK)[project]
    home = households[project]
    rows = len(project)
    columns = {
        **household_columns(reg, home),
        "project_no": joined("WG", numbers(batch_year[project] * 1_000_000 + project)),
        "batch_year": numbers(batch_year[project]),
        "subject_class": picked(_SUBJECTS, np.where(reg.attr[home] == TEKUN, 1, 0)),
        "grade": picked(GRADES, grade[home]),
        "mode": picked(("修缮加固", "新建"), rebuild[project]),
        "approved_on": days(accepted[project] - 70),
        "started_on": days(accepted[project] - 60),
        "completed_on": days(accepted[project] - 6),
        "accepted_on": days(accepted[project]),
        "accepted_ok": same("合格", rows),
        "progress": same("验收合格", rows),
        "due_amt": money(due[project]),
        "payment_no": blank_where(numbers(part + 1), amount == BLANK),
        "paid_on": blank_where(days(paid_on), amount == BLANK),
        "paid_amt": money(amount),
        "channel": same("一卡通", rows),
        "account_holder": reg.people.names.take(pa.array(reg.households.start[home])),
    }
    table = FeedTable(feed=RETROFITS, columns=columns, village=reg.households.village[home], link=home)
    size = reg.households.count
    project_rid, project_rows = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
    project_rid[households], project_rows[households] = starts, parts
    accepted_by, is_fresh = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    accepted_by[households], is_fresh[households] = accepted, fresh
    return table, HouseFacts(
        grade=grade.astype(np.int64),
        appraisal_rid=np.arange(size, dtype=np.int64),
        project_rid=project_rid,
        project_rows=project_rows,
        is_fresh=is_fresh,
        accepted_on=accepted_by,
        village=reg.households.village[households],
        this_year=batch_year == reg.as_of.year,
        paid=paid,
        has_second=np.zeros(size, dtype=np.bool_),
        relocated=(rng.random(size) < 0.1) & (project_rid < 0),
    )
