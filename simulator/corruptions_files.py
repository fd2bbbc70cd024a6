"""Oddities of a whole file: a unit in the header, a column nobody asked for, one that is missing.

Data in: the world. Data out: changed columns and the file's reason codes.
Not here: single rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from simulator.cells import same
from simulator.feed_names import EDGES, PERSONS, RETROFITS
from simulator.world import World

UNKNOWN_COLUMN = "+"
"""A column name that begins so is no field: the rest is the header as it stands in the file."""
_TEN_THOUSAND = Decimal(10_000)


@dataclass(frozen=True)
class FileKind:
    """One oddity, applied at most once a run with ``chance``."""

    name: str
    chance: float
    apply: Callable[[World], None]
    consequence: str


def _due_in_wan(world: World) -> None:
    """补助标准（万元） instead of yuan."""
    table = world.table(RETROFITS)
    texts = [_in_wan(word) for word in table.columns["due_amt"].to_pylist()]
    table.columns["due_amt"] = pa.array(texts, pa.string())
    changed = table.cells.get("due_amt", {})
    for rid, word in list(changed.items()):
        if isinstance(word, str):
            changed[rid] = _in_wan(word)
    table.header_notes["due_amt"] = "（万元）"
    table.file_codes.append("G_UNIT_CONVERTED")


def _in_wan(yuan: str) -> str:
    return str(Decimal(yuan) / _TEN_THOUSAND) if yuan else ""


def _extra_column(world: World) -> None:
    table = world.table(PERSONS)
    table.columns[f"{UNKNOWN_COLUMN}民政核查批次"] = same("第一批", table.base)
    table.file_codes.append("G_EXTRA_COLUMN")


def _column_missing(world: World) -> None:
    """A column that no rule reads: one that a rule reads would change what is true."""
    table = world.table(PERSONS)
    del table.columns["education"]
    table.file_codes.append("G_OPTIONAL_MISSING")


def _wrong_total(world: World) -> None:
    table = world.table(EDGES)
    table.total_error = 1
    table.file_codes.append("G_TOTAL_MISMATCH")


FILE_KINDS: tuple[FileKind, ...] = (
    FileKind("due_in_wan", 0.5, _due_in_wan, "G_UNIT_CONVERTED"),
    FileKind("extra_column", 0.5, _extra_column, "G_EXTRA_COLUMN"),
    FileKind("wrong_total", 0.5, _wrong_total, "G_TOTAL_MISMATCH"),
    FileKind("column_missing", 0.5, _column_missing, "G_OPTIONAL_MISSING"),
)
