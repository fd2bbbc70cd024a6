"""The special cover of the poor (扶贫特惠保): a second row of the insurance roster for who has it.

Data in: the corrupted world. Data out: rows added to the roster, and findings about who stands there without one.
Not here: the basic insurance (medical_list.py). A whole prefecture's roster is sent without these rows, as by a place
that has no such cover: rows that are followed one by one would not fit into memory there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.feed_names import MEDICAL, PERSONS
from simulator.world import World

BoolArray = NDArray[np.bool_]

_SCHEME = "扶贫特惠保"


def buy_special_cover(world: World) -> None:
    """Everybody of the register has it whose rows went through nobody's hands wrongly; the others were overlooked."""
    facts, table = world.facts, world.table(MEDICAL)
    for person in np.flatnonzero(_insurable(world) & ~_touched(world)):
        table.copy(int(person), scheme=_SCHEME)
        facts.special[person] = True
    for person in np.flatnonzero(_insurable(world) & facts.found & ~facts.special):
        facts.person_finding("R082", "no_special_cover", world.register.people.id_no(int(person)), "medical")


def _insurable(world: World) -> BoolArray:
    facts = world.facts
    return np.asarray(facts.in_register & facts.alive & ~facts.exempt)


def _touched(world: World) -> BoolArray:
    """Register persons of whom a row of the roster or of the register was changed, forgotten or refused."""
    people = world.register.people.register
    rows = set(world.no_special)
    for feed in (MEDICAL, PERSONS):
        table = world.table(feed)
        rows |= table.gone | table.codes.keys() | table.relinked.keys() | {source for source, _, _ in table.added}
        rows.update(rid for cells in table.cells.values() for rid in cells)
    touched = np.zeros(people, dtype=np.bool_)
    touched[[rid for rid in rows if rid < people]] = True
    return touched
