"""What only the rebuilding ledger can get wrong: subsidies paid late or never, milestones out of order.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import fail_house
from simulator.feed_names import RETROFITS
from simulator.housing_lists import PAY_DAYS, WARN_DAY
from simulator.ids import iso_day
from simulator.kinds import Apply, Kind, family, row_of
from simulator.world import World


def _project_index(world: World, household: int) -> int:
    """Position of the household's project among all projects."""
    with_project = np.flatnonzero(world.houses.project_rid >= 0)
    return int(np.searchsorted(with_project, household))


def _expect_payment(world: World, household: int, detail: str, verdict: str = "fail") -> None:
    number = world.register.households.number(household)
    world.facts.household_finding("R102", detail, number, "housing", verdict)


def _paid_late(world: World, household: int, rng: np.random.Generator) -> None:
    accepted = int(world.houses.accepted_on[household])
    late = int(rng.integers(PAY_DAYS + 1, max(PAY_DAYS + 2, world.register.today - accepted)))
    rid = row_of(world, RETROFITS, household)
    world.table(RETROFITS).set(rid, paid_on=iso_day(accepted + late))
    _expect_payment(world, household, "late")


def _paid_on_the_last_day(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    rid = row_of(world, RETROFITS, household)
    world.table(RETROFITS).set(rid, paid_on=iso_day(int(world.houses.accepted_on[household]) + PAY_DAYS))


def _never_paid(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(RETROFITS).set(row_of(world, RETROFITS, household), payment_no="", paid_on="", paid_amt="")
    world.facts.project_paid[_project_index(world, household)] = False
    _expect_payment(world, household, "overdue")


def _half_paid(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(RETROFITS).set(row_of(world, RETROFITS, household), paid_amt="5000.00")
    world.facts.project_paid[_project_index(world, household)] = False
    _expect_payment(world, household, "overdue")


def _amount_missing(world: World, household: int, rng: np.random.Generator) -> None:
    _half_paid(world, household, rng)
    rid = row_of(world, RETROFITS, household)
    world.table(RETROFITS).set(rid, paid_amt="")
    world.table(RETROFITS).code(rid, "W_COND_MISSING")


def _due_soon(world: World, household: int, rng: np.random.Generator) -> None:
    days_ago = int(rng.integers(WARN_DAY, PAY_DAYS + 1))
    rid = row_of(world, RETROFITS, household)
    accepted = iso_day(world.register.today - days_ago)
    world.table(RETROFITS).set(rid, accepted_on=accepted, payment_no="", paid_on="", paid_amt="")
    world.facts.project_paid[_project_index(world, household)] = False
    _expect_payment(world, household, "due_soon", "warn")


def _project_cell(code: str, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, RETROFITS, household)
        world.table(RETROFITS).set(rid, **cells)
        world.table(RETROFITS).code(rid, code)

    return apply


def _accepted_before_done(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    rid = row_of(world, RETROFITS, household)
    world.table(RETROFITS).set(rid, completed_on=iso_day(int(world.houses.accepted_on[household]) + 2))
    world.table(RETROFITS).code(rid, "W_DATE_ORDER")


def _without_project(world: World, household: int) -> None:
    """The ledger no longer shows that the dangerous house was rebuilt."""
    fail_house(world, household)
    number = world.register.households.number(household)
    world.facts.household_finding("R104", "not_in_stock", number, "housing")
    world.facts.project_this_year[_project_index(world, household)] = False


def _project_forgotten(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(RETROFITS).drop(row_of(world, RETROFITS, household))
    _without_project(world, household)


def _project_repeated(world: World, household: int, rng: np.random.Generator) -> None:
    """One payment number with two amounts: both rows are sent back."""
    del rng
    table, rid = world.table(RETROFITS), row_of(world, RETROFITS, household)
    twin = table.copy(rid, paid_amt="1234.00")
    table.code(rid, "R_DUP_KEY")
    table.code(twin, "R_DUP_KEY")
    _without_project(world, household)


_paid = family(RETROFITS, "household", kinds.paid_projects)

PROJECT_KINDS: tuple[Kind, ...] = (
    _paid("paid_late", _paid_late, "R102 late", weight=3),
    _paid("paid_last_day", _paid_on_the_last_day, "nothing"),
    _paid("never_paid", _never_paid, "R102 overdue", weight=2),
    _paid("half_paid", _half_paid, "R102 overdue"),
    _paid("amount_missing", _amount_missing, "R102 overdue, W_COND_MISSING"),
    _paid("due_soon", _due_soon, "R102 due_soon (warn)", weight=2),
    _paid("accepted_before_done", _accepted_before_done, "W_DATE_ORDER"),
    _paid("accepted_but_begun", _project_cell("W_CONFLICT", progress="开工"), "W_CONFLICT"),
    _paid("project_forgotten", _project_forgotten, "R107 R104 R001"),
    _paid("project_repeated", _project_repeated, "2 × R_DUP_KEY; R107 R104 R001", rejects=2),
    _paid("mode_word", _project_cell("W_VALUE_DROPPED", mode="大修"), "dropped"),
    _paid("due_range", _project_cell("W_RANGE", due_amt="500.00"), "W_RANGE"),
)
