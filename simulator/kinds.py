"""What a corruption kind is, and who can suffer it.

Data in: the world. Data out: :class:`Kind` values and arrays of candidates.
Not here: the kinds themselves (the corruption modules) and how often each is applied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.ages import ADULT
from simulator.facts import AT_SCHOOL
from simulator.feed_names import AID, APPRAISALS, DIBAO_FEED, EDUCATION, HOUSEHOLD_WATER, MEDICAL, RETROFITS
from simulator.housing_lists import A, B
from simulator.register import GENERAL, HEAD
from simulator.school_roll import VOCATIONAL
from simulator.tables import FeedTable
from simulator.world import World

IntArray = NDArray[np.int64]
Scope = Literal["person", "household", "edge", "spare", "village"]
Apply = Callable[[World, int, np.random.Generator], None]
Candidates = Callable[[World], IntArray]
_TRIES = 200


@dataclass(frozen=True)
class Kind:
    """One way in which a department's file goes wrong."""

    name: str
    feed: str
    scope: Scope
    candidates: Candidates
    apply: Apply
    consequence: str
    """What must follow, for the reader; the code of ``apply`` says the same in facts and findings."""
    weight: float = 1.0
    rejects: int = 0
    """Rows of the feed that one application makes unreadable."""


class Family(Protocol):
    """Makes the kinds of one feed and group of candidates."""

    def __call__(self, name: str, apply: Apply, consequence: str, *, weight: float = 1.0, rejects: int = 0) -> Kind:
        """One kind."""


def family(feed: str, scope: Scope, candidates: Candidates) -> Family:
    """A maker of kinds that share feed, scope and candidates."""

    def make(name: str, apply: Apply, consequence: str, *, weight: float = 1.0, rejects: int = 0) -> Kind:
        return Kind(name, feed, scope, candidates, apply, consequence, weight, rejects)

    return make


def insured(world: World) -> IntArray:
    """Living register people whose only insurance row says paid, outside the first year of life."""
    facts = world.facts
    age = world.register.age_on(world.register.today)[: len(facts.alive)]
    return np.flatnonzero(facts.alive & ~facts.exempt & facts.insured & (age > 1))


def pupils(world: World) -> IntArray:
    """Register children of compulsory age who are at school."""
    return np.flatnonzero(world.school.of_age & (world.facts.school == AT_SCHOOL) & ~world.facts.home)


def aided_once(world: World) -> IntArray:
    """Register people who are paid one kind of school aid, not for learning a trade."""
    aid = world.aid
    return np.flatnonzero((aid.rid >= 0) & (aid.extra_rid < 0) & (world.school.stage != VOCATIONAL))


def allowance_people(world: World) -> IntArray:
    """Register people who draw the allowance."""
    return np.flatnonzero(world.allowance.rid >= 0)


def single_cases(world: World) -> IntArray:
    """Allowance people who are the only one of their case."""
    people = allowance_people(world)
    homes = world.register.household_of[people]
    return np.asarray(people[np.bincount(homes, minlength=world.register.households.count)[homes] == 1])


def listed_in(feed: str) -> Candidates:
    """Register people who stand in a person feed with all that a normal row has."""
    return {MEDICAL: insured, EDUCATION: pupils, DIBAO_FEED: allowance_people}[feed]


def sound_homes(world: World) -> IntArray:
    """Households with one house, of grade A or B, without a project."""
    return np.flatnonzero(np.isin(world.houses.grade, (A, B)) & ~world.houses.has_second)


def every_home(world: World) -> IntArray:
    """All register households."""
    return np.arange(world.register.households.count)


def piped_homes(world: World) -> IntArray:
    """Households on a central supply."""
    return np.flatnonzero(world.waters.central)


def unpiped_homes(world: World) -> IntArray:
    """Households that fetch their water."""
    return np.flatnonzero(~world.waters.central)


def paid_projects(world: World) -> IntArray:
    """Households with one project, paid at once, accepted long enough ago to be late."""
    houses = world.houses
    old = houses.accepted_on < world.register.today - 31
    return np.flatnonzero((houses.project_rid >= 0) & ~houses.is_fresh & (houses.project_rows == 1) & old)


def listed_elsewhere(world: World) -> NDArray[np.bool_]:
    """Register people on a list of the hospitals or of support: what befalls them has consequences there too."""
    return np.asarray(
        (world.support.tekun_rid >= 0)
        | (world.support.holder_rid >= 0)
        | (world.hospital.claim_rid >= 0)
        | (world.hospital.chronic_rid >= 0)
    )


def movable(world: World) -> IntArray:
    """Grown-up, insured members who are neither head nor in the school or allowance list."""
    reg = world.register
    people = insured(world)
    age = reg.age_on(reg.today)[people]
    keep = (
        ~listed_elsewhere(world)[people]
        & (age >= ADULT)
        & (reg.relation[people] != HEAD)
        & (world.school.rid[people] < 0)
        & (world.allowance.rid[people] < 0)
        & (reg.attr[reg.household_of[people]] == GENERAL)
    )
    return np.asarray(people[keep])


def edge_homes(world: World) -> IntArray:
    """Households of the edge list."""
    return np.arange(world.register.edge.count)


def spare_people(world: World) -> IntArray:
    """People no list names yet."""
    return np.array(world.spares, dtype=np.int64)


def every_village(world: World) -> IntArray:
    """All villages."""
    return np.arange(world.geography.villages)


def row_of(world: World, feed: str, subject: int) -> int:
    """The row of ``feed`` that is about a register person or household."""
    if feed == EDUCATION:
        return int(world.school.rid[subject])
    if feed == DIBAO_FEED:
        return int(world.allowance.rid[subject])
    if feed == AID:
        return int(world.aid.rid[subject])
    if feed == RETROFITS:
        return int(world.houses.project_rid[subject])
    if feed in (MEDICAL, APPRAISALS, HOUSEHOLD_WATER):
        return subject
    raise ValueError(f"{feed} has no row of its own for a register subject")


def home_of(world: World, scope: Scope, subject: int) -> tuple[str, int]:
    """The unit that carries at most one corruption: for a person who moved the household of birth."""
    if scope == "person":
        return "household", int(np.searchsorted(world.register.households.start, subject, side="right")) - 1
    return ("household" if scope == "household" else scope), subject


def move(world: World, table: FeedTable, rid: int, village: int) -> None:
    """Let a row name another village, its place in the file staying as it is."""
    words = {
        "township": world.geography.township_words()[village],
        "village": world.geography.village_names[village],
        "village_code": world.geography.village_codes[village],
    }
    table.set(rid, **{name: word for name, word in words.items() if name in table.columns})


def next_village(world: World, rid: int, table: FeedTable) -> int:
    """A village that is not the row's own."""
    return (table.village_of(rid) + 1) % world.geography.villages


def misspelt(name: str) -> str:
    """Another name: the last character changed."""
    return name[:-1] + ("儿" if name[-1] != "儿" else "尔")


def wrong_check(id_no: str) -> str:
    """The number with a check character that does not fit."""
    return id_no[:-1] + ("1" if id_no[-1] != "1" else "2")


def clean_row(world: World, feed: str, rng: np.random.Generator) -> int:
    """A row of a person feed that no corruption has touched, to start an invented row from."""
    candidates = {MEDICAL: insured, EDUCATION: pupils, DIBAO_FEED: single_cases, AID: aided_once}[feed](world)
    table = world.table(feed)
    for _ in range(_TRIES):
        rid = row_of(world, feed, int(rng.choice(candidates)))
        if rid not in table.codes and rid not in table.gone and not any(rid in cells for cells in table.cells.values()):
            return rid
    raise ValueError(f"{feed}: no clean row is left to start from")
