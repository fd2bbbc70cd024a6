"""Releasing a held file: a named person says that the fall in rows is right.

Data in: the id of a held submission, who releases it and why. Data out: its rows, under a submission of its own.
Not here: who may release (the operating system's accounts), and the guard that held the file.

The held submission stays as it was: a run for a day before the release must still not see the rows.
"""

from __future__ import annotations

from datetime import date, datetime

from connectors import originals
from connectors.contract import load_feed
from connectors.originals import Original
from connectors.outbox.workbook import mask_digits
from connectors.warehouse import hold, open_warehouse
from pipeline import audit, records
from pipeline.receiving import claims
from pipeline.receiving.claims import Claim
from pipeline.receiving.ingest import LOCK, look_up
from pipeline.receiving.landing import GateRefusedError, LandingGate, land
from pipeline.settings import Settings
from pipeline.submission import SETTLED, Arrival, Landed, submission_id
from pipeline.wake import wake


class ReleaseError(Exception):
    """The submission cannot be released; the message says why, in Chinese."""


def release(
    settings: Settings,
    held_id: str,
    *,
    by: str,
    reason: str,
    received_on: date,
    received_at: datetime | None = None,
    landing_gate: LandingGate | None = None,
) -> Landed:
    """Load the rows of a held submission; they count from ``received_on``, the day of the release.

    Args:
        settings: the home.
        held_id: the held submission.
        by: name of the person who releases it.
        reason: why the fall in rows is right.
        received_on: the day of the release.
        received_at: the time of the release, for the receipt only.
        landing_gate: called with the staged batch before it is committed.
    """
    if not by.strip() or not reason.strip():
        raise ReleaseError("放行须写明放行人和理由")
    with hold(settings.state / LOCK, wait_seconds=settings.wait_seconds):
        records.demand_whole(settings)
        sector, entity, sha256, size, file_name, held_on = _held(settings, held_id)
        feed = load_feed(sector, entity)
        if not originals.is_intact(settings.originals, sha256):
            raise ReleaseError(f"{held_id} 的原件已不在库中或已损坏，请通知报送单位重新报送")
        side = originals.stored_side(settings.originals, sha256, held_id)
        facts = look_up(settings, feed, sha256)
        arrival = Arrival(
            feed=feed,
            original=Original(originals.stored(settings.originals, sha256), sha256, size),
            file_name=file_name,
            side=side.read_bytes() if side.is_file() else None,
            received_on=received_on,
            received_at=received_at,
            submission_id=submission_id(feed, sha256, facts.deliveries),
            released_by=by.strip(),
            released_reason=reason.strip(),
            read_as_of=held_on,
        )
        audit.note(settings, "release", by=by, held=held_id, submission=arrival.submission_id, reason=reason.strip())
        claim = Claim(arrival.submission_id, sector)
        claims.write(settings, claim)
        answers = claims.outgoing(settings, arrival.submission_id)
        try:
            outcome = land(settings, arrival, facts, answers, landing_gate, held_id=held_id)
        except GateRefusedError as error:
            claims.abandon(settings, claim)
            raise ReleaseError(f"{error}，{held_id} 仍在待确认状态") from None
        if outcome.status in SETTLED:
            wake(settings, sector)
        delivered = claims.finish(settings, claim)
        records.keep(settings)
    return Landed(
        feed=feed.name,
        file_name=mask_digits(file_name),
        status=outcome.status,
        submission_id=arrival.submission_id,
        reasons=outcome.reasons,
        counts=outcome.counts,
        answers=tuple(delivered),
    )


def _held(settings: Settings, held_id: str) -> tuple[str, str, str, int, str, date]:
    """Facts of a submission that is held and was not released yet."""
    if not settings.warehouse.exists():
        raise ReleaseError("尚未接收过任何文件")
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        found = con.execute(
            "select sector, entity, sha256, bytes, file_name, received_on, status from meta.submissions "
            "where submission_id = ?",
            [held_id],
        ).fetchall()
        released = con.execute("select 1 from meta.releases where submission_id = ?", [held_id]).fetchall()
    if not found:
        raise ReleaseError(f"没有批次 {mask_digits(held_id)[:40]}")
    *facts, status = found[0]
    if status != "held":
        raise ReleaseError(f"批次 {held_id} 不在待确认状态，无需放行")
    if released:
        raise ReleaseError(f"批次 {held_id} 已经放行过")
    sector, entity, sha256, size, file_name, held_on = facts
    return str(sector), str(entity), str(sha256), int(size), str(file_name), held_on
