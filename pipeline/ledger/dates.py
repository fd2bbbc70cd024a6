"""By when an issue has to be cleared: days of its rule, the stage of the campaign, working days and holidays.

Data in: the seeds ``rules``, ``issue_stages``, ``issue_baselines``, ``holidays`` and the policy parameters.
Data out: due dates, stages, baselines.
The earlier of two dates counts: found + the rule's days, and the day by which the stage has to be cleared.
Not here: what happens when a date has passed.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from pipeline import policy

SEEDS = policy.SEED.parent
_SATURDAY = 5
_SLOW_MARGIN, _REMIND_DAYS, _NEW_DUE_DAYS = Decimal("0.20"), Decimal(3), Decimal(30)


@dataclass(frozen=True)
class Rule:
    """What the ledger has to know of a rule."""

    rule_id: str
    title: str
    owner: str
    category: str
    days_to_fix: int | None
    needed_feeds: tuple[str, ...]
    instruction: str


@dataclass(frozen=True)
class Stage:
    """A stage of a campaign."""

    stage_id: str
    title: str
    starts_on: date
    ends_on: date
    list_by: date | None
    """By when the list of its issues has to be with the departments."""
    reply_by: date | None
    clear_by: date | None
    rules: frozenset[str]

    def covers(self, rule_id: str, day: date) -> bool:
        """Whether an issue of this rule that is found on this day belongs to the stage."""
        return self.starts_on <= day <= self.ends_on and ("*" in self.rules or rule_id in self.rules)


@dataclass(frozen=True)
class Baseline:
    """A list that is frozen, to be compared with later."""

    baseline_id: str
    title: str
    frozen_on: date
    until: date


@dataclass(frozen=True)
class Terms:
    """The county's dates and numbers on one day."""

    day_kind: str
    remind_days: int
    slow_margin: Decimal
    new_due_days: int | None
    """Days from an accepted explanation to the new due date, where that is the later one; None: it sets none (Q04)."""
    stages: tuple[Stage, ...]
    holidays: dict[date, bool]

    def after(self, day: date, days: int) -> date:
        """The day ``days`` calendar or working days after ``day``."""
        if self.day_kind != "working":
            return day + timedelta(days=days)
        while days > 0:
            day += timedelta(days=1)
            days -= self.holidays.get(day, day.weekday() < _SATURDAY)
        return day

    def due(self, rule_id: str, days_to_fix: int | None, found_on: date) -> tuple[date | None, str | None]:
        """Due date and stage of an issue that is found on ``found_on``."""
        stage = self.stage(rule_id, found_on)
        by_rule = self.after(found_on, days_to_fix) if days_to_fix is not None else None
        dates = [one for one in (by_rule, stage.clear_by if stage else None) if one is not None]
        return min(dates, default=None), stage.stage_id if stage else None

    def reply_by(self, rule_id: str, found_on: date) -> date | None:
        """By when an issue that is found on ``found_on`` has to be answered, where its stage says so."""
        stage = self.stage(rule_id, found_on)
        return stage.reply_by if stage and stage.reply_by and found_on <= stage.reply_by else None

    def stage(self, rule_id: str, day: date) -> Stage | None:
        """The stage that an issue belongs to; of several the one that has to be cleared first, if one has to be."""
        found = [stage for stage in self.stages if stage.covers(rule_id, day)]
        return min(
            found,
            key=lambda stage: (stage.clear_by is None, stage.clear_by or stage.ends_on, stage.stage_id),
            default=None,
        )


def terms(county: str, day: date, folder: Path = SEEDS) -> Terms:
    """What is in force in ``county`` on ``day``."""
    seed = folder / policy.SEED.name
    extends = policy.text("explained_extends", county, day, seed=seed) == "new_due"
    new_days = policy.value("explained_new_due_days", county, day, _NEW_DUE_DAYS, seed=seed)
    return Terms(
        day_kind=policy.text("issue_day_kind", county, day, "calendar", seed=seed) or "calendar",
        remind_days=int(policy.value("issue_remind_days", county, day, _REMIND_DAYS, seed=seed) or _REMIND_DAYS),
        slow_margin=policy.value("slow_margin", county, day, _SLOW_MARGIN, seed=seed) or _SLOW_MARGIN,
        new_due_days=int(new_days or _NEW_DUE_DAYS) if extends else None,
        stages=tuple(
            Stage(
                row["stage_id"], row["title"], date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"]),
                _day(row["list_by"]), _day(row["reply_by"]), _day(row["clear_by"]), frozenset(row["rules"].split()),
            )
            for row in _of_county(folder / "issue_stages.csv", county)
        ),
        holidays={
            date.fromisoformat(row["day"]): row["is_workday"] == "true" for row in seed_rows(folder / "holidays.csv")
        },
    )  # fmt: skip


def baselines(county: str, folder: Path = SEEDS) -> tuple[Baseline, ...]:
    """The baselines that documents order for ``county``."""
    return tuple(
        Baseline(
            row["baseline_id"], row["title"], date.fromisoformat(row["frozen_on"]), date.fromisoformat(row["until"])
        )
        for row in _of_county(folder / "issue_baselines.csv", county)
    )


@lru_cache(maxsize=4)
def rules(folder: Path = SEEDS) -> dict[str, Rule]:
    """Every registered rule by its id; ``needed_feeds`` without regard to which are alternatives."""
    return {
        row["rule_id"]: Rule(
            rule_id=row["rule_id"],
            title=row["title"],
            owner=row["owner"],
            category=row["category"],
            days_to_fix=int(row["days_to_fix"]) if row["days_to_fix"] else None,
            needed_feeds=tuple(row["needed_feeds"].replace("|", " ").split()),
            instruction=row["instruction"],
        )
        for row in seed_rows(folder / "rules.csv")
    }


@lru_cache(maxsize=16)
def seed_rows(path: Path) -> tuple[dict[str, str], ...]:
    """The rows of a seed; none if there is no such file."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return tuple(csv.DictReader(stream))


def _of_county(path: Path, county: str) -> list[dict[str, str]]:
    return [row for row in seed_rows(path) if county.startswith(row["area_prefix"])]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
