"""People whom the lists of support, hospitals and school aid name by a damaged id: they stay without their rows there.

Data in: the world, the damages. Data out: kinds with their whole consequence and, for every person, whose the rows
truly are; rows that say the same are one case, whose evidence is the first of them.
Not here: insurance, school roll and allowance (corruptions_identity.py), households (corruptions_identity_homes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulator import damage, kinds
from simulator.corruptions_hospital import patient_rows, patients, treated
from simulator.corruptions_identity import kin_of, unused, with_kin
from simulator.corruptions_ids import born_before_2000
from simulator.corruptions_supported import holders, no_certificate, stop_support, tekun_people
from simulator.damage import Damage
from simulator.facts import RecordFinding
from simulator.feed_names import AID, CHRONIC, CLAIMS, DISABILITY, TEKUN_FEED
from simulator.kinds import Apply, Candidates, Kind, family
from simulator.world import World

_IMPOSSIBLE = {(AID, "short_misread"), (TEKUN_FEED, "kin_birth")}
"""Pupils were born too late for 15 digits; the destitute live alone."""
_WHOLE = 18
"""Characters of an id; those of a certificate's number that repeat it."""


@dataclass(frozen=True)
class _List:
    """A list by person, and what follows if it names nobody of the register."""

    feed: str
    short: str
    who: Candidates
    rows: Callable[[World, int], Sequence[int]]
    lose: Callable[[World, int], None]
    said: str


def _lose_support(world: World, person: int) -> None:
    """Supported, but nobody of the register."""
    rid = int(world.support.tekun_rid[person])
    stop_support(world, person)
    world.support.outside[int(world.register.people.village[person])] += 1
    world.facts.findings.append(RecordFinding("R049", "tekun_unclear", "unknown", TEKUN_FEED, rid, "registry"))
    world.facts.record_finding("R006", f"{TEKUN_FEED}.id_differs", TEKUN_FEED, rid)


def _lose_certificate(world: World, person: int) -> None:
    """Nobody of the register holds it; who draws the subsidies is counted by the roster all the same."""
    world.support.holds[person] = False
    no_certificate(world, person)


def _lose_stay(world: World, person: int) -> None:
    """The stay is nobody's of the register and counts in no share."""
    world.hospital.void.add(int(world.hospital.claim_rid[person]))


def _lose_contract(world: World, person: int) -> None:
    world.hospital.contracted[person] = False
    world.facts.person_finding("R089", "not_listed", world.register.people.id_no(person), "medical", "unknown")


def _lose_aid(world: World, person: int) -> None:
    """Paid, but to nobody of the register."""
    world.facts.record_finding("R125", "not_eligible", AID, int(world.aid.rid[person]))
    world.aid.aided[person] = world.aid.vocational[person] = False


def _damaged(roster: _List, kind: str, spoil: Damage) -> Apply:
    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        table, rows = world.table(roster.feed), roster.rows(world, person)
        id_no = world.register.people.id_no(person)
        bad = unused(table, "id_no", spoil(id_no, kin_of(world, person), rng), id_no)
        for rid in rows:
            table.set(rid, id_no=bad)
            table.code(rid, "W_ID_CHECK")
            table.unlink(rid)
        if roster.feed == DISABILITY:
            _write_certificate(world, rows[0], bad)
        roster.lose(world, person)
        world.facts.doubt(roster.feed, rows[0], id_no, f"{roster.short}_{kind}")

    return apply


def _write_certificate(world: World, rid: int, bad: str) -> None:
    """The number of the certificate repeats the id; an id of another length no longer fits it."""
    table = world.table(DISABILITY)
    if len(bad) == _WHOLE:
        table.set(rid, cert_no=bad + table.get(rid, "cert_no")[_WHOLE:])
    else:
        table.code(rid, "W_CONFLICT")


_LISTS = (
    _List(
        TEKUN_FEED, "tekun", tekun_people, lambda world, person: [int(world.support.tekun_rid[person])],
        _lose_support, "R146, R049 tekun_unclear, R006 id_differs",
    ),
    _List(
        DISABILITY, "disability", holders, lambda world, person: [int(world.support.holder_rid[person])],
        _lose_certificate, "R148 no_certificate",
    ),
    _List(
        CLAIMS, "claim", treated, lambda world, person: [int(world.hospital.claim_rid[person])],
        _lose_stay, "met by nobody",
    ),
    _List(CHRONIC, "chronic", patients, patient_rows, _lose_contract, "R089 not_listed"),
    _List(
        AID, "aid", kinds.aided_once, lambda world, person: [int(world.aid.rid[person])],
        _lose_aid, "R124, R125 not_eligible",
    ),
)  # fmt: skip


def _of_list(roster: _List) -> list[Kind]:
    limited = {"kin_birth": with_kin(roster.who), "short_misread": born_before_2000(roster.who)}
    return [
        family(roster.feed, "person", limited.get(name, roster.who))(
            f"{roster.short}_damaged_{name}", _damaged(roster, name, spoil), f"W_ID_CHECK; {roster.said}"
        )
        for name, spoil in damage.DAMAGES.items()
        if (roster.feed, name) not in _IMPOSSIBLE
    ]


IDENTITY_LIST_KINDS: tuple[Kind, ...] = tuple(kind for roster in _LISTS for kind in _of_list(roster))
