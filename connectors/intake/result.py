"""The result of reading one file, in the form of feeds.md section 2.

Data in: status, reasons, row codes and counts. Data out: :class:`Result` and its JSON.
Not here: receipts and workbooks (:mod:`connectors.outbox`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["accepted", "accepted_with_errors", "refused", "held", "duplicate", "nil"]


COUNTS = ("rows_in", "rows_ok", "rows_warn", "rows_rejected", "rows_dup", "rows_skipped")
"""rows_in = ok + warn + rejected + dup; skipped rows are not among them."""
NO_ROWS: Mapping[str, int] = dict.fromkeys(COUNTS, 0)


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    received_on: dt.date
    status: Status
    reasons: tuple[str, ...] = ()
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``<sheet>!<row>`` → codes, only rows that have one; at most :data:`MOST_ROWS` rows."""
    counts: Mapping[str, int] = field(default_factory=lambda: dict(NO_ROWS))
    details: Mapping[str, str] = field(default_factory=dict)
    """File reason code → Chinese text for the receipt: missing columns, unknown columns, totals that differ."""
    notes: tuple[str, ...] = ()
    """What the sender is told besides, in Chinese: hidden sheets, macros. No reason code and no part of the form."""

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, in a fixed order."""
        return {
            "received_on": self.received_on.isoformat(),
            "status": self.status,
            "reasons": sorted(self.reasons),
            "rows": {place: sorted(codes) for place, codes in self.rows.items()},
            "counts": {name: self.counts.get(name, 0) for name in COUNTS},
        }


MOST_ROWS = 100_000
"""Rows listed in a result; the table ``row_codes`` holds all of them."""


class RefusedError(Exception):
    """The file is refused or held as a whole; ``code`` says why and ``detail`` tells the clerk more."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
