"""A rollback: the publication before is put in force again, the ledger and the outboxes follow it.

Data in: the publications, the ledger. Data out: ``published/current``, withdrawn nights, the workbooks of the
publication put back. From its first step to its last ``state/rolling-back`` names the publication, so that a rollback
that was killed is done to its end: by the same command, or by the next night.
Not here: the steps themselves (publish.py, ledger/night.py, push.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.faults import fault
from connectors.warehouse import hold
from pipeline.ledger.night import withdraw_after
from pipeline.night.push import push_all
from pipeline.publication import publish as publishing

if TYPE_CHECKING:
    from pipeline.settings import Settings


def roll_back(settings: Settings) -> publishing.Published:
    """Put the publication before the current one in force again, and its workbooks into the outboxes.

    Raises:
        PublishFailedError: there is none.
    """
    with hold(settings.state / "rollback.lock", wait_seconds=settings.wait_seconds):
        return _roll_back(settings)


def finish_rollback(settings: Settings) -> None:
    """Do a rollback that was killed to its end, if there is one: a night must not build on the ledger of half of it."""
    if not _begun(settings).exists():
        return
    with hold(settings.state / "rollback.lock", wait_seconds=settings.wait_seconds):
        if publishing.rollback_begun(settings, _begun(settings)) is not None:
            _roll_back(settings)
        _begun(settings).unlink(missing_ok=True)


def _roll_back(settings: Settings) -> publishing.Published:
    back = publishing.rollback(settings, begun=_begun(settings))
    fault("rollback_published")
    withdraw_after(settings, back.folder.name, "系统")
    fault("rollback_withdrawn")
    push_all(settings, back.folder, date.fromisoformat(str(back.manifest["as_of"])))
    _begun(settings).unlink()
    return back


def _begun(settings: Settings) -> Path:
    return settings.state / "rolling-back"
