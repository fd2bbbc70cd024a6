"""Proposals about doubtful identities and clusters of duplicates, added to a night's candidate.

Data in: a candidate that dbt has built, the warehouse, the identity vault. Data out: ``marts.identity_proposals``,
``marts.identity_clusters`` and ``marts.identity_status`` in the candidate; the model file in ``state/identity/``.
Nothing here links anything: what an officer decides does (identity/decisions.py), on the next night. A failure is shown
as "not run" and holds nothing back.
Not here: comparing and weighing (identity/).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from connectors import encryption
from connectors.warehouse import Connection, attached_warehouse, open_database, open_work
from identity import candidates, clusters, decisions, explain, matching, training, vault
from identity import model as models
from pipeline import audit

if TYPE_CHECKING:
    from pipeline.settings import Settings

_log = logging.getLogger(__name__)

STATUS_COLUMNS = {"part": "varchar", "status": "varchar", "reason": "varchar", "looked_at": "bigint", "found": "bigint"}
TABLES: Mapping[str, Mapping[str, str]] = {
    "identity_proposals": explain.COLUMNS,
    "identity_clusters": clusters.COLUMNS,
    "identity_conflicts": decisions.CONFLICT_COLUMNS,
    "identity_status": STATUS_COLUMNS,
}


def propose(settings: Settings, candidate: Path, as_of: date) -> dict[str, int]:
    """Add the tables to the candidate; returns rows per table. An error leaves them empty and says so."""
    found: dict[str, pa.Table] = {}
    status: list[tuple[str, str, str | None, int, int]] = []
    with _opened(settings, candidate) as (con, name):
        for part, table, work in (
            ("proposals", "identity_proposals", lambda: _proposals(settings, con, name, as_of)),
            ("clusters", "identity_clusters", lambda: _clusters(con, name)),
            ("conflicts", "identity_conflicts", lambda: _conflicts(con, name)),
        ):
            result, line = _tried(part, work)
            _forget_tables(con)
            status.append(line)
            if result is not None:
                found[table] = result
    _write(candidate, found, status)
    return {table: rows.num_rows for table, rows in sorted(found.items())}


def propose_safely(settings: Settings, candidate: Path, as_of: date) -> dict[str, int]:
    """As :func:`propose`, but whatever goes wrong: proposals never stand in the way of the one table."""
    try:
        return propose(settings, candidate, as_of)
    except Exception as error:
        _log.error("identity proposals did not run: %s", type(error).__name__)
        return {}


def _tried(
    part: str, work: Callable[[], tuple[pa.Table | None, int]]
) -> tuple[pa.Table | None, tuple[str, str, str | None, int, int]]:
    """The result and its line of the status; an error's text may hold values, so only its kind is told."""
    try:
        result, looked_at = work()
    except Exception as error:
        _log.error("identity %s did not run: %s", part, type(error).__name__)
        return None, (part, "not_run", type(error).__name__, 0, 0)
    return result, (part, "run", None, looked_at, result.num_rows if result is not None else 0)


def _forget_tables(con: Connection) -> None:
    """What one part has put together in memory is of no use to the next one."""
    made = "select table_name from duckdb_tables() where database_name = 'memory' order by table_name"
    for (table,) in con.execute(made).fetchall():
        con.execute(f'drop table "{table}"')


@contextlib.contextmanager
def _opened(settings: Settings, candidate: Path) -> Iterator[tuple[Connection, str]]:
    """An in-memory connection with the candidate, the warehouse and the vault attached, all read-only."""
    spill = settings.work / "identity.spill"
    con = open_work(threads=settings.threads, memory_limit=settings.memory_limit, spill=spill)
    try:
        name = encryption.catalog_name(candidate)
        encryption.attach(con, candidate, name, read_only=True)
        with attached_warehouse(con, settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds):
            if settings.vault_db.exists():
                audit.note(settings, "unmasked_read", store=settings.vault_db.name, purpose="identity_proposals")
                vault.attach(con, settings.vault_db, settings.vault_key, read_only=True)
            else:
                con.execute(f"attach ':memory:' as {vault.NAME}")
                con.execute(f"create table {vault.NAME}.ids (person_key varchar, id_no varchar)")
            yield con, name
    finally:
        con.close()


def _proposals(settings: Settings, con: Connection, name: str, as_of: date) -> tuple[pa.Table | None, int]:
    found, doubtful, model = proposals(con, name, as_of, models.load())
    if found is not None:
        training.keep(model, settings.state / "identity" / f"model-{as_of.isoformat()}.json")
    return found, doubtful


def proposals(
    con: Connection, candidate: str, as_of: date, model: models.Model
) -> tuple[pa.Table | None, int, models.Model]:
    """The proposals about a candidate's doubtful rows, how many rows those are, and the model with counted weights.

    ``con`` has the candidate attached under that name, the warehouse as ``wh`` and the vault as ``idvault``.
    """
    doubtful = candidates.collect(con, candidate, as_of.year, model)
    if doubtful == 0:
        return None, 0, model
    candidates.collect_links(con, candidate, model)
    model = training.train(con, "everybody", "linked_rows", "links", model)
    population = con.execute("select count(*) from everybody").fetchall()[0][0]
    matching.score(con, "people", "rows", model, population)
    candidates.drop_accounted(con)
    con.execute(_settled(candidate))
    ranking = matching.ranked(matching.pairs(con), model.per_row, candidates.may_repeat)
    con.register(
        "ranking",
        pa.table(
            {
                "left_id": pa.array([pair.left_id for pair, _ in ranking], pa.string()),
                "right_id": pa.array([pair.right_id for pair, _ in ranking], pa.string()),
                "rank": pa.array([rank for _, rank in ranking], pa.int32()),
            }
        ),
    )
    return con.execute(explain.proposals_sql(model, population)).to_arrow_table(), doubtful, model


def _settled(name: str) -> str:
    """What an officer has called different is not raised again."""
    return f"""
        delete from scored where exists (
            select 1 from {name}.intermediate.int_identity_decisions as decided
            inner join doubtful on scored.right_id = doubtful.unique_id
            inner join people_facts as person
                on {explain.person_of_sql("scored.left_id", "doubtful.scope")} = person.unique_id
            where not decided.is_link
                and decided.subject_key = {explain.subject_key_sql("doubtful")}
                and decided.subject_name = coalesce(doubtful.name_norm, '')
                and decided.target_key in (person.unique_id, person.household_key)
        )
        """


def _conflicts(con: Connection, name: str) -> tuple[pa.Table, int]:
    looked_at = con.execute(f"select count(*) from {name}.intermediate.int_identity_decisions").fetchall()[0][0]
    return con.execute(decisions.conflicts_sql(name)).to_arrow_table(), looked_at


def _clusters(con: Connection, name: str) -> tuple[pa.Table, int]:
    clusters.cluster(con, name)
    looked_at = con.execute("select count(*) from cluster_rows").fetchall()[0][0]
    return con.execute("select * from clusters order by all").to_arrow_table(), looked_at


def _write(candidate: Path, found: Mapping[str, pa.Table], status: list[tuple[str, str, str | None, int, int]]) -> None:
    con = open_database(candidate, read_only=False)
    try:
        con.execute("begin")
        for table, columns in TABLES.items():
            body = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            con.execute(f"create or replace table marts.{table} ({body})")
            if table in found:
                con.register("rows_found", found[table])
                con.execute(f"insert into marts.{table} by name select * from rows_found")
                con.unregister("rows_found")
        con.executemany("insert into marts.identity_status values (?, ?, ?, ?, ?)", status)
        con.execute("commit")
        con.execute("checkpoint")
    finally:
        con.close()
