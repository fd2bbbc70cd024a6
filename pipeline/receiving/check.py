"""Checking a file before it is sent: the same reading as at landing, and nothing is stored.

Data in: a file anywhere. Data out: the result in the form of feeds.md section 2.
Not here: landing, receipts, and the gate.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from connectors.contract import load_feed
from connectors.files import sha256_of
from connectors.intake import read_file
from connectors.intake.result import Result
from connectors.originals import Original, read_side, side_path
from connectors.warehouse import attached_warehouse
from pipeline.receiving.landing import context, scratch, weight
from pipeline.receiving.lookups import fill_areas, known, only_county
from pipeline.settings import Settings
from pipeline.submission import Arrival, submission_id


def check_file(settings: Settings, path: Path, feed: str, *, received_on: date) -> Result:
    """Read ``path`` as a file of ``feed`` (``sector/entity``) as if it had been dropped on ``received_on``."""
    sector, _, entity = feed.partition("/")
    contract = load_feed(sector, entity)
    sha256 = sha256_of(path)
    size = path.stat().st_size
    arrival = Arrival(
        feed=contract,
        original=Original(path, sha256, size),
        file_name=path.name,
        side=read_side(side_path(path)),
        received_on=received_on,
        received_at=None,
        submission_id=submission_id(contract, sha256, 0),
    )
    facts = None
    with scratch(settings, f"check-{arrival.submission_id}", weight(path.name, size)) as con:
        if settings.warehouse.exists():
            with attached_warehouse(con, settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds):
                fill_areas(con, settings)
                facts = known(con, contract, sha256)
        else:
            only_county(con, settings)
        ctx = replace(context(settings, arrival, facts), is_duplicate=bool(facts and facts.is_duplicate))
        return read_file(path, contract, ctx, con).result
