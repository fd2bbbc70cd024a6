"""Keeping a home in order: retention, backup, integrity.

Data in: the stores of a home and the retention periods of the policy seed. Data out: what was, or would be, removed.
Not here: the rules of what is kept how long (dbt_project/seeds/policy_parameters.csv). Without a rule nothing is
ever removed. Submission records and tokens are never removed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from connectors import originals
from connectors.files import make_folder, place, sha256_of, sync_directory, write_atomically
from connectors.outbox.workbook import clean_stem
from connectors.warehouse import hold, hold_warehouse, open_warehouse
from pipeline import policy
from pipeline.fsck import EXPIRED, fsck
from pipeline.ingest import LOCK
from pipeline.settings import Settings

_SHA_CHARACTERS = 8


@dataclass(frozen=True)
class Housekeeping:
    """What one round did, or would do."""

    expired_originals: tuple[str, ...]
    expired_answers: tuple[str, ...]
    findings: tuple[str, ...]
    is_dry_run: bool

    def to_json(self) -> dict[str, object]:
        """Plain values, names of stores only."""
        return {
            "expired_originals": list(self.expired_originals),
            "expired_answers": list(self.expired_answers),
            "findings": list(self.findings),
            "is_dry_run": self.is_dry_run,
        }


def keep_house(settings: Settings, today: date, *, dry_run: bool = True) -> Housekeeping:
    """Find what is past its time, remove it unless ``dry_run``, and check the stores."""
    with hold(settings.state / LOCK, wait_seconds=settings.wait_seconds):
        old = _expired_originals(settings, today)
        answers = _expired_answers(settings, today)
        if not dry_run:
            _remove(settings, old, answers, today)
    return Housekeeping(
        expired_originals=tuple(old),
        expired_answers=tuple(answer.name for answer in answers),
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


def back_up(settings: Settings, target: Path, today: date) -> Path:
    """Copy warehouse, vault and county settings below ``target``; the keys stay out and are kept elsewhere.

    Originals never change, so all backups share one copy of each; of the backups as many stay as the policy says.

    Returns:
        The folder of this backup, complete with ``backup.json`` (file → sha256) written last.
    """
    folder = make_folder(target / f"backup-{today:%Y%m%d}")
    digests: dict[str, str] = {}
    with (
        hold(settings.state / LOCK, wait_seconds=settings.wait_seconds),
        hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds),
    ):
        for source in _databases(settings):
            copy = folder / source.name
            shutil.copyfile(source, copy)
            digests[source.name] = sha256_of(copy)
        for source in _kept_originals(settings):
            copy = target / source.relative_to(settings.vault)
            if not copy.exists():
                make_folder(copy.parent)
                temporary = copy.with_name(f".{copy.name}.tmp")
                shutil.copyfile(source, temporary)
                place(temporary, copy)
    write_atomically(folder / "backup.json", json.dumps(digests, indent=1, sort_keys=True).encode())
    sync_directory(folder)
    _drop_old_backups(settings, target, today)
    return folder


def _drop_old_backups(settings: Settings, target: Path, today: date) -> None:
    kept = policy.value("retention_backups", settings.county, today)
    complete = sorted(note.parent for note in target.glob("backup-*/backup.json"))
    for folder in complete[: -int(kept)] if kept else ():
        shutil.rmtree(folder)


def _databases(settings: Settings) -> list[Path]:
    """The databases with what is not yet merged into them, and the small files without which they say little."""
    databases = [settings.warehouse, settings.vault_db]
    logs = [path.with_name(f"{path.name}.wal") for path in databases]
    others = [settings.home / "county.toml", settings.state / EXPIRED]
    return [path for path in (*databases, *logs, *others) if path.is_file()]


def _kept_originals(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.originals.rglob("*") if path.is_file() and ".taking" not in path.parts)
