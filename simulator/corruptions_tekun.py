"""How the roster of destitute support differs from the register row by row.

Data in: the world. Data out: kinds with their whole consequence.
Not here: damaged ids (corruptions_identity_lists.py), and who is supported without or against the register's attribute
(corruptions_supported.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.corruptions_supported import stop_support, support_outside, tekun_people
from simulator.feed_names import TEKUN_FEED
from simulator.kinds import Kind, family, misspelt
from simulator.world import World


def _other_name(world: World, person: int, rng: np.random.Generator) -> None:
    """The id is right, the name is not the register's; the account is still the pensioner's own."""
    del rng
    people = world.register.people
    world.table(TEKUN_FEED).set(int(world.support.tekun_rid[person]), name=misspelt(people.name(person)))
    id_no = people.id_no(person)
    world.facts.person_finding("R006", f"{TEKUN_FEED}.name_differs", id_no, "civil_affairs")


def _repeated(world: World, person: int, rng: np.random.Generator) -> None:
    """Two rows of one pensioner and month with different amounts: both are sent back."""
    del rng
    table, rid = world.table(TEKUN_FEED), int(world.support.tekun_rid[person])
    twin = table.copy(rid)
    table.set(twin, live_amt="500")
    for row in (rid, twin):
        table.code(row, "R_DUP_KEY")
        world.facts.record_finding("R006", f"{TEKUN_FEED}.dup_key", TEKUN_FEED, row)
    stop_support(world, person)


def _labelled(world: World, spare: int, rng: np.random.Generator) -> None:
    """Supported, called 建档立卡 by the roster, and in no household of the register."""
    del rng
    rid = support_outside(world, spare, "特困、建档立卡")
    world.facts.record_finding("R006", f"{TEKUN_FEED}.labelled_jd", TEKUN_FEED, rid)


_pensioner = family(TEKUN_FEED, "person", tekun_people)
_stranger = family(TEKUN_FEED, "spare", kinds.spare_people)

TEKUN_KINDS: tuple[Kind, ...] = (
    _pensioner("tekun_name_other", _other_name, "R006 name_differs", weight=2),
    _pensioner("tekun_key_repeated", _repeated, "2 × R_DUP_KEY; R006 dup_key, R146", rejects=2),
    _stranger("tekun_stranger", _labelled, "R006 labelled_jd, R049 tekun_unlisted"),
)
