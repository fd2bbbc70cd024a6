"""The ledger's own publication: the issues, their history, and the tables by which an officer judges the loop.

Data in: ``issue_state`` and the live events. Data out: ``published/issues``, a link to a folder with ``issues.duckdb``
(schema ``masked``), ``export/*.csv`` in total order and ``manifest.json`` with their hash.
It has a hash of its own: the one table of a day follows from the deliveries alone, the ledger from all nights before.
Not here: the state (state.sql) and the tables (tables.py).
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import encryption
from connectors.faults import fault
from connectors.files import make_folder, sha256_of, sync_directory, write_atomically
from connectors.sql_text import quoted
from connectors.warehouse import open_database
from pipeline.ledger import dates
from pipeline.ledger.tables import VIEWS, masked_state
from pipeline.publication.export import combined_sha256, defused

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

DATABASE, LINK = "issues.duckdb", "issues"
_KEEP = 3


def load_stages(con: Connection, county: str, as_of: date) -> None:
    """``stage_ends``: by when the issues of each stage of the county have to be listed, answered and cleared."""
    con.execute(
        "create or replace temp table stage_ends (stage_id varchar, title varchar, list_by date, reply_by date,"
        " clear_by date)"
    )
    for stage in dates.terms(county, as_of).stages:
        row = [stage.stage_id, stage.title, stage.list_by, stage.reply_by, stage.clear_by]
        con.execute("insert into stage_ends values (?, ?, ?, ?, ?)", row)


def publish_issues(settings: Settings, con: Connection, ledger: str, as_of: date, folder: str) -> dict[str, object]:
    """Write the publication of ``issue_state`` and put it in force; returns its manifest."""
    load_stages(con, settings.county, as_of)
    cut = con.execute(f"select max(batch_seq) from {ledger}.batches").fetchall()[0][0]
    published = make_folder(settings.published)
    name = f"issues-{as_of.isoformat()}-{cut:06d}"
    for left in (*published.glob(".new-issues-*"), *published.glob(f".{LINK}.*")):
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    scratch = make_folder(published / f".new-{name}")
    tables = {"issues": masked_state(con), **VIEWS}
    files = _write(con, scratch, tables)
    manifest: dict[str, object] = {
        "as_of": as_of.isoformat(), "cut": cut, "publication": folder, "export_sha256": combined_sha256(files),
        "files": files,
    }  # fmt: skip
    write_atomically(scratch / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    fault("ledger_publish_before_rename")
    final = published / name
    if _says(final) == manifest:
        shutil.rmtree(scratch)
    else:
        if final.exists():
            shutil.rmtree(final)
        scratch.rename(final)
    link = published / f".{LINK}.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    link.replace(published / LINK)
    sync_directory(published)
    for old in sorted(published.glob("issues-*"), key=lambda one: one.name.rpartition("-")[2])[:-_KEEP]:
        shutil.rmtree(old)
    return manifest


def _says(folder: Path) -> dict[str, object]:
    path = folder / "manifest.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _write(con: Connection, scratch: Path, tables: dict[str, str]) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = {}
    export = make_folder(scratch / "export")
    encryption.attach(con, scratch / DATABASE, "issues_out")
    con.execute("create schema issues_out.masked")
    for name, select in tables.items():
        relation = f"issues_out.masked.{name}"
        con.execute(f"create table {relation} as {select}")
        columns = con.execute(f"select column_name, column_type from (describe {relation})").fetchall()
        csv = export / f"{name}.csv"
        con.execute(f"copy ({defused(relation, columns)}) to {quoted(str(csv))} (format csv, header)")
        files[csv.name] = {"sha256": sha256_of(csv), "bytes": csv.stat().st_size}
    con.execute("detach issues_out")
    return files


def publication(settings: Settings) -> str | None:
    """Name of the publication whose night the ledger's publication in force tells of; None before the first."""
    told = _says(settings.published / LINK).get("publication")
    return str(told) if told else None


def ask(settings: Settings, sql: str, parameters: list[object]) -> list[dict[str, object]]:
    """Rows of the ledger's publication in force; none before the first."""
    path = settings.published / LINK / DATABASE
    if not path.exists():
        return []
    with closing(open_database(path, read_only=True)) as con:
        cursor = con.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
