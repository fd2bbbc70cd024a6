"""The state of every issue on a day, folded from the events by ``state.sql``.

Data in: ``ledger.events`` and ``ledger.batches`` of an attached warehouse, events that are not written yet, a batch
up to which to look, a day. Data out: the temporary table ``issue_state``.
Not here: writing events (events.py) and what is published of the state (views.py).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from connectors.issue_tables import BATCH_COLUMNS, EVENT_COLUMNS
from connectors.warehouse import Connection

_FOLD = Path(__file__).with_name("state.sql").read_text(encoding="utf-8")
PENDING = "pending_events"
"""Events of the transaction that is being prepared."""


def make_pending(con: Connection) -> None:
    """An empty table of events that are not written yet."""
    body = ", ".join(f'"{name}" {kind}' for name, kind in EVENT_COLUMNS.items())
    con.execute(f"create or replace temp table {PENDING} ({body})")


def look(con: Connection, ledger: str, cut: int | None = None) -> None:
    """Make ``live_events`` and ``live_batches``: what was added up to batch ``cut`` and not withdrawn by then."""
    upto = "true" if cut is None else f"batch_seq <= {cut:d}"
    columns = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
    batches = ", ".join(f'"{name}"' for name in BATCH_COLUMNS)
    withdrawn = f"(select unnest(withdraws) from {ledger}.batches where {upto})"
    con.execute(
        f"create or replace temp table live_batches as select {batches} from {ledger}.batches"
        f" where {upto} and batch_seq not in {withdrawn}"
    )
    con.execute(
        f"create or replace temp view live_events as"
        f" select {columns} from {ledger}.events where batch_seq in (select batch_seq from live_batches)"
        f" union all select {columns} from {PENDING}"
    )


def fold(con: Connection, as_of: date, slow_margin: Decimal) -> None:
    """Make ``issue_state`` from what :func:`look` chose."""
    con.execute("set variable as_of = ?::date", [as_of])
    con.execute("set variable slow_margin = ?::decimal(9, 4)", [slow_margin])
    con.execute(f"create or replace temp table issue_state as {_FOLD}")


SEALED = (
    "issue_id", "case_id", "round", "reopened_from", "rule_id", "detail", "area_code", "verdict", "actual", "owner",
    "owner_person", "is_undecided", "found_on", "last_seen_on", "due_on", "state", "is_overdue", "is_slow", "result",
    "progress", "replied_on", "returned_why", "reviewed_on", "pushed_on", "push_id", "token", "cleared_on",
    "waived_until", "baseline_id", "baseline_status",
)  # fmt: skip
"""What the hash of a night covers: a column that is added later does not change the hash of the nights before."""


def state_sha256(con: Connection) -> str:
    """One hash over every issue, its state, owner and dates."""
    row = " || '|' || ".join(f'coalesce("{name}"::varchar, chr(0))' for name in SEALED)
    found = con.execute(
        f"select sha256(coalesce(string_agg(md5({row}), '' order by issue_id), '')) from issue_state"
    ).fetchall()
    return str(found[0][0])
