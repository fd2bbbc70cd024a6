"""The two gates: on a staged file before it lands, on the candidate before it is published.

Data in: an open DuckDB connection with a staged file, or the path of a candidate. Data out: :class:`GateResult`.
A check that raises counts as failed, and so does a gate that raises. Great Expectations is imported inside the
functions, because its import costs seconds that nobody should pay who only reads a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import warehouse
from expectations import landing, publication
from expectations.checks import GateResult, Outcome, failed_gate

if TYPE_CHECKING:
    from connectors.contract import Feed

__all__ = ["GateResult", "Outcome", "check_landing", "check_publication"]


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
        checks = landing.suite(feed, counts, guards=guards, previous_rows=previous_rows, is_released=is_released)
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
    """The candidate's columns, and where its rule registry says which feeds a rule needs."""
    found = con.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns"
        " where table_schema in ('marts', 'seeds') order by table_schema, table_name, ordinal_position"
    ).fetchall()
    marts: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    registry = {column for schema, table, column, _ in found if (schema, table) == ("seeds", "rules")}
    for schema, table, column, kind in found:
        if schema == "marts":
            marts.setdefault(table, []).append(column)
            if kind == "VARCHAR":
                texts.setdefault(table, []).append(column)
    has_feeds = {"rule_id", "feeds", "severity"} <= registry
    return publication.Candidate(
        columns={table: frozenset(columns) for table, columns in marts.items()},
        text_columns={table: tuple(columns) for table, columns in texts.items()},
        rule_feeds=_RULE_FEEDS if has_feeds else None,
        critical_rules=_CRITICAL_RULES if has_feeds else None,
    )


_RULE_FEEDS = (
    "select rule_id, split_part(trim(feed), '/', 1) as sector, split_part(trim(feed), '/', 2) as entity"
    " from (select rule_id, unnest(string_split(feeds, ';')) as feed from seeds.rules)"
)
_CRITICAL_RULES = "select rule_id from seeds.rules where severity = 'critical'"


def _counts(counts: object) -> Mapping[str, int]:
    if isinstance(counts, Mapping):
        return counts
    return vars(counts)
