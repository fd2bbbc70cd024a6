"""What only the lists by person can get wrong: insurance states, schooling, the allowance.

Data in: the world. Data out: kinds with their whole consequence.
Not here: ids, names and places (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import (
    fail_insurance,
    fail_school,
    lose_dibao,
    lose_insurance,
    lose_school,
    not_listed,
    open_guarantee,
)
from simulator.facts import SCHOOL_UNKNOWN, Finding
from simulator.kinds import Apply, Kind, row_of
from simulator.person_feeds import DIBAO_FEED, EDUCATION, MEDICAL
from simulator.register import DIBAO, GENERAL, LINE
from simulator.world import World

_UNPAID_CELLS = {"paid_self": "0.00", "paid_gov": "0.00", "paid_total": "0.00", "paid_on": ""}


def _state(word: str, why: str, *, unpaid: bool = False) -> Apply:
    """Found, and not insured."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table = world.table(MEDICAL)
        table.set(person, ins_state=word, not_insured_why=why, **_UNPAID_CELLS)
        if word in ("未参保", "自愿放弃", "参合未缴费") and not why:
            table.code(person, "W_COND_MISSING")
        fail_insurance(world, person, unpaid=unpaid)

    return apply


def _declined_but_paid(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(MEDICAL).set(person, ins_state="自愿放弃", not_insured_why="不愿参加")
    world.table(MEDICAL).code(person, "W_CONFLICT")
    fail_insurance(world, person)


def _neither_state_nor_date(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(MEDICAL).set(person, ins_state="", paid_on="")
    world.table(MEDICAL).code(person, "W_COND_MISSING")
    fail_insurance(world, person)


def _medical_cell(code: str | None, **cells: str) -> Apply:
    """A cell that is odd without touching the fact: the state still says paid."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        world.table(MEDICAL).set(person, **cells)
        if code:
            world.table(MEDICAL).code(person, code)

    return apply


def _paid_in_words(code: str | None, pattern: str) -> Apply:
    """The date of payment in another form."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        year, month, day = world.table(MEDICAL).get(person, "paid_on").split("-")
        serial = np.datetime64(f"{year}-{month}-{day}") - np.datetime64("1899-12-30")
        words = pattern.format(
            year=year, month=int(month), day=int(day), short=year[2:], two=month, serial=serial.astype(int)
        )
        world.table(MEDICAL).set(person, paid_on=words)
        if code:
            world.table(MEDICAL).code(person, code)

    return apply


def _last_years_row(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(MEDICAL).set(person, ins_year=str(world.register.as_of.year - 1))
    world.table(MEDICAL).code(person, "R_PERIOD_MISMATCH")
    lose_insurance(world, person)
    not_listed(world, MEDICAL, person)


def _code_against_name(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(MEDICAL)
    other = kinds.other_village(world, person, table)
    table.set(person, township=world.geography.township_words()[other], village=world.geography.village_names[other])
    table.code(person, "W_CONFLICT")


def _double_cover(world: World, person: int, rng: np.random.Generator) -> None:
    """Basic and employee cover in one year: the employee row also takes the person out of the rate."""
    del rng
    table = world.table(MEDICAL)
    table.copy(person, scheme="职工医保", ins_state="已参保")
    world.facts.exempt[person] = True
    world.facts.person_finding("R087", "double_cover", world.register.people.id_no(person), "medical")


def _dead_in_dibao(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    facts, id_no = world.facts, world.register.people.id_no(person)
    world.table(MEDICAL).set(person, ins_state="死亡", **_UNPAID_CELLS)
    facts.alive[person] = facts.insured[person] = False
    facts.person_finding("R087", "dead_in_dibao", id_no, "civil_affairs")
    facts.person_finding("R001", "registry/persons.ins_basic", id_no, "registry")


def _grown_up_in_dibao(world: World) -> kinds.IntArray:
    insured = kinds.insured(world)
    return np.asarray(insured[(world.allowance.rid[insured] >= 0) & (world.school.rid[insured] < 0)])


def _stranger(feed: str, **cells: str) -> Apply:
    """A person outside the register whom the list calls 建档立卡."""

    def apply(world: World, spare: int, rng: np.random.Generator) -> None:
        table, people = world.table(feed), world.register.people
        template = _template(world, feed, rng)
        rid = table.copy(template, link=-1, name=people.name(spare), id_no=people.id_no(spare), **cells)
        kinds.move(world, table, rid, int(people.village[spare]))
        if "student_no" in table.columns:
            table.set(rid, student_no="G" + people.id_no(spare), head_name="测家长", guardian_name="测家长")
            table.set(rid, hh_no="")
        if feed == DIBAO_FEED:
            _own_case(world, rid, spare)
        world.facts.record_finding("R006", f"{feed}.labelled_jd", feed, rid)
        if cells.get("ins_state") == "代缴":
            world.facts.record_finding("R087", "not_in_register", feed, rid)

    return apply


def _template(world: World, feed: str, rng: np.random.Generator) -> int:
    """A clean row to start from; what it says of its own person is replaced."""
    candidates = {
        MEDICAL: kinds.insured,
        EDUCATION: kinds.pupils,
        DIBAO_FEED: kinds.single_cases,
    }[feed](world)
    table = world.table(feed)
    for _ in range(50):
        rid = row_of(world, feed, int(rng.choice(candidates)))
        if rid not in table.codes and rid not in table.gone and not any(rid in c for c in table.cells.values()):
            return rid
    raise ValueError(f"{feed}: no clean row is left to start from")


def _own_case(world: World, rid: int, spare: int) -> None:
    people = world.register.people
    world.table(DIBAO_FEED).set(
        rid,
        case_no=f"DB8{1_000_000_000 + spare}",
        head_name=people.name(spare),
        head_id_no=people.id_no(spare),
        account_holder=people.name(spare),
        relation="户主",
        npc="",
    )
    world.facts.dibao_outside[int(people.village[spare])] += 1


def _poor_case_outside(world: World, spare: int, rng: np.random.Generator) -> None:
    """A rural allowance case below the line, nobody of which is in the register."""
    table, people = world.table(DIBAO_FEED), world.register.people
    template = _template(world, DIBAO_FEED, rng)
    rid = table.copy(template, link=-1, name=people.name(spare), id_no=people.id_no(spare), person_class="低保")
    kinds.move(world, table, rid, int(people.village[spare]))
    _own_case(world, rid, spare)
    table.set(rid, npc="3500.00")
    case_no = table.get(rid, "case_no")
    world.facts.findings.append(
        Finding("R144", "dibao_not_in_jd", "fail", "case", case_no, "registry")
    )


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


def _dibao_cell(code: str | None, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, DIBAO_FEED, person)
        world.table(DIBAO_FEED).set(rid, **cells)
        if code:
            world.table(DIBAO_FEED).code(rid, code)

    return apply


def _dibao_interval(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid, year = row_of(world, DIBAO_FEED, person), world.register.as_of.year
    world.table(DIBAO_FEED).set(rid, from_month=f"{year}01", to_month=f"{year - 1}12")
    world.table(DIBAO_FEED).code(rid, "R_INTERVAL")
    lose_dibao(world, person)


def _dibao_ended(world: World, person: int, rng: np.random.Generator) -> None:
    """The row says itself that the allowance ended before the month."""
    del rng
    rid = row_of(world, DIBAO_FEED, person)
    world.table(DIBAO_FEED).set(rid, to_month=f"{world.register.as_of.year - 1}12")
    world.table(DIBAO_FEED).code(rid, "W_CONFLICT")
    lose_dibao(world, person)


def _dibao_stopped(world: World, household: int, rng: np.random.Generator) -> None:
    """The whole household is gone from the list, its attribute still says 低保."""
    del rng
    members = [m for m in world.register.households.members(household) if world.allowance.rid[m] >= 0]
    for member in members:
        world.table(DIBAO_FEED).drop(int(world.allowance.rid[member]))
        lose_dibao(world, member)


def _dibao_began(world: World, household: int, rng: np.random.Generator) -> None:
    """The head draws the allowance, the attribute does not say so."""
    table, reg = world.table(DIBAO_FEED), world.register
    head = int(reg.households.start[household])
    rid = table.copy(_template(world, DIBAO_FEED, rng), link=head, name=reg.people.name(head), id_no=reg.people.id_no(head))
    kinds.move(world, table, rid, int(reg.households.village[household]))
    table.set(rid, case_no=f"DB9{reg.households.number(household)}", head_name=reg.people.name(head), npc="")
    table.set(rid, head_id_no=reg.people.id_no(head), account_holder=reg.people.name(head), person_class="建档立卡")
    table.set(rid, relation="户主")
    world.facts.in_dibao[head] = True
    number = reg.households.number(household)
    world.facts.household_finding("R146", "dibao_without_attr", number, "civil_affairs")


def _dibao_homes(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.register.attr == DIBAO)


def _plain_homes(world: World) -> kinds.IntArray:
    """Households of no special attribute whose income is not below the line."""
    return np.flatnonzero((world.register.attr == GENERAL) & (world.register.households.npc >= LINE))


PEOPLE_KINDS: tuple[Kind, ...] = (
    Kind("unpaid", MEDICAL, "person", kinds.insured, _state("参合未缴费", "联系不上", unpaid=True), "R081 fail", weight=4),
    Kind("unpaid_no_reason", MEDICAL, "person", kinds.insured, _state("参合未缴费", "", unpaid=True), "R081, W_COND_MISSING"),
    Kind("declined", MEDICAL, "person", kinds.insured, _state("自愿放弃", "不愿参加"), "R081 fail", weight=2),
    Kind("state_none", MEDICAL, "person", kinds.insured, _state("未参保", "外出"), "R081 fail", weight=2),
    Kind("stopped", MEDICAL, "person", kinds.insured, _state("停保", ""), "R081 fail"),
    Kind("untraceable", MEDICAL, "person", kinds.insured, _state("失联", ""), "R081 fail"),
    Kind("declined_but_paid", MEDICAL, "person", kinds.insured, _declined_but_paid, "R081 fail, W_CONFLICT"),
    Kind("no_state_no_date", MEDICAL, "person", kinds.insured, _neither_state_nor_date, "R081 fail, W_COND_MISSING"),
    Kind("state_word", MEDICAL, "person", kinds.insured, _medical_cell("W_VALUE_DROPPED", ins_state="正常"), "paid_on insures"),
    Kind("state_blank", MEDICAL, "person", kinds.insured, _medical_cell(None, ins_state=""), "paid_on insures"),
    Kind("paid_blank", MEDICAL, "person", kinds.insured, _medical_cell("W_BLANK_AS_ZERO", paid_self="", paid_total=""), "0.00"),
    Kind("paid_in_year", MEDICAL, "person", kinds.insured, _medical_cell("W_VALUE_DROPPED", paid_gov="280元/年"), "dropped"),
    Kind("paid_sum", MEDICAL, "person", kinds.insured, _medical_cell("W_SUM_MISMATCH", paid_total="999.00"), "W_SUM_MISMATCH"),
    Kind("paid_range", MEDICAL, "person", kinds.insured, _medical_cell("W_RANGE", paid_self="5.00", paid_total=""), "W_RANGE"),
    Kind("paid_on_unknown", MEDICAL, "person", kinds.insured, _medical_cell("W_UNKNOWN_WORD", paid_on="不详"), "state insures"),
    Kind("paid_on_wrong", MEDICAL, "person", kinds.insured, _medical_cell("W_VALUE_DROPPED", paid_on="2020-02-30"), "dropped"),
    Kind("paid_on_future", MEDICAL, "person", kinds.insured, _medical_cell("W_VALUE_DROPPED", paid_on="2199-01-05"), "dropped"),
    Kind("paid_on_han", MEDICAL, "person", kinds.insured, _paid_in_words(None, "{year}年{month}月{day}日"), "nothing"),
    Kind("paid_on_dots", MEDICAL, "person", kinds.insured, _paid_in_words(None, "{year}.{month}.{day}"), "nothing"),
    Kind("paid_on_month", MEDICAL, "person", kinds.insured, _paid_in_words("W_DATE_PART", "{year}-{two}"), "W_DATE_PART"),
    Kind("paid_on_short", MEDICAL, "person", kinds.insured, _paid_in_words("W_DATE_2DIGIT", "{short}.{month}.{day}"), "2digit"),
    Kind("paid_on_serial", MEDICAL, "person", kinds.insured, _paid_in_words("W_DATE_SERIAL", "{serial}"), "W_DATE_SERIAL"),
    Kind("ins_last_year", MEDICAL, "person", kinds.insured, _last_years_row, "R_PERIOD_MISMATCH; R006 missing", rejects=1),
    Kind("code_against_name", MEDICAL, "person", kinds.insured, _code_against_name, "W_CONFLICT"),
    Kind("double_cover", MEDICAL, "person", kinds.movable, _double_cover, "R087 double_cover", weight=2),
    Kind("dead_in_dibao", MEDICAL, "person", _grown_up_in_dibao, _dead_in_dibao, "R087 dead_in_dibao, R001 copy", weight=2),
    Kind(
        "gov_paid_stranger",
        MEDICAL,
        "spare",
        kinds.spare_people,
        _stranger(MEDICAL, person_class="建档立卡", ins_state="代缴"),
        "R087 not_in_register, R006 labelled_jd",
        weight=2,
    ),
    Kind(
        "paid_stranger",
        MEDICAL,
        "spare",
        kinds.spare_people,
        _stranger(MEDICAL, person_class="贫困人口", ins_state="已参保"),
        "R006 labelled_jd",
    ),
    Kind(
        "school_stranger",
        EDUCATION,
        "spare",
        kinds.spare_people,
        _stranger(EDUCATION, person_class="建档立卡"),
        "R006 labelled_jd",
    ),
    Kind(
        "dibao_stranger",
        DIBAO_FEED,
        "spare",
        kinds.spare_people,
        _stranger(DIBAO_FEED, person_class="建档立卡"),
        "R006 labelled_jd, dibao_persons + 1",
    ),
    Kind("poor_case_outside", DIBAO_FEED, "spare", kinds.spare_people, _poor_case_outside, "R144 dibao_not_in_jd", weight=2),
    Kind("drop", EDUCATION, "person", kinds.pupils, _school_status("辍学", "家庭贫困", dropout=True), "R120 fail", weight=3),
    Kind(
        "drop_self",
        EDUCATION,
        "person",
        kinds.pupils,
        _school_status("辍学", "厌学", dropout=True, codes=("W_COND_MISSING",)),
        "R120 fail, W_COND_MISSING",
    ),
    Kind("suspect", EDUCATION, "person", kinds.pupils, _school_status("疑似辍学", "外出务工"), "R120 fail"),
    Kind("never", EDUCATION, "person", kinds.pupils, _school_status("应入未入", ""), "R120 fail", weight=2),
    Kind("moved", EDUCATION, "person", kinds.pupils, _moved_away, "R120 unknown"),
    Kind("in_with_cause", EDUCATION, "person", kinds.pupils, _school_cell("W_CONFLICT", drop_cause="厌学"), "W_CONFLICT"),
    Kind("stage_word", EDUCATION, "person", kinds.pupils, _school_cell("W_VALUE_DROPPED", stage="九年一贯制"), "dropped"),
    Kind("status_blank", EDUCATION, "person", kinds.pupils, _school_cell("W_DERIVED", status=""), "W_DERIVED: in"),
    Kind("student_number", EDUCATION, "person", kinds.pupils, _student_number, "W_CONFLICT"),
    Kind("home_by_attendance", EDUCATION, "person", kinds.pupils, _home_by_attendance, "W_DERIVED; home_persons + 1"),
    Kind("two_schools", EDUCATION, "person", kinds.pupils, _two_schools, "nothing yet (R121)"),
    Kind("school_hh_no", EDUCATION, "person", kinds.pupils, _other_household, "R001 hh_no"),
    Kind("other_term", EDUCATION, "person", kinds.pupils, _other_term, "R_PERIOD_MISMATCH; R006 missing", rejects=1),
    Kind("dibao_interval", DIBAO_FEED, "person", kinds.single_cases, _dibao_interval, "R_INTERVAL; R146", rejects=1),
    Kind("dibao_ended", DIBAO_FEED, "person", kinds.single_cases, _dibao_ended, "W_CONFLICT; R146"),
    Kind("dibao_kind_word", DIBAO_FEED, "person", kinds.single_cases, _dibao_cell("W_VALUE_DROPPED", kind="农转非"), "rural"),
    Kind("dibao_month_serial", DIBAO_FEED, "person", kinds.single_cases, _dibao_cell("W_DATE_SERIAL", from_month="43282"), "2018-07"),
    Kind("dibao_count", DIBAO_FEED, "person", kinds.single_cases, _dibao_cell("W_GROUP_CONFLICT", covered_count="3"), "group"),
    Kind("dibao_sum", DIBAO_FEED, "person", kinds.single_cases, _dibao_cell("W_SUM_MISMATCH", hh_amt="630.00"), "sum"),
    Kind("dibao_derived", DIBAO_FEED, "person", kinds.single_cases, _dibao_cell("W_DERIVED", monthly_amt=""), "W_DERIVED"),
    Kind("dibao_stopped", DIBAO_FEED, "household", _dibao_homes, _dibao_stopped, "R146 attr_without_dibao, R144", weight=3),
    Kind("dibao_began", DIBAO_FEED, "household", _plain_homes, _dibao_began, "R146 dibao_without_attr", weight=2),
)
