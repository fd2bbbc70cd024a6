"""Data contracts: the one declaration of every feed that a department sends.

Data in: ``contracts/<sector>/<entity>.odcs.yaml`` (Open Data Contract Standard v3), the shared column
groups ``contracts/shared/groups.yaml`` and code lists ``contracts/shared/codes.yaml``.
Data out: frozen :class:`Feed` and :class:`Column` values. Header mapping, normalisation, row checks, the
landing gate, blank templates, dbt sources and the dictionary page all derive from them.
Not here: reading files, opening databases, or anything else that does I/O beyond loading the contracts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

SECTORS = ("registry", "medical", "housing", "education", "civil_affairs", "water")

ColumnType = Literal[
    "id", "name", "text", "code", "date", "month", "year", "term", "money", "int", "dec", "yn", "pct", "area", "hhno"
]
Requirement = Literal["M", "C", "O+", "O", "X"]
PersonalData = Literal["I", "S", "O"]
Mode = Literal["full", "increment"]


@dataclass(frozen=True)
class Code:
    """One entry of a code list: the stored ``code``, its official ``word`` and every accepted alias."""

    code: str
    word: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes (feeds.md section 8.2)."""

    name: str
    codes: tuple[Code, ...]
    keeps_unknown_words: bool = False
    """True where a word outside the list is stored as the list's last code and the word is kept."""


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    ``name`` is the English field name, ``header`` the Chinese header handed to departments, ``aliases`` the other
    headers that are accepted in order of preference, ``inverse`` the headers whose yes/no answer is negated.
    """

    name: str
    header: str
    type: ColumnType
    req: Requirement
    pd: PersonalData
    description: str
    """Chinese; shown in dbt docs, templates and the dictionary."""
    aliases: tuple[str, ...] = ()
    inverse: tuple[str, ...] = ()
    one_of: str | None = None
    """Name of a one-of group: at least one column of the group must exist."""
    codes: CodeList | None = None
    multi: bool = False
    unit: str | None = None
    length: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    """Plausible range; outside it the row keeps W_RANGE."""
    negative: bool = False
    """Money: negative amounts are allowed."""
    blank0: bool = False
    """Money: a blank cell is 0.00 with W_BLANK_AS_ZERO."""
    event: bool = True
    """Dates: an event cannot lie after received_on. False for planned, due and end dates."""
    open_end: bool = False
    """Dates: 长期, 至今, 9999-12-31 … mean an open end (null)."""
    when: str | None = None
    """X columns: SQL predicate over field names; where true and the cell is blank the row keeps W_COND_MISSING."""
    group: str | None = None
    """Shared group it came from (AREA, PERSON, HH, BANK, TAIL), else None."""
    vaulted: bool = False
    """Identifier class that never enters the warehouse in clear: lands as a token ``<stem>_key``."""
    secondary: bool = False
    """An id that is not the row's own (head, holder, guardian): numeric or masked values are dropped."""
    extra: dict[str, object] = field(default_factory=dict)
    """Feed-specific flags read by one check only (documented in the contract)."""


@dataclass(frozen=True)
class RowCheck:
    """A check between columns of one row: where ``sql`` is true the row keeps ``code``."""

    code: str
    sql: str
    columns: tuple[str, ...]
    description: str
    """Chinese message for the clerk."""


@dataclass(frozen=True)
class Delivery:
    """How a feed is delivered. ``scope`` names what one full snapshot replaces beside its area."""

    mode: Mode
    period: Literal["day", "month", "year", "term", "any"]
    scope: Literal["area", "year", "term", "month"] = "area"


@dataclass(frozen=True)
class Feed:
    """One feed: everything the pipeline knows of it before a file arrives."""

    sector: str
    entity: str
    title: str
    """Chinese name of the file, e.g. 医保参保缴费花名册."""
    description: str
    department: str
    """Chinese short name of the owner, e.g. 医保."""
    delivery: Delivery
    columns: tuple[Column, ...]
    key: tuple[tuple[str, ...], ...]
    """Alternatives in order of preference; the first whose every part but the last-listed optional ones is filled."""
    checks: tuple[RowCheck, ...] = ()
    groups: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    grain: str = ""
    wide: tuple[str, ...] = ()
    """Columns that may repeat as 第N次X, 第N批X, 第N季度X, XN (section 3, item 12)."""

    @property
    def name(self) -> str:
        """``<sector>/<entity>``: the folder below ``ingest/``."""
        return f"{self.sector}/{self.entity}"

    @property
    def table(self) -> str:
        """Table below schema ``raw`` of the warehouse: ``<sector>__<entity>``."""
        return f"{self.sector}__{self.entity}"

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError if the feed has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
