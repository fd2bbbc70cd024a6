"""Faults that are chosen instead of drawn: this kind befalls this subject, so that a story can be told about it.

Data in: names of kinds, the clean world. Data out: a subject for each, every one in a household of its own; the world
with those faults in it that a list shows on some day.
Not here: what a kind does and what follows from it (the corruptions_* modules).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator.corruptions import KINDS
from simulator.kinds import Kind, home_of
from simulator.world import World


@dataclass(frozen=True)
class Fault:
    """One kind that befalls one subject."""

    kind: str
    subject: int


@cache
def kind_of(name: str) -> Kind:
    """The kind of this name.

    Raises:
        KeyError: there is none.
    """
    return {kind.name: kind for kind in KINDS}[name]


def choose_faults(world: World, names: Sequence[str], seed: int) -> tuple[Fault, ...]:
    """A fault of each kind, in households of their own; the world stays as it is.

    Raises:
        ValueError: the county is too small.
    """
    rng = np.random.default_rng([seed, 4])
    used: set[tuple[str, int]] = set()
    chosen: dict[int, Fault] = {}
    # Kinds that few can suffer come first, so that others leave somebody for them.
    pools = {place: [int(one) for one in rng.permutation(kind_of(name).candidates(world))]
             for place, name in enumerate(names)}  # fmt: skip
    for place in sorted(pools, key=lambda one: (len(pools[one]), one)):
        kind = kind_of(names[place])
        free = (one for one in pools[place] if home_of(world, kind.scope, one) not in used)
        subject = next(free, None)
        if subject is None:
            raise ValueError(f"nobody is left for {kind.name}: more households are needed")
        used.add(home_of(world, kind.scope, subject))
        chosen[place] = Fault(kind.name, subject)
    return tuple(chosen[place] for place in range(len(names)))


def apply_faults(world: World, faults: Sequence[Fault], seed: int) -> None:
    """Let each of them happen; what one does is independent of the others."""
    for fault in faults:
        kind_of(fault.kind).apply(world, fault.subject, np.random.default_rng([seed, 5, fault.subject]))
