"""Taking in everything that waits in the drop folders, each file once, whatever happens on the way.

Data in: ``ingest/<sector>/<entity>/``. Data out: what became of each file; rows, answers and originals in their places.
Not here: the steps of one file (pipeline/receiving/landing.py) and the clock: the day of receipt is a parameter.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from pathlib import Path

from connectors import machine_faults, originals
from connectors.contract import SECTORS, Feed, feeds
from connectors.faults import fault
from connectors.files import clear_temporaries, write_atomically
from connectors.originals import ChangedError, Identity, NotAFileError, Waiting
from connectors.outbox.workbook import mask_digits
from connectors.warehouse import attached_warehouse, hold, open_warehouse, open_work
from pipeline import keys, records
from pipeline.decisions import files as decision_files
from pipeline.ledger import review_files
from pipeline.receiving import attempts, claims
from pipeline.receiving.claims import Claim
from pipeline.receiving.landing import GateRefusedError, LandingGate, Outcome, land, record_duplicate
from pipeline.receiving.lookups import Known, known
from pipeline.repository import place_of
from pipeline.settings import Settings
from pipeline.submission import FAILED, LEFT, SETTLED, Arrival, Landed, submission_id
from pipeline.wake import wake

Progress = Callable[[str, float | None, float | None], None]
LOCK = keys.INGEST_LOCK

_log = logging.getLogger(__name__)
_LAST = {"department_totals": 1, "replies": 2}
_FIRST = ("villages", "households", "persons", "edge_households")


def ingest_waiting(
    settings: Settings,
    *,
    sectors: Collection[str] | None = None,
    received_on: date,
    received_at: datetime | None = None,
    landing_gate: LandingGate | None = None,
    meanwhile: Callable[[], None] | None = None,
    progress: Progress | None = None,
) -> list[Landed]:
    """Take in what waits, registry first; a file that fails stays for the next try and stops no other.

    Args:
        settings: the home.
        sectors: only these, and the list of villages, which every file is read against; None for all.
        received_on: the day of receipt.
        received_at: the time of receipt, for receipts only.
        landing_gate: called with the staged batch before it is committed.
        meanwhile: called in a thread of its own while the files settle, if any waits.
        progress: told of each file.
    """
    with hold(settings.state / LOCK, wait_seconds=settings.wait_seconds):
        keys.ready(settings)
        records.complete_warehouse(settings)
        _recover(settings)
        chosen = [feed for feed in feeds_in_order() if sectors is None or feed.sector in sectors or _is_areas(feed)]
        seen = [(feed, waiting) for feed in chosen for waiting in originals.look(_folder(settings, feed))]
        if seen and meanwhile is not None:
            threading.Thread(target=meanwhile).start()
        if seen and settings.settle_seconds > 0:
            time.sleep(settings.settle_seconds)
        results = []
        for place, (feed, waiting) in enumerate(seen):
            if progress is not None:
                progress(f"{feed.title}：{mask_digits(waiting.path.name)}", place, len(seen))
            landed = _one(settings, feed, waiting, received_on, received_at, landing_gate)
            if landed is not None:
                results.append(landed)
        if sectors is None or decision_files.FOLDER[0] in sectors:
            results += _decisions(settings, received_on)
        records.keep(settings)
        return [*results, *_strays(settings, sectors)]


def feeds_in_order() -> list[Feed]:
    """Villages, the other registry feeds, the sectors, their totals, their replies."""

    def place(feed: Feed) -> tuple[int, int, int, str]:
        first = _FIRST.index(feed.entity) if feed.sector == "registry" and feed.entity in _FIRST else len(_FIRST)
        return _LAST.get(feed.entity, 0), SECTORS.index(feed.sector), first, feed.entity

    return sorted(feeds(), key=place)


def _is_areas(feed: Feed) -> bool:
    return feed.name == "registry/villages"


def _one(
    settings: Settings,
    feed: Feed,
    waiting: Waiting,
    received_on: date,
    received_at: datetime | None,
    landing_gate: LandingGate | None,
) -> Landed | None:
    """Land one file; None if it is still being written or has gone."""
    name = mask_digits(waiting.path.name)
    try:
        return _take(settings, feed, waiting, received_on, received_at, landing_gate)
    except ChangedError:
        return None
    except NotAFileError:
        return Landed(feed.name, name, "refused", reasons=("F_TYPE",), error="不是普通文件（链接、管道等），未读取")
    except Exception as error:
        kind = type(error).__name__
        _log.error("landing a file of %s failed: %s at %s", feed.name, kind, place_of(error))
        said = _why(error) or f"处理时出错（{kind}）"
        return Landed(feed.name, name, FAILED, error=f"{said}，文件保留，下次重试")


def _take(
    settings: Settings,
    feed: Feed,
    waiting: Waiting,
    received_on: date,
    received_at: datetime | None,
    landing_gate: LandingGate | None,
) -> Landed:
    original = originals.take(waiting, settings.originals)
    facts = look_up(settings, feed, original.sha256)
    side_source = originals.side_path(waiting.path)
    side = originals.read_side(side_source)
    arrival = Arrival(
        feed=feed,
        original=original,
        file_name=waiting.path.name,
        side=side,
        received_on=received_on,
        received_at=received_at,
        submission_id=submission_id(feed, original.sha256, facts.deliveries),
    )
    if side is not None:
        write_atomically(originals.stored_side(settings.originals, original.sha256, arrival.submission_id), side)
    claim = Claim(
        submission_id=arrival.submission_id,
        sector=feed.sector,
        path=str(waiting.path.relative_to(settings.ingest)),
        identity=waiting.identity,
        side=Identity.of(side_source.lstat()) if side is not None else None,
    )
    claims.write(settings, claim)
    fault("landing_claimed")
    answers = claims.outgoing(settings, arrival.submission_id)
    if facts.is_duplicate:
        outcome = record_duplicate(settings, arrival, answers)
    else:
        outcome = _land(settings, arrival, facts, answers, landing_gate)
    delivered = _finish(settings, claim, outcome.status)
    return Landed(
        feed=feed.name,
        file_name=mask_digits(arrival.file_name),
        status=outcome.status,
        submission_id=arrival.submission_id,
        reasons=outcome.reasons,
        counts=outcome.counts,
        answers=tuple(delivered),
    )


def _land(
    settings: Settings, arrival: Arrival, facts: Known, answers: Path, landing_gate: LandingGate | None
) -> Outcome:
    """Land the file; after the last failed try it is put aside."""
    try:
        outcome = land(settings, arrival, facts, answers, landing_gate)
    except Exception as error:
        if not attempts.is_last(settings, arrival, error):
            raise
        why = _why(error) or "处理时出错"
        _log.error("a file of %s is put aside: %s at %s", arrival.feed.name, type(error).__name__, place_of(error))
        outcome = attempts.put_aside(settings, arrival, claims.outgoing(settings, arrival.submission_id), why)
    attempts.forget(settings, arrival)
    return outcome


def _why(error: Exception) -> str | None:
    """The failure in words that hold no value of the file, where there are any."""
    return str(error) if isinstance(error, GateRefusedError) else machine_faults.reason(error)


def look_up(settings: Settings, feed: Feed, sha256: str) -> Known:
    """What the warehouse knows of this feed and these bytes."""
    con = open_work(threads=settings.threads, memory_limit=settings.memory_limit)
    try:
        with attached_warehouse(con, settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds):
            return known(con, feed, sha256)
    finally:
        con.close()


def _recover(settings: Settings) -> None:
    """Complete or forget what a killed process left, and clear its scratch files."""
    left = list(claims.outstanding(settings))
    if left:
        with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
            committed = dict(con.execute("select submission_id, status from meta.submissions").fetchall())
        for claim in left:
            if claim.submission_id in committed:
                _finish(settings, claim, str(committed[claim.submission_id]))
            else:
                claims.abandon(settings, claim)
    for folder in settings.work.glob("landing-*"):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(settings.originals / ".taking", ignore_errors=True)
    for folder in (settings.state / "claims", attempts.folder(settings), *settings.originals.glob("??")):
        clear_temporaries(folder)


def _finish(settings: Settings, claim: Claim, status: str) -> list[Path]:
    """What follows a commit; the night is asked for here, since whoever ran the landing may not live to ask for it."""
    if status in SETTLED:
        wake(settings, claim.sector)
    return claims.finish(settings, claim)


def _decisions(settings: Settings, decided_on: date) -> Iterator[Landed]:
    """Workbooks in which officers decided about identities or issues: remembered at once, read by no feed."""
    yield from decision_files.take_workbooks(settings, decided_on)
    yield from review_files.take_workbooks(settings, decided_on)


def _strays(settings: Settings, sectors: Collection[str] | None) -> Iterator[Landed]:
    """Files that lie where no feed is: left alone, but told."""
    folders = {_folder(settings, feed) for feed in feeds()}
    folders |= {settings.ingest.joinpath(*parts) for parts in (decision_files.FOLDER, review_files.FOLDER)}
    for path, _, names in os.walk(settings.ingest):
        folder = Path(path)
        parts = folder.relative_to(settings.ingest).parts
        if folder in folders or (sectors is not None and (not parts or parts[0] not in sectors)):
            continue
        for name in sorted(names):
            if not originals.is_ignored(name):
                yield Landed("/".join(parts), mask_digits(name), LEFT, error="不在任何报送文件夹内，未读取")


def _folder(settings: Settings, feed: Feed) -> Path:
    return settings.ingest / feed.sector / feed.entity
