"""The name of a run: a hash over everything that decides its answer.

Data in: the day, the submissions that had been received by then, what officers had decided, the issue ledger of the
days before, the dbt project and the code that writes what readers see. Data out: eight hex digits. The same
fingerprint gives the same export, so a run in force need not be done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.warehouse import open_warehouse
from pipeline.repository import ROOT

if TYPE_CHECKING:
    from pipeline.settings import Settings

CODE = (
    "connectors/contracts",
    "connectors/outbox/corrections.py",
    "connectors/outbox/issues.py",
    "connectors/outbox/reply_list.py",
    "identity",
    "pipeline/publication/export.py",
    "pipeline/ledger",
    "pipeline/candidate/propose.py",
    "pipeline/publication/publish.py",
    "pipeline/ledger/disclosure.py",
)
"""What decides the answer beside the data and the dbt project; a change of it is a new run."""

_CODE_ENDINGS = {".sql", ".yml", ".yaml", ".csv", ".py"}
_GENERATED = {"target", "logs", "dbt_packages", "__pycache__"}
_ACCEPTED = ("accepted", "accepted_with_errors", "nil")


def fingerprint(settings: Settings, as_of: date, code: str) -> tuple[str, list[str]]:
    """The run's id and the accepted submissions it uses, in the order of their receipt; ``code`` is a code hash.

    Of the day itself only what officers decided about issues counts: what a night adds to the ledger is its answer.
    Refused and held submissions count for the id too: a feed whose newer file was refused is shown as stale.
    """
    if not settings.warehouse.exists():
        return "", []
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        found = con.execute(
            "select submission_id, status from meta.submissions where status <> 'duplicate' and received_on <= ?"
            " order by seq, submission_id",
            [as_of],
        ).fetchall()
        decisions = con.execute(
            "select decision_id from meta.identity_decisions where decided_on <= ? order by seq, decision_id", [as_of]
        ).fetchall()
        issues = con.execute(
            "select coalesce(max_by(chain_sha256, batch_seq) filter (where as_of < $day), ''),"
            " coalesce(string_agg(content_sha256, '' order by batch_seq)"
            " filter (where as_of = $day and kind in ('decision', 'baseline')), '') from ledger.batches",
            {"day": as_of},
        ).fetchall()
    lines = [as_of.isoformat(), settings.county, code, *(f"{submission} {status}" for submission, status in found)]
    lines += [decision for (decision,) in decisions]
    lines += issues[0]
    run_id = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]
    return run_id, [submission for submission, status in found if status in _ACCEPTED]


def code_hash(project: Path) -> str:
    """SHA-256 over everything that decides the answer beside the data."""
    digest = hashlib.sha256()
    for root in (project, *(ROOT / name for name in CODE)):
        for name, content in code_files(root):
            digest.update(f"{name}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def code_files(root: Path, *further: str) -> Iterator[tuple[str, bytes]]:
    """Name and SHA-256 of every file of a folder that decides what it does, in order; of the file itself if it is one.

    ``further`` are more endings of names that count. Left out is what a tool has made of the files, or for itself.
    """
    endings = _CODE_ENDINGS.union(further)
    for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
        inside = path.relative_to(root.parent)
        is_made = path.name.startswith(".") or _GENERATED & set(inside.parts)
        if path.suffix in endings and path.is_file() and not is_made:
            yield inside.as_posix(), hashlib.sha256(path.read_bytes()).digest()
