"""A season of forty nights: what departments deliver, answer and mend, and what must then be true of every issue.

Data in: a seed, days to fix per rule. Data out: per day the deliveries, findings, replies and officers' decisions; per
night the truth about every issue: how its case was scripted (simulator/season_scripts.py), not what the ledger says.
Not here: files and warehouses: whoever drives the season puts its days where the product looks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

FIRST = date(2019, 8, 26)
NIGHTS = 40
STAGE_START, STAGE_END = date(2019, 9, 1), date(2019, 9, 30)
"""D3: what is found during the review is to be cleared by 9-30."""

FEEDS: Mapping[str, tuple[int, int]] = {
    "medical/enrolments": (4, 0),
    "housing/appraisals": (6, 2),
    "housing/retrofits": (5, 1),
    "education/enrolments": (5, 3),
    "civil_affairs/dibao": (3, 1),
    "water/household_water": (7, 4),
    "registry/persons": (4, 2),
}
"""Feed → (days between two deliveries, day of the next one after the first day, on which all are delivered)."""

KINDS: tuple[tuple[str, str, str], ...] = (
    ("R081", "", "medical/enrolments"),
    ("R001", "medical/enrolments.name", "medical/enrolments"),
    ("R107", "", "housing/appraisals"),
    ("R102", "overdue", "housing/retrofits"),
    ("R120", "", "education/enrolments"),
    ("R146", "attr_without_dibao", "civil_affairs/dibao"),
    ("R134", "", "water/household_water"),
    ("R003", "dup_id", "registry/persons"),
    ("R006", "medical/enrolments.labelled_jd", "medical/enrolments"),
)
"""Rule, detail and the feed in which the difference is mended; of R006 the subject is a row of a file."""

RULE_OFF = ("R134", 12, 14)
"""This rule does not run on the nights from the second to the third number."""


def day(number: int) -> date:
    """The day of a night, counted from 0."""
    return FIRST + timedelta(days=number)


def delivers(feed: str, number: int) -> bool:
    """Whether the feed is delivered on that day."""
    every, offset = FEEDS[feed]
    return number == 0 or (number >= offset and (number - offset) % every == 0)


def next_delivery(feed: str, number: int) -> int:
    """The first day from ``number`` on, at which the feed is delivered; past the season if there is none."""
    return next((one for one in range(number, NIGHTS) if delivers(feed, one)), NIGHTS)


@dataclass(frozen=True)
class Truth:
    """What must be true of one issue on one night."""

    state: str
    owner: str
    found_on: date
    due_on: date
    is_overdue: bool
    is_returned: bool = False
    is_undecided: bool = False
    cleared_on: date | None = None
    progress: float | None = None
    baseline_status: str | None = None


@dataclass(frozen=True)
class Phase:
    """From this night on, this holds."""

    night: int
    state: str
    owner: str
    is_returned: bool = False
    is_undecided: bool = False
    progress: float | None = None


@dataclass(frozen=True)
class Life:
    """One issue from its finding on: one round of a case."""

    phases: tuple[Phase, ...]

    @property
    def found(self) -> int:
        """The night on which it is found."""
        return self.phases[0].night

    @property
    def cleared(self) -> int | None:
        """The night on which it is cleared, if it is."""
        return next((phase.night for phase in self.phases if phase.state == "cleared"), None)

    def at(self, night: int) -> Phase:
        """What holds on a night; it must have been found."""
        return [phase for phase in self.phases if phase.night <= night][-1]


@dataclass(frozen=True)
class Reply:
    """One line of a returned workbook."""

    on: int
    sector: str
    result: str
    round: int = 1
    handler: str = "测经办"
    signer: str = "测审核"
    progress: str | None = None
    transfer_to: str | None = None
    explanation: str | None = None


@dataclass(frozen=True)
class Decision:
    """What an officer decides on a day, after that day's night."""

    on: int
    verdict: str
    round: int = 1
    until: date | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Case:
    """One difference: when the data show it, what people do about it, and what must follow."""

    number: int
    script: str
    rule_id: str
    detail: str
    feed: str
    area_code: str
    wrong: tuple[tuple[int, int], ...]
    """Days from and before which the department's data are wrong."""
    lives: tuple[Life, ...]
    replies: tuple[Reply, ...] = ()
    decisions: tuple[Decision, ...] = ()
    values: tuple[tuple[int, str], ...] = ((0, "未缴费"),)
    """From which day on the data say what."""

    @property
    def sector(self) -> str:
        """Whose data are wrong."""
        return self.feed.partition("/")[0]

    def shown(self, night: int) -> int | None:
        """The day of the delivery that shows the difference on a night, if one does."""
        last = max(one for one in range(night + 1) if delivers(self.feed, one))
        return last if any(start <= last < end for start, end in self.wrong) else None

    def found(self, night: int) -> int | None:
        """As :meth:`shown`, but only where the rule runs."""
        rule, first, last = RULE_OFF
        return None if self.rule_id == rule and first <= night <= last else self.shown(night)

    def value(self, delivered: int) -> str:
        """What the data of a delivery say."""
        return [value for start, value in self.values if start <= delivered][-1]


@dataclass(frozen=True)
class Season:
    """Forty days."""

    cases: tuple[Case, ...]
    days_to_fix: Mapping[str, int]
    baselines: tuple[int, ...] = (0, 20)
    """Nights after which a baseline is frozen: the first by the document, the second by an officer."""

    def due(self, rule_id: str, found: int) -> date:
        """The rule's days, but not later than the end of the review that it was found in."""
        by_rule = day(found) + timedelta(days=self.days_to_fix[rule_id])
        return min(by_rule, STAGE_END) if STAGE_START <= day(found) <= STAGE_END else by_rule

    def truth(self, night: int) -> dict[tuple[int, int], Truth]:
        """(case, round) → what must be true of that issue after a night."""
        found = {}
        for case in self.cases:
            for place, life in enumerate(case.lives, start=1):
                if life.found <= night:
                    found[case.number, place] = self._truth(case, life, night)
        return found

    def _truth(self, case: Case, life: Life, night: int) -> Truth:
        phase, due = life.at(night), self.due(case.rule_id, life.found)
        is_cleared = phase.state == "cleared"
        return Truth(
            state=phase.state,
            owner=phase.owner,
            found_on=day(life.found),
            due_on=due,
            is_overdue=not is_cleared and phase.state != "waived" and day(night) > due,
            is_returned=phase.is_returned,
            is_undecided=phase.is_undecided,
            cleared_on=day(life.cleared) if is_cleared and life.cleared is not None else None,
            progress=phase.progress,
            baseline_status=self._baseline(life, night),
        )

    def _baseline(self, life: Life, night: int) -> str | None:
        """Against the last baseline that was frozen: an officer freezes after the night, a document within it."""
        frozen = [one for one in self.baselines if one <= night and (one == 0 or one < night)]
        if not frozen:
            return None
        last = frozen[-1]
        if life.found > last:
            return "new"
        if life.cleared is not None and life.cleared <= last:
            return None
        return "fixed" if life.cleared is not None and life.cleared <= night else "still_open"


def make_season(seed: int, days_to_fix: Mapping[str, int], per_script: int = 6) -> Season:
    """A season in which every script is played ``per_script`` times, by departments and days drawn by ``seed``."""
    from simulator.season_scripts import SCRIPTS

    rng = random.Random(seed)  # noqa: S311 - a simulation
    cases: list[Case] = []
    for name, script in SCRIPTS.items():
        for _ in range(per_script):
            rule_id, detail, feed = rng.choice(KINDS)
            blank = Case(
                len(cases), name, rule_id, detail, feed, f"61009910{rng.randint(1, 4)}2{rng.randint(10, 14)}", (), ()
            )
            cases.append(replace(script(blank, rng), number=len(cases)))
    return Season(tuple(cases), days_to_fix)
