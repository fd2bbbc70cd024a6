"""Data contracts: the one declaration of every feed that a department sends.

Data in: ``contracts/<sector>/<entity>.odcs.yaml`` (Open Data Contract Standard v3), the shared column
groups ``contracts/shared/groups.yaml`` and code lists ``contracts/shared/codes.yaml``.
Data out: frozen :class:`Feed` and :class:`Column` values. Header mapping, normalisation, row checks, the
landing gate, blank templates, dbt sources and the dictionary page all derive from them.
Not here: reading files, opening databases, or anything else that does I/O beyond loading the contracts.
This module is the door: the shapes are in ``model``, the YAML loading in ``files``, ``columns`` and ``shared``.
"""

from connectors.contract.files import FEED_NAMES, feeds, load_feed
from connectors.contract.layout import RawColumn, key_stem, masked_stem, token_column
from connectors.contract.model import (
    SECTORS,
    AreaRole,
    Code,
    CodeList,
    Column,
    ColumnType,
    Delivery,
    Derivation,
    Feed,
    GroupValues,
    Indicator,
    Mode,
    PeriodPart,
    PersonalData,
    Reason,
    Requirement,
    RowCheck,
)
from connectors.contract.shared import code_list, code_lists, indicators, reasons

__all__ = [
    "FEED_NAMES",
    "SECTORS",
    "AreaRole",
    "Code",
    "CodeList",
    "Column",
    "ColumnType",
    "Delivery",
    "Derivation",
    "Feed",
    "GroupValues",
    "Indicator",
    "Mode",
    "PeriodPart",
    "PersonalData",
    "RawColumn",
    "Reason",
    "Requirement",
    "RowCheck",
    "code_list",
    "code_lists",
    "feeds",
    "indicators",
    "key_stem",
    "load_feed",
    "masked_stem",
    "reasons",
    "token_column",
]
