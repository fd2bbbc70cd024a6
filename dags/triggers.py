"""Event triggers that only wake a DAG: they list folders, and never open, move or delete a file.

Data in: folder paths. Data out: events without names in them. The woken task takes everything that waits, so a lost
or merged event costs at most the fifteen minutes until the safety scan.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from connectors.originals import Waiting, look

NS = 1_000_000_000


class FilesWaiting(BaseEventTrigger):
    """Fires when files wait in a sector's folder that have stopped changing and were not announced yet.

    Args:
        folder: The sector's drop folder, holding one folder per entity.
        after: A folder that has to be empty first (the register names the villages that every other feed refers to).
        patience_seconds: How long to wait for ``after`` at most: a stuck file there must not stop the others.
        settle_seconds: Time between two looks that have to agree.
    """

    def __init__(
        self, folder: str, after: str | None = None, patience_seconds: float = 300, settle_seconds: float = 2
    ) -> None:
        super().__init__()
        self.folder = folder
        self.after = after
        self.patience_seconds = patience_seconds
        self.settle_seconds = settle_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, from which the triggerer builds the trigger again."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "folder": self.folder,
                "after": self.after,
                "patience_seconds": self.patience_seconds,
                "settle_seconds": self.settle_seconds,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look again and again; never returns, because a trigger that returns forgets what it announced."""
        announced: frozenset[Waiting] = frozenset()
        previous: frozenset[Waiting] = frozenset()
        while True:
            seen = await asyncio.to_thread(_waiting, Path(self.folder))
            is_news = seen == previous and bool(seen - announced)
            if is_news and not await asyncio.to_thread(self._must_wait, seen):
                announced = seen
                yield TriggerEvent({"files": len(seen)})
            previous = seen
            await asyncio.sleep(self.settle_seconds)

    def _must_wait(self, seen: frozenset[Waiting]) -> bool:
        if self.after is None or not _waiting(Path(self.after)):
            return False
        return time.time() - _arrived(seen) < self.patience_seconds


class NewDataSettled(BaseEventTrigger):
    """Fires once when new rows were accepted and nothing more has come for a while, so that a burst makes one run.

    Args:
        markers: Folder with one file per sector, touched whenever rows of that sector were accepted.
        began: File touched when a reconciliation takes its look at the warehouse.
        ingest: The drop folders; while something fresh waits there, the burst is not over.
        quiet_seconds: How long nothing may have come.
        patience_seconds: How long a file that stays waiting can hold the run back at most.
    """

    def __init__(
        self, markers: str, began: str, ingest: str, quiet_seconds: float = 30, patience_seconds: float = 300
    ) -> None:
        super().__init__()
        self.markers = markers
        self.began = began
        self.ingest = ingest
        self.quiet_seconds = quiet_seconds
        self.patience_seconds = patience_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, from which the triggerer builds the trigger again."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "markers": self.markers,
                "began": self.began,
                "ingest": self.ingest,
                "quiet_seconds": self.quiet_seconds,
                "patience_seconds": self.patience_seconds,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Compare time stamps again and again; they survive a restart of the triggerer."""
        announced = 0
        while True:
            newest = await asyncio.to_thread(self._newest_settled)
            if newest > announced:
                announced = newest
                yield TriggerEvent({"settled": True})
            await asyncio.sleep(min(self.quiet_seconds / 2, 5))

    def _newest_settled(self) -> int:
        """Time stamp (ns) of the newest unreconciled marker once the burst is over, else 0."""
        newest = max((_mtime_ns(marker) for marker in Path(self.markers).glob("*")), default=0)
        now = time.time()
        if newest <= _mtime_ns(Path(self.began)) or now - newest / NS < self.quiet_seconds:
            return 0
        waiting = frozenset[Waiting]().union(*(_waiting(sector) for sector in Path(self.ingest).glob("*")))
        is_burst = now - _arrived(waiting) < self.patience_seconds
        return 0 if is_burst else newest


def _waiting(sector_folder: Path) -> frozenset[Waiting]:
    """What waits in the entity folders of one sector; a folder that cannot be listed just now holds nothing."""
    try:
        return frozenset(entry for entity in sector_folder.glob("*/") for entry in look(entity))
    except OSError:
        return frozenset()


def _arrived(waiting: frozenset[Waiting]) -> float:
    """When the last of these files came or changed, by this machine's clock: a copied file's own date may be any."""
    return max((_status(entry.path, "st_ctime_ns") for entry in waiting), default=0) / NS


def _mtime_ns(path: Path) -> int:
    return _status(path, "st_mtime_ns")


def _status(path: Path, name: str) -> int:
    try:
        return int(getattr(path.lstat(), name))
    except FileNotFoundError:
        return 0
