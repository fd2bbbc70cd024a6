"""The two gates: on a staged file before it lands, on the candidate before it is published.

Data in: an open DuckDB connection with a staged file, or the path of a candidate. Data out: :class:`GateResult`.
A check that raises counts as failed, and so does a gate that raises. Great Expectations is imported inside the
functions, because its import costs seconds that nobody should pay who only reads a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import warehouse
from expectations import landing, publication
from expectations.checks import GateResult, Outcome, failed_gate

if TYPE_CHECKING:
    from connectors.contract import Feed

__all__ = ["GateResult", "Outcome", "check_landing", "check_publication", "get_ready"]


def get_ready() -> None:
    """Import Great Expectations ahead of the first check; a failure is told by the gate that needs it."""
    with suppress(Exception):
        import_module("expectations.running")


def check_landing(
    con: warehouse.Connection,
    feed: Feed,
    staged: Any,  # noqa: ANN401 the intake's Staged, by shape: expectations may not import its module
    *,
    guards: landing.Guards | None = None,
    previous_rows: int | None = None,
    is_released: bool = False,
    record: Path | None = None,
) -> GateResult:
    """Check the staged file in ``con``.

    ``con`` must hold ``staged`` as an ordinary table (not a temporary one) outside any open transaction: the checks ask
    on a cursor of their own. A nil report has no rows to check and passes with its counts alone.
    """
    try:
        from expectations.running import run_checks

        counts = _counts(staged.result.counts)
        checks = landing.suite(
            feed, counts, guards=guards, previous_rows=previous_rows, is_released=is_released, joined=staged.joined
        )
        return run_checks("landing", checks, con, record=record)
    except Exception as problem:
        return failed_gate("landing", problem)


def check_publication(
    candidate: Path, *, threads: int = 2, memory_limit: str = "4GB", record: Path | None = None
) -> GateResult:
    """Check the marts of the candidate file; it is opened read-only, so whoever built it must have closed it."""
    try:
        from expectations.running import run_checks

        opened = warehouse.open_database(candidate, read_only=True, threads=threads, memory_limit=memory_limit)
        with closing(opened) as con:
            return run_checks("publication", publication.suite(describe(con)), con, record=record)
    except Exception as problem:
        return failed_gate("publication", problem)


def describe(con: warehouse.Connection) -> publication.Candidate:
    """The candidate's text columns, and whether it holds the rule registry and the numbers of the smallest areas."""
    found = con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and schema_name in ('marts', 'seeds', 'intermediate')"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    texts: dict[str, tuple[str, ...]] = {}
    for schema, table, column, kind in found:
        if schema == "marts" and kind == "VARCHAR":
            texts[table] = (*texts.get(table, ()), column)
    tables = {(schema, table) for schema, table, _, _ in found}
    return publication.Candidate(
        text_columns=texts,
        has_registry=("seeds", "rules") in tables,
        has_bases=("intermediate", "int_indicator_bases") in tables,
    )


def _counts(counts: object) -> Mapping[str, int]:
    if isinstance(counts, Mapping):
        return counts
    return vars(counts)
