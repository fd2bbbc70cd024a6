"""One delivery of one file: what is known before it is read, and what is told after it.

Data in: the vault's copy, the sender's file name, the day of receipt. Data out: :class:`Arrival`, :class:`Landed`.
Not here: doing anything with them (pipeline/receiving/landing.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from connectors.contract import Feed
from connectors.originals import Original

_SHA_CHARACTERS = 12
ACCEPTED = ("accepted", "accepted_with_errors")
SETTLED = (*ACCEPTED, "nil")
"""Statuses after which the same bytes are a duplicate."""
FAILED = "failed"
LEFT = "left"


@dataclass(frozen=True)
class Arrival:
    """A file that has arrived and lies in the vault."""

    feed: Feed
    original: Original
    file_name: str
    side: bytes | None
    received_on: date
    received_at: datetime | None
    submission_id: str
    released_by: str | None = None
    released_reason: str | None = None
    note: str | None = None
    """Kept in the submission: why the file was put aside."""
    read_as_of: date | None = None
    """Day of receipt for reading, where it differs: a released file is read as on the day it came."""

    @property
    def suffix(self) -> str:
        """``-2`` on the second delivery of the same bytes, else nothing."""
        return self.submission_id.partition(self.original.sha256[:_SHA_CHARACTERS])[2]


@dataclass(frozen=True)
class Landed:
    """What became of one file."""

    feed: str
    file_name: str
    status: str
    submission_id: str | None = None
    reasons: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    answers: tuple[Path, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The form that ``onetable ingest --json`` prints."""
        return {
            "feed": self.feed,
            "file_name": self.file_name,
            "status": self.status,
            "submission_id": self.submission_id,
            "reasons": list(self.reasons),
            "counts": dict(self.counts),
            "error": self.error,
            "answers": [answer.name for answer in self.answers],
        }


def submission_id(feed: Feed, sha256: str, earlier: int) -> str:
    """Id of a delivery; ``earlier`` counts those of the same bytes by the same sector."""
    name = f"{feed.sector}-{feed.entity}-{sha256[:_SHA_CHARACTERS]}"
    return f"{name}-{earlier + 1}" if earlier else name
