"""Values that the ledger no longer needs: of issues that were cleared long ago, what was said about people goes.

Data in: the ledger, the day up to which an issue must have been cleared. Data out: the same events without names,
values and free words, one batch of kind ``forgotten``, and per event the hash that its chain was made of.
That an issue was found, whose it was, when it was answered and cleared stays: the numbers of past nights do not change.
Not here: how long what is kept (policy seed) and the other stores (pipeline/upkeep/housekeeping.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.issue_tables import EVENT_COLUMNS
from pipeline.ledger import night, state
from pipeline.ledger.events import Batch, append, digest_of_event, forgotten_sha256, next_batch

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

BLANKED = {
    "subject_label": "true",
    "expected": "true",
    "actual": "true",
    "difference": "true",
    "before": "kind in ('found', 'changed', 'seen', 'cleared', 'returned', 'replied')",
    "after": "kind in ('found', 'changed', 'seen', 'cleared', 'returned', 'replied')",
    "note": "who is distinct from '系统'",
}
"""Column → in which events it tells something about a person (in others it names an office, a push or an issue)."""


def _find(con: Connection, limit: date) -> int:
    """Make ``going``: events with such values of issues cleared before ``limit``, and of withdrawn nights before it."""
    night.state_after(con)
    told = " or ".join(f'("{name}" is not null and ({when}))' for name, when in BLANKED.items())
    con.execute(
        f"""
        create or replace temp table going as
        select e.event_seq, {digest_of_event("e")} as content_md5
        from {night.LEDGER}.events as e
        where ({told}) and e.on_date < $limit and (
            e.issue_id in (select issue_id from issue_state where state = 'cleared' and cleared_on < $limit)
            or (e.issue_id is not null and e.issue_id not in (select issue_id from issue_state))
        )
        """,
        {"limit": limit},
    )
    return int(con.execute("select count(*) from going").fetchall()[0][0])


def forget(settings: Settings, limit: date, today: date, *, dry_run: bool) -> int:
    """Blank such values unless ``dry_run``; returns in how many events."""
    if not settings.warehouse.exists():
        return 0
    with night.opened(settings, read_only=dry_run) as con:
        count = _find(con, limit)
        if count and not dry_run:
            _blank(con, today)
    return count


def _blank(con: Connection, today: date) -> None:
    ledger = night.LEDGER
    seq = next_batch(con, ledger)
    changes = ", ".join(
        f'"{name}" = ' + ("null" if when == "true" else f'case when {when} then null else "{name}" end')
        for name, when in BLANKED.items()
    )
    con.execute("begin")
    con.execute(f"update {ledger}.events set {changes} where event_seq in (select event_seq from going)")
    con.execute(
        f"insert into {ledger}.forgotten by name"
        f" select {seq} as batch_seq, e.event_seq, g.content_md5, {digest_of_event('e')} as blank_md5"
        f" from {ledger}.events as e inner join going as g on e.event_seq = g.event_seq"
    )
    batch = Batch("forgotten", today, "系统", run_id=forgotten_sha256(con, ledger, seq))
    state.make_pending(con)
    append(con, ledger, batch, seq)
    con.execute("commit")


def last_batch(con: Connection, ledger: str) -> int:
    """The newest batch in which values were forgotten; nights before it no longer compute to what they said."""
    found = con.execute(f"select coalesce(max(batch_seq), 0) from {ledger}.batches where kind = 'forgotten'").fetchall()
    return int(found[0][0])


if not set(BLANKED) <= set(EVENT_COLUMNS):
    raise RuntimeError("a column that is to be forgotten is none of an event's")
