"""What the list of school aid gets wrong: pupils who are not paid, not in full, twice, or not at all theirs.

Data in: the world. Data out: kinds with their whole consequence for the list; what follows for pupils is concluded in
the end (consequences_school.py).
Not here: the school roll (corruptions_school.py).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from simulator import kinds
from simulator.feed_names import AID
from simulator.ids import day_number, iso_day
from simulator.kinds import Apply, Kind, family
from simulator.school_roll import VOCATIONAL
from simulator.tables import NumberCell
from simulator.world import World

_NOBODY = "外人甲"
"""A name that no household of the county holds."""
_LONG_AGO = 400
"""Days: more than half a year before the term begins."""


def _trade_pupils(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.aid.rid >= 0) & (world.aid.extra_rid < 0) & (world.school.stage == VOCATIONAL))


def _disabled_pupils(world: World) -> kinds.IntArray:
    return np.flatnonzero(world.aid.extra_rid >= 0)


def _lose(world: World, person: int) -> None:
    """The only payment is not read, not made or not met."""
    world.aid.aided[person] = world.aid.vocational[person] = False


def _forgotten(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(AID).drop(int(world.aid.rid[person]))
    _lose(world, person)


def _rejected(code: str, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = int(world.aid.rid[person])
        world.table(AID).set(rid, **cells)
        world.table(AID).code(rid, code)
        _lose(world, person)

    return apply


def _id_numeric(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = int(world.aid.rid[person])
    world.table(AID).set(rid, id_no=NumberCell(world.register.people.id_no(person)[:17] + "0"))
    world.table(AID).code(rid, "R_ID_NUMERIC")
    _lose(world, person)


def _id_wrong(world: World, person: int, rng: np.random.Generator) -> None:
    """The check digit does not fit: paid, but to nobody of the register."""
    del rng
    rid, table = int(world.aid.rid[person]), world.table(AID)
    id_no = world.register.people.id_no(person)
    table.set(rid, id_no=kinds.wrong_check(id_no))
    table.code(rid, "W_ID_CHECK")
    table.unlink(rid)
    world.facts.record_finding("R125", "not_eligible", AID, rid)
    world.facts.doubt(AID, rid, id_no, "aid_check")
    _lose(world, person)


def _key_repeated(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid, table = int(world.aid.rid[person]), world.table(AID)
    for row in (rid, table.copy(rid, channel="现金")):
        table.code(row, "R_DUP_KEY")
    _lose(world, person)


def _row_repeated(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    table = world.table(AID)
    table.code(table.copy(int(world.aid.rid[person])), "W_DUP_ROW")


def _half(world: World, rid: int) -> str:
    return f"{Decimal(world.table(AID).get(rid, 'due_amt')) / 2:.2f}"


def _not_paid(world: World, person: int, rng: np.random.Generator) -> None:
    """Due, and not paid yet."""
    del rng
    world.table(AID).set(int(world.aid.rid[person]), paid_amt="", paid_on="")
    world.facts.person_finding("R125", "short", world.register.people.id_no(person), "education")
    _lose(world, person)


def _short(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid = int(world.aid.rid[person])
    world.table(AID).set(rid, paid_amt=_half(world, rid))
    world.facts.person_finding("R125", "short", world.register.people.id_no(person), "education")


def _in_parts(world: World, person: int, rng: np.random.Generator) -> None:
    """Two payments that make up what is due."""
    del rng
    rid, table = int(world.aid.rid[person]), world.table(AID)
    table.set(rid, paid_amt=_half(world, rid))
    table.copy(rid, pay_no="2")


def _twice(world: World, person: int, rng: np.random.Generator) -> None:
    """Two schools pay the same programme in one term."""
    del rng
    world.table(AID).copy(int(world.aid.rid[person]), pay_no="2", school="测试县另一小学")
    world.facts.person_finding("R125", "paid_twice", world.register.people.id_no(person), "education")


def _above_due(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid, table = int(world.aid.rid[person]), world.table(AID)
    table.set(rid, paid_amt=f"{Decimal(table.get(rid, 'due_amt')) + 100:.2f}")
    table.code(rid, "W_SUM_MISMATCH")


def _cell(code: str | None, **cells: str) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = int(world.aid.rid[person])
        world.table(AID).set(rid, **cells)
        if code:
            world.table(AID).code(rid, code)

    return apply


def _long_ago(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    day = day_number(world.register.as_of.isoformat()) - _LONG_AGO
    _cell("W_RANGE", paid_on=iso_day(day))(world, person, np.random.default_rng(0))


def _account(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(AID).set(int(world.aid.rid[person]), account_holder=_NOBODY)
    id_no = world.register.people.id_no(person)
    world.facts.person_finding("R187", f"{AID}.account_other", id_no, "education")


def _other_programme(world: World, person: int, rng: np.random.Generator) -> None:
    """Paid, but not what those who learn a trade are owed."""
    del rng
    world.table(AID).set(int(world.aid.rid[person]), programme="助学金")
    world.aid.vocational[person] = False


def _disability_forgotten(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(AID).drop(int(world.aid.extra_rid[person]))
    world.aid.disability[person] = False


def _stranger(person_class: str) -> Apply:
    """Paid to somebody outside the register."""

    def apply(world: World, spare: int, rng: np.random.Generator) -> None:
        table, people = world.table(AID), world.register.people
        name = people.name(spare)
        rid = table.copy(
            kinds.clean_row(world, AID, rng),
            link=-1,
            name=name,
            id_no=people.id_no(spare),
            head_name="测家长",
            account_holder=name,
            person_class=person_class,
        )
        kinds.move(world, table, rid, int(people.village[spare]))
        if person_class == "建档立卡":
            world.facts.record_finding("R125", "not_eligible", AID, rid)

    return apply


_pupil = family(AID, "person", kinds.aided_once)
_trade = family(AID, "person", _trade_pupils)
_disabled = family(AID, "person", _disabled_pupils)
_outsider = family(AID, "spare", kinds.spare_people)

AID_KINDS: tuple[Kind, ...] = (
    _pupil("aid_forgotten", _forgotten, "R124 no_aid", weight=3),
    _pupil("aid_not_paid", _not_paid, "R124 no_aid, R125 short", weight=2),
    _pupil("aid_short", _short, "R125 short", weight=2),
    _pupil("aid_twice", _twice, "R125 paid_twice", weight=2),
    _pupil("aid_in_parts", _in_parts, "nothing: the parts make up what is due"),
    _pupil("aid_above_due", _above_due, "W_SUM_MISMATCH"),
    _pupil("aid_id_numeric", _id_numeric, "R_ID_NUMERIC; R124", rejects=1),
    _pupil("aid_id_check", _id_wrong, "W_ID_CHECK; R124, R125 not_eligible"),
    _pupil("aid_programme", _rejected("R_CODE_UNKNOWN", programme="爱心捐助"), "R_CODE_UNKNOWN; R124", rejects=1),
    _pupil("aid_name_digit", _rejected("R_NAME_INVALID", name="测甲1"), "R_NAME_INVALID; R124", rejects=1),
    _pupil("aid_key_repeated", _key_repeated, "2 × R_DUP_KEY; R124", rejects=2),
    _pupil("aid_row_repeated", _row_repeated, "W_DUP_ROW"),
    _pupil("aid_account", _account, "R187 account_other", weight=2),
    _pupil("aid_day_word", _cell("W_VALUE_DROPPED", paid_on="6月"), "dropped: paid all the same"),
    _pupil("aid_long_ago", _long_ago, "W_RANGE"),
    _pupil("aid_due_blank", _cell(None, due_amt=""), "nothing: nobody says what is due"),
    _trade("aid_trade_forgotten", _forgotten, "R124 no_aid, R125 not_paid", weight=2),
    _trade("aid_trade_other", _other_programme, "R125 not_paid"),
    _disabled("aid_disability_forgotten", _disability_forgotten, "R128 no_aid", weight=2),
    _outsider("aid_stranger", _stranger("建档立卡"), "R125 not_eligible", weight=2),
    _outsider("aid_stranger_plain", _stranger("一般居民"), "nothing: not said to be of the register"),
)
