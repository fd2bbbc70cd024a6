"""One night of the ledger: a single transaction from answers and mismatches to pushes and notices.

Data in: the publication in force, the warehouse. Data out: one batch of events. A run that has its batch is left
alone; so is a day before the last night, which is published beside.
Not here: the steps themselves (replies.py, detect.py, notices.py) and the files that follow (workbooks.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import encryption
from connectors.faults import fault
from connectors.warehouse import Connection, attached_warehouse, open_work
from pipeline.ledger import dates, detect, lines, notices, replies, state
from pipeline.ledger.events import Batch, append, next_batch
from pipeline.publication import publish

if TYPE_CHECKING:
    from pipeline.settings import Settings

LEDGER = "wh.ledger"
PUBLISHED = 'pub."full"'
_NO_MARGIN = Decimal(0)


@dataclass(frozen=True)
class Night:
    """What a night did: its batch, and how many events of each kind."""

    batch_seq: int
    counts: dict[str, int]
    is_new: bool


@contextmanager
def opened(settings: Settings, *, full: Path | None = None, read_only: bool = True) -> Iterator[Connection]:
    """A work database with the warehouse attached as ``wh`` and a full publication as ``pub``."""
    con = open_work(threads=settings.threads, memory_limit=settings.memory_limit, spill=settings.work / "ledger-spill")
    try:
        with attached_warehouse(con, settings.warehouse, read_only=read_only, wait_seconds=settings.wait_seconds):
            if full is not None:
                encryption.attach(con, full, "pub", read_only=True)
            state.make_pending(con)
            yield con
    finally:
        con.close()


def update_ledger(settings: Settings, full: Path, as_of: date, run_id: str, folder: str) -> Night:
    """Do the night of one run, unless it is done or a later day has been."""
    with opened(settings, full=full, read_only=False) as con:
        return run_night(con, settings.county, as_of, run_id, folder)


def run_night(con: Connection, county: str, as_of: date, run_id: str, folder: str) -> Night:
    """The night on an opened connection; see :func:`update_ledger`."""
    state.look(con, LEDGER)
    done = con.execute(
        "select batch_seq, run_id = $run and folder = $folder from live_batches where kind = 'night'"
        " and ((run_id = $run and folder = $folder) or as_of > $day) order by batch_seq desc limit 1",
        {"run": run_id, "folder": folder, "day": as_of},
    ).fetchall()
    if done:
        return Night(int(done[0][0]), {}, is_new=False)
    terms = dates.terms(county, as_of)
    batch_seq = next_batch(con, LEDGER)
    prepared = _prepare(con, county, as_of, batch_seq, terms)
    batch = Batch(
        kind="night",
        as_of=as_of,
        who="系统",
        run_id=run_id,
        folder=folder,
        rules_not_run=prepared.rules_not_run,
        replies_taken=prepared.replies_taken,
        baseline_id=prepared.baseline_id,
        slow_margin=terms.slow_margin,
        state_sha256=state.state_sha256(con),
    )
    fault("ledger_prepared")
    con.execute("begin")
    append(con, LEDGER, batch, batch_seq)
    con.execute("commit")
    fault("ledger_committed")
    counts = dict(con.execute(f"select kind, count(*) from {state.PENDING} group by kind order by kind").fetchall())
    return Night(batch_seq, counts, is_new=True)


@dataclass(frozen=True)
class _Prepared:
    rules_not_run: tuple[str, ...]
    replies_taken: tuple[str, ...]
    baseline_id: str | None


def _prepare(con: Connection, county: str, as_of: date, batch_seq: int, terms: dates.Terms) -> _Prepared:
    """Stage every event of the night and leave the state that follows in ``issue_state``."""

    def fold() -> None:
        state.fold(con, as_of, terms.slow_margin)

    fold()
    detect.load(con, PUBLISHED, "wh", county, as_of, terms)
    not_run = detect.rules_not_run(con)
    taken = replies.take(con, LEDGER, "wh", batch_seq, as_of)
    if taken:
        fold()
    detect.compare(con, LEDGER, batch_seq, as_of)
    baseline_id = _baseline_due(con, county, as_of)
    _note_tonight(con, as_of, batch_seq, not_run, baseline_id)
    fold()
    lines.make_lines(con, PUBLISHED, "wh")
    notices.push(con, LEDGER, batch_seq, as_of)
    notices.notify(con, LEDGER, batch_seq, terms)
    fold()
    return _Prepared(not_run, taken, baseline_id)


def _note_tonight(
    con: Connection, as_of: date, batch_seq: int, not_run: tuple[str, ...], baseline_id: str | None
) -> None:
    """Tonight counts as a night before its batch is written."""
    con.execute(
        "insert into live_batches by name select ? as batch_seq, 'night' as kind, ?::date as as_of,"
        " ?::varchar[] as rules_not_run, ?::varchar as baseline_id",
        [batch_seq, as_of, list(not_run), baseline_id],
    )


def _baseline_due(con: Connection, county: str, as_of: date) -> str | None:
    """The baseline that a document orders and that no live night has frozen yet; frozen at the end of this night."""
    frozen = {name for (name,) in con.execute("select distinct baseline_id from live_batches").fetchall()}
    due = [
        one for one in dates.baselines(county) if one.baseline_id not in frozen and one.frozen_on <= as_of <= one.until
    ]
    return min(due, key=lambda one: one.frozen_on).baseline_id if due else None


def withdraw_after(settings: Settings, folder: str, who: str) -> tuple[int, ...]:
    """Withdraw the nights after the one of publication ``folder``, which is in force again; returns their batches.

    Where that night was killed before it reached the ledger, they begin with the first of a publication rolled back.
    """
    with opened(settings, read_only=False) as con:
        state.look(con, LEDGER)
        found = con.execute(
            "with nights as (select batch_seq, as_of, folder from live_batches where kind = 'night')"
            " select batch_seq, as_of from nights where batch_seq > coalesce("
            "(select max(batch_seq) from nights where folder = $back),"
            " (select min(batch_seq) - 1 from nights where list_contains($gone::varchar[], folder)))"
            " order by batch_seq",
            {"back": folder, "gone": sorted(publish.withdrawn(settings))},
        ).fetchall()
        if not found:
            return ()
        withdrawn = tuple(int(seq) for seq, _ in found)
        con.execute("begin")
        append(con, LEDGER, Batch("rollback", found[-1][1], who, folder=folder, withdraws=withdrawn),
               next_batch(con, LEDGER))  # fmt: skip
        con.execute("commit")
    return withdrawn


def state_after(con: Connection, cut: int | None = None, as_of: date | None = None) -> date | None:
    """Make ``issue_state`` as it was after batch ``cut``, for ``as_of`` (default: the day of its last night).

    Returns the day; None where no night has been.
    """
    state.make_pending(con)
    state.look(con, LEDGER, cut)
    last = con.execute(
        "select as_of, slow_margin from live_batches where kind = 'night' order by batch_seq desc limit 1"
    ).fetchall()
    margin = last[0][1] if last else _NO_MARGIN
    day = as_of or (last[0][0] if last else None)
    state.fold(con, day or date.min, margin)
    return day
