"""Everything that a publication puts into the outboxes: issue workbooks, reminders, cases of identity, monthly lists.

Data in: the publication in force. Data out: workbooks per department, ``state/pushed``, which names the publication
once all of them are there.
Not here: what a workbook looks like, and whether a publication is in force.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.files import write_atomically
from connectors.warehouse import hold
from pipeline import audit, records
from pipeline.decisions.push import push_identities
from pipeline.ledger.workbooks import write_all
from pipeline.night.push_monthly import push_monthly
from pipeline.night.remind import remind
from pipeline.publication import publish as publishing
from pipeline.publication.publish import opened

if TYPE_CHECKING:
    from pipeline.settings import Settings


def push_all(settings: Settings, folder: Path, as_of: date) -> dict[str, int]:
    """Write every workbook of the publication ``folder``; returns the rows told to each department."""
    with hold(settings.state / "publish.lock", wait_seconds=settings.wait_seconds):
        audit.note(settings, "export", store=publishing.FULL, to="outbox", publication=folder.name)
        pushed = write_all(settings, folder / publishing.FULL, folder.name)
        with opened(settings, folder / publishing.FULL) as con:
            remind(settings, con, as_of)
        push_identities(settings, folder / publishing.FULL, as_of)
        push_monthly(settings, folder / publishing.MASKED, as_of)
        write_atomically(_pushed(settings), folder.name.encode())
    records.keep(settings)
    return pushed


def pushed_last(settings: Settings) -> str | None:
    """Name of the publication whose workbooks have all been pushed."""
    return _pushed(settings).read_text() if _pushed(settings).is_file() else None


def _pushed(settings: Settings) -> Path:
    return settings.state / "pushed"
