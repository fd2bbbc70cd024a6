"""What must be true of every issue of the county on each night of the scripted season.

Data in: the script. Data out: the lists that departments hand in on a day; per night every issue there has been.
Which differences a night must find is the simulator's truth about a county with those faults in it that the lists in
force show; found, due, overdue, cleared, reopened and the baseline follow from the calendar, state and owner from the
script. Nothing is asked of the product but its key of a person, which only it can make.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from simulator.chosen import Fault, choose_faults, kind_of
from simulator.scenario import simulate
from simulator.season import Phase
from simulator.world import World, make_world
from tests.bench.season_script import BASELINES, CASES, DELIVERED, FIRST, Case, day

SEED = 7
RULES = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "rules.csv"
_MONTHLY = (
    "civil_affairs/dibao", "civil_affairs/disability", "civil_affairs/tekun", "housing/appraisals", "housing/retrofits",
    "medical/chronic_visits", "medical/enrolments", "medical/inpatient_claims", "registry/edge_households",
    "registry/households", "registry/persons", "water/household_water",
)  # fmt: skip
"""Lists of which the county has those of July and never gets those of June."""
_JUNE_DUE, _JUNE_GONE = date(2020, 7, 5), date(2020, 7, 15)
"""Until the 5th of the next month they are in time, for ten days more they are only late."""
_CORRECTED = ("R001", "R147")
"""Rules of these faults whose right value is known, so that a list of corrections tells it (R005)."""


class Key(NamedTuple):
    """What an issue is about; the subject as the product calls it."""

    rule_id: str
    detail: str
    subject_type: str
    subject: str
    owner: str


class Told(NamedTuple):
    """What must be true of one issue after one night."""

    state: str
    owner: str
    found_on: str
    due_on: str
    is_overdue: bool
    cleared_on: str
    baseline: str
    is_returned: bool


@dataclass
class Round:
    """Nights from and before which a difference was there."""

    found: int
    cleared: int | None = None


class Truth:
    """The season as it must go; nights are looked at in their order."""

    def __init__(self, households: int, folder: Path, token: Callable[[str], str]) -> None:
        self.households, self.folder, self.token = households, folder, token
        world = make_world(seed=SEED, households=households, as_of=FIRST, scale=None)
        self.faults = choose_faults(world, [case.kind for case in CASES], SEED)
        self._subjects = [_subject(world, fault) for fault in self.faults]
        self.rounds: dict[Key, list[Round]] = {}
        with RULES.open(encoding="utf-8-sig", newline="") as stream:
            self.days = {row["rule_id"]: int(row["days_to_fix"] or 0) for row in csv.DictReader(stream)}
        self._counties: dict[tuple[Fault, ...], Path] = {}

    @cached_property
    def script(self) -> dict[Key, Case]:
        """The case of each issue that people deal with; asked for when the home has its key."""
        return {
            Key(*case.issue, kind, self.token(subject) if kind == "person" else subject, case.owner): case
            for case, (kind, subject) in zip(CASES, self._subjects, strict=True)
        }

    def _shown(self, night: int) -> tuple[Fault, ...]:
        """The faults that the lists in force on a night have in them."""

        def is_shown(case: Case, fault: Fault) -> bool:
            last = max(one for one in DELIVERED[kind_of(fault.kind).feed] if one <= night)
            return any(start <= last < end for start, end in case.wrong)

        return tuple(fault for case, fault in zip(CASES, self.faults, strict=True) if is_shown(case, fault))

    def county(self, night: int) -> Path:
        """The simulated county as its lists in force show it: its files and the truth about them."""
        faults = self._shown(night)
        if faults not in self._counties:
            out = self.folder / f"county{night}"
            shutil.rmtree(out, ignore_errors=True)
            simulate(out, seed=SEED, households=self.households, as_of=FIRST, corrupt=0, faults=faults)
            self._counties[faults] = out
        return self._counties[faults]

    def look(self, night: int) -> dict[tuple[Key, int], Told]:
        """Every issue there has been by a night, by difference and round."""
        there = self._differences(night) | self._late_corrections(night) | _late_lists(day(night))
        for key in there:
            rounds = self.rounds.setdefault(key, [])
            if not rounds or rounds[-1].cleared is not None:
                rounds.append(Round(night))
        for key, rounds in self.rounds.items():
            if rounds[-1].cleared is None and key not in there:
                rounds[-1].cleared = night
        return {
            (key, place): self._told(key, place, one, night)
            for key, rounds in self.rounds.items()
            for place, one in enumerate(rounds, start=1)
        }

    def _differences(self, night: int) -> set[Key]:
        with (self.county(night) / "truth" / "mismatches.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        if any("!!" in row["subject"] or row["ambiguous"] == "1" for row in rows):
            raise ValueError("the season tells of people and households only, and of nothing ambiguous")
        return {
            Key(
                row["rule_id"], row["detail"], row["subject_type"],
                self.token(row["subject"]) if row["subject_type"] == "person" else row["subject"], row["owner"],
            )
            for row in rows
        }  # fmt: skip

    def _late_corrections(self, night: int) -> set[Key]:
        """R005 by hand: of a department told the right value by the night before, and past its day tonight."""
        late = set()
        for key, rounds in self.rounds.items():
            case, last = self.script.get(key), rounds[-1]
            is_open = last.found < night and (last.cleared is None or last.cleared >= night)
            if key.rule_id in _CORRECTED and is_open and self.due(key, last.found) < day(night):
                answers = [on for on, *_ in case.replies if on < night] if case and len(rounds) == 1 else []
                detail = "not_applied" if answers else "not_acknowledged"
                late.add(Key("R005", detail, "feed", f"{key.owner}/replies", key.owner))
        return late

    def due(self, key: Key, found: int) -> date:
        """The rule's days, counted by the calendar."""
        return day(found) + timedelta(days=self.days[key.rule_id])

    def _told(self, key: Key, place: int, one: Round, night: int) -> Told:
        case = self.script.get(key) if place == 1 else None
        last = night if one.cleared is None else one.cleared - 1
        phases = [phase for phase in (case.phases if case else ()) if phase.night <= last]
        phase = phases[-1] if phases else Phase(one.found, "pushed", key.owner)
        due, is_cleared = self.due(key, one.found), one.cleared is not None
        return Told(
            state="cleared" if is_cleared else phase.state,
            owner=phase.owner,
            found_on=day(one.found).isoformat(),
            due_on=due.isoformat(),
            is_overdue=not is_cleared and phase.state != "waived" and day(night) > due,
            cleared_on=day(one.cleared).isoformat() if one.cleared is not None else "",
            baseline=_baseline(one, night),
            is_returned=not is_cleared and phase.is_returned,
        )


def _late_lists(on: date) -> set[Key]:
    """R007 by hand."""
    if on <= _JUNE_DUE:
        return set()
    detail = "overdue" if on <= _JUNE_GONE else "missing"
    return {Key("R007", detail, "delivery", f"{feed}|610099|202006", feed.partition("/")[0]) for feed in _MONTHLY}


def _subject(world: World, fault: Fault) -> tuple[str, str]:
    """What a fault befalls, as the truth calls it."""
    scope = kind_of(fault.kind).scope
    if scope == "person":
        return scope, world.register.people.id_no(fault.subject)
    return "household", world.register.households.number(fault.subject)


def _baseline(one: Round, night: int) -> str:
    """Against the last one that an officer has frozen before this night."""
    frozen = [on for on in BASELINES if on < night]
    if not frozen:
        return ""
    if one.found > frozen[-1]:
        return "new"
    if one.cleared is not None and one.cleared <= frozen[-1]:
        return ""
    return "fixed" if one.cleared is not None else "still_open"


def files_of(truth: Truth, night: int) -> list[tuple[str, Path]]:
    """Feed and file of each list that is handed in before a night, with totals; everything on the first."""
    ingest = truth.county(night) / "ingest"
    if not night:
        return [(path.parent.relative_to(ingest).as_posix(), path) for path in sorted(ingest.rglob("*.*"))]
    due = {feed for feed, nights in DELIVERED.items() if night in nights}
    due |= {f"{feed.partition('/')[0]}/department_totals" for feed in due}
    return [(feed, path) for feed in sorted(due) for path in sorted((ingest / feed).iterdir())]
