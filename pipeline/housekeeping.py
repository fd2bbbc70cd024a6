"""Keeping a home in order: retention and integrity.

Data in: the stores of a home and the retention periods of the policy seed. Data out: what was, or would be, removed.
Not here: the rules of what is kept how long (dbt_project/seeds/policy_parameters.csv) and backups (backup.py).
Without a rule nothing is ever removed. Submission records and the audit log are never removed.

Rows of a delivery go when a later one has superseded it and both are older than ``retention_rows_days``; the pair of
token and id goes with the last row that names the person. The databases are then written anew, so that nothing stays in
blocks that are merely marked as free.
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
from connectors.warehouse import Connection, hold, hold_warehouse, open_warehouse, open_work
from identity import vault
from pipeline import audit, keys, policy
from pipeline.deliveries import submissions
from pipeline.fsck import EXPIRED, ROWS_EXPIRED, fsck
from pipeline.ingest import LOCK
from pipeline.settings import Settings

_SHA_CHARACTERS = 8


@dataclass(frozen=True)
class Housekeeping:
    """What one round did, or would do."""

    expired_originals: tuple[str, ...]
    expired_answers: tuple[str, ...]
    expired_rows: tuple[str, ...]
    """Deliveries whose rows are past their time."""
    forgotten_people: int
    findings: tuple[str, ...]
    is_dry_run: bool

    def to_json(self) -> dict[str, object]:
        """Plain values, names of stores only."""
        return {
            "expired_originals": list(self.expired_originals),
            "expired_answers": list(self.expired_answers),
            "expired_rows": list(self.expired_rows),
            "forgotten_people": self.forgotten_people,
            "findings": list(self.findings),
            "is_dry_run": self.is_dry_run,
        }


def keep_house(settings: Settings, today: date, *, dry_run: bool = True) -> Housekeeping:
    """Find what is past its time, remove it unless ``dry_run``, and check the stores."""
    with hold(settings.state / LOCK, wait_seconds=settings.wait_seconds):
        old = _expired_originals(settings, today)
        answers = _expired_answers(settings, today)
        rows = _expired_rows(settings, today)
        people = 0
        if not dry_run:
            _remove(settings, old, answers, today)
            people = _remove_rows(settings, rows) if rows else 0
            _note(settings, old, answers, rows, people)
    return Housekeeping(
        expired_originals=tuple(old),
        expired_answers=tuple(answer.name for answer in answers),
        expired_rows=tuple(rows),
        forgotten_people=people,
        findings=tuple(fsck(settings)),
        is_dry_run=dry_run,
    )


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
    return [sha256 for (sha256,) in found if originals.stored(settings.originals, sha256).exists()]


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
    return sorted(set(answers))


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


def _remove_rows(settings: Settings, expired: list[str]) -> int:
    """Remove the rows and whoever no row names any more; returns how many people."""
    with open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con:
        con.execute("begin")
        for feed in feeds():
            con.execute(f"delete from raw.{feed.table} where list_contains(?, submission_id)", [expired])
        for table in ("row_codes", "rejected_keys"):
            con.execute(f"delete from meta.{table} where list_contains(?, submission_id)", [expired])
        con.execute(
            "update meta.submissions set note = ? where list_contains(?, submission_id)", [ROWS_EXPIRED, expired]
        )
        con.execute("commit")
        named = _named_people(con)
    people = _forget(settings, named)
    with hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds):
        keys.write_anew(settings)
    return people


def _named_people(con: Connection) -> set[str]:
    """Tokens that any row or decision still names."""
    columns = con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where database_name = current_database() and data_type = 'VARCHAR'"
        " and (column_name like '%\\_key' escape '' or column_name = 'id_key') and schema_name in ('raw', 'meta')"
    ).fetchall()
    body = " union ".join(f'select "{column}" from {table}' for table, column in columns)
    return {str(token) for (token,) in con.execute(f"select * from ({body})").fetchall() if token is not None}


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


def _note(settings: Settings, old: list[str], answers: list[Path], rows: list[str], people: int) -> None:
    if old or answers or rows:
        audit.note(
            settings,
            "deletion",
            originals=[sha256[:12] for sha256 in old],
            answers=len(answers),
            rows_of=rows,
            people=people,
        )


def _remove(settings: Settings, old: list[str], answers: list[Path], today: date) -> None:
    """Note first what goes, so that a later check does not report it as lost."""
    record = settings.state / EXPIRED
    lines = record.read_text(encoding="utf-8") if record.exists() else ""
    lines += "".join(json.dumps({"sha256": sha256, "removed_on": today.isoformat()}) + "\n" for sha256 in old)
    write_atomically(record, lines.encode())
    for sha256 in old:
        path = originals.stored(settings.originals, sha256)
        for part in path.parent.glob(f"{sha256}*"):
            part.unlink()
    for answer in answers:
        answer.unlink()
