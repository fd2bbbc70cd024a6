"""What only the school roll can get wrong: who is out of school, terms, student numbers.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names, places and repeated rows (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import fail_school, lose_school, not_listed, open_guarantee
from simulator.facts import SCHOOL_UNKNOWN
from simulator.feed_names import EDUCATION, PERSONS
from simulator.ids import day_number, iso_day
from simulator.kinds import Apply, Kind, family, row_of
from simulator.school_roll import NOT_TAUGHT, POVERTY, STAGE_WORDS, UNTOLD
from simulator.world import World

_VOCATIONAL = 16


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
        if dropout:
            world.facts.drop_cause[person] = cause

    return apply


def _moved_away(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(EDUCATION).set(row_of(world, EDUCATION, person), status="转出")
    world.facts.school[person], world.school.stage[person] = SCHOOL_UNKNOWN, NOT_TAUGHT
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


def _attends(world: World, person: int) -> bool:
    return world.table(EDUCATION).get(row_of(world, EDUCATION, person), "status") == "在学"


def _two_schools(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(EDUCATION).copy(row_of(world, EDUCATION, person), school="测试县另一小学")
    if _attends(world, person):
        world.facts.person_finding("R121", "two_schools", world.register.people.id_no(person), "education")


def _register_says_no_pupil(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(PERSONS).set(person, in_school="非在校生")
    if _attends(world, person):
        world.facts.person_finding("R121", "register_copy", world.register.people.id_no(person), "registry")


def _left_school(cause: str, expected: tuple[tuple[str, str], ...], *codes: str, **cells: str) -> Apply:
    """Dropped out, with what the guardian signed."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        _school_status("辍学", cause, dropout=True, codes=codes)(world, person, rng)
        world.table(EDUCATION).set(row_of(world, EDUCATION, person), **cells)
        for detail, verdict in expected:
            world.facts.person_finding("R122", detail, world.register.people.id_no(person), "education", verdict)

    return apply


def _graduate(*, placed: bool) -> Apply:
    """A vocational school is finished; placement is due by the end of September."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        day = iso_day(world.register.today - 3) if placed else ""
        world.table(EDUCATION).set(
            row_of(world, EDUCATION, person), stage="中职", grade="", status="毕业", attend="", placed_on=day
        )
        world.facts.graduate[person], world.facts.placed[person] = True, placed
        world.school.stage[person] = NOT_TAUGHT
        if not placed:
            late = world.register.today > day_number(f"{world.register.as_of.year}-09-30")
            id_no = world.register.people.id_no(person)
            world.facts.person_finding("R123", "not_placed", id_no, "education", "fail" if late else "warn")

    return apply


def _older_pupils(world: World) -> kinds.IntArray:
    """Register people on the school roll who are past compulsory age."""
    reg = world.register
    age = reg.age_on(reg.today)[: reg.people.register]
    return np.flatnonzero((world.school.rid >= 0) & ~world.school.of_age & (age >= _VOCATIONAL) & world.facts.alive)


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
    _taught_after_all(world, person)


def _status_blank(world: World, person: int, rng: np.random.Generator) -> None:
    """A school and no status: taken for a pupil who attends."""
    _school_cell("W_DERIVED", status="")(world, person, rng)
    _taught_after_all(world, person)


def _taught_after_all(world: World, person: int) -> None:
    """Somebody on leave of whom the row no longer says so."""
    word = world.table(EDUCATION).get(row_of(world, EDUCATION, person), "stage")
    world.school.stage[person] = STAGE_WORDS.index(word)


def _stage_word(world: World, person: int, rng: np.random.Generator) -> None:
    _school_cell("W_VALUE_DROPPED", stage="九年一贯制")(world, person, rng)
    if world.school.stage[person] != NOT_TAUGHT:
        world.school.stage[person] = UNTOLD


_pupil = family(EDUCATION, "person", kinds.pupils)
_older = family(EDUCATION, "person", _older_pupils)

SCHOOL_KINDS: tuple[Kind, ...] = (
    _pupil("drop", _school_status("辍学", POVERTY, dropout=True), "R120 fail, dropout_poor_persons + 1", weight=3),
    _pupil(
        "drop_self",
        _left_school("厌学", (("not_signed", "fail"), ("no_evidence", "fail")), "W_COND_MISSING"),
        "R120 fail, R122 twice, W_COND_MISSING",
        weight=2,
    ),
    _pupil(
        "drop_signed",
        _left_school("自身原因", (), guardian_signed_on="2019-12-16", evidence_id="ZL20191216"),
        "R120 fail; nothing of R122",
    ),
    _pupil(
        "drop_unsigned",
        _left_school("自身原因", (("not_signed", "fail"),), "W_COND_MISSING", evidence_id="ZL20191216"),
        "R120 fail, R122 not_signed, W_COND_MISSING",
    ),
    _pupil(
        "drop_no_cause",
        _left_school("", (("cause_unknown", "unknown"),), "W_COND_MISSING"),
        "R120 fail, R122 cause_unknown, W_COND_MISSING",
    ),
    _pupil("register_no_pupil", _register_says_no_pupil, "R121 register_copy", weight=2),
    _older("graduate", _graduate(placed=False), "R123 not_placed", weight=2),
    _older("graduate_placed", _graduate(placed=True), "voc_placed_rate"),
    _pupil("suspect", _school_status("疑似辍学", "外出务工"), "R120 fail"),
    _pupil("never", _school_status("应入未入", ""), "R120 fail", weight=2),
    _pupil("moved", _moved_away, "R120 unknown"),
    _pupil("in_with_cause", _school_cell("W_CONFLICT", drop_cause="厌学"), "W_CONFLICT"),
    _pupil("stage_word", _stage_word, "dropped: nobody knows whether aid is due"),
    _pupil("status_blank", _status_blank, "W_DERIVED: in"),
    _pupil("student_number", _student_number, "W_CONFLICT"),
    _pupil("home_by_attendance", _home_by_attendance, "W_DERIVED; home_persons + 1"),
    _pupil("two_schools", _two_schools, "R121 two_schools", weight=2),
    _pupil("school_hh_no", _other_household, "R001 hh_no"),
    _pupil("other_term", _other_term, "R_PERIOD_MISMATCH; R006 missing", rejects=1),
)
