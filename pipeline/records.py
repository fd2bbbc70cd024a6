"""What the warehouse alone would know, kept beside the originals: deliveries, releases, decisions, the issue ledger.

Data in: the warehouse. Data out: ``vault/records.box``: one Arrow file per table in one sealed archive, replaced in
one step after every change. Together with the originals it is enough to build the warehouse again (rebuild.py).
Not here: rows of the departments' files; those are read from the originals again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors import originals, sealed
from connectors.files import make_folder, place, temporary_for
from connectors.keyfiles import load_all, load_or_create
from connectors.warehouse import Connection, open_warehouse, own_tables

if TYPE_CHECKING:
    from pipeline.settings import Settings

_TABLES = ("meta.submissions", "meta.releases", "meta.identity_decisions", "meta.decision_files")
_LEDGER = "ledger"
FILE = "records.box"


class RecordsShrankError(Exception):
    """The warehouse knows fewer deliveries than were kept: it is not the one they were kept of."""

    def __init__(self) -> None:
        super().__init__(
            "数据仓库中的接收记录比库外留存的少，可能已损坏或被替换：请运行 onetable fsck，必要时 onetable rebuild"
        )


def path(settings: Settings) -> Path:
    """Where the records lie."""
    return settings.vault / FILE


def keep(settings: Settings) -> None:
    """Keep what the warehouse knows now.

    Raises:
        RecordsShrankError: it knows less than before; what was kept stays.
    """
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        tables = {name: con.execute(f"select * from {name} order by all").to_arrow_table() for name in _names(con)}
    before = load(settings)
    _demand(before, {name: table.num_rows for name, table in tables.items()})
    if {name: table for name, table in tables.items() if table.num_rows} != before:
        _write(settings, {name: table for name, table in tables.items() if table.num_rows})


def complete_warehouse(settings: Settings) -> None:
    """Give the warehouse the tables it lacks, before anything is taken into it or published of it.

    Raises:
        RecordsShrankError: see :func:`demand_whole`.
    """
    with open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con:
        _demand_in(con, load(settings))


def demand_whole(settings: Settings) -> None:
    """The warehouse must know all that was kept.

    Raises:
        RecordsShrankError: it was lost, replaced, or is half built again; what went into it would be lost with it.
    """
    kept = load(settings)
    if not settings.warehouse.exists():
        _demand(kept, {})
        return
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        _demand_in(con, kept)


def _demand_in(con: Connection, kept: Mapping[str, pa.Table]) -> None:
    tables = own_tables(con)
    there = [name for name in kept if name.partition(".")[2] in tables]
    _demand(kept, {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for name in there})


def _demand(kept: Mapping[str, pa.Table], counts: Mapping[str, int]) -> None:
    if any(counts.get(name, 0) < rows.num_rows for name, rows in kept.items()):
        raise RecordsShrankError


def _names(con: Connection) -> list[str]:
    found = con.execute(
        "select table_name from duckdb_tables()"
        " where schema_name = ? and database_name = current_database() order by 1",
        [_LEDGER],
    ).fetchall()
    return [*_TABLES, *(f"{_LEDGER}.{name}" for (name,) in found)]


def _write(settings: Settings, tables: dict[str, pa.Table]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as box:
        for name, table in tables.items():
            content = io.BytesIO()
            with pa.ipc.new_file(content, table.schema) as writer:
                writer.write_table(table)
            box.writestr(name, content.getvalue())
    target = path(settings)
    make_folder(target.parent)
    temporary = temporary_for(target)
    with temporary.open("wb") as stream:
        sealed.seal([archive.getvalue()], stream, load_or_create(originals.key_file(settings.originals)))
    place(temporary, target)


def load(settings: Settings) -> dict[str, pa.Table]:
    """Table → rows, of the tables that had any; empty if nothing was kept yet."""
    if not path(settings).is_file():
        return {}
    keys = load_all(originals.key_file(settings.originals))
    content = b"".join(sealed.unseal(path(settings), keys))
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        return {name: pa.ipc.open_file(io.BytesIO(box.read(name))).read_all() for name in box.namelist()}
