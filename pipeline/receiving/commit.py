"""The one transaction in which a file's rows and its submission record enter the warehouse.

Data in: the scratch database with the staged file, identifiers in clear, and the function ``token``.
Data out: rows in ``raw``, ``meta.row_codes``, ``meta.rejected_keys`` and one row in ``meta.submissions``; all or none.
Not here: reading, answering the sender, and the identity vault.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Feed
from connectors.faults import fault
from connectors.intake.keys import key_sql
from connectors.ledger import SUBMISSION_COLUMNS
from connectors.outbox.workbook import mask_digits
from connectors.warehouse import Connection, columns_of, own_tables, roll_back
from identity.shape import key_part, raw_select, tokenised
from pipeline.submission import ACCEPTED, Arrival

_COUNTS = ("rows_in", "rows_ok", "rows_warn", "rows_rejected", "rows_dup", "rows_skipped")
_META = (
    "mode",
    "area_code",
    "period",
    "period_start",
    "period_end",
    "as_of",
    "scope_key",
    "coverage",
    "definition_version",
    "is_nil",
    "clears",
)


def commit(
    con: Connection,
    arrival: Arrival,
    status: str,
    reasons: tuple[str, ...],
    counts: Mapping[str, int],
    meta: object | None,
    held_id: str | None = None,
) -> None:
    """Write everything of one file; the warehouse is attached to ``con`` for writing.

    Args:
        con: the scratch database.
        arrival: the file.
        status: what became of it.
        reasons: its file-level reason codes.
        counts: its row counts.
        meta: what reading it found out about area, period and mode; None if it was not read.
        held_id: the held submission that this one releases.
    """
    con.execute("set preserve_insertion_order = false")
    con.execute("begin")
    try:
        if status in ACCEPTED:
            _write_rows(con, arrival)
            fault("landing_rows_written")
        _write_submission(con, arrival, status, reasons, counts, meta)
        if held_id is not None:
            con.execute(
                "insert into wh.meta.releases values (?, ?, ?, ?)",
                [held_id, arrival.released_by, arrival.released_reason, arrival.received_on],
            )
        fault("landing_before_commit")
        con.execute("commit")
    except BaseException:
        roll_back(con)
        raise
    finally:
        con.execute("set preserve_insertion_order = true")


def _write_rows(con: Connection, arrival: Arrival) -> None:
    feed, submission = arrival.feed, f"'{arrival.submission_id}'"
    row_key = row_key_sql(feed)
    con.execute(
        f"insert into wh.raw.{feed.table} by name select {raw_select(feed, submission, row_key)} from "
        f"{tokenised(feed, 'staged', columns_of(con, 'staged'))}"
    )
    tables = own_tables(con)
    if "staged_rejects" in tables:
        rejects = tokenised(feed, "staged_rejects", columns_of(con, "staged_rejects"))
        con.execute(
            f"insert into wh.meta.rejected_keys select distinct {submission}, row_key from "
            f"(select {row_key} as row_key from {rejects}) as keys where row_key is not null"
        )
    if "row_codes" in tables:
        con.execute(
            f"insert into wh.meta.row_codes select {submission}, sheet, row_no, column_name, header, code "
            "from row_codes"
        )


def row_key_sql(feed: Feed) -> str:
    """SQL of the row key over a tokenised table."""
    return key_sql(feed, lambda name: key_part(feed, name))


def _write_submission(
    con: Connection,
    arrival: Arrival,
    status: str,
    reasons: tuple[str, ...],
    counts: Mapping[str, int],
    meta: object | None,
) -> None:
    feed = arrival.feed
    record: dict[str, object] = {
        "submission_id": arrival.submission_id,
        "sector": feed.sector,
        "entity": feed.entity,
        "department": feed.department,
        "file_name": mask_digits(arrival.file_name),
        "sha256": arrival.original.sha256,
        "bytes": arrival.original.size,
        "received_on": arrival.received_on,
        "received_at": arrival.received_at.replace(tzinfo=None) if arrival.received_at else None,
        "status": status,
        "reasons": list(reasons),
        "is_nil": status == "nil",
        "clears": False,
        "released_by": arrival.released_by,
        "released_reason": arrival.released_reason,
        "note": arrival.note,
    }
    record.update({name: getattr(meta, name) for name in _META if getattr(meta, name, None) is not None})
    record.update({name: counts.get(name, 0) for name in _COUNTS})
    places = ", ".join(
        "(select coalesce(max(seq), 0) + 1 from wh.meta.submissions)" if name == "seq" else f"${name}"
        for name in SUBMISSION_COLUMNS
    )
    values = {name: record.get(name) for name in SUBMISSION_COLUMNS if name != "seq"}
    con.execute(f"insert into wh.meta.submissions select {places}", values)
