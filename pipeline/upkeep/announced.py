"""What retention has shown before it removes anything: nothing goes that no earlier run has listed.

Data in: what is past its time today. Data out: since when each of it has been shown; what of it is due.
A shorter period in the policy seed thus never removes anything in the night in which it begins to count.
Not here: what is past its time (housekeeping.py), how long something is shown first (policy seed).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from connectors.files import write_atomically

if TYPE_CHECKING:
    from pipeline.settings import Settings

FILE = "retention.json"
"""In ``state/``. Names are kept as hashes: the file of a department may be called after a person."""
_LIMITS, _NAMES = "limits", "names"
Name = TypeVar("Name", str, Path)


@dataclass(frozen=True)
class Announced:
    """Since when what has been shown; ``limits``: days up to which issues lose their values."""

    names: Mapping[str, date]
    limits: Mapping[date, date]

    def due(self, today: date, notice_days: int) -> Due:
        """What has been shown for so many days."""
        latest = today - timedelta(days=notice_days)
        limits = [limit for limit, since in self.limits.items() if since <= latest]
        return Due(frozenset(name for name, since in self.names.items() if since <= latest), max(limits, default=None))


@dataclass(frozen=True)
class Due:
    """What may go now."""

    names: frozenset[str]
    limit: date | None

    def only(self, kind: str, names: Iterable[Name]) -> list[Name]:
        """Those of ``names`` that have been shown."""
        return [name for name in names if _hash(kind, name) in self.names]


def _hash(kind: str, name: str | Path) -> str:
    return hashlib.sha256(f"{kind} {name}".encode()).hexdigest()[:16]


def load(settings: Settings) -> Announced:
    """What earlier runs have shown."""
    path = settings.state / FILE
    told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {_NAMES: {}, _LIMITS: {}}
    return Announced(
        {name: date.fromisoformat(since) for name, since in told[_NAMES].items()},
        {date.fromisoformat(limit): date.fromisoformat(since) for limit, since in told[_LIMITS].items()},
    )


def announce(
    settings: Settings, names: Mapping[str, Iterable[str | Path]], limit: date | None, today: date, *, done: date | None
) -> int:
    """Keep since when what is past its time is shown, forget what is so no more; returns how much is new.

    ``limit``: that of the issues which lose their values; ``done``: up to which they may lose them now.
    """
    before = load(settings)
    hashes = [_hash(kind, name) for kind, each in names.items() for name in each]
    now = {name: before.names.get(name, today) for name in sorted(hashes)}
    limits = {one: since for one, since in before.limits.items() if limit is not None and (done or one) <= one <= limit}
    if limit is not None:
        limits.setdefault(limit, today)
    content = {
        _NAMES: {name: since.isoformat() for name, since in now.items()},
        _LIMITS: {one.isoformat(): since.isoformat() for one, since in sorted(limits.items())},
    }
    write_atomically(settings.state / FILE, json.dumps(content, indent=1).encode())
    return len(now.keys() - before.names.keys()) + len(limits.keys() - before.limits.keys())
