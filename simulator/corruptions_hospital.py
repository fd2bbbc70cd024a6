"""What settlements of hospital stays and the list of chronic patients get wrong.

Data in: the world. Data out: kinds with their whole consequence.
Not here: signals of doubtful stays (corruptions_stays.py), the insurance roster (corruptions_medical.py).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from simulator import kinds
from simulator.facts import RecordFinding
from simulator.feed_names import CHRONIC, CLAIMS
from simulator.hospital_lists import LAYERS
from simulator.ids import day_number
from simulator.kinds import Apply, Kind, family
from simulator.world import World

_VISITS_A_YEAR, _MONTHS, _DAYS_WITHOUT_VISIT = 4, 12, 120


def treated(world: World) -> kinds.IntArray:
    """Register people with a settled stay."""
    return np.flatnonzero(world.hospital.claim_rid >= 0)


def _treated_here(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.hospital.claim_rid >= 0) & ~world.hospital.outside)


def _treated_outside(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.hospital.claim_rid >= 0) & world.hospital.outside)


def patients(world: World) -> kinds.IntArray:
    """Register people on the list of chronic patients."""
    return np.flatnonzero(world.hospital.chronic_rid >= 0)


def expect_stay(
    world: World, rid: int, rule: str, detail: str, verdict: str = "fail", *, ambiguous: bool = False
) -> None:
    """Expect a finding about one settlement."""
    finding = RecordFinding(rule, detail, verdict, CLAIMS, rid, "medical", "case", ambiguous=ambiguous)
    world.facts.findings.append(finding)


def _claim(*expected: tuple[str, str, str], code: str | None = None, **cells: str) -> Apply:
    """Other words in one settlement, and the findings about it that follow."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = int(world.hospital.claim_rid[person])
        world.table(CLAIMS).set(rid, **cells)
        if code:
            world.table(CLAIMS).code(rid, code)
        for rule, detail, verdict in expected:
            expect_stay(world, rid, rule, detail, verdict)

    return apply


def amount(world: World, rid: int, column: str) -> Decimal:
    """A sum of money of one settlement."""
    return Decimal(world.table(CLAIMS).get(rid, column))


def _pay_basic(world: World, rid: int, share: Decimal) -> None:
    """Let all layers together pay ``share`` of the cost, the patient the rest."""
    table, total = world.table(CLAIMS), amount(world, rid, "total")
    others = sum((amount(world, rid, layer) for layer in LAYERS[1:]), Decimal(0))
    basic = (total * share).quantize(Decimal("0.01")) - others
    table.set(rid, paid_basic=f"{basic:.2f}", paid_cash=f"{total - others - basic:.2f}")


def _paid_share(share: str, rule: str | None) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = int(world.hospital.claim_rid[person])
        _pay_basic(world, rid, Decimal(share))
        if rule:
            expect_stay(world, rid, rule, "below")

    return apply


def _paid_twice_over(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = int(world.hospital.claim_rid[person])
    world.table(CLAIMS).set(rid, paid_serious=world.table(CLAIMS).get(rid, "total"))
    world.table(CLAIMS).code(rid, "W_SUM_MISMATCH")
    expect_stay(world, rid, "R085", "over_total")


def _cash_wrong(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = int(world.hospital.claim_rid[person])
    world.table(CLAIMS).set(rid, paid_cash=f"{amount(world, rid, 'paid_cash') + 50:.2f}")
    world.table(CLAIMS).code(rid, "W_SUM_MISMATCH")
    expect_stay(world, rid, "R085", "sum_mismatch")


def _aid_before_basic(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = int(world.hospital.claim_rid[person])
    aid = amount(world, rid, "paid_aid") + amount(world, rid, "paid_basic")
    world.table(CLAIMS).set(rid, paid_basic="0.00", paid_aid=f"{aid:.2f}")
    expect_stay(world, rid, "R085", "out_of_order")


def _reversed(world: World, person: int, rng: np.random.Generator) -> None:
    """Too little was paid, and the settlement was reversed: neither row counts."""
    del rng
    table, rid = world.table(CLAIMS), int(world.hospital.claim_rid[person])
    _pay_basic(world, rid, Decimal("0.30"))
    negative = {column: f"{-amount(world, rid, column):.2f}" for column in ("total", "in_scope", *LAYERS, "paid_cash")}
    second = table.copy(rid, reversal="冲销")
    table.set(second, **negative)
    world.hospital.void.update((rid, second))


def patient_rows(world: World, person: int) -> range:
    """Rows of the list of chronic patients about the person, one for each visit."""
    first = int(world.hospital.chronic_rid[person])
    return range(first, first + int(world.hospital.chronic_rows[person]))


def _contract(detail: str, verdict: str, **cells: str) -> Apply:
    """Other words about the contract in every row of the patient."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        year = world.register.as_of.year
        for rid in patient_rows(world, person):
            for column, words in cells.items():
                world.table(CHRONIC).set(rid, **{column: words.format(last=year - 1)})
        world.hospital.contracted[person] = False
        world.facts.person_finding("R089", detail, world.register.people.id_no(person), "medical", verdict)

    return apply


def _patient_forgotten(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    for rid in patient_rows(world, person):
        world.table(CHRONIC).drop(rid)
    world.hospital.contracted[person] = False
    world.facts.person_finding("R089", "not_listed", world.register.people.id_no(person), "medical", "unknown")


def _never_visited(world: World, person: int, rng: np.random.Generator) -> None:
    """A contract without a single visit: behind where the visits are counted, and not fulfilled after a while."""
    del rng
    reg, table = world.register, world.table(CHRONIC)
    first, *others = patient_rows(world, person)
    table.set(first, visit_on="", visit_kind="")
    for rid in others:
        table.drop(rid)
    year_start, year_end = day_number(f"{reg.as_of.year}-01-01"), day_number(f"{reg.as_of.year}-12-31")
    tomorrow = np.datetime64(reg.today + 1, "D").astype("datetime64[M]").astype(int)
    months = int(tomorrow - np.datetime64(year_start, "D").astype("datetime64[M]").astype(int))
    id_no = reg.people.id_no(person)
    if world.hospital.watched[person] and reg.today >= year_end:
        world.facts.person_finding("R090", "short", id_no, "medical")
    elif world.hospital.watched[person] and _VISITS_A_YEAR * months // _MONTHS > 0:
        world.facts.person_finding("R090", "behind", id_no, "medical", "warn")
    if reg.today - year_start > _DAYS_WITHOUT_VISIT:
        world.facts.person_finding("R091", "", id_no, "medical")


def _checkup(detail: str, words: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        reg = world.register
        for rid in patient_rows(world, person):
            world.table(CHRONIC).set(rid, checkup_on=words.format(last=reg.as_of.year - 1))
        over = reg.as_of.month == _MONTHS and reg.as_of.day == 31  # noqa: PLR2004 -- the last day of the year
        verdict = "unknown" if detail == "not_told" else "fail" if over else "warn"
        world.facts.person_finding("R092", detail, reg.people.id_no(person), "medical", verdict)

    return apply


def _watched(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.hospital.chronic_rid >= 0) & world.hospital.watched)


_here = family(CLAIMS, "person", _treated_here)
_outside = family(CLAIMS, "person", _treated_outside)
_stay = family(CLAIMS, "person", treated)
_patient = family(CHRONIC, "person", patients)
_watched_patient = family(CHRONIC, "person", _watched)

HOSPITAL_KINDS: tuple[Kind, ...] = (
    _here("reimbursed_too_little", _paid_share("0.8499", "R083"), "R083 below", weight=3),
    _here("reimbursed_exactly", _paid_share("0.85", None), "nothing: 85 % exactly"),
    _outside("reimbursed_outside", _paid_share("0.79", "R084"), "R084 below", weight=2),
    _outside("reimbursed_outside_exactly", _paid_share("0.80", None), "nothing: 80 % exactly"),
    _outside("not_referred", _claim(("R084", "not_referred", "warn"), referred="否"), "R084 not_referred"),
    _outside("referral_blank", _claim(("R084", "referral_unknown", "unknown"), referred=""), "R084 unknown"),
    _here(
        "place_blank",
        _claim(
            ("R083", "place_unknown", "unknown"), ("R084", "place_unknown", "unknown"), code="W_COND_MISSING", place=""
        ),
        "R083 R084 unknown, W_COND_MISSING",
    ),
    _stay("layers_over_total", _paid_twice_over, "R085 over_total, W_SUM_MISMATCH", weight=2),
    _stay("cash_wrong", _cash_wrong, "R085 sum_mismatch, W_SUM_MISMATCH"),
    _stay("aid_before_basic", _aid_before_basic, "R085 out_of_order"),
    _stay("deposit_taken", _claim(("R088", "deposit", "fail"), deposit="500.00"), "R088 deposit", weight=2),
    _stay("not_one_stop", _claim(("R088", "not_one_stop", "fail"), one_stop="否"), "R088 not_one_stop"),
    _stay("one_stop_blank", _claim(("R088", "one_stop_unknown", "unknown"), one_stop=""), "R088 unknown"),
    _stay("settlement_reversed", _reversed, "nothing: both rows are void"),
    _patient("contract_missing", _contract("not_contracted", "fail", contract_from="", doctor=""), "R089", weight=2),
    _patient("contract_undated", _contract("date_unknown", "unknown", contract_from=""), "R089 unknown"),
    _patient(
        "contract_expired",
        _contract("expired", "fail", contract_from="{last}-01-05", contract_to="{last}-12-31"),
        "R089 expired",
    ),
    _patient("patient_forgotten", _patient_forgotten, "R089 not_listed"),
    _patient("never_visited", _never_visited, "R090 behind or short, if the disease is watched, R091", weight=2),
    _watched_patient("watched_never_visited", _never_visited, "R090 behind or short, R091", weight=2),
    _patient("checkup_blank", _checkup("not_told", ""), "R092 unknown", weight=2),
    _patient("checkup_last_year", _checkup("not_this_year", "{last}-05-10"), "R092"),
)
