"""Settlements of hospital stays, and the list of chronic patients with their visits.

Data in: the register and what it says about people's health. Data out: rows to send and who stands on them.
Not here: the insurance roster (medical_list.py), corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.cells import BLANK, area_columns, days, joined, money, numbers, picked, same
from simulator.feed_names import CHRONIC, CLAIMS
from simulator.ids import day_number
from simulator.register import Register
from simulator.tables import FeedTable, Sent

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_DISEASES = ("高血压", "糖尿病", "结核病", "重性精神疾病", "痛风")
UNWATCHED = 4
"""Position of the disease for which nobody counts visits."""
_VISIT_MONTHS = (1, 4, 7, 10)
_SHARES = (65, 10, 5, 8, 2, 0)
"""Percent of a stay's cost that each layer pays: together above what is promised in the county."""
DIAGNOSES = ("肺炎", "脑梗死", "急性阑尾炎")
USUAL_COSTS = (4_000, 12_000, 6_000)
"""Yuan: what a stay of each diagnosis costs, give or take a quarter, so that every median lies within that quarter."""
COMMON, RARE = 0, 2
"""Positions of the diagnosis of every other stay and more, and of that of one in ten."""
_DIAGNOSED = (COMMON, 1, COMMON, COMMON, 1, COMMON, COMMON, 1, COMMON, RARE)
OTHER_SCHEME = 1
"""Place of the county whose scheme has no hospital layer: there every other stay has it all the same."""
_LEAST_COST, _COST_STEPS = 75, 51
"""Percent of the usual cost."""
LAYERS = ("paid_basic", "paid_serious", "paid_special", "paid_aid", "paid_hospital", "paid_fiscal")


@dataclass
class HospitalFacts:
    """Rows of each register person, -1 for none; a patient's rows follow one another."""

    claim_rid: IntArray
    outside: BoolArray
    """Of register persons with a stay: treated outside the county after referral."""
    chronic_rid: IntArray
    chronic_rows: IntArray
    watched: BoolArray
    """Of register persons: the disease is one whose visits are counted."""
    ill: BoolArray
    contracted: BoolArray
    diagnosis: IntArray
    """Position of the diagnosis of each register person's stay, -1 for none."""
    void: set[int] = field(default_factory=set)
    """Settlements that were reversed, and their reversals, and those that meet nobody of the register."""
    dear: set[int] = field(default_factory=set)
    """Settlements made to cost many times what is usual for their diagnosis."""


def hospital(
    reg: Register, alive: BoolArray, chronic: BoolArray, rng: np.random.Generator
) -> tuple[Sent, Sent, HospitalFacts]:
    """One stay for one in forty living people, and a contract with all visits due for every ``chronic`` patient."""
    count = reg.people.register
    patients, stays = np.flatnonzero(chronic & alive), np.flatnonzero(alive & (rng.random(count) < 0.025))
    visits = _visit_days(reg.as_of)
    each = max(1, len(visits))
    facts = HospitalFacts(
        claim_rid=np.full(count, -1, dtype=np.int64),
        outside=np.zeros(count, dtype=np.bool_),
        chronic_rid=np.full(count, -1, dtype=np.int64),
        chronic_rows=np.zeros(count, dtype=np.int64),
        watched=np.zeros(count, dtype=np.bool_),
        ill=chronic & alive,
        contracted=chronic & alive,
        diagnosis=np.full(count, -1, dtype=np.int64),
    )
    disease = rng.integers(0, len(_DISEASES), len(patients))
    facts.chronic_rid[patients], facts.chronic_rows[patients] = np.arange(len(patients)) * each, each
    facts.watched[patients] = disease != UNWATCHED
    outside = rng.random(len(stays)) < 0.2
    facts.claim_rid[stays], facts.outside[stays] = np.arange(len(stays)), outside
    facts.diagnosis[stays] = np.take(_DIAGNOSED, np.arange(len(stays)) % len(_DIAGNOSED))
    return _claims(reg, stays, outside, facts.diagnosis[stays], rng), _visits(reg, patients, disease, visits), facts


def _visit_days(as_of: date) -> list[int]:
    """A visit in the middle of the first month of each quarter that has begun."""
    days_of_year = [day_number(f"{as_of.year}-{month:02d}-15") for month in _VISIT_MONTHS]
    return [day for day in days_of_year if day <= day_number(as_of.isoformat())]


def _visits(reg: Register, patients: IntArray, disease: IntArray, visits: list[int]) -> Sent:
    each = max(1, len(visits))
    people, rows = np.repeat(patients, each), len(patients) * each
    visit = np.tile(np.array(visits or [BLANK], dtype=np.int64), len(patients))
    village, year = reg.people.village[people], reg.as_of.year
    columns = {
        **area_columns(reg.geography, village, "township", "village"),
        "name": reg.people.names.take(pa.array(people)),
        "id_no": reg.people.ids.take(pa.array(people)),
        "person_class": same("建档立卡", rows),
        "disease": picked(_DISEASES, np.repeat(disease, each)),
        "registered_on": same("2018-03-01", rows),
        "doctor": same("测医生", rows),
        "contract_from": same(f"{year}-01-01", rows),
        "contract_to": same("", rows),
        "visit_on": days(visit),
        "visit_kind": picked(("入户", "门诊"), visit % 2),
        "checkup_on": same(f"{year}-01-02", rows),
        "batch_class": same("慢病签约服务管理一批", rows),
    }
    return Sent(FeedTable(CHRONIC, columns, village, people.astype(np.int64)))


def _claims(reg: Register, people: IntArray, outside: BoolArray, diagnosis: IntArray, rng: np.random.Generator) -> Sent:
    count, village = len(people), reg.people.village[people]
    discharged = reg.today - rng.integers(1, 20, count)
    percent = _LEAST_COST + rng.integers(0, _COST_STEPS, count)
    total = np.take(USUAL_COSTS, diagnosis) * percent
    paid = {layer: total * share // 100 for layer, share in zip(LAYERS, _SHARES, strict=True)}
    if reg.geography.place == OTHER_SCHEME:
        remitted = np.where(np.arange(count) % 2 == 0, 0, paid["paid_hospital"])
        paid["paid_basic"] += paid["paid_hospital"] - remitted
        paid["paid_hospital"] = remitted
    cash = total - sum(paid.values())
    columns = {
        "settle_id": joined(f"JS{reg.as_of.year}", numbers((1 + reg.geography.place) * 1_000_000 + np.arange(count))),
        **area_columns(reg.geography, village, "township", "village"),
        "name": reg.people.names.take(pa.array(people)),
        "id_no": reg.people.ids.take(pa.array(people)),
        "person_class": same("建档立卡", count),
        "hospital": picked(("测试县人民医院", "测试市第一医院"), outside),
        "place": picked(("本地", "市内异地"), outside),
        "referred": picked(("否", "是"), outside),
        "designated": same("是", count),
        "diagnosis": picked(DIAGNOSES, diagnosis),
        "admitted_on": days(discharged - rng.integers(3, 15, count)),
        "discharge_on": days(discharged),
        "settled_on": days(discharged),
        "total": money(total),
        "in_scope": money(total * 95 // 100),
        **{layer: money(amount) for layer, amount in paid.items()},
        "paid_cash": money(cash),
        "deposit": same("0.00", count),
        "one_stop": same("是", count),
        "by_proxy": same("否", count),
        "reversal": same("否", count),
    }
    return Sent(FeedTable(CLAIMS, columns, village, people.astype(np.int64)))
