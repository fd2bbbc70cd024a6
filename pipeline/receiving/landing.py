"""Landing one file that lies in the vault: read, gate, answer, remember identities, commit.

Data in: an :class:`Arrival`. Data out: its rows and submission in the warehouse, its answers ready for the outbox.
Not here: finding files and claiming them (pipeline/receiving/ingest.py, pipeline/receiving/release.py).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from connectors import machine_faults
from connectors.contract import Feed
from connectors.faults import fault
from connectors.files import make_folder
from connectors.intake import Guards, IntakeContext, Staged, read_file
from connectors.intake.result import Result
from connectors.keyfiles import load_or_create
from connectors.originals import in_clear, side_values
from connectors.warehouse import Connection, attached_warehouse, open_work, store_compressed
from identity import tokens, vault
from identity.shape import id_columns
from pipeline import audit, policy
from pipeline.ledger.pushed import fill_pushed
from pipeline.receiving.answer import write_answers
from pipeline.receiving.commit import commit
from pipeline.receiving.lookups import Known, fill_areas
from pipeline.receiving.withdrawals import finder
from pipeline.settings import Settings
from pipeline.submission import ACCEPTED, Arrival

LandingGate = Callable[..., Any]
"""``expectations.gate.check_landing`` or its like; its result has ``passed``."""

_IN_MEMORY_BYTES = 128 << 20
"""Texts of up to this size (about a million rows) are staged in memory, which spares compressing every column twice."""
_PLAIN = frozenset((".csv", ".tsv", ".txt"))
_PACKED = 2
"""What a byte of a workbook, which is packed, weighs beside one of a text."""
_ON_DISK_SHARE = 0.5
_REJECT_RATIO = Decimal("0.20")
_ROW_DROP = Decimal("0.70")
_MIN_ROWS = Decimal(20)


class GateRefusedError(Exception):
    """The landing gate failed: nothing was loaded and the file waits for the next try."""


@dataclass(frozen=True)
class Outcome:
    """What was committed for one arrival."""

    status: str
    reasons: tuple[str, ...]
    counts: dict[str, int]


@contextmanager
def scratch(settings: Settings, name: str, size: int) -> Iterator[Connection]:
    """A scratch database for one file of this :func:`weight`; everything of it is removed afterwards."""
    folder = make_folder(settings.work / f"landing-{name}")
    path = folder / "scratch.duckdb" if size > _IN_MEMORY_BYTES else None
    memory = settings.intake_memory_limit if path is None else _part_of(settings.intake_memory_limit)
    con = open_work(path, threads=settings.threads, memory_limit=memory, spill=folder / "spill")
    try:
        yield con
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)


def weight(file_name: str, size: int) -> int:
    """Bytes of text to be expected, by the file's name: a wrong one costs memory or time, and nothing else."""
    return size * (1 if Path(file_name).suffix.lower() in _PLAIN else _PACKED)


def _part_of(memory_limit: str) -> str:
    """What lies in a file need not stay in memory: DuckDB keeps every block that it may."""
    number, unit = re.fullmatch(r"([0-9.]+)\s*(.*)", memory_limit.strip()).groups()  # type: ignore[union-attr]
    return f"{float(number) * _ON_DISK_SHARE:.3f}{unit}"


def context(settings: Settings, arrival: Arrival, known: Known | None) -> IntakeContext:
    """Everything that reading a file may depend on besides its bytes."""
    day = arrival.read_as_of or arrival.received_on

    def ratio(param_id: str, default: Decimal) -> Decimal:
        return policy.value(param_id, settings.county, day, default) or default

    return IntakeContext(
        file_name=arrival.file_name,
        side=side_values(arrival.side),
        received_on=day,
        county=settings.county,
        sender_areas=(settings.county,),
        closed_periods=settings.closed_periods,
        guards=Guards(
            reject_ratio=ratio("reject_ratio_max", _REJECT_RATIO),
            row_drop=ratio("row_drop_min", _ROW_DROP),
            min_rows=int(ratio("guard_min_rows", _MIN_ROWS)),
        ),
        previous=known.previous if known else {},
        loaded_periods=known.loaded_periods if known else frozenset(),
        definition_version=settings.definition_version,
        released=arrival.released_by is not None,
        find_unstored=finder(settings),
        scratch=make_folder(settings.work),
    )


def land(
    settings: Settings,
    arrival: Arrival,
    known: Known,
    answers: Path,
    landing_gate: LandingGate | None,
    held_id: str | None = None,
) -> Outcome:
    """Take one file from the vault into the warehouse; its answers are left in ``answers``."""
    with scratch(settings, arrival.submission_id, weight(arrival.file_name, arrival.original.size)) as con:
        with attached_warehouse(con, settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds):
            fill_areas(con, settings)
            if arrival.feed.entity == "replies":
                fill_pushed(con, arrival.received_on)
        keys = [settings.token_key.name, settings.vault_key.name]
        audit.note(settings, "key_used", keys=keys, purpose="landing", submission=arrival.submission_id)
        with tokens.installed(con, load_or_create(settings.token_key)):
            staged = _read(settings, con, arrival, known, answers, landing_gate)
            if staged.result.status in ACCEPTED:
                with vault.attached(con, settings.vault_db, settings.vault_key):
                    vault.remember(con, "staged", id_columns(arrival.feed))
                fault("landing_remembered")
            outcome = Outcome(staged.result.status, tuple(staged.result.reasons), dict(staged.result.counts))
            _commit(settings, con, arrival, outcome, staged.meta, held_id)
    return outcome


def _read(
    settings: Settings,
    con: Connection,
    arrival: Arrival,
    known: Known,
    answers: Path,
    landing_gate: LandingGate | None,
) -> Staged:
    """Read the file, let the gate look at its rows, write its answers."""
    ctx = replace(context(settings, arrival, known), has_tokens=True)
    with in_clear(arrival.original, settings.work / f"landing-{arrival.submission_id}") as path:
        staged = read_file(path, arrival.feed, ctx, con)
    store_compressed(con)
    fault("landing_read")
    if landing_gate is not None and staged.result.status in ACCEPTED:
        _pass_gate(partial(landing_gate, record=settings.state / "gx"), con, arrival.feed, staged, ctx)
    write_answers(con, arrival, answers, staged.result, meta=staged.meta, sender_headers=staged.headers)
    fault("landing_answered")
    return staged


def record_duplicate(settings: Settings, arrival: Arrival, answers: Path) -> Outcome:
    """Record a file whose bytes have been accepted before; nothing is read or loaded."""
    result = Result(arrival.received_on, "duplicate", ("G_DUPLICATE_FILE",))
    outcome = Outcome(result.status, result.reasons, dict(result.counts))
    write_answers(None, arrival, answers, result)
    record(settings, arrival, outcome)
    return outcome


def record(settings: Settings, arrival: Arrival, outcome: Outcome, meta: object | None = None) -> None:
    """Write the submission of a file of which nothing is loaded."""
    with scratch(settings, arrival.submission_id, 0) as con:
        _commit(settings, con, arrival, outcome, meta, None)


def _pass_gate(gate: LandingGate, con: Connection, feed: Feed, staged: Staged, ctx: IntakeContext) -> None:
    """Raises GateRefusedError if the gate fails or raises; what it says may hold values and is not passed on.

    A fault of the machine is passed on as it is: it says nothing about the file.
    """
    previous = ctx.previous.get(staged.meta.area_code or "") if staged.meta.mode == "full" else None
    try:
        verdict = gate(con, feed, staged, guards=ctx.guards, previous_rows=previous, is_released=ctx.released)
        passed = bool(verdict.passed)
    except Exception as error:
        if machine_faults.reason(error) is not None:
            raise
        raise GateRefusedError(f"入库关口出错（{type(error).__name__}）") from None
    if not passed:
        raise GateRefusedError("未通过入库关口")


def _commit(
    settings: Settings, con: Connection, arrival: Arrival, outcome: Outcome, meta: object | None, held_id: str | None
) -> None:
    with attached_warehouse(con, settings.warehouse, wait_seconds=settings.wait_seconds):
        commit(con, arrival, outcome.status, outcome.reasons, outcome.counts, meta, held_id)
    fault("landing_committed")
