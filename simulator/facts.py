"""What is true of the simulated county, kept while it is built and corrupted.

Data in: the base facts of the world, changed by corruptions. Data out: arrays that truth.py adds up, and the findings.
Not here: rules. A corruption says itself what follows from it; nothing here reads what the product made of a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

YES, NO, UNKNOWN = 1, 0, -1
AT_SCHOOL, OUT_OF_SCHOOL, SCHOOL_UNKNOWN, SCHOOL_EXCUSED, NOT_OF_AGE = 1, 0, -1, 2, 3
RED, YELLOW, GREEN, REVIEW = 0, 1, 2, 3


@dataclass(frozen=True)
class Finding:
    """One expected mismatch. ``subject`` is an id, a household or case number, or indicator|area."""

    rule: str
    detail: str
    verdict: str
    subject_type: str
    subject: str
    owner: str
    ambiguous: bool = False


@dataclass(frozen=True)
class RecordFinding:
    """An expected mismatch whose subject is a row of a file (its place is known once written)."""

    rule: str
    detail: str
    verdict: str
    feed: str
    rid: int
    owner: str
    subject_type: str = "record"
    ambiguous: bool = False


@dataclass(frozen=True)
class Doubt:
    """A row that no id links, and whose it truly is: a proposal should name that person or household first."""

    feed: str
    rid: int
    subject: str | tuple[str, int]
    """An id or a household number, or the register's feed and row where the register has no right id."""
    damage: str


@dataclass
class Facts:
    """Parallel arrays over register persons and register households; edge households apart."""

    in_register: BoolArray
    alive: BoolArray
    exempt: BoolArray
    found: BoolArray
    insured: BoolArray
    special: BoolArray
    """Covered by the special insurance of the poor."""
    unpaid: BoolArray
    """A basic row says unpaid, and nothing else insures the person."""
    school: IntArray
    dropout: BoolArray
    drop_cause: dict[int, str]
    """Register person who dropped out → the cause that the roll names, blank for none."""
    home: BoolArray
    in_dibao: BoolArray
    not_out: BoolArray
    """Of households: 未脱贫."""
    tekun: BoolArray
    npc: IntArray
    """Cents; -1 unknown."""
    housing: IntArray
    water: IntArray
    card: IntArray
    edge_village: list[int]
    """Village of each household of the edge feed."""
    edge_npc: list[int]
    """Cents, of the households outside the register; -1 unknown."""
    edge_card_blue: list[bool]
    """Of the households outside the register, in the order of the edge list."""
    project_village: IntArray
    project_this_year: BoolArray
    project_started: BoolArray
    project_done: BoolArray
    project_paid: BoolArray
    exits: BoolArray
    """Of households: left poverty in the year of the day."""
    exit_village: BoolArray
    """Of villages: a poor village that leaves in the year of the day."""
    exited_village: BoolArray
    """Of villages: a poor village that left before."""
    dangerous: BoolArray
    """Of households: the current dwelling was found to be of grade C or D, or there is none."""
    certified: IntArray
    """Of households: the dwelling is found safe, by certificate or by an accepted rebuilding."""
    surveyed: BoolArray
    """Of households: the water department has been there."""
    central: BoolArray
    """Of households: on a central supply, as the survey says."""
    graduate: BoolArray
    """Of persons: finished a vocational school this term."""
    placed: BoolArray
    dibao_outside: IntArray
    """People in rural dibao outside the register, by village."""
    findings: list[Finding | RecordFinding] = field(default_factory=list)
    review_edges: dict[int, str] = field(default_factory=dict)
    struck_in: dict[int, int] = field(default_factory=dict)
    """Register household on the edge list for a sudden hardship or an unstable exit → the year it was noticed."""
    doubts: list[Doubt] = field(default_factory=list)

    def person_finding(self, rule: str, detail: str, subject: str, owner: str, verdict: str = "fail") -> None:
        """Expect a mismatch about a person."""
        self.findings.append(Finding(rule, detail, verdict, "person", subject, owner))

    def household_finding(self, rule: str, detail: str, subject: str, owner: str, verdict: str = "fail") -> None:
        """Expect a mismatch about a household."""
        self.findings.append(Finding(rule, detail, verdict, "household", subject, owner))

    def feed_finding(self, rule: str, detail: str, feed: str) -> None:
        """Expect a mismatch about a feed as a whole, owned by its sector."""
        self.findings.append(Finding(rule, detail, "fail", "feed", feed, feed.split("/")[0]))

    def record_finding(self, rule: str, detail: str, feed: str, rid: int) -> None:
        """Expect a mismatch about a row of ``feed``, owned by its sector."""
        self.findings.append(RecordFinding(rule, detail, "fail", feed, rid, feed.split("/")[0]))

    def doubt(self, feed: str, rid: int, subject: str | tuple[str, int], damage: str) -> None:
        """Expect a proposal that names ``subject`` first."""
        self.doubts.append(Doubt(feed, rid, subject, damage))
