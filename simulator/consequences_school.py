"""What follows for pupils in the end: who is owed school aid and is not paid.

Data in: the corrupted world. Data out: more expected findings, and whom the share of aided pupils counts.
Not here: what one corruption does, and any reading of files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.school_roll import JUNIOR, KINDERGARTEN, NOT_TAUGHT, POVERTY, PRIMARY, SENIOR, UNTOLD, VOCATIONAL
from simulator.world import World

BoolArray = NDArray[np.bool_]
AIDED_STAGES = {"pre": KINDERGARTEN, "prim": PRIMARY, "jun": JUNIOR, "sen": SENIOR, "voc": VOCATIONAL}
"""Stages whose pupils are to be aided, each with a share of its own."""


def expect_school_aid(world: World) -> None:
    """Pupils without aid, without that of their trade, without that for the disabled."""
    due, stage = _pupils(world), world.school.stage
    _expect(world, due & (stage != UNTOLD) & ~world.aid.aided, "R124", "no_aid", "fail")
    _expect(world, due & (stage == UNTOLD) & ~world.aid.aided, "R124", "stage_unknown", "unknown")
    _expect(world, due & (stage == VOCATIONAL) & ~world.aid.vocational, "R125", "not_paid", "fail")
    _expect(world, due & (world.support.marked | world.support.holds) & ~world.aid.disability, "R128", "no_aid", "fail")


def supported_pupils(world: World) -> tuple[BoolArray, BoolArray]:
    """Of register persons: taught in a stage that is to be aided, and those of them who are aided."""
    due = _pupils(world) & (world.school.stage != UNTOLD)
    return due & world.aid.aided, due


def dropouts_from_poverty(world: World) -> BoolArray | None:
    """Of register persons: dropped out from poverty; None where there are dropouts and the roll names no cause."""
    causes = world.facts.drop_cause
    if causes and not any(causes.values()):
        return None
    who = np.zeros(len(world.facts.dropout), dtype=np.bool_)
    who[[person for person, cause in causes.items() if cause == POVERTY]] = True
    return who & world.facts.dropout & world.facts.alive


def _pupils(world: World) -> BoolArray:
    facts = world.facts
    return np.asarray(facts.in_register & facts.alive & (world.school.stage != NOT_TAUGHT))


def _expect(world: World, who: BoolArray, rule: str, detail: str, verdict: str) -> None:
    for person in np.flatnonzero(who):
        world.facts.person_finding(rule, detail, world.register.people.id_no(int(person)), "education", verdict)
