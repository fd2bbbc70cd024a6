"""What the rosters of destitute support and of disability certificates get wrong, and the register about disability.

Data in: the world. Data out: kinds with their whole consequence.
Not here: the subsistence allowance (corruptions_dibao.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.facts import Finding, RecordFinding
from simulator.feed_names import DIBAO_FEED, DISABILITY, PERSONS, TEKUN_FEED
from simulator.kinds import Apply, Kind, family
from simulator.register import GENERAL, LINE
from simulator.supported_lists import SUBSIDY
from simulator.tables import NumberCell
from simulator.world import World

_NOBODY = "外人甲"
"""A name that no household of the county holds."""
_WORKING_AGE = (16, 59)


def tekun_people(world: World) -> kinds.IntArray:
    """Register people on the roster of destitute support."""
    return np.flatnonzero(world.support.tekun_rid >= 0)


def holders(world: World) -> kinds.IntArray:
    """Register people with a certificate."""
    return np.flatnonzero(world.support.holder_rid >= 0)


def _severe(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.support.holder_rid >= 0) & world.support.severe)


def _severe_workers(world: World) -> kinds.IntArray:
    people = _severe(world)
    age = world.register.age_on(world.register.today)[people]
    return np.asarray(people[(age >= _WORKING_AGE[0]) & (age <= _WORKING_AGE[1])])


def _mild(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.support.holder_rid >= 0) & ~world.support.severe)


def _on_allowance(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.support.holder_rid >= 0) & world.allowance.covered)


def _off_allowance(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.support.holder_rid >= 0) & ~world.allowance.covered)


def _unmarked(world: World) -> kinds.IntArray:
    return np.flatnonzero(~world.support.marked & world.facts.alive)


def _plain_homes(world: World) -> kinds.IntArray:
    return np.flatnonzero((world.register.attr == GENERAL) & (world.register.households.npc >= LINE))


def _about(rule: str, detail: str, owner: str = "civil_affairs", verdict: str = "fail", **cells: str) -> Apply:
    """Other words in the certificate's row, and the one finding about the holder that follows."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, table = int(world.support.holder_rid[person]), world.table(DISABILITY)
        table.set(rid, **cells)
        paid = [table.get(rid, column) for column in ("living_amt", "care_amt")]
        world.support.subsidised[person] = any(paid)
        world.facts.person_finding(rule, detail, world.register.people.id_no(person), owner, verdict)

    return apply


def no_certificate(world: World, person: int) -> None:
    """Registered as disabled, and the roster names nobody that the register knows as this holder."""
    world.facts.person_finding("R148", "no_certificate", world.register.people.id_no(person), "civil_affairs")


def _lose_certificate(world: World, person: int) -> None:
    world.support.holds[person] = world.support.subsidised[person] = False
    no_certificate(world, person)


def _certificate_forgotten(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(DISABILITY).drop(int(world.support.holder_rid[person]))
    _lose_certificate(world, person)


def _certificate_numeric(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid, table = int(world.support.holder_rid[person]), world.table(DISABILITY)
    table.set(rid, cert_no=NumberCell(world.register.people.id_no(person)[:17] + "042"))
    table.code(rid, "R_ID_NUMERIC")
    _lose_certificate(world, person)


def _holder_not_marked(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(PERSONS).set(person, health="健康")
    world.support.marked[person] = False
    world.facts.person_finding("R148", "not_marked", world.register.people.id_no(person), "registry")


def _marked_both_ways(world: World, person: int, rng: np.random.Generator) -> None:
    """Registered as healthy and disabled at once, and nobody has given a certificate."""
    del rng
    world.table(PERSONS).set(person, health="健康、残疾")
    world.table(PERSONS).code(person, "W_CONFLICT")
    world.support.marked[person] = True
    world.facts.person_finding("R148", "no_certificate", world.register.people.id_no(person), "civil_affairs")


def stop_support(world: World, person: int) -> None:
    """The roster names nobody that the register knows as this pensioner."""
    world.support.supported[person] = False
    number = world.register.households.number(int(world.register.household_of[person]))
    world.facts.household_finding("R146", "attr_without_tekun", number, "civil_affairs")


def _tekun_forgotten(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(TEKUN_FEED).drop(int(world.support.tekun_rid[person]))
    stop_support(world, person)


def _tekun_numeric(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    rid, table = int(world.support.tekun_rid[person]), world.table(TEKUN_FEED)
    table.set(rid, id_no=NumberCell(world.register.people.id_no(person)[:17] + "0"))
    table.code(rid, "R_ID_NUMERIC")
    stop_support(world, person)


def _tekun_account(world: World, person: int, rng: np.random.Generator) -> None:
    del rng
    world.table(TEKUN_FEED).set(int(world.support.tekun_rid[person]), account_holder=_NOBODY)
    id_no = world.register.people.id_no(person)
    world.facts.person_finding("R187", f"{TEKUN_FEED}.account_other", id_no, "civil_affairs")


def _new_tekun_row(world: World, person: int, village: int, *, link: int) -> int:
    """A row of the roster about somebody whom it did not name."""
    people, table = world.register.people, world.table(TEKUN_FEED)
    rid = table.copy(
        0,
        link=link,
        name=people.name(person),
        id_no=people.id_no(person),
        cert_no=f"TK9{1_000_000 + person}",
        mode="分散供养",
        institution="",
        account_holder=people.name(person),
    )
    kinds.move(world, table, rid, village)
    return rid


def _tekun_began(world: World, household: int, rng: np.random.Generator) -> None:
    """The head is supported as destitute, the attribute does not say so."""
    del rng
    reg = world.register
    head = int(reg.households.start[household])
    _new_tekun_row(world, head, int(reg.households.village[household]), link=head)
    world.support.supported[head] = True
    world.facts.household_finding("R146", "tekun_without_attr", reg.households.number(household), "civil_affairs")


def support_outside(world: World, spare: int, person_class: str) -> int:
    """Support somebody of no household of the register, who is of the review's scope then; the row that says so."""
    village = int(world.register.people.village[spare])
    rid = _new_tekun_row(world, spare, village, link=-1)
    world.table(TEKUN_FEED).set(rid, person_class=person_class)
    world.support.outside[village] += 1
    world.facts.findings.append(RecordFinding("R049", "tekun_unlisted", "fail", TEKUN_FEED, rid, "registry"))
    return rid


def _tekun_outside(world: World, spare: int, rng: np.random.Generator) -> None:
    """Somebody outside the register is supported as destitute: in the review's scope, without a card."""
    del rng
    support_outside(world, spare, "")


def _tekun_in_dibao(world: World, person: int, rng: np.random.Generator) -> None:
    """Supported as destitute and on the allowance roster too."""
    table, reg = world.table(DIBAO_FEED), world.register
    household = int(reg.household_of[person])
    rid = table.copy(kinds.clean_row(world, DIBAO_FEED, rng), link=person)
    table.set(rid, name=reg.people.name(person), id_no=reg.people.id_no(person), npc="", relation="户主")
    table.set(rid, case_no=f"DB9{reg.households.number(household)}", head_name=reg.people.name(person))
    table.set(rid, head_id_no=reg.people.id_no(person), account_holder=reg.people.name(person), person_class="特困")
    kinds.move(world, table, rid, int(reg.households.village[household]))
    world.facts.in_dibao[person] = True
    number, id_no = reg.households.number(household), reg.people.id_no(person)
    world.facts.household_finding("R146", "dibao_without_attr", number, "civil_affairs")
    world.facts.findings.append(Finding("R146", "dibao_and_tekun", "fail", "person", id_no, "civil_affairs"))


_pensioner = family(TEKUN_FEED, "person", tekun_people)
_home = family(TEKUN_FEED, "household", _plain_homes)
_stranger = family(TEKUN_FEED, "spare", kinds.spare_people)
_holder = family(DISABILITY, "person", holders)
_badly = family(DISABILITY, "person", _severe)
_working = family(DISABILITY, "person", _severe_workers)
_slightly = family(DISABILITY, "person", _mild)
_helped = family(DISABILITY, "person", _on_allowance)
_unhelped = family(DISABILITY, "person", _off_allowance)
_anybody = family(PERSONS, "person", _unmarked)

SUPPORTED_KINDS: tuple[Kind, ...] = (
    _pensioner("tekun_forgotten", _tekun_forgotten, "R146 attr_without_tekun", weight=2),
    _pensioner("tekun_id_numeric", _tekun_numeric, "R_ID_NUMERIC; R146", rejects=1),
    _pensioner("tekun_account", _tekun_account, "R187 account_other"),
    _pensioner("tekun_in_dibao", _tekun_in_dibao, "R146 dibao_and_tekun, dibao_without_attr"),
    _home("tekun_began", _tekun_began, "R146 tekun_without_attr"),
    _stranger("tekun_outside", _tekun_outside, "R049 tekun_unlisted", weight=2),
    _holder("certificate_forgotten", _certificate_forgotten, "R148 no_certificate", weight=2),
    _holder("certificate_numeric", _certificate_numeric, "R_ID_NUMERIC; R148", rejects=1),
    _holder("holder_not_marked", _holder_not_marked, "R148 not_marked"),
    _holder("living_double", _about("R147", "living_amount", living_amt="130"), "R147 living_amount", weight=2),
    _holder(
        "subsidy_account",
        _about("R187", f"{DISABILITY}.account_other", account_holder=_NOBODY),
        "R187 account_other",
        weight=2,
    ),
    _badly("care_short", _about("R147", "care_amount", care_amt="50"), "R147 care_amount"),
    _badly("care_missing", _about("R147", "care_not_paid", care_amt=""), "R147 care_not_paid"),
    _badly("premium_medical", _about("R149", "medical", med_gov="否"), "R149 medical", weight=2),
    _working("premium_pension", _about("R149", "pension", verdict="unknown", pension_gov=""), "R149 pension unknown"),
    _slightly("care_mild", _about("R147", "care_no_ground", care_amt=SUBSIDY), "R147 care_no_ground"),
    _helped("living_missing", _about("R147", "living_not_paid", living_amt=""), "R147 living_not_paid"),
    _unhelped(
        "hardship_missing", _about("R147", "hardship_not_paid", living_amt=""), "R147 hardship_not_paid", weight=2
    ),
    _unhelped("living_no_ground", _about("R147", "living_no_ground", verdict="warn", low_kind=""), "R147 warn"),
    _anybody("person_health", _marked_both_ways, "W_CONFLICT; R015, R148 no_certificate"),
)
