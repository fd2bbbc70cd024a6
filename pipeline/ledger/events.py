"""Adding events: one transaction, one batch, one link of the hash chain.

Data in: ``pending_events`` and what the batch says of itself. Data out: rows of ``ledger.events``, ``ledger.batches``.
Not here: which events there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.faults import fault
from connectors.issue_tables import BATCH_COLUMNS, EVENT_COLUMNS
from connectors.warehouse import Connection
from pipeline.ledger.state import PENDING

_HASHED = tuple(name for name in EVENT_COLUMNS if name not in ("event_seq", "batch_seq"))
_SEALED = (*(name for name in BATCH_COLUMNS if not name.endswith("_sha256")), "state_sha256")


@dataclass(frozen=True)
class Batch:
    """What one transaction says of itself."""

    kind: str
    as_of: date
    who: str
    run_id: str | None = None
    folder: str | None = None
    rules_not_run: tuple[str, ...] = ()
    replies_taken: tuple[str, ...] = ()
    withdraws: tuple[int, ...] = ()
    baseline_id: str | None = None
    slow_margin: Decimal | None = None
    state_sha256: str | None = None


def next_batch(con: Connection, ledger: str) -> int:
    """The number of the batch that would be added now."""
    return int(con.execute(f"select coalesce(max(batch_seq), 0) + 1 from {ledger}.batches").fetchall()[0][0])


def next_event(con: Connection, ledger: str) -> int:
    """The number of the event that would be added now, behind those that are pending."""
    found = con.execute(
        f"select 1 + greatest(coalesce((select max(event_seq) from {ledger}.events), 0),"
        f" coalesce((select max(event_seq) from {PENDING}), 0))"
    ).fetchall()
    return int(found[0][0])


def stage(
    con: Connection, ledger: str, batch_seq: int, select: str, order: str = "issue_id", only_for_order: str = ""
) -> int:
    """Number the rows of ``select`` behind what is pending; its columns are named as those of an event.

    ``only_for_order`` names a column of ``select`` that is no column of an event. Returns how many rows there were.
    """
    first = next_event(con, ledger)
    shown = f"made.* exclude ({only_for_order})" if only_for_order else "made.*"
    con.execute(
        f"insert into {PENDING} by name select row_number() over (order by {order}) + {first - 1} as event_seq,"
        f" {batch_seq} as batch_seq, {shown} from ({select}) as made"
    )
    return next_event(con, ledger) - first


def append(con: Connection, ledger: str, batch: Batch, batch_seq: int) -> None:
    """Write the pending events of ``batch_seq`` and their batch; the caller holds the transaction."""
    con.execute(f"insert into {ledger}.events by name select * from {PENDING} where batch_seq = {batch_seq}")
    fault("ledger_events_written")
    previous = con.execute(f"select chain_sha256 from {ledger}.batches order by batch_seq desc limit 1").fetchall()
    count = con.execute(f"select count(*) from {PENDING} where batch_seq = {batch_seq}").fetchall()[0][0]
    row: dict[str, object] = {
        **{name: getattr(batch, name, None) for name in BATCH_COLUMNS},
        "batch_seq": batch_seq,
        "event_count": count,
        "rules_not_run": list(batch.rules_not_run),
        "replies_taken": list(batch.replies_taken),
        "withdraws": list(batch.withdraws),
        "previous_sha256": previous[0][0] if previous else "",
    }
    names = ", ".join(f"${name}::{kind} as {name}" for name, kind in BATCH_COLUMNS.items())
    con.execute(f"create or replace temp table sealing as select {names}", row)
    content, chain = con.execute(_hashes(PENDING, "sealing")).fetchall()[0]
    con.execute(
        f"insert into {ledger}.batches by name select * replace (?::varchar as content_sha256, ?::varchar as"
        " chain_sha256) from sealing",
        [content, chain],
    )
    fault("ledger_before_commit")


def _text(names: Sequence[str], alias: str) -> str:
    return " || '|' || ".join(f'coalesce({alias}."{name}"::varchar, chr(0))' for name in names)


def digest_of_event(alias: str) -> str:
    """SQL: the hash of one event, of which that of its batch is made."""
    return f"md5({_text(_HASHED, alias)})"


_NOTHING_FORGOTTEN = (
    "(select null::bigint as batch_seq, null::bigint as event_seq, null::varchar as content_md5,"
    " null::varchar as blank_md5 where false)"
)


def _hashes(events: str, batches: str, forgotten: str = _NOTHING_FORGOTTEN) -> str:
    """SQL: per batch its content's hash, and the chain's over it and the batch before.

    An event whose values were forgotten counts with the hash that it had before.
    """
    return f"""
        with contents as (
            select
                e.batch_seq,
                sha256(string_agg(coalesce(f.content_md5, {digest_of_event("e")}), '' order by e.event_seq)) as content
            from {events} as e left join {forgotten} as f on e.event_seq = f.event_seq group by e.batch_seq
        ),
        whole as (
            select b.batch_seq, b.previous_sha256, {_text(_SEALED, "b")} as said,
                coalesce(contents.content, '') as content
            from {batches} as b left join contents on b.batch_seq = contents.batch_seq
        )
        select content, sha256(previous_sha256 || said || content) as chain from whole order by batch_seq
        """


def forgotten_table(con: Connection, ledger: str) -> str:
    """SQL: which events lost their values; nothing yet in a warehouse that an earlier version wrote last."""
    catalog, _, schema = ledger.rpartition(".")
    found = con.execute(
        "select count(*) from duckdb_tables() where table_name = 'forgotten' and schema_name = ?"
        " and database_name = coalesce(nullif(?, ''), current_database())",
        [schema, catalog],
    ).fetchall()
    return f"{ledger}.forgotten" if found[0][0] else _NOTHING_FORGOTTEN


def forgotten_sha256(con: Connection, ledger: str, batch_seq: int) -> str:
    """What a batch of kind ``forgotten`` seals as its run: which events lost their values, and what they are now."""
    found = con.execute(
        "select sha256(coalesce(string_agg(concat_ws('|', event_seq, content_md5, blank_md5), ',' order by event_seq),"
        f" '')) from {forgotten_table(con, ledger)} where batch_seq = ?",
        [batch_seq],
    ).fetchall()
    return str(found[0][0])


def broken_links(con: Connection, ledger: str) -> Iterator[int]:
    """Numbers of the batches whose events, own words or predecessor are not what was sealed."""
    told = con.execute(
        f"select batch_seq, content_sha256, chain_sha256, previous_sha256, case when kind = 'forgotten' then run_id end"
        f" from {ledger}.batches order by batch_seq"
    ).fetchall()
    forgotten = forgotten_table(con, ledger)
    found = con.execute(_hashes(f"{ledger}.events", f"{ledger}.batches", forgotten)).fetchall()
    before = ""
    for place, ((seq, content, chain, previous, blanked), real) in enumerate(zip(told, found, strict=True), start=1):
        is_blanked_as_said = blanked is None or blanked == forgotten_sha256(con, ledger, seq)
        if (content, chain) != tuple(real) or previous != before or seq != place or not is_blanked_as_said:
            yield int(seq)
        before = chain
    stray = con.execute(
        f"select batch_seq from {ledger}.events where batch_seq not in (select batch_seq from {ledger}.batches)"
        f" union select batch_seq from {forgotten} where batch_seq not in"
        f" (select batch_seq from {ledger}.batches where kind = 'forgotten')"
        f" union select f.batch_seq from {forgotten} as f left join {ledger}.events as e"
        f" on f.event_seq = e.event_seq where {digest_of_event('e')} is distinct from f.blank_md5"
    ).fetchall()
    yield from (int(seq) for (seq,) in stray)
