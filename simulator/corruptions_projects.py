"""What only the rebuilding ledger can get wrong: subsidies paid late or never, milestones out of order.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import fail_house
from simulator.feed_names import APPRAISALS, HOUSEHOLDS, RETROFITS
from simulator.housing_lists import PAY_DAYS, WARN_DAY
from simulator.ids import day_number, iso_day
from simulator.kinds import Apply, Kind, family, row_of
from simulator.world import World

_STOCK_DEADLINE = day_number("2020-06-30")


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
    done = int(world.houses.accepted_on[household]) + 2
    world.table(RETROFITS).set(rid, completed_on=iso_day(done))
    if not _this_year(world, household) and done > day_number(f"{world.register.as_of.year - 1}-11-30"):
        _expect_batch(world, household, "late", year_too=False)
    world.table(RETROFITS).code(rid, "W_DATE_ORDER")
    _expect_order(world, household, "date_order")


def _expect_order(world: World, household: int, detail: str, verdict: str = "fail") -> None:
    number = world.register.households.number(household)
    world.facts.household_finding("R105", detail, number, "housing", verdict)


def _mode(word: str, *codes: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, RETROFITS, household)
        world.table(RETROFITS).set(rid, mode=word)
        world.table(RETROFITS).code(rid, *codes)
        _expect_order(world, household, "mode_unknown", "unknown")

    return apply


def _paid_otherwise(detail: str, verdict: str, **cells: str) -> Apply:
    """The subsidy went by another way, to somebody else, or nobody says how."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(RETROFITS).set(row_of(world, RETROFITS, household), **cells)
        number = world.register.households.number(household)
        world.facts.household_finding("R103", detail, number, "housing", verdict)

    return apply


def _relocated(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(HOUSEHOLDS).set(household, relocated="是")
    _expect_order(world, household, "relocated_too")


def _second_project(world: World, household: int, rng: np.random.Generator) -> None:
    """The year before, the same household had another project, paid and accepted."""
    del rng
    table, rid = world.table(RETROFITS), row_of(world, RETROFITS, household)
    year = int(table.get(rid, "batch_year"))
    world.table(APPRAISALS).set(household, appraised_on=iso_day(world.register.today - 1000))
    dates = ("approved_on", "started_on", "completed_on", "accepted_on", "paid_on")
    twin = table.copy(rid, project_no=f"WG{year - 1}8{household:06d}", batch_year=str(year - 1))
    for name in dates:
        table.set(twin, **{name: iso_day(day_number(table.get(rid, name)) - 365)})
    _expect_order(world, household, "several_projects")


def _unbuilt(world: World, household: int, **cells: str) -> None:
    """The rebuilding is not accepted, so the dangerous house is not safe; nothing has been paid."""
    blank = {"accepted_on": "", "accepted_ok": "", "payment_no": "", "paid_on": "", "paid_amt": ""}
    world.table(RETROFITS).set(row_of(world, RETROFITS, household), **(blank | cells))
    world.facts.project_paid[_project_index(world, household)] = False
    fail_house(world, household)
    if world.register.today > _STOCK_DEADLINE:
        number = world.register.households.number(household)
        world.facts.household_finding("R104", "overdue", number, "housing")


def _expect_batch(world: World, household: int, detail: str, verdict: str = "fail", *, year_too: bool = True) -> None:
    number = world.register.households.number(household)
    for rule in ("R100", "R109") if year_too else ("R100",):
        world.facts.household_finding(rule, detail, number, "housing", verdict)


def _expect_acceptance(world: World, household: int, detail: str, verdict: str = "fail") -> None:
    number = world.register.households.number(household)
    world.facts.household_finding("R110", detail, number, "housing", verdict)


def _unfinished(world: World, household: int, rng: np.random.Generator) -> None:
    """A house of last year's batch still stands half built."""
    del rng
    _unbuilt(world, household, completed_on="", progress="开工")
    _expect_batch(world, household, "overdue")


def _finished_undated(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    _unbuilt(world, household, completed_on="", progress="竣工")
    world.table(RETROFITS).code(row_of(world, RETROFITS, household), "W_COND_MISSING")
    _expect_batch(world, household, "undated", "unknown")
    _expect_acceptance(world, household, "undated", "unknown")
    _expect_order(world, household, "milestone_undated", "unknown")


def _finished_after(month_day: str, *, year_too: bool, next_year: bool = False) -> Apply:
    """A house of last year's batch was finished behind the last day."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        year = world.register.as_of.year - (0 if next_year else 1)
        done = day_number(f"{year}-{month_day}")
        world.table(RETROFITS).set(
            row_of(world, RETROFITS, household),
            completed_on=iso_day(done),
            accepted_on=iso_day(done + 4),
            paid_on=iso_day(done + 8),
        )
        _expect_batch(world, household, "late", year_too=year_too)

    return apply


def _finished_on_the_last_day(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    done = day_number(f"{world.register.as_of.year - 1}-11-30")
    world.table(RETROFITS).set(
        row_of(world, RETROFITS, household),
        completed_on=iso_day(done),
        accepted_on=iso_day(done + 4),
        paid_on=iso_day(done + 8),
    )


def _waiting(days_ago: int, detail: str, verdict: str) -> Apply:
    """Finished so many days ago, not accepted yet."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        done = world.register.today - days_ago
        _unbuilt(world, household, completed_on=iso_day(done), progress="竣工")
        _expect_acceptance(world, household, detail, verdict)

    return apply


def _refused(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    accepted = world.table(RETROFITS).get(row_of(world, RETROFITS, household), "accepted_on")
    _unbuilt(world, household, accepted_on=accepted, accepted_ok="不合格", progress="验收不合格")
    _expect_acceptance(world, household, "refused")


def _last_batch(world: World) -> kinds.IntArray:
    return np.array([h for h in kinds.paid_projects(world) if not _this_year(world, int(h))], dtype=np.int64)


def _this_batch(world: World) -> kinds.IntArray:
    return np.array([h for h in kinds.paid_projects(world) if _this_year(world, int(h))], dtype=np.int64)


def _this_year(world: World, household: int) -> bool:
    return bool(world.houses.this_year[_project_index(world, household)])


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
_old_batch = family(RETROFITS, "household", _last_batch)
_new_batch = family(RETROFITS, "household", _this_batch)

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
    _paid("mode_word", _mode("大修", "W_VALUE_DROPPED"), "dropped; R105 mode_unknown"),
    _paid("mode_blank", _mode(""), "R105 mode_unknown"),
    _paid("paid_cash", _paid_otherwise("channel_other", "fail", channel="现金"), "R103 channel_other", weight=2),
    _paid("paid_unsaid", _paid_otherwise("channel_unknown", "unknown", channel=""), "R103 channel_unknown"),
    _paid("paid_to_stranger", _paid_otherwise("holder_outside", "fail", account_holder="外人测"), "R103", weight=2),
    _paid("paid_nobody", _paid_otherwise("holder_unknown", "unknown", account_holder=""), "R103 holder_unknown"),
    _paid("rebuilt_and_relocated", _relocated, "R105 relocated_too", weight=2),
    _paid("second_project", _second_project, "R105 several_projects"),
    _old_batch("batch_unfinished", _unfinished, "R100 R109 overdue; R107 R001, R104 when due", weight=2),
    _old_batch("batch_undated", _finished_undated, "R100 R109 R110 undated, R105; R107 R001"),
    _old_batch("batch_late", _finished_after("12-01", year_too=False), "R100 late", weight=2),
    _old_batch("batch_later", _finished_after("01-01", year_too=True, next_year=True), "R100 R109 late"),
    _old_batch("batch_last_day", _finished_on_the_last_day, "nothing"),
    _new_batch("waiting_day_30", _waiting(30, "waiting", "warn"), "R110 waiting; R107 R001"),
    _new_batch("waiting_day_31", _waiting(31, "overdue", "fail"), "R110 overdue; R107 R001", weight=2),
    _paid("acceptance_refused", _refused, "R110 refused; R107 R001"),
    _paid("due_range", _project_cell("W_RANGE", due_amt="500.00"), "W_RANGE"),
)
