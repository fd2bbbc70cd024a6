"""The shape of a data contract: frozen values, one per feed, column, code list and row check.

Data in: nothing; :mod:`connectors.contract.files` fills these from the YAML files.
Data out: :class:`Feed` and its parts, reached through :mod:`connectors.contract`.
Not here: reading YAML, reading files, opening databases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from connectors.contract.layout import RawColumn, raw_columns, staged_columns

SECTORS = ("registry", "medical", "housing", "education", "civil_affairs", "water")

ColumnType = Literal[
    "id", "name", "text", "code", "date", "month", "year", "term", "money", "int", "dec", "yn", "pct", "area", "hhno"
]
Requirement = Literal["M", "C", "O+", "O", "X"]
PersonalData = Literal["I", "S", "O"]
Mode = Literal["full", "increment"]
AreaRole = Literal["required", "mandatory", "optional", "accepted", "own"]
PeriodPart = Literal["year", "term", "month"]


@dataclass(frozen=True)
class Code:
    """One entry of a code list: the stored ``code``, its official ``word`` and every accepted alias."""

    code: str
    word: str
    aliases: tuple[str, ...] = ()
    warns: str | None = None
    """Reason code that a row with this entry keeps (``W_UNKNOWN_WORD``), else None."""
    also_offered: tuple[str, ...] = ()
    """Aliases that are official too: they stand beside ``word`` where words are offered."""


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes (feeds.md section 8.2)."""

    name: str
    codes: tuple[Code, ...]
    keeps_unknown_words: bool = False
    """True where a word outside the list is stored as the list's last code and the word is kept."""
    keeps_words: bool = False
    """True where the word sent is kept beside the code, because one code covers several words."""


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
    strict: bool = False
    """A bad value rejects the row with its R code although the column is not M."""
    from_period: PeriodPart | None = None
    """A blank cell or an absent column takes this part of the file's period."""
    example: str = ""
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
    windowed: bool = False
    """The SQL holds a window function over all data rows of the file, rejected ones included."""


@dataclass(frozen=True)
class Derivation:
    """A value taken from other columns: where ``column`` is null and ``sql`` is not, it is set with W_DERIVED."""

    column: str
    sql: str
    absent_only: bool = False
    """Applies only to files that lack the column."""
    matched: tuple[str, tuple[str, ...]] | None = None
    """(column, headers): applies only if that column was found under one of these headers."""


@dataclass(frozen=True)
class GroupValues:
    """Columns whose values must agree on all rows of one group, else each row keeps W_GROUP_CONFLICT."""

    key: tuple[tuple[str, ...], ...]
    """Alternatives, the first whose every part is filled."""
    columns: tuple[str, ...]
    keep_first: bool = False
    """The first row's value is stored on all rows of the group."""


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
    """Alternatives in order of preference; the first whose every part is filled or has a key default."""
    key_defaults: dict[str, str] = field(default_factory=dict)
    """What stands in for a blank key part; a part not listed must be filled."""
    checks: tuple[RowCheck, ...] = ()
    groups: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    grain: str = ""
    wide: tuple[str, ...] = ()
    """Columns that may repeat as 第N次X, 第N批X, 第N季度X, XN (feeds.md section 3, item 12)."""
    wide_groups: tuple[dict[str, tuple[str, ...]], ...] = ()
    """Fixed groups of headers that give one record each, column → headers (枯水期…, 丰水期…)."""
    area: AreaRole = "accepted"
    """How the group AREA is taken: required (blank rejects the row), mandatory (the column must exist),
    optional (its absence is reported), accepted (silent), own (the feed names its own area columns)."""
    derivations: tuple[Derivation, ...] = ()
    group_values: GroupValues | None = None
    extra: dict[str, object] = field(default_factory=dict)
    """Feed-specific layouts read by one step only (documented in the contract)."""

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

    def raw_columns(self) -> tuple[RawColumn, ...]:
        """The columns of ``raw.<table>``, fixed ones first."""
        return raw_columns(self)

    def staged_columns(self) -> tuple[RawColumn, ...]:
        """The columns of the staged table of one file, fixed ones first."""
        return staged_columns(self)


@dataclass(frozen=True)
class Reason:
    """A reason code of feeds.md section 7 with the words a clerk reads."""

    code: str
    zh: str
    en: str
    mend_zh: str

    @property
    def severity(self) -> str:
        """``file`` (F), ``held`` (H), ``notice`` (G), ``row`` (R: rejected) or ``warning`` (W: kept)."""
        return {"F": "file", "H": "held", "G": "notice", "R": "row", "W": "warning"}[self.code[0]]


@dataclass(frozen=True)
class Indicator:
    """One figure that a department may report in its department_totals."""

    code: str
    name: str
    sector: str
    unit: str
    """Code of CL-UNIT: household, person, unit, percent."""
    grain: str
    rule: str | None = None
