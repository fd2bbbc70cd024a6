"""Copies of the marts: masked, in full, and as ordered files.

Data in: a candidate with schema ``marts``; the identity vault for the full copy. Data out: tables in schema ``masked``
or ``full`` of the connection's own file, and CSV and Parquet files with their sha256.
Not here: folders, links and manifests (publish.py).

Masks: a name keeps its first character, an id its last four (made at landing).
A text column called ``name`` or ``*_name`` is masked unless :data:`CLEAR_NAMES` says that it names a place or a thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import encryption
from connectors.files import sha256_of
from connectors.sql_text import quoted
from expectations.publication import KEYS
from identity import vault

if TYPE_CHECKING:
    from connectors.warehouse import Connection

CLEAR_NAMES = frozenset({"area_name", "village_name", "township_name", "county_name", "supply_name", "file_name"})
"""Name columns that name no person."""

NAMED_VALUES = ("expected", "actual", "difference")
"""Columns of ``mismatches`` that hold names where ``value_class`` is ``name``."""

NOT_EXPORTED = frozenset({"links", "indicator_members"})
"""Row-level evidence: it stays in the database, where ``explain`` and ``number --rows`` read it; as a file it would
only be bulk."""

_ONE_ID = (
    f"select person_key, min(id_no) as id_no from {vault.NAME}.ids"
    " where person_key in (select person_key from candidate.marts.{table}) group by person_key"
)
"""A token stands for one id; should the vault list it twice, nobody is published twice for that.

The vault knows everybody of every list, most of whom are not in the register: they are left out before the grouping.
"""

_DEFUSED = r"^[=+\-@\t\r]"
"""Text that a spreadsheet program would take for a formula."""


def copy_masked(con: Connection, candidate: Path) -> dict[str, int]:
    """Copy every mart into schema ``masked`` of ``con``; returns rows per table."""
    encryption.attach(con, candidate, "candidate", read_only=True)
    con.execute("create schema masked")
    counts = {}
    for table, columns in marts(con).items():
        body = ", ".join(f'{_masked(table, name, kind)} as "{name}"' for name, kind in columns)
        counts[table] = _create(con, table, f"select {body} from candidate.marts.{table}", columns)
    _finish(con)
    return counts


def copy_full(con: Connection, candidate: Path, vault_file: Path, vault_key: Path) -> None:
    """Copy every mart into schema ``full`` of ``con``: names in clear, each person's id joined from the vault."""
    encryption.attach(con, candidate, "candidate", read_only=True)
    con.execute('create schema "full"')
    has_vault = vault_file.exists()
    if has_vault:
        vault.attach(con, vault_file, vault_key, read_only=True)
    for table, columns in marts(con).items():
        names = [name for name, _ in columns]
        source = f"candidate.marts.{table} as mart"
        body = ", ".join(f'mart."{name}"' for name in names)
        if has_vault and "person_key" in names:
            body += ", ids.id_no"
            source += f" left join ({_ONE_ID.format(table=table)}) as ids on ids.person_key = mart.person_key"
        elif "person_key" in names:
            body += ", cast(null as varchar) as id_no"
        con.execute(f'create table "full".{table} as select {body} from {source}')
    if has_vault:
        con.execute(f"detach {vault.NAME}")
    _finish(con)


def marts(con: Connection) -> dict[str, list[tuple[str, str]]]:
    """Tables of the attached candidate's schema ``marts`` with their columns and types."""
    found = con.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = 'candidate' and schema_name = 'marts' order by table_name, column_index"
    ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in found:
        tables.setdefault(table, []).append((column, kind))
    return tables


def mask_name(expression: str) -> str:
    """SQL for a masked name: 张三 becomes 张**."""
    return f"(left({expression}, 1) || '**')"


def _masked(table: str, column: str, kind: str) -> str:
    quoted_name = f'"{column}"'
    if kind != "VARCHAR":
        return quoted_name
    if table == "mismatches" and column in NAMED_VALUES:
        return f"case when value_class = 'name' then {mask_name(quoted_name)} else {quoted_name} end"
    if (column == "name" or column.endswith("_name")) and column not in CLEAR_NAMES:
        return mask_name(quoted_name)
    return quoted_name


def _create(con: Connection, table: str, select: str, columns: Sequence[tuple[str, str]]) -> int:
    """Create a masked table, its rows in a total order where it is also exported; returns its rows."""
    sorting = "" if table in NOT_EXPORTED else f" order by {_order(table, columns)}"
    con.execute(f"create table masked.{table} as {select}{sorting}")
    row = con.execute(f"select count(*) from masked.{table}").fetchone()
    return int(row[0]) if row else 0


def _order(table: str, columns: Sequence[tuple[str, str]]) -> str:
    """A total order: by the key, which the gate has found unique; by every column where no key is declared."""
    names = KEYS.get(table, tuple(name for name, _ in columns))
    return ", ".join(f'"{name}" nulls first' for name in names)


def _finish(con: Connection) -> None:
    con.execute("detach candidate")
    con.execute("checkpoint")


def export_tables(con: Connection, folder: Path) -> dict[str, dict[str, object]]:
    """Write every table of schema ``masked`` as CSV and Parquet, rows in their total order; sha256 of each CSV.

    The rows lie in that order since :func:`copy_masked`, and DuckDB keeps the order in which rows were inserted unless
    it is told not to: nothing is sorted again here.
    """
    con.execute("set preserve_insertion_order = true")
    found = con.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and schema_name = 'masked' order by table_name, column_index"
    ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in found:
        if table not in NOT_EXPORTED:
            tables.setdefault(table, []).append((column, kind))
    files: dict[str, dict[str, object]] = {}
    for table, columns in tables.items():
        csv = folder / f"{table}.csv"
        relation = f"masked.{table}"
        con.execute(f"copy ({defused(relation, columns)}) to {quoted(str(csv))} (format csv, header)")
        con.execute(f"copy {relation} to {quoted(str(folder / f'{table}.parquet'))} (format parquet)")
        files[csv.name] = {"sha256": sha256_of(csv), "bytes": csv.stat().st_size}
    return files


def defused(relation: str, columns: Sequence[tuple[str, str]]) -> str:
    """A CSV's rows; a text that a spreadsheet program would run as a formula gets an apostrophe in front."""
    parts = []
    for name, kind in columns:
        column = f'"{name}"'
        if kind == "VARCHAR":
            column = f"case when regexp_matches({column}, '{_DEFUSED}') then '''' || {column} else {column} end"
        parts.append(f'{column} as "{name}"')
    return f"select {', '.join(parts)} from {relation}"


def combined_sha256(files: Mapping[str, Mapping[str, object]]) -> str:
    """One hash over all CSV files: that of the lines ``<sha256>  <name>`` in the order of the names."""
    lines = "".join(f"{files[name]['sha256']}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()
