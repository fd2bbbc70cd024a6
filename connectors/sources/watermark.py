"""Watermarks: how far a table was read, and which rows of the overlap were delivered already.

Data in: the watermark column's values in ascending order, a fingerprint per row. Data out: where the next pull begins,
and the fingerprints it may leave out. Rows that are committed late, with an older time than others already read, are
found again by the overlap; rows of the overlap that did not change are not delivered twice.
Not here: asking the database.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.sources.errors import ConfigurationError

Mark = int | Decimal | date | datetime | str
MOST_FINGERPRINTS = 200_000
"""Older rows of a fuller overlap are delivered again, which an increment takes without harm."""


def fingerprint(cells: Sequence[str]) -> str:
    """A short hash of one row."""
    return hashlib.blake2b("\x1f".join(cells).encode(), digest_size=12).hexdigest()


def to_note(mark: Mark) -> dict[str, str]:
    """The form in which a mark is remembered."""
    if isinstance(mark, datetime | date):
        return {"type": type(mark).__name__, "value": mark.isoformat()}
    return {"type": type(mark).__name__, "value": str(mark)}


def from_note(note: Mapping[str, str]) -> Mark:
    """The mark that was remembered."""
    value = note["value"]
    readers: dict[str, Any] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "int": int,
        "Decimal": Decimal,
        "str": str,
    }
    mark: Mark = readers[note["type"]](value)
    return mark


def before(mark: Mark, overlap: int | timedelta) -> Mark:
    """The mark, less the overlap.

    Raises:
        ConfigurationError: the overlap does not fit the kind of the watermark.
    """
    if not overlap:
        return mark
    if isinstance(mark, datetime) and isinstance(overlap, timedelta):
        return mark - overlap
    if isinstance(mark, date) and not isinstance(mark, datetime) and isinstance(overlap, timedelta):
        return mark - timedelta(days=-(-overlap // timedelta(days=1)))
    if isinstance(mark, int | Decimal) and isinstance(overlap, int):
        return mark - overlap
    raise ConfigurationError(
        f"overlap 与水位字段的类型（{type(mark).__name__}）不符：时间用“2h”，编号用整数"
        " / the overlap does not fit the kind of the watermark"
    )


class Reading:
    """One pass over the rows in watermark order: which are new, and what to remember afterwards."""

    def __init__(self, seen: Collection[str], start: Mark | None, overlap: int | timedelta, now: date) -> None:
        self._seen = frozenset(seen)
        self.mark = start
        self._overlap = overlap
        self._now = now
        self._window: deque[tuple[Mark, str]] = deque(maxlen=MOST_FINGERPRINTS)
        self._unmarked: deque[str] = deque(maxlen=MOST_FINGERPRINTS)

    def is_new(self, mark: object, cells: Sequence[str]) -> bool:
        """Note one row; True if it has to be delivered.

        A mark in the future is delivered but does not move the watermark: one mistyped year would end all reading, and
        a time of this evening would pass over whatever changes until then.
        """
        print_ = fingerprint(cells)
        if mark is None:
            self._unmarked.append(print_)
        elif isinstance(mark, int | Decimal | date | str):
            self._advance(mark)
            self._window.append((mark, print_))
        else:
            kind = type(mark).__name__
            raise ConfigurationError(f"水位字段的类型（{kind}）不能用 / a watermark cannot be of type {kind}")
        return print_ not in self._seen

    def remembered(self) -> list[str]:
        """Fingerprints of the rows that the next pull reads again."""
        start = None if self.mark is None else before(self.mark, self._overlap)
        prints = {print_ for mark, print_ in self._window if start is None or mark >= start}  # type: ignore[operator]
        return sorted(prints.union(self._unmarked))

    def _advance(self, mark: Mark) -> None:
        if isinstance(mark, date) and _is_to_come(mark, self._now):
            return
        if self.mark is None or mark > self.mark:  # type: ignore[operator]
            self.mark = mark


def _is_to_come(mark: date, now: date) -> bool:
    """Whether a day or time is later than ``now``; times without a zone are those of ``now``'s."""
    if isinstance(mark, datetime) and isinstance(now, datetime):
        return mark > (now if mark.tzinfo else now.replace(tzinfo=None))
    return _day(mark) > _day(now)


def _day(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when
