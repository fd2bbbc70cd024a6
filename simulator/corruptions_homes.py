"""What only the lists by household can get wrong: dangerous houses, subsidies, drinking water.

Data in: the world. Data out: kinds with their whole consequence.
Not here: keys, names and places (corruptions_rows.py).
"""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator import kinds
from simulator.effects import add_project, fail_house, fail_water, lose_house, lose_water, not_listed
from simulator.household_feeds import APPRAISALS, HOUSEHOLD_WATER, PAY_DAYS, RETROFITS, SUPPLIES, WARN_DAY
from simulator.ids import day_number
from simulator.kinds import Apply, Kind, row_of
from simulator.tables import NumberCell
from simulator.world import World

_STOCK_DEADLINE = day_number("2020-06-30")
_FIVE = ("no_visible", "no_odour", "no_ill_effect", "qty_ok", "access_ok")


def _iso(day: int) -> str:
    return (np.datetime64("1970-01-01") + np.timedelta64(day, "D")).astype(str)


def _house_cell(code: str | None, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(APPRAISALS).set(household, **cells)
        if code:
            world.table(APPRAISALS).code(household, code)

    return apply


def _expect_stock(world: World, household: int, detail: str) -> None:
    number = world.register.households.number(household)
    world.facts.household_finding("R104", detail, number, "housing")


def _dangerous(grade: str, *, in_stock: bool) -> Apply:
    """A C or D house that nobody made safe; without a project it is missing from the rebuilding stock."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(APPRAISALS).set(household, grade=grade, suspect="是", certified="否", safe_by="")
        fail_house(world, household)
        if in_stock:
            _begin_project(world, household, grade)
            if world.register.today > _STOCK_DEADLINE:
                _expect_stock(world, household, "overdue")
        else:
            _expect_stock(world, household, "not_in_stock")

    return apply


def _begin_project(world: World, household: int, grade: str) -> None:
    reg, table = world.register, world.table(RETROFITS)
    head, village = int(reg.households.start[household]), int(reg.households.village[household])
    rid = table.copy(
        0,
        link=household,
        hh_no=reg.households.number(household),
        head_name=reg.people.name(head),
        head_id_no=reg.people.id_no(head),
        project_no=f"WG{reg.as_of.year}9{household:06d}",
        batch_year=str(reg.as_of.year),
        subject_class="建档立卡贫困户",
        grade=grade,
        mode="新建",
        due_amt="30000.00",
        channel="一卡通",
        approved_on=_iso(reg.today - 30),
        started_on=_iso(reg.today - 20),
        completed_on="",
        accepted_on="",
        accepted_ok="",
        progress="开工",
        payment_no="",
        paid_on="",
        paid_amt="",
        account_holder=reg.people.name(head),
    )
    kinds.move(world, table, rid, village)
    add_project(world, household, started=True, done=False, paid=False)


def _homeless(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(APPRAISALS).set(household, grade="无房", certified="否", safe_by="")
    fail_house(world, household)


def _safe_without_means(world: World, household: int, rng: np.random.Generator) -> None:
    """Declared safe although dangerous, and nobody says by what means."""
    del rng
    world.table(APPRAISALS).set(household, grade="D级", suspect="是", certified="是", safe_by="")
    world.table(APPRAISALS).code(household, "W_CONFLICT", "W_COND_MISSING")
    fail_house(world, household)
    _expect_stock(world, household, "not_in_stock")


def _rented(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(APPRAISALS).set(household, grade="D级", suspect="是", certified="是", safe_by="投靠亲友")


def _own_house_certified(world: World, household: int, rng: np.random.Generator) -> None:
    """自有 does not make a dangerous house safe."""
    del rng
    world.table(APPRAISALS).set(household, grade="C级", suspect="是", certified="是", safe_by="自有")
    fail_house(world, household)
    _expect_stock(world, household, "not_in_stock")


def _not_appraised(code: str | None, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        _house_cell(code, **cells)(world, household, rng)
        lose_house(world, household)

    return apply


def _appraised_after(world: World, household: int, rng: np.random.Generator) -> None:
    """The house was found dangerous again after its rebuilding had been accepted."""
    del rng
    world.table(APPRAISALS).set(household, appraised_on=_iso(world.register.today - 5))
    fail_house(world, household)
    if world.register.today > _STOCK_DEADLINE:
        _expect_stock(world, household, "overdue")


def _appraised_serial(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(APPRAISALS)
    serial = day_number(table.get(household, "appraised_on")) - day_number("1899-12-30")
    table.set(household, appraised_on=NumberCell(str(serial)))
    table.code(household, "W_DATE_SERIAL")


def _appraised_month(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(APPRAISALS)
    day = date.fromisoformat(table.get(household, "appraised_on"))
    table.set(household, appraised_on=f"{day.year}年{day.month}月")
    table.code(household, "W_DATE_PART")


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
    world.table(RETROFITS).set(rid, paid_on=_iso(accepted + late))
    _expect_payment(world, household, "late")


def _paid_on_the_last_day(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    rid = row_of(world, RETROFITS, household)
    world.table(RETROFITS).set(rid, paid_on=_iso(int(world.houses.accepted_on[household]) + PAY_DAYS))


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
    accepted = _iso(world.register.today - days_ago)
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
    world.table(RETROFITS).set(rid, completed_on=_iso(int(world.houses.accepted_on[household]) + 2))
    world.table(RETROFITS).code(rid, "W_DATE_ORDER")


def _water_cell(code: str, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLD_WATER).set(household, **cells)
        world.table(HOUSEHOLD_WATER).code(household, code)

    return apply


def _unreadable_survey(code: str, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        _water_cell(code, **cells)(world, household, rng)
        lose_water(world, household, listed=False)
        not_listed(world, HOUSEHOLD_WATER, household)

    return apply


def _test_failed(word: str, *, final: str, codes: tuple[str, ...] = ()) -> Apply:
    """One of the five tests of water that a household fetches says no."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        column = _FIVE[int(rng.integers(0, len(_FIVE)))]
        world.table(HOUSEHOLD_WATER).set(household, **{column: word, "final": final})
        if codes:
            world.table(HOUSEHOLD_WATER).code(household, *codes)
        fail_water(world, household)

    return apply


def _test_unknown(word: str, *codes: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        column = _FIVE[int(rng.integers(0, len(_FIVE)))]
        world.table(HOUSEHOLD_WATER).set(household, **{column: word})
        world.table(HOUSEHOLD_WATER).code(household, *codes)
        lose_water(world, household)

    return apply


def _own_supply(world: World, household: int, code: str | None, **cells: str) -> None:
    """Give the household a supply point of its own, so that nobody else shares its fate."""
    table, village = world.table(SUPPLIES), int(world.register.households.village[household])
    number = f"GS7{world.register.households.number(household)}"
    source = int(np.searchsorted(table.village, village))
    rid = table.copy(source, supply_no=number, supply_name="单独供水点", hh_served="30", pop_served="90", **cells)
    if code:
        table.code(rid, code)
    world.table(HOUSEHOLD_WATER).set(household, supply_no=number)


def _supply_bad(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    _own_supply(world, household, None, result="不达标", bad_items="浑浊度")
    fail_water(world, household)


def _supply_worse_lately(world: World, household: int, rng: np.random.Generator) -> None:
    """An older good test, a newer bad one: the newer counts."""
    del rng
    _own_supply(world, household, None, tested_on=_iso(world.register.today - 200))
    _own_supply(
        world, household, None, tested_on=_iso(world.register.today - 3), result="不达标", bad_items="大肠菌群"
    )
    fail_water(world, household)


def _supply(code: str | None, **cells: str) -> Apply:
    """A supply point whose test says nothing usable."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        _own_supply(world, household, code, **cells)
        lose_water(world, household)

    return apply


def _supply_old(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    _own_supply(world, household, None, tested_on=_iso(world.register.today - 400))
    lose_water(world, household)


def _supply_missing(number: str, *codes: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(HOUSEHOLD_WATER).set(household, supply_no=number)
        if codes:
            world.table(HOUSEHOLD_WATER).code(household, *codes)
        lose_water(world, household)

    return apply


_FUTURE = "2199-01-05"
HOME_KINDS: tuple[Kind, ...] = (
    Kind("house_d_unlisted", APPRAISALS, "household", kinds.sound_homes, _dangerous("D级", in_stock=False), "R107 R104 R001", weight=3),
    Kind("house_c_unlisted", APPRAISALS, "household", kinds.sound_homes, _dangerous("C级", in_stock=False), "R107 R104 R001", weight=2),
    Kind("house_d_rebuilding", APPRAISALS, "household", kinds.sound_homes, _dangerous("D级", in_stock=True), "R107, R104 when due", weight=2),
    Kind("homeless", APPRAISALS, "household", kinds.sound_homes, _homeless, "R107 R001"),
    Kind("safe_without_means", APPRAISALS, "household", kinds.sound_homes, _safe_without_means, "R107 R104, W_CONFLICT W_COND_MISSING"),
    Kind("own_house_certified", APPRAISALS, "household", kinds.sound_homes, _own_house_certified, "R107 R104"),
    Kind("rented", APPRAISALS, "household", kinds.sound_homes, _rented, "nothing: safe elsewhere"),
    Kind("grade_blank", APPRAISALS, "household", kinds.sound_homes, _not_appraised(None, grade="", suspect="是"), "R107 unknown"),
    Kind("grade_scale", APPRAISALS, "household", kinds.sound_homes, _not_appraised("W_VALUE_DROPPED", grade="二级危房"), "R107 unknown"),
    Kind("grade_two", APPRAISALS, "household", kinds.sound_homes, _not_appraised("W_VALUE_DROPPED", grade="C/D"), "R107 unknown"),
    Kind("grade_undated", APPRAISALS, "household", kinds.sound_homes, _house_cell("W_COND_MISSING", appraised_on=""), "W_COND_MISSING"),
    Kind("appraised_after", APPRAISALS, "household", kinds.paid_projects, _appraised_after, "R107, R104 when due"),
    Kind("appraised_serial", APPRAISALS, "household", kinds.sound_homes, _appraised_serial, "W_DATE_SERIAL"),
    Kind("appraised_month", APPRAISALS, "household", kinds.sound_homes, _appraised_month, "W_DATE_PART"),
    Kind("area_range", APPRAISALS, "household", kinds.sound_homes, _house_cell("W_RANGE", area_m2="12000"), "W_RANGE"),
    Kind("built_about", APPRAISALS, "household", kinds.sound_homes, _house_cell("W_VALUE_DROPPED", build_year="80年代"), "dropped"),
    Kind("paid_late", RETROFITS, "household", kinds.paid_projects, _paid_late, "R102 late", weight=3),
    Kind("paid_last_day", RETROFITS, "household", kinds.paid_projects, _paid_on_the_last_day, "nothing"),
    Kind("never_paid", RETROFITS, "household", kinds.paid_projects, _never_paid, "R102 overdue", weight=2),
    Kind("half_paid", RETROFITS, "household", kinds.paid_projects, _half_paid, "R102 overdue"),
    Kind("amount_missing", RETROFITS, "household", kinds.paid_projects, _amount_missing, "R102 overdue, W_COND_MISSING"),
    Kind("due_soon", RETROFITS, "household", kinds.paid_projects, _due_soon, "R102 due_soon (warn)", weight=2),
    Kind("accepted_before_done", RETROFITS, "household", kinds.paid_projects, _accepted_before_done, "W_DATE_ORDER"),
    Kind("accepted_but_begun", RETROFITS, "household", kinds.paid_projects, _project_cell("W_CONFLICT", progress="开工"), "W_CONFLICT"),
    Kind("mode_word", RETROFITS, "household", kinds.paid_projects, _project_cell("W_VALUE_DROPPED", mode="大修"), "dropped"),
    Kind("due_range", RETROFITS, "household", kinds.paid_projects, _project_cell("W_RANGE", due_amt="500.00"), "W_RANGE"),
    Kind("survey_mode_word", HOUSEHOLD_WATER, "household", kinds.every_home, _unreadable_survey("R_CODE_UNKNOWN", mode="井"), "R006 missing", rejects=1),
    Kind("survey_no_day", HOUSEHOLD_WATER, "household", kinds.every_home, _unreadable_survey("R_REQUIRED_BLANK", surveyed_on=""), "R006 missing", rejects=1),
    Kind("survey_bad_day", HOUSEHOLD_WATER, "household", kinds.every_home, _unreadable_survey("R_DATE_INVALID", surveyed_on="2020-13-05"), "R006 missing", rejects=1),
    Kind("survey_future", HOUSEHOLD_WATER, "household", kinds.every_home, _unreadable_survey("R_DATE_FUTURE", surveyed_on=_FUTURE), "R006 missing", rejects=1),
    Kind("test_no", HOUSEHOLD_WATER, "household", kinds.unpiped_homes, _test_failed("×", final="不达标"), "R134 fail, R001 copy", weight=2),
    Kind("test_no_but_final", HOUSEHOLD_WATER, "household", kinds.unpiped_homes, _test_failed("否", final="达标", codes=("W_CONFLICT",)), "R134 fail, W_CONFLICT"),
    Kind("test_blank", HOUSEHOLD_WATER, "household", kinds.unpiped_homes, _test_unknown("", "W_COND_MISSING"), "R134 unknown", weight=2),
    Kind("test_circle", HOUSEHOLD_WATER, "household", kinds.unpiped_homes, _test_unknown("○", "W_VALUE_DROPPED", "W_COND_MISSING"), "R134 unknown"),
    Kind("supply_bad", SUPPLIES, "household", kinds.piped_homes, _supply_bad, "R133 fail, R001 copy", weight=2),
    Kind("supply_worse_lately", SUPPLIES, "household", kinds.piped_homes, _supply_worse_lately, "R133 fail, R001 copy"),
    Kind("supply_old", SUPPLIES, "household", kinds.piped_homes, _supply_old, "R133 unknown"),
    Kind("supply_untested", SUPPLIES, "household", kinds.piped_homes, _supply(None, tested_on="", result="未检测"), "R133 unknown"),
    Kind("supply_undated", SUPPLIES, "household", kinds.piped_homes, _supply("W_COND_MISSING", tested_on=""), "R133 unknown"),
    Kind("supply_half", SUPPLIES, "household", kinds.piped_homes, _supply("W_UNKNOWN_WORD", result="基本达标"), "R133 unknown"),
    Kind("supply_missing", HOUSEHOLD_WATER, "household", kinds.piped_homes, _supply_missing("GS9999"), "R133 unknown"),
    Kind("supply_blank", HOUSEHOLD_WATER, "household", kinds.piped_homes, _supply_missing("", "W_COND_MISSING"), "R133 unknown"),
)
