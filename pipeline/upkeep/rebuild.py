"""Building the warehouse and the identity vault again from nothing but the vault of originals and the keys.

Data in: ``vault/originals``, ``vault/records.box``, ``keys/``. Data out: a new warehouse and a new identity vault; the
same deliveries under the same numbers, so that a night gives the same export, byte for byte.
Not here: publications (a night writes them) and answers to the departments, which they have received already.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from connectors import originals
from connectors.contract import load_feed
from connectors.keyfiles import load_all
from connectors.originals import Original
from connectors.warehouse import hold, open_warehouse
from pipeline import audit, keys, records
from pipeline.receiving import claims
from pipeline.receiving.ingest import LOCK, look_up
from pipeline.receiving.landing import land
from pipeline.submission import ACCEPTED, Arrival
from pipeline.upkeep.fsck import ROWS_EXPIRED

if TYPE_CHECKING:
    from pipeline.settings import Settings

Progress = Callable[..., None]
_SUBMISSIONS, _RELEASES = "meta.submissions", "meta.releases"
_HELD = "held"


class RebuildError(Exception):
    """Nothing was built: there is a warehouse already, or nothing to build from."""


def rebuild(settings: Settings, *, progress: Progress | None = None) -> list[str]:
    """Build both databases again; returns what could not be had again, in Chinese.

    A warehouse that is there is moved aside (``warehouse.duckdb.before``), never written over.

    Raises:
        RebuildError: no records were kept in the vault.
        KeyUnusableError: the key of the originals or of the tokens is missing: without the latter everybody in history
            would be somebody else.
    """
    kept = records.load(settings)
    if _SUBMISSIONS not in kept:
        raise RebuildError("原件库中没有留存的接收记录，无从重建")
    load_all(settings.token_key)
    with hold(settings.state / LOCK, wait_seconds=settings.wait_seconds):
        if not audit.place(settings).log.exists():  # its anchor came with the keys, and names lines of a lost log
            audit.note(settings, "restore", is_put_back=True, source="originals")
        _set_aside(settings)
        keys.ready(settings)
        _copy_tables(settings, {name: rows for name, rows in kept.items() if not name.startswith(_SUBMISSIONS)})
        lost = _land_all(settings, kept, progress or (lambda *_: None))
        audit.note(settings, "restore", source="originals", submissions=kept[_SUBMISSIONS].num_rows, lost=len(lost))
    return [*lost, *_differences(settings, kept[_SUBMISSIONS])]


def _set_aside(settings: Settings) -> None:
    for store in (settings.warehouse, settings.vault_db):
        for path in (store, store.with_name(f"{store.name}.wal")):
            if path.exists():
                path.replace(_aside(path))


def _aside(path: Path) -> Path:
    """A name that is free: what an earlier rebuild set aside may be all there is of the first warehouse."""
    names = (f"{path.name}{'' if number == 1 else f'.{number}'}.before" for number in count(1))
    return next(aside for name in names if not (aside := path.with_name(name)).exists())


def _copy_tables(settings: Settings, tables: Mapping[str, pa.Table]) -> None:
    """Decisions and the issue ledger as they were kept: they are events, nothing computes them."""
    with open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con:
        for name, rows in tables.items():
            if name != _RELEASES:
                con.register("kept", rows)
                con.execute(f"insert into {name} by name select * from kept")
                con.unregister("kept")


def _land_all(settings: Settings, kept: Mapping[str, pa.Table], progress: Progress) -> list[str]:
    rows = sorted(kept[_SUBMISSIONS].to_pylist(), key=lambda row: int(row["seq"]))
    released = {row["submission_id"]: row for row in kept[_RELEASES].to_pylist()} if _RELEASES in kept else {}
    lost = []
    for place, row in enumerate(rows):
        progress(f"重建 {row['sector']}/{row['entity']}", place, len(rows))
        is_loaded = row["status"] in ACCEPTED and row["note"] != ROWS_EXPIRED
        if is_loaded and originals.is_intact(settings.originals, row["sha256"]):
            _land(settings, row, _held_before(row, rows, released))
            continue
        # A delivery that was refused, held or repeated brought no rows: its record is all there is of it.
        _copy_tables(settings, {_SUBMISSIONS: pa.Table.from_pylist([row], schema=kept[_SUBMISSIONS].schema)})
        if is_loaded:
            lost.append(f"批次 {row['submission_id']} 的原件已不在库中或已损坏，其行无法重建")
    return lost


def _held_before(
    row: Mapping[str, Any], rows: list[dict[str, Any]], released: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The held delivery that ``row`` released, if it did."""
    if not row["released_by"]:
        return None
    same = [one for one in rows if (one["sha256"], one["sector"]) == (row["sha256"], row["sector"])]
    held = [one for one in same if one["status"] == _HELD and one["submission_id"] in released]
    return max((one for one in held if one["seq"] < row["seq"]), key=lambda one: int(one["seq"]), default=None)


def _land(settings: Settings, row: Mapping[str, Any], held: Mapping[str, Any] | None) -> None:
    feed = load_feed(row["sector"], row["entity"])
    facts = look_up(settings, feed, row["sha256"])
    first = held["submission_id"] if held else row["submission_id"]
    side = originals.stored_side(settings.originals, row["sha256"], first)
    arrival = Arrival(
        feed=feed,
        original=Original(originals.stored(settings.originals, row["sha256"]), row["sha256"], row["bytes"]),
        file_name=row["file_name"],
        side=side.read_bytes() if side.is_file() else None,
        received_on=_day(row["received_on"]),
        received_at=row["received_at"],
        submission_id=row["submission_id"],
        released_by=row["released_by"],
        released_reason=row["released_reason"],
        read_as_of=_day(held["received_on"]) if held else None,
    )
    answers = claims.outgoing(settings, arrival.submission_id)
    land(settings, arrival, facts, answers, None, held_id=held["submission_id"] if held else None)
    shutil.rmtree(answers, ignore_errors=True)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _differences(settings: Settings, kept: pa.Table) -> list[str]:
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        con.register("kept", kept)
        columns = [name for name in kept.column_names if name != "note"]
        body = ", ".join(columns)
        found = con.execute(
            f"select distinct submission_id from (select {body} from kept except select {body} from meta.submissions)"
            " order by 1"
        ).fetchall()
    return [f"批次 {submission} 重建后的接收记录与留存的不同" for (submission,) in found]
