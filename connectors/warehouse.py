"""The only module that opens DuckDB: secure defaults, the warehouse's tables, waiting for its lock.

Data in: paths and limits. Data out: connections, with ``nfkc`` and the warehouse's schemas in place.
Not here: what is written into the tables (pipeline/receiving/commit.py), tokens (identity/), transformations
(dbt_project/).

No primary keys or indexes in the warehouse: their replay from the write-ahead log has known faults. A table of an older
version gets the columns it lacks, and a checkpoint at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb  # noqa: TID251 - here and nowhere else
import pyarrow as pa  # at run time: DuckDB reads the annotations of its functions
import pyarrow.compute as pc
from duckdb import func  # noqa: TID251

from connectors import encryption
from connectors.contract import feeds
from connectors.files import make_folder
from connectors.issue_tables import ISSUE_TABLES
from connectors.ledger import META_TABLES

Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error
DatabaseIOError = duckdb.IOException

_POLL_SECONDS = 0.2
_SCRATCH = "scratch"


class WarehouseBusyError(Exception):
    """Another process kept the database open for longer than this one may wait."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(f"{path.name} 正被另一进程使用，等待 {seconds:.0f} 秒后放弃；请稍后重试")


def _connect(path: Path | None, *, read_only: bool, threads: int, memory_limit: str, spill: Path | None) -> Connection:
    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": threads,
        "memory_limit": memory_limit,
        "temp_file_encryption": "true",
    }
    if spill is not None:
        config |= {"temp_directory": str(spill), **encryption.extension_options()}
    con = duckdb.connect(":memory:" if path is None else str(path), read_only=read_only, config=config)
    con.execute("set enable_progress_bar = false")
    if spill is not None:
        encryption.load_extension(con)
    return con


def _nfkc(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_normalize(texts, "NFKC")


def open_work(
    path: Path | None = None, *, threads: int = 2, memory_limit: str = "4GB", spill: Path | None = None
) -> Connection:
    """A scratch database, in memory or in ``path``, with the function ``nfkc(varchar)``.

    A scratch file is encrypted with a key that is never written down: when the process ends, nobody can read it. What
    is written from its connection is not compressed, which would cost more than it saves in a file of minutes, until
    :func:`store_compressed` says so.
    """
    if path is not None:
        make_folder(path.parent)
    folder = spill or (path.parent / f"{path.name}.spill" if path is not None else None)
    con = _connect(None, read_only=False, threads=threads, memory_limit=memory_limit, spill=folder)
    if path is not None:
        encryption.attach_for_this_process(con, path, _SCRATCH)
        con.execute(f"use {_SCRATCH}")
        con.execute("set force_compression = 'uncompressed'")
        con.execute("set checkpoint_threshold = '1TB'")
    con.create_function("nfkc", _nfkc, ["VARCHAR"], "VARCHAR", type=func.ARROW, null_handling=func.SPECIAL)
    return con


def store_compressed(con: Connection) -> None:
    """From now on what ``con`` writes is there to stay, as in any database of a home."""
    con.execute("reset force_compression")
    con.execute("reset checkpoint_threshold")


def open_database(
    path: Path,
    *,
    read_only: bool = True,
    encrypt: bool = False,
    threads: int = 2,
    memory_limit: str = "4GB",
    spill: Path | None = None,
) -> Connection:
    """Any DuckDB file, with the secure defaults; a new one is encrypted if ``encrypt``.

    An encrypted file is attached and used under its :func:`~connectors.encryption.catalog_name`: DuckDB opens none
    directly.
    """
    if not (encrypt if not path.exists() else encryption.is_encrypted(path)):
        return _connect(path, read_only=read_only, threads=threads, memory_limit=memory_limit, spill=spill)
    con = _connect(None, read_only=False, threads=threads, memory_limit=memory_limit, spill=spill)
    try:
        encryption.attach(con, path, encryption.catalog_name(path), read_only=read_only, encrypt=encrypt)
        con.execute(f'use "{encryption.catalog_name(path)}"')
    except BaseException:
        con.close()
        raise
    return con


def own_cursor(con: Connection) -> Connection:
    """A cursor that looks at the same database as ``con``: DuckDB's own forgets what is in use."""
    [(database,)] = con.execute("select current_database()").fetchall()
    cursor = con.cursor()
    cursor.execute(f'use "{database}"')
    return cursor


@contextlib.contextmanager
def hold(lock_file: Path, *, wait_seconds: float = 60.0, shared: bool = False) -> Iterator[None]:
    """Hold a lock file, waiting for it at most ``wait_seconds``; it is given back even if the process is killed."""
    make_folder(lock_file.parent)
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    give_up = time.monotonic() + wait_seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    raise WarehouseBusyError(lock_file, wait_seconds) from None
                time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def hold_warehouse(
    path: Path, *, wait_seconds: float = 60.0, shared: bool = False
) -> contextlib.AbstractContextManager[None]:
    """The warehouse's lock without opening it, for a step whose own process attaches it."""
    return hold(path.parent / "state" / f"{path.name}.lock", wait_seconds=wait_seconds, shared=shared)


@contextlib.contextmanager
def open_warehouse(
    path: Path,
    *,
    read_only: bool = False,
    wait_seconds: float = 60.0,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> Iterator[Connection]:
    """The warehouse, created with its tables when it is opened for writing; closed when the block ends."""
    with hold_warehouse(path, wait_seconds=wait_seconds, shared=read_only):
        con = patiently(
            path,
            wait_seconds,
            lambda: open_database(
                path,
                read_only=read_only,
                encrypt=True,
                threads=threads,
                memory_limit=memory_limit,
                spill=path.parent / "work" / "spill",
            ),
        )
        try:
            if not read_only:
                create_tables(con)
            yield con
        finally:
            con.close()


@contextlib.contextmanager
def attached_warehouse(
    con: Connection, path: Path, *, read_only: bool = False, wait_seconds: float = 60.0
) -> Iterator[str]:
    """Attach the warehouse to ``con`` under the name ``wh``, so that rows go from scratch to it without a copy."""
    with hold_warehouse(path, wait_seconds=wait_seconds, shared=read_only):
        encryption.attach(
            con,
            path,
            "wh",
            read_only=read_only,
            encrypt=True,
            patiently=lambda connect: patiently(path, wait_seconds, connect),
        )
        try:
            if not read_only:
                create_tables(con, "wh")
            yield "wh"
        finally:
            roll_back(con)
            con.execute("detach wh")


def roll_back(con: Connection) -> None:
    """Undo what is open; what a failed commit has undone already, or a full disk, must not hide why it is undone."""
    with contextlib.suppress(duckdb.Error):
        con.execute("rollback")


def patiently(path: Path, wait_seconds: float, connect: Any) -> Connection:  # noqa: ANN401 - any callable
    """Call ``connect`` until no other process holds the file, at most ``wait_seconds`` long."""
    give_up = time.monotonic() + wait_seconds
    while True:
        try:
            con: Connection = connect()
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() >= give_up:
                raise WarehouseBusyError(path, wait_seconds) from None
            time.sleep(_POLL_SECONDS)
        else:
            return con


def create_tables(con: Connection, database: str | None = None) -> None:
    """Create what is missing of ``meta``, ``ledger`` and ``raw``; every feed has its table before any file arrived."""
    prefix = f"{database}." if database else ""
    catalog = database or con.execute("select current_database()").fetchall()[0][0]
    found = {
        f"{schema}.{table}"
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = ?", [catalog]
        ).fetchall()
    }
    wanted = {f"meta.{table}": columns for table, columns in META_TABLES.items()}
    wanted |= {f"ledger.{table}": columns for table, columns in ISSUE_TABLES.items()}
    for feed in feeds():
        wanted[f"raw.{feed.table}"] = {column.name: column.stored for column in feed.raw_columns()}
    missing = {name: columns for name, columns in wanted.items() if name not in found}
    _add_columns(con, catalog, {name: columns for name, columns in wanted.items() if name in found})
    if not missing:
        return
    con.execute("begin")
    for schema in ("meta", "ledger", "raw"):
        con.execute(f"create schema if not exists {prefix}{schema}")
    for name, columns in missing.items():
        body = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        con.execute(f"create table {prefix}{name} ({body})")
    con.execute("commit")


def _add_columns(con: Connection, catalog: str, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Give tables of an older version the columns they lack, and leave none of it to the write-ahead log."""
    known = {
        (f"{schema}.{table}", column)
        for schema, table, column in con.execute(
            "select schema_name, table_name, column_name from duckdb_columns() where database_name = ?", [catalog]
        ).fetchall()
    }
    lacking = [
        (name, column, kind)
        for name, columns in wanted.items()
        for column, kind in columns.items()
        if (name, column) not in known
    ]
    for name, column, kind in lacking:
        con.execute(f'alter table {catalog}.{name} add column "{column}" {kind}')
    if lacking:
        con.execute(f"checkpoint {catalog}")


def columns_of(con: Connection, table: str) -> tuple[str, ...]:
    """The columns of a table or view."""
    return tuple(column[0] for column in con.execute(f"select * from {table} limit 0").description or ())


def own_tables(con: Connection) -> set[str]:
    """Tables of the connection's own database, whatever is attached to it."""
    found = con.execute("select table_name from duckdb_tables() where database_name = current_database()").fetchall()
    return {name for (name,) in found}
