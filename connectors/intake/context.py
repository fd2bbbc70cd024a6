"""What reading a file may depend on besides its bytes.

Data in: values of the caller. Data out: :class:`IntakeContext`.
Not here: a clock, paths of the home, the environment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from connectors.contract import Feed
from connectors.warehouse import Connection

Previous = Mapping[str, int]
"""Area code → accepted rows of the last accepted full file of that area."""
FindUnstored = Callable[[Connection, Feed, str], list[tuple[str, int]]]
"""(connection with the view ``staged``, feed, scope key) → sheet and row of each withdrawal whose key is not stored."""


@dataclass(frozen=True)
class Guards:
    """Limits on a whole file (feeds.md section 5; ours, from the policy parameters)."""

    reject_ratio: Decimal = Decimal("0.20")
    row_drop: Decimal = Decimal("0.70")
    min_rows: int = 20


@dataclass(frozen=True)
class IntakeContext:
    """Facts of a delivery."""

    file_name: str
    received_on: dt.date
    county: str
    side: Mapping[str, object] = field(default_factory=dict)
    sender_areas: Collection[str] = ()
    """Area codes the sender may report for; empty: the county."""
    closed_periods: Collection[str] = ()
    guards: Guards = Guards()
    previous: Previous = field(default_factory=dict)
    loaded_periods: Collection[tuple[str, str]] = ()
    """(area code, period) for which rows have been accepted."""
    definition_version: str | None = None
    released: bool = False
    """A named person has released a held file: H_ROW_DROP is not asked again."""
    is_duplicate: bool = False
    has_tokens: bool = False
    """The connection has the function ``token``: ids get their tokens in the pass that reads them."""
    find_unstored: FindUnstored | None = None
    """Looks withdrawn keys up where rows are stored; None: not asked."""
    scratch: Path | None = None
    """Folder for temporary files; None: the system's."""
