"""Keeping a home in order: retention and integrity.

Data in: the stores of a home and the retention periods of the policy seed. Data out: what was, or would be, removed.
Not here: the rules of what is kept how long (dbt_project/seeds/policy_parameters.csv) and backups (backup.py).
Without a rule nothing is ever removed, and nothing that no earlier run has shown (announced.py). Submission records and
the audit log are never removed.

Rows of a delivery go when a later one has superseded it and both are older than ``retention_rows_days``; with them
publications that still show them, and what officers decided about rows that are held no more (that they did stays);
the pair of token and id goes with the last row that names the person. Of issues cleared long ago the values go. The
databases are then written anew, so that nothing stays in blocks that are merely marked as free, and so are the records
beside the originals.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from connectors import originals
from connectors.contract import feeds
from connectors.files import write_atomically
from connectors.outbox.workbook import clean_stem
from connectors.warehouse import hold, hold_warehouse, open_warehouse, open_work
from identity import vault
from pipeline import audit, keys, policy, records
from pipeline.ledger.forget import forget
from pipeline.receiving.deliveries import submissions
from pipeline.receiving.ingest import LOCK
from pipeline.settings import Settings
from pipeline.upkeep import announced, forgetting
from pipeline.upkeep.announced import Due, Name
from pipeline.upkeep.fsck import EXPIRED, ROWS_EXPIRED, fsck

_SHA_CHARACTERS = 8


@dataclass(frozen=True)
class Housekeeping:
    """What one round did, or would do."""

    expired_originals: tuple[str, ...]
    expired_answers: tuple[str, ...]
    expired_rows: tuple[str, ...]
    """Deliveries whose rows are past their time."""
    expired_publications: tuple[str, ...]
    """Publications that show such rows."""
    expired_values: int
    """Events of issues, and decisions, that lose names, values and reasons."""
    set_aside: int
    """Databases that a rebuild moved out of the way."""
    forgotten_people: int
    waiting: int
    """What is past its time and stays, because it has not been shown yet, or not for long enough."""
    findings: tuple[str, ...]
    is_dry_run: bool

    def to_json(self) -> dict[str, object]:
        """Plain values, names of stores only."""
        return {
            "expired_originals": list(self.expired_originals),
            "expired_answers": list(self.expired_answers),
            "expired_rows": list(self.expired_rows),
            "expired_publications": list(self.expired_publications),
            "expired_values": self.expired_values,
            "set_aside": self.set_aside,
            "forgotten_people": self.forgotten_people,
            "waiting": self.waiting,
            "findings": list(self.findings),
            "is_dry_run": self.is_dry_run,
        }


@dataclass(frozen=True)
class _Expired:
    """What is past its time."""

    originals: list[str]
    answers: list[Path]
    rows: list[str]
    publications: list[Path]
    still_current: list[Path]
    decisions: list[str]
    values_limit: date | None
    """Up to which day of clearing issues lose their values; none: no issue has values to lose."""
    events: int
    aside: list[Path]

    @property
    def is_in_databases(self) -> bool:
        return bool(self.rows or self.decisions or self.events)

    def names(self) -> dict[str, list[str] | list[Path]]:
        """What has a name, by its kind; publications go with the rows that they show."""
        return {
            "originals": self.originals, "rows": self.rows, "decisions": self.decisions,
            "answers": self.answers, "aside": self.aside,
        }  # fmt: skip

    def __len__(self) -> int:
        return sum(map(len, self.names().values())) + self.events


def notice_days(settings: Settings, today: date) -> int:
    """How long something is shown before a night removes it that nobody looks at."""
    return int(policy.value("retention_notice_days", settings.county, today) or 0)


def keep_house(settings: Settings, today: date, *, dry_run: bool = True, notice: int = 0) -> Housekeeping:
    """Find what is past its time, check the stores; unless ``dry_run`` remove what was shown ``notice`` days ago."""
    with hold(settings.state / LOCK, wait_seconds=settings.wait_seconds):
        old = whole = _find(settings, today)
        due = announced.load(settings).due(today, notice)
        if announced.announce(settings, whole.names(), whole.values_limit, today, done=due.limit):
            audit.note(settings, "deletion_announced", count=len(whole))
        people = 0
        if not dry_run:
            old = _find(settings, today, due)
            _remove(settings, old, today)
            people = _remove_from_databases(settings, old, today) if old.is_in_databases else 0
            _note(settings, old, people)
    kept = [
        f"发布 {one.name} 仍含已到期的行，是当前发布：运行 onetable reconcile 后再清理" for one in old.still_current
    ]
    return Housekeeping(
        expired_originals=tuple(old.originals),
        expired_answers=tuple(answer.name for answer in old.answers),
        expired_rows=tuple(old.rows),
        expired_publications=tuple(folder.name for folder in old.publications),
        expired_values=old.events + len(old.decisions),
        set_aside=len(old.aside),
        forgotten_people=people,
        waiting=len(whole) - len(old),
        findings=(*kept, *fsck(settings)),
        is_dry_run=dry_run,
    )


def _find(settings: Settings, today: date, due: Due | None = None) -> _Expired:
    """What is past its time, and has been shown for long enough if ``due`` is given."""

    def only(kind: str, names: list[Name]) -> list[Name]:
        return names if due is None else due.only(kind, names)

    rows = only("rows", _expired_rows(settings, today))
    gone, current = forgetting.publications_with(settings, _without_rows(settings, rows))
    rows_limit, values_limit = (
        _limit(settings, name, today) for name in ("retention_rows_days", "retention_issue_values_days")
    )
    aside_limit = _limit(settings, "retention_set_aside_days", today)
    decisions: list[str] = []
    if rows_limit and settings.warehouse.exists():
        with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
            decisions = forgetting.old_decisions(con, rows_limit, rows)
    if due is not None and values_limit is not None:
        values_limit = due.limit and min(due.limit, values_limit)
    events = forget(settings, values_limit, today, dry_run=True) if values_limit else 0
    aside = forgetting.set_aside(settings, aside_limit) if aside_limit else []
    return _Expired(
        originals=only("originals", _expired_originals(settings, today)),
        answers=only("answers", _expired_answers(settings, today)),
        rows=rows,
        publications=gone,
        still_current=current,
        decisions=only("decisions", decisions),
        values_limit=values_limit if events else None,
        events=events,
        aside=only("aside", aside),
    )


def _without_rows(settings: Settings, expired: list[str]) -> list[str]:
    """Deliveries whose rows are gone or go now."""
    return sorted({*expired, *(one["submission_id"] for one in submissions(settings) if one["note"] == ROWS_EXPIRED)})


def _limit(settings: Settings, param_id: str, today: date) -> date | None:
    days = policy.value(param_id, settings.county, today)
    return today - timedelta(days=int(days)) if days is not None else None


def _expired_originals(settings: Settings, today: date) -> list[str]:
    """Originals whose last delivery is past its time and whose rows no longer count for anything held."""
    limit = _limit(settings, "retention_originals_days", today)
    if limit is None or not settings.warehouse.exists():
        return []
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        found = con.execute(
            "select sha256 from meta.submissions group by sha256 having max(received_on) < ? order by 1", [limit]
        ).fetchall()
    old = {sha256 for (sha256,) in found} | set(forgetting.old_decision_files(settings, limit))
    return sorted(sha256 for sha256 in old if originals.stored(settings.originals, sha256).exists())


def _expired_answers(settings: Settings, today: date) -> list[Path]:
    limit = _limit(settings, "retention_outbox_days", today)
    if limit is None or not settings.warehouse.exists():
        return []
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        found = con.execute(
            "select sector, file_name, sha256 from meta.submissions where received_on < ? order by seq", [limit]
        ).fetchall()
    answers: list[Path] = []
    for sector, file_name, sha256 in found:
        stem = f"{clean_stem(file_name)}_{sha256[:_SHA_CHARACTERS]}"
        for ending in ("回执.xlsx", "错误明细.xlsx", "结果.json"):
            answer = settings.outbox / sector / f"{stem}_{ending}"
            if answer.exists():
                answers.append(answer)
    return sorted({*answers, *forgetting.old_outbox_files(settings, limit)})


def _expired_rows(settings: Settings, today: date) -> list[str]:
    """Deliveries that a later one superseded, both past their time."""
    limit = _limit(settings, "retention_rows_days", today)
    if limit is None or not settings.warehouse.exists():
        return []
    found = {one["submission_id"]: one for one in submissions(settings)}
    return sorted(
        name
        for name, one in found.items()
        if one["superseded_by"] is not None
        and one["received_on"] < limit
        and found[one["superseded_by"]]["received_on"] < limit
        and one["note"] != ROWS_EXPIRED
    )


def _remove_from_databases(settings: Settings, old: _Expired, today: date) -> int:
    """Remove rows and values, and whoever nothing names any more; returns how many people."""
    if old.values_limit:
        forget(settings, old.values_limit, today, dry_run=False)
    with open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con:
        con.execute("begin")
        for feed in feeds():
            con.execute(f"delete from raw.{feed.table} where list_contains(?, submission_id)", [old.rows])
        for table in ("row_codes", "rejected_keys"):
            con.execute(f"delete from meta.{table} where list_contains(?, submission_id)", [old.rows])
        con.execute(
            "update meta.submissions set note = ? where list_contains(?, submission_id)", [ROWS_EXPIRED, old.rows]
        )
        forgetting.blank_decisions(con, old.decisions)
        con.execute("commit")
        named = forgetting.named_people(con)
    people = _forget(settings, named)
    with hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds):
        keys.write_anew(settings)
    records.keep(settings)
    return people


def _forget(settings: Settings, named: set[str]) -> int:
    if not settings.vault_db.exists():
        return 0
    con = open_work()
    try:
        with vault.attached(con, settings.vault_db, settings.vault_key) as name:
            known = {token for (token,) in con.execute(f"select person_key from {name}.ids").fetchall()}
            gone = sorted(known - named)
            con.execute(f"delete from {name}.ids where list_contains(?, person_key)", [gone])
    finally:
        con.close()
    return len(gone)


def _note(settings: Settings, old: _Expired, people: int) -> None:
    if old.originals or old.answers or old.publications or old.aside or old.is_in_databases:
        audit.note(
            settings,
            "deletion",
            originals=[sha256[:12] for sha256 in old.originals],
            answers=len(old.answers),
            rows_of=old.rows,
            publications=[folder.name for folder in old.publications],
            values=old.events,
            decisions=old.decisions,
            set_aside=len(old.aside),
            people=people,
        )


def _remove(settings: Settings, old: _Expired, today: date) -> None:
    """Note first what goes, so that a later check does not report it as lost."""
    record = settings.state / EXPIRED
    lines = record.read_text(encoding="utf-8") if record.exists() else ""
    lines += "".join(json.dumps({"sha256": sha256, "removed_on": today.isoformat()}) + "\n" for sha256 in old.originals)
    write_atomically(record, lines.encode())
    for sha256 in old.originals:
        path = originals.stored(settings.originals, sha256)
        for part in path.parent.glob(f"{sha256}*"):
            part.unlink()
    forgetting.remove([*old.answers, *old.publications, *old.aside])
