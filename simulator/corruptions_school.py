"""What only the school roll can get wrong: who is out of school, terms, student numbers.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import fail_school, lose_school, not_listed, open_guarantee
from simulator.facts import SCHOOL_UNKNOWN
from simulator.feed_names import EDUCATION
from simulator.kinds import Apply, Kind, family, row_of
from simulator.world import World


def _school_status(word: str, cause: str, *, dropout: bool = False, codes: tuple[str, ...] = ()) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(EDUCATION), row_of(world, EDUCATION, person)
        table.set(rid, status=word, drop_cause=cause)
        if word == "应入未入":
            table.set(rid, school="", stage="", grade="", student_no="", attend="")
        if codes:
            table.code(rid, *codes)
        fail_school(world, person, dropout=dropout)

    return apply


def _moved_away(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(EDUCATION).set(row_of(world, EDUCATION, person), status="转出")
    world.facts.school[person] = SCHOOL_UNKNOWN
    world.facts.person_finding("R120", "", world.register.people.id_no(person), "education", "unknown")
    open_guarantee(world, int(world.register.household_of[person]))


def _school_cell(code: str | None, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, EDUCATION, person)
        world.table(EDUCATION).set(rid, **cells)
        if code:
            world.table(EDUCATION).code(rid, code)

    return apply


def _other_term(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = row_of(world, EDUCATION, person)
    world.table(EDUCATION).set(rid, term=f"{world.register.as_of.year - 2}年秋季学期")
    world.table(EDUCATION).code(rid, "R_PERIOD_MISMATCH")
    lose_school(world, person)
    not_listed(world, EDUCATION, person)


def _student_number(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = row_of(world, EDUCATION, person)
    id_no = world.register.people.id_no(person)
    world.table(EDUCATION).set(rid, student_no="G" + kinds.wrong_check(id_no))
    world.table(EDUCATION).code(rid, "W_CONFLICT")


def _two_schools(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(EDUCATION).copy(row_of(world, EDUCATION, person), school="测试县另一小学")


def _other_household(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    reg, rid = world.register, row_of(world, EDUCATION, person)
    number = reg.households.number(int(reg.household_of[person]))
    world.table(EDUCATION).set(rid, hh_no="6" + number[1:])
    world.facts.person_finding("R001", f"{EDUCATION}.hh_no", reg.people.id_no(person), "education")


def _home_by_attendance(world: World, person: int, rng: np.random.Generator) -> None:
    """送教上门 under 就读方式 and a blank status."""
    del rng
    rid = row_of(world, EDUCATION, person)
    world.table(EDUCATION).set(rid, status="", attend="送教上门")
    world.table(EDUCATION).code(rid, "W_DERIVED")
    world.facts.home[person] = True


_pupil = family(EDUCATION, "person", kinds.pupils)

SCHOOL_KINDS: tuple[Kind, ...] = (
    _pupil("drop", _school_status("辍学", "家庭贫困", dropout=True), "R120 fail", weight=3),
    _pupil(
        "drop_self",
        _school_status("辍学", "厌学", dropout=True, codes=("W_COND_MISSING",)),
        "R120 fail, W_COND_MISSING",
    ),
    _pupil("suspect", _school_status("疑似辍学", "外出务工"), "R120 fail"),
    _pupil("never", _school_status("应入未入", ""), "R120 fail", weight=2),
    _pupil("moved", _moved_away, "R120 unknown"),
    _pupil("in_with_cause", _school_cell("W_CONFLICT", drop_cause="厌学"), "W_CONFLICT"),
    _pupil("stage_word", _school_cell("W_VALUE_DROPPED", stage="九年一贯制"), "dropped"),
    _pupil("status_blank", _school_cell("W_DERIVED", status=""), "W_DERIVED: in"),
    _pupil("student_number", _student_number, "W_CONFLICT"),
    _pupil("home_by_attendance", _home_by_attendance, "W_DERIVED; home_persons + 1"),
    _pupil("two_schools", _two_schools, "nothing yet (R121)"),
    _pupil("school_hh_no", _other_household, "R001 hh_no"),
    _pupil("other_term", _other_term, "R_PERIOD_MISMATCH; R006 missing", rejects=1),
)
