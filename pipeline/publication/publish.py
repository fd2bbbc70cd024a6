"""Publishes a candidate: one folder of files, put in force by replacing one symbolic link.

Data in: a candidate that passed its gate, and the identity vault. Data out: ``published/one_table-<as_of>-<run>/`` with
``one_table.duckdb`` (schema ``masked``), ``one_table_full.duckdb`` (schema ``full``: names in clear, ids joined),
``export/*.csv`` and ``*.parquet`` of the masked tables in total order, and ``manifest.json``.
Readers open ``published/current`` and see the old or the new publication, never a mix: everything is written to a
scratch folder, flushed, renamed, and only then does the link change. The last three publications are kept, and the last
three that may be put in force again.
Not here: which numbers are right (the gate has said so), and who may read the full file (its mode is 0600).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.encryption import demand_encrypted
from connectors.faults import fault
from connectors.files import make_folder, sha256_of, sync_directory, write_atomically
from connectors.warehouse import hold, open_database
from pipeline import audit, policy
from pipeline.publication import export
from pipeline.publication.changes import write_changes
from pipeline.publication.export import copy_full, copy_masked, export_tables

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

Progress = Callable[..., None]

KEEP = 3
MASKED, FULL, MANIFEST = "one_table.duckdb", "one_table_full.duckdb", "manifest.json"


class PublishFailedError(Exception):
    """The publication could not be written or put in force; the last one is untouched."""


@dataclass(frozen=True)
class Published:
    """What was published: its folder, whether ``current`` points at it, and its manifest."""

    folder: Path
    is_current: bool
    manifest: Mapping[str, Any]


def publish(
    settings: Settings,
    candidate: Path,
    as_of: date,
    run_id: str,
    *,
    inputs: Sequence[str],
    gate: Mapping[str, Any],
    progress: Progress | None = None,
) -> Published:
    """Write the publication of ``candidate`` and put it in force.

    A day before that of the current publication is published beside it: ``current`` never moves back by itself.
    """
    with hold(settings.state / "publish.lock", wait_seconds=settings.wait_seconds):
        return _publish(settings, candidate, as_of, run_id, {"inputs": list(inputs), "gate": gate}, progress)


def _publish(
    settings: Settings, candidate: Path, as_of: date, run_id: str, told: Mapping[str, Any], progress: Progress | None
) -> Published:
    published = make_folder(settings.published)
    _remove_scratch(published)
    scratch = make_folder(published / f".new-{as_of}-{run_id}")
    tell = progress or (lambda *_: None)
    tell("写出发布库")
    counts = _write_databases(settings, candidate, scratch)
    fault("publish_export")
    tell("写出导出文件")
    head = audit.note(
        settings, "unmasked_written", store=FULL, as_of=as_of.isoformat(), run=run_id, key=settings.vault_key.name
    )
    content = {
        "as_of": as_of.isoformat(),
        "run_id": run_id,
        "county": settings.county,
        "county_name": settings.county_name,
        **_export(settings, scratch),
        "counts": counts,
        "audit": {"seq": head.seq, "sha256": head.sha256},
        **told,
        "seq": 1 + max((_seq(one) for one in publications(settings)), default=0),
    }
    content["changes"] = _write_changes(settings, scratch, content)
    content["beside"] = _beside(scratch)
    _write_manifest(scratch, content)
    folder = _place(published, scratch, f"one_table-{as_of}-{run_id}", str(content["export_sha256"]))
    now = current(settings)
    is_current = now is None or str(manifest(now)["as_of"]) <= as_of.isoformat()
    if is_current:
        swap(settings, folder)
        names = withdrawn(settings) - {folder.name}
        write_atomically(settings.state / "withdrawn", "\n".join(sorted(names)).encode())
    audit.note(settings, "publish", folder=folder.name, export_sha256=str(content["export_sha256"]), current=is_current)
    _prune(settings, folder, as_of)
    return Published(folder, is_current, manifest(folder))


def current(settings: Settings) -> Path | None:
    """The folder in force, or None before the first publication."""
    link = settings.published / "current"
    return link.resolve() if link.exists() else None


def publications(settings: Settings) -> list[Path]:
    """Every whole publication folder, oldest first."""
    found = [one.parent for one in settings.published.glob(f"one_table-*/{MANIFEST}")]
    return sorted(found, key=lambda folder: (int(manifest(folder)["seq"]), folder.name))


def _standing(settings: Settings) -> list[Path]:
    """The publications that nobody has rolled back, by their day and then by their age: the last was in force last.

    A past day that was published beside stands before the days that were in force when it was made.
    """
    names = withdrawn(settings)
    found = [one for one in publications(settings) if one.name not in names]
    return sorted(found, key=lambda folder: (str(manifest(folder)["as_of"]), _seq(folder)))


def find(settings: Settings, as_of: date, run_id: str) -> Path | None:
    """The publication of a run, or None."""
    found = [one for one in publications(settings) if one.name.startswith(f"one_table-{as_of}-{run_id}")]
    return found[-1] if found else None


def swap(settings: Settings, folder: Path) -> None:
    """Let ``published/current`` point at ``folder``, in one step."""
    link = settings.published / "current"
    scratch = settings.published / f".current.{os.getpid()}"
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(folder.name)
    fault("publish_before_swap")
    scratch.replace(link)
    fault("publish_after_swap")
    sync_directory(settings.published)


def rollback(settings: Settings, *, begun: Path | None = None) -> Published:
    """Put the publication before the current one in force again; the one that was in force counts as withdrawn.

    One that was rolled back before is passed over. The file ``begun`` names both from before the first step on, until
    the caller takes it away: where it stands, the same rollback is done again, not one further back.

    Raises:
        PublishFailedError: there is none.
    """
    with hold(settings.state / "publish.lock", wait_seconds=settings.wait_seconds):
        back, gone = (rollback_begun(settings, begun) if begun else None) or _before(settings)
        if begun is not None:
            write_atomically(begun, f"{back.name}\n{gone.name}".encode())
        names = {*withdrawn(settings), gone.name} - {back.name}
        write_atomically(settings.state / "withdrawn", "\n".join(sorted(names)).encode())
        swap(settings, back)
        audit.note(settings, "rollback", folder=back.name, withdrawn=gone.name)
        return Published(back, True, manifest(back))


def _before(settings: Settings) -> tuple[Path, Path]:
    """The publication that a rollback puts back, and the one in force."""
    now = current(settings)
    earlier = [one for one in _standing(settings) if now is not None and _seq(one) < _seq(now)]
    if now is None or not earlier:
        raise PublishFailedError("没有更早的发布可以退回。")
    return earlier[-1], now


def rollback_begun(settings: Settings, begun: Path) -> tuple[Path, Path] | None:
    """What a rollback that is not done yet puts back, and what was in force; None where there is none any more."""
    if not begun.is_file():
        return None
    back, gone = (settings.published / name for name in begun.read_text(encoding="utf-8").split())
    return (back, gone) if (back / MANIFEST).is_file() else None


def withdrawn(settings: Settings) -> frozenset[str]:
    """Publications that somebody rolled back: no night puts them in force again unless it is forced to."""
    path = settings.state / "withdrawn"
    return frozenset(path.read_text(encoding="utf-8").split()) if path.is_file() else frozenset()


def opened(settings: Settings, path: Path, *, read_only: bool = True, encrypt: bool = False) -> closing[Connection]:
    """A database of this home, within the home's limits; closed when the block ends."""
    spill = settings.work / "spill"
    return closing(
        open_database(
            path,
            read_only=read_only,
            encrypt=encrypt,
            threads=settings.threads,
            memory_limit=settings.memory_limit,
            spill=spill,
        )
    )


def _write_databases(settings: Settings, candidate: Path, scratch: Path) -> dict[str, int]:
    with opened(settings, scratch / MASKED, read_only=False) as con:
        counts = copy_masked(con, candidate)
    with opened(settings, scratch / FULL, read_only=False, encrypt=True) as con:
        copy_full(con, candidate, settings.vault_db, settings.vault_key)
    demand_encrypted(scratch / FULL)
    (scratch / FULL).chmod(0o600)
    return counts


def _write_changes(settings: Settings, scratch: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    """Add what changed since the publication before: the newest of an earlier day, or of this day and another run."""
    earlier = [
        one
        for one in _standing(settings)
        if manifest(one)["as_of"] <= content["as_of"] and manifest(one)["run_id"] != content["run_id"]
    ]
    last = earlier[-1] if earlier else None
    before = manifest(last) if last else {}
    with opened(settings, scratch / MASKED, read_only=False) as con:
        rows = write_changes(con, last / MASKED if last else None, before, content)
    return {"since": last.name if last else None, "rows": rows}


def _export(settings: Settings, scratch: Path) -> dict[str, Any]:
    """Export from the file as readers will open it, so that the hash also proves that it can be read."""
    with opened(settings, scratch / MASKED) as con:
        files = export_tables(con, make_folder(scratch / "export"))
    return {"export_sha256": export.combined_sha256(files), "files": files}


def _beside(scratch: Path) -> dict[str, str]:
    """Hashes of what the export's hash does not cover, because the same rows may give other bytes."""
    found = [scratch / MASKED, *sorted((scratch / "export").glob("*.parquet"))]
    return {str(path.relative_to(scratch)): sha256_of(path) for path in found}


def _write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_atomically(folder / MANIFEST, text.encode())


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of one publication."""
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return content


def _seq(folder: Path) -> int:
    return int(manifest(folder)["seq"])


def _place(published: Path, scratch: Path, name: str, sha256: str) -> Path:
    """Give the flushed scratch folder its name; a whole publication of the same run and hash is left as it is."""
    for number in range(1, 1000):
        folder = published / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            break
        if (folder / MANIFEST).is_file() and manifest(folder)["export_sha256"] == sha256:
            shutil.rmtree(scratch)
            return folder
    else:
        raise PublishFailedError(f"发布 {name} 的重复次数过多。")
    for path in sorted(scratch.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    sync_directory(scratch / "export")
    sync_directory(scratch)
    fault("publish_before_rename")
    scratch.rename(folder)
    fault("publish_after_rename")
    sync_directory(published)
    return folder


def _remove_scratch(published: Path) -> None:
    """What a killed run left behind."""
    for one in published.glob(".new-*"):
        shutil.rmtree(one)
    for one in published.glob(".current.*"):
        one.unlink()


def _prune(settings: Settings, just_made: Path, as_of: date) -> None:
    """Keep the newest publications, and of those that may be put in force again as many: past days push none out."""
    kept = int(policy.value("retention_publications", settings.county, as_of, Decimal(KEEP)) or KEEP)
    keep = {current(settings), just_made, *publications(settings)[-kept:], *_standing(settings)[-kept:]}
    for one in settings.published.glob("one_table-*"):
        if one not in keep and one.resolve() not in keep:
            shutil.rmtree(one)
