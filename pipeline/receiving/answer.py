"""What the sender gets back for one file: receipt, error workbook, result in a form for programs.

Data in: the scratch database after reading, the result. Data out: files in the folder of outgoing answers.
Not here: delivering them (pipeline/receiving/claims.py), and mismatches found later (pipeline/ledger/disclosure.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from connectors.contract import reasons as reason_texts
from connectors.files import write_atomically
from connectors.intake.result import Result
from connectors.outbox.errors import Written, write_errors
from connectors.outbox.mending import Mending
from connectors.outbox.receipt import Receipt, write_receipt
from connectors.outbox.workbook import MAX_ROWS, area_words, clean_stem, mask_digits
from connectors.warehouse import Connection, own_tables
from pipeline.submission import Arrival

_SHA_CHARACTERS = 8
_FACTS = ("mode", "area_code", "period", "money_unit", "coverage", "definition_version")


def write_answers(
    con: Connection | None,
    arrival: Arrival,
    folder: Path,
    result: Result,
    *,
    meta: object | None = None,
    sender_headers: Sequence[str] = (),
) -> None:
    """Write everything that goes back to the sender of one file into ``folder``.

    Args:
        con: the scratch database; None if the file was not read.
        arrival: the file.
        folder: where the answers are made.
        result: what became of the file.
        meta: what reading found out about area and period.
        sender_headers: the header texts of the sender's own columns.
    """
    sha8 = arrival.original.sha256[:_SHA_CHARACTERS] + arrival.suffix
    stem = f"{clean_stem(arrival.file_name)}_{sha8}"
    write_atomically(folder / f"{stem}_结果.json", json.dumps(result.to_json(), ensure_ascii=False, indent=1).encode())
    rows_by_code = _rows_by_code(con) if con is not None else {}
    errors_file = f"{stem}_错误明细.xlsx"
    written = Written(0, can_be_returned=False)
    if con is not None and rows_by_code:
        written = write_errors(con, folder / errors_file, sender_headers, _mending(arrival, result, meta))
    texts = reason_texts()
    file_reasons = [(texts[code], None) for code in result.reasons]
    row_reasons = [(texts[code], count) for code, count in sorted(rows_by_code.items()) if code in texts]
    write_receipt(
        Receipt(
            submission_id=arrival.submission_id,
            file_name=mask_digits(arrival.file_name),
            sha256=arrival.original.sha256,
            received_on=arrival.received_on,
            received_at=arrival.received_at,
            feed_title=arrival.feed.title,
            department=arrival.feed.department,
            period=getattr(meta, "period", None),
            area=_area(con, getattr(meta, "area_code", None)),
            status=result.status,
            counts=result.counts,
            reasons=[*file_reasons, *row_reasons],
            details=result.details,
            notes=result.notes,
            errors_file=errors_file if written.lines else None,
            errors_cut=written.lines >= MAX_ROWS,
            can_be_returned=written.can_be_returned,
        ),
        folder / f"{stem}_回执.xlsx",
    )


def _mending(arrival: Arrival, result: Result, meta: object | None) -> Mending:
    """What the sheets for mending say; the facts are those that were read from the file, its name and its side file."""
    return Mending(
        submission_id=arrival.submission_id,
        title=arrival.feed.title,
        folder=f"ingest/{arrival.feed.name}",
        made_on=arrival.received_on,
        facts={name: getattr(meta, name, None) for name in _FACTS},
        is_whole=result.status == "refused",
    )


def _area(con: Connection | None, code: str | None) -> str | None:
    """A place as a clerk reads it, name and code; the code alone where the list of places does not know it."""
    if con is None or code is None or "areas" not in own_tables(con):
        return code
    found = con.execute("select name from areas where area_code = ? limit 1", [code]).fetchone()
    return area_words(code, found[0] if found else None)


def _rows_by_code(con: Connection) -> dict[str, int]:
    """Reason code → rows, the rejecting ones first by their letter."""
    if "row_codes" not in own_tables(con):
        return {}
    return dict(
        con.execute(
            "select code, count(distinct (sheet, row_no)) from row_codes group by code order by code"
        ).fetchall()
    )
