"""What only the appraisals can get wrong: dangerous houses, grades that say nothing, days.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator import kinds
from simulator.effects import add_project, fail_house, lose_house
from simulator.facts import NO, UNKNOWN
from simulator.feed_names import APPRAISALS, RETROFITS
from simulator.ids import day_number, iso_day
from simulator.kinds import Apply, Kind, family
from simulator.tables import NumberCell
from simulator.world import World

_STOCK_DEADLINE = day_number("2020-06-30")


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


def _found_dangerous(world: World, household: int) -> None:
    world.facts.dangerous[household] = True
    fail_house(world, household)


def _dangerous(grade: str, *, in_stock: bool) -> Apply:
    """A C or D house that nobody made safe; without a project it is missing from the rebuilding stock."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(APPRAISALS).set(household, grade=grade, suspect="是", certified="否", safe_by="")
        _found_dangerous(world, household)
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
        approved_on=iso_day(reg.today - 30),
        started_on=iso_day(reg.today - 20),
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
    if world.houses.relocated[household]:
        world.facts.household_finding("R105", "relocated_too", reg.households.number(household), "housing")


def _homeless(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(APPRAISALS).set(household, grade="无房", certified="否", safe_by="")
    _found_dangerous(world, household)


def _safe_without_means(world: World, household: int, rng: np.random.Generator) -> None:
    """Declared safe although dangerous, and nobody says by what means."""
    del rng
    world.table(APPRAISALS).set(household, grade="D级", suspect="是", certified="是", safe_by="")
    world.table(APPRAISALS).code(household, "W_CONFLICT", "W_COND_MISSING")
    _found_dangerous(world, household)
    _expect_stock(world, household, "not_in_stock")


def _rented(world: World, household: int, rng: np.random.Generator) -> None:
    del rng
    world.table(APPRAISALS).set(household, grade="D级", suspect="是", certified="是", safe_by="投靠亲友")
    world.facts.dangerous[household] = True


def _own_house_certified(world: World, household: int, rng: np.random.Generator) -> None:
    """自有 does not make a dangerous house safe."""
    del rng
    world.table(APPRAISALS).set(household, grade="C级", suspect="是", certified="是", safe_by="自有")
    _found_dangerous(world, household)
    _expect_stock(world, household, "not_in_stock")


def _not_appraised(code: str | None, **cells: str) -> Apply:
    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        _house_cell(code, **cells)(world, household, rng)
        lose_house(world, household)
        if cells.get("suspect") == "是":
            _expect_appraisal(world, household, "not_appraised")

    return apply


def _expect_appraisal(world: World, household: int, detail: str, verdict: str = "fail") -> None:
    number = world.register.households.number(household)
    world.facts.household_finding("R106", detail, number, "housing", verdict)


def _suspect_undated(world: World, household: int, rng: np.random.Generator) -> None:
    _house_cell("W_COND_MISSING", suspect="是", appraised_on="")(world, household, rng)
    _expect_appraisal(world, household, "undated", "unknown")


def _suspect_outdated(world: World, household: int, rng: np.random.Generator) -> None:
    """Appraised more than three years ago."""
    _house_cell(None, suspect="是", appraised_on=iso_day(world.register.today - 1200))(world, household, rng)
    _expect_appraisal(world, household, "outdated")


def _certificate(word: str, fact: int) -> Apply:
    """A sound house that nobody has certified: a matter only for households that leave this year."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        _house_cell(None, certified=word)(world, household, rng)
        world.facts.certified[household] = fact

    return apply


def _sound_exits(world: World) -> kinds.IntArray:
    homes = kinds.sound_homes(world)
    return np.asarray(homes[world.facts.exits[homes]])


def _appraised_after(world: World, household: int, rng: np.random.Generator) -> None:
    """The house was found dangerous again after its rebuilding had been accepted; no older appraisal is left."""
    del rng
    number = world.register.households.number(household)
    world.facts.household_finding("R105", "not_appraised_first", number, "housing")
    world.table(APPRAISALS).set(household, appraised_on=iso_day(world.register.today - 5))
    fail_house(world, household)
    _expect_stock(world, household, "not_in_stock")


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


_sound = family(APPRAISALS, "household", kinds.sound_homes)
_leaving = family(APPRAISALS, "household", _sound_exits)
_rebuilt = family(APPRAISALS, "household", kinds.paid_projects)

HOUSE_KINDS: tuple[Kind, ...] = (
    _sound("house_d_unlisted", _dangerous("D级", in_stock=False), "R107 R104 R001", weight=3),
    _sound("house_c_unlisted", _dangerous("C级", in_stock=False), "R107 R104 R001", weight=2),
    _sound("house_d_rebuilding", _dangerous("D级", in_stock=True), "R107, R104 when due", weight=2),
    _sound("homeless", _homeless, "R107 R001"),
    _sound("safe_without_means", _safe_without_means, "R107 R104, W_CONFLICT W_COND_MISSING"),
    _sound("own_house_certified", _own_house_certified, "R107 R104"),
    _sound("rented", _rented, "nothing: safe elsewhere"),
    _sound("grade_blank", _not_appraised(None, grade="", suspect="是"), "R107 unknown, R106 not_appraised", weight=2),
    _sound("grade_scale", _not_appraised("W_VALUE_DROPPED", grade="二级危房"), "R107 unknown"),
    _sound("grade_two", _not_appraised("W_VALUE_DROPPED", grade="C/D"), "R107 unknown"),
    _sound("suspect_undated", _suspect_undated, "R106 undated, W_COND_MISSING", weight=2),
    _sound("suspect_outdated", _suspect_outdated, "R106 outdated", weight=2),
    _leaving("not_certified", _certificate("否", NO), "R108 not_certified", weight=2),
    _leaving("certificate_blank", _certificate("", UNKNOWN), "R108 certificate_unknown"),
    _sound("uncertified", _certificate("否", NO), "R108 if the household leaves this year"),
    _sound("grade_undated", _house_cell("W_COND_MISSING", appraised_on=""), "W_COND_MISSING"),
    _rebuilt("appraised_after", _appraised_after, "R107 R104"),
    _sound("appraised_serial", _appraised_serial, "W_DATE_SERIAL"),
    _sound("appraised_month", _appraised_month, "W_DATE_PART"),
    _sound("area_range", _house_cell("W_RANGE", area_m2="12000"), "W_RANGE"),
    _sound("built_about", _house_cell("W_VALUE_DROPPED", build_year="80年代"), "dropped"),
)
