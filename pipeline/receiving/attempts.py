"""How often landing one file may fail before it is put aside: held with its reason, instead of tried for ever.

Data in: a file whose landing failed. Data out: a count under ``state/attempts/``; after the last try a held submission
with a receipt, to be released by a named person or superseded by another file.
Not here: faults of the machine (connectors/machine_faults.py), which say nothing about the file and are not counted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from connectors import machine_faults
from connectors.files import make_folder, write_atomically
from connectors.intake.meta import FileMeta, from_name, from_side, merge
from connectors.intake.result import Result
from connectors.originals import side_values
from pipeline.receiving.answer import write_answers
from pipeline.receiving.landing import Outcome, record
from pipeline.settings import Settings
from pipeline.submission import Arrival

MOST = 3
"""Tries of one file; at a scan every 15 minutes it is put aside within the hour."""


def is_last(settings: Settings, arrival: Arrival, error: Exception) -> bool:
    """Count a failed try; whether it was the last one.

    A fault of the machine is not counted; a reading that was killed is, since the file may be what takes the memory.
    """
    is_of_machine = isinstance(error, OSError) or machine_faults.reason(error) is not None
    if is_of_machine and not isinstance(error, machine_faults.ReadingKilledError):
        return False
    note = _note(settings, arrival)
    failed = (int(note.read_text(encoding="ascii")) if note.is_file() else 0) + 1
    make_folder(note.parent)
    write_atomically(note, str(failed).encode())
    return failed >= MOST


def folder(settings: Settings) -> Path:
    """Where the tries are counted."""
    return settings.state / "attempts"


def forget(settings: Settings, arrival: Arrival) -> None:
    """The file was settled."""
    _note(settings, arrival).unlink(missing_ok=True)


def put_aside(settings: Settings, arrival: Arrival, answers: Path, why: str) -> Outcome:
    """Record the file as held: nothing of it is loaded, and the sender is told."""
    said = f"{why}，试了 {MOST} 次都没有入库，已暂缓，由数据专员处理"
    result = Result(arrival.received_on, "held", notes=(f"{said}。",))
    meta = _meta(settings, arrival)
    write_answers(None, arrival, answers, result, meta=meta)
    outcome = Outcome(result.status, result.reasons, dict(result.counts))
    record(settings, replace(arrival, note=said), outcome, meta)
    return outcome


def _meta(settings: Settings, arrival: Arrival) -> FileMeta:
    """What the file's name and side file say; its rows were not kept."""
    side = side_values(arrival.side)
    sources = [from_side(side), from_name(arrival.file_name)]
    return merge(sources, side, arrival.feed.delivery, settings.county, arrival.received_on)


def _note(settings: Settings, arrival: Arrival) -> Path:
    feed = arrival.feed
    return folder(settings) / f"{feed.sector}-{feed.entity}-{arrival.original.sha256}"
