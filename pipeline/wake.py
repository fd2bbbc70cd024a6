"""Tells the standing service that something new has to be reconciled: a touched file per source of news.

Data in: the name of a sector, or of who else brought news. Data out: ``state/raw/<name>``. The watcher of the DAG
``reconcile`` compares its time with the beginning of the last night (dags/triggers.py). Where no service runs nobody
reads it, and the next night takes the news.
Not here: what the news is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.files import make_folder

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings

OFFICERS = "officers"
"""Decisions about issues and identities."""


def folder(settings: Settings) -> Path:
    """Where the marks lie."""
    return settings.state / "raw"


def wake(settings: Settings, who: str) -> None:
    """Ask for a night soon."""
    (make_folder(folder(settings)) / who).touch()
