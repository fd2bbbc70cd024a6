"""Where people stay known beside the rows of the deliveries: decisions, publications, answers, files set aside.

Data in: the stores of a home, days from the policy seed. Data out: what is past its time there; removed when asked.
Not here: rows, originals and the identity vault (housekeeping.py), issues of the ledger (ledger/forget.py).
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import encryption
from connectors.warehouse import Connection, open_warehouse, open_work, own_tables
from pipeline.publication import publish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.settings import Settings

_FULL = "one_table_full.duckdb"


def key_columns(con: Connection, schema: str) -> list[tuple[str, str]]:
    """Table and column of everything in ``schema`` that holds a token."""
    return con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where database_name = current_database() and schema_name = ? and data_type = 'VARCHAR'"
        " and ends_with(column_name, '_key') order by all",
        [schema],
    ).fetchall()


def named_people(con: Connection) -> set[str]:
    """Tokens that any row, or a decision about one that is held, still names."""
    places = [
        (table, column)
        for schema in ("raw", "meta")
        for table, column in key_columns(con, schema)
        if table != "meta.identity_decisions"
    ]
    body = " union ".join(f'select "{column}" from {table}' for table, column in places)
    decided = "select unnest([subject_key, target_key]) from meta.identity_decisions where subject_name || reason <> ''"
    return {str(token) for (token,) in con.execute(f"{body} union {decided}").fetchall() if token is not None}


def old_decisions(con: Connection, limit: date, expired: Sequence[str]) -> list[str]:
    """Decisions taken before ``limit`` about a row that no delivery but ``expired`` ones holds, and not blanked yet."""
    held = " union ".join(
        f'select "{column}" as held_key from {table} where not list_contains($expired, submission_id)'
        for table, column in key_columns(con, "raw")
    )
    found = con.execute(
        f"with held as ({held}) select decision_id from meta.identity_decisions"
        " where decided_on < $limit and (subject_name <> '' or reason <> '') and subject_key not in"
        " (select held_key from held where held_key is not null"
        # A row without an id, or a household by its head, is known by a letter before its key (macro person_rows).
        " union all select unnest(['R', 'I']) || held_key from held where held_key is not null) order by 1",
        {"limit": limit, "expired": list(expired)},
    ).fetchall()
    return [str(decision) for (decision,) in found]


def blank_decisions(con: Connection, decisions: Sequence[str]) -> None:
    """That something was decided stays; about whom and why goes."""
    con.execute(
        "update meta.identity_decisions set subject_name = '', reason = '' where list_contains(?, decision_id)",
        [list(decisions)],
    )


def old_decision_files(settings: Settings, limit: date) -> list[str]:
    """Workbooks of decisions that were taken before ``limit``."""
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        if "decision_files" not in own_tables(con):
            return []
        found = con.execute(
            "select sha256 from meta.decision_files group by sha256 having max(taken_on) < ? order by 1", [limit]
        ).fetchall()
    return [str(sha256) for (sha256,) in found]


def old_outbox_files(settings: Settings, limit: date) -> list[Path]:
    """Files of the outboxes that nobody has written again since ``limit``; what is written every night is not old."""
    return sorted(
        path
        for path in settings.outbox.rglob("*")
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC).date() < limit
    )


def set_aside(settings: Settings, limit: date) -> list[Path]:
    """Databases that a rebuild has moved out of the way before ``limit``."""
    found = [*settings.home.glob("*.before"), *settings.vault.glob("*.before")]
    return sorted(path for path in found if _changed_on(path) < limit)


def _changed_on(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_ctime, UTC).date()


def publications_with(settings: Settings, deliveries: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Publications that show rows of ``deliveries``: those that may go; the one in force, which a night replaces."""
    now = publish.current(settings)
    showing = [folder for folder in publish.publications(settings) if _shows(folder / _FULL, deliveries)]
    return [one for one in showing if one.resolve() != now], [one for one in showing if one.resolve() == now]


def _shows(full: Path, deliveries: Sequence[str]) -> bool:
    if not full.is_file() or not deliveries:
        return False
    con = open_work()
    try:
        encryption.attach(con, full, "pub", read_only=True)
        tables = con.execute(
            "select schema_name from duckdb_columns() where database_name = 'pub' and table_name = 'links'"
            " and column_name = 'submission_id'"
        ).fetchall()
        return any(
            con.execute(
                f'select 1 from pub."{schema}".links where list_contains(?, submission_id) limit 1', [list(deliveries)]
            ).fetchall()
            for (schema,) in tables
        )
    finally:
        con.close()


def remove(paths: Sequence[Path]) -> None:
    """Remove files and folders."""
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
