"""Policy values outside dbt: the guards at landing and the retention periods.

Data in: ``dbt_project/seeds/policy_parameters.csv``. Data out: the value in force for an area on a day.
Not here: what dbt computes with the same file, and any value of our own beyond the defaults for a missing row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from pipeline.repository import SEEDS

SEED = SEEDS / "policy_parameters.csv"


@dataclass(frozen=True)
class Parameter:
    """One row of the seed."""

    param_id: str
    area_prefix: str
    valid_from: date
    valid_to: date
    value: str

    def is_in_force(self, area: str, day: date) -> bool:
        """Whether the row speaks for this area on this day; ``valid_to`` is the first day after it."""
        return area.startswith(self.area_prefix) and self.valid_from <= day < self.valid_to


@lru_cache(maxsize=4)
def parameters(seed: Path = SEED) -> tuple[Parameter, ...]:
    """Every row of the seed."""
    if not seed.is_file():
        return ()
    with seed.open(encoding="utf-8-sig", newline="") as stream:
        return tuple(parameter(row) for row in csv.DictReader(stream))


def parameter(row: Mapping[str, str]) -> Parameter:
    """A row of the seed as it is written."""
    return Parameter(
        param_id=row["param_id"],
        area_prefix=row["area_prefix"] or "",
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max,
        value=row["value"],
    )


def in_force(rows: Iterable[Parameter], area: str, day: date) -> Parameter | None:
    """Of one parameter's rows the one that speaks for an area: the longest prefix wins, then the later start."""
    found = [row for row in rows if row.is_in_force(area, day)]
    return max(found, key=lambda row: (len(row.area_prefix), row.valid_from), default=None)


def text(param_id: str, area: str, day: date, default: str | None = None, *, seed: Path = SEED) -> str | None:
    """The value in force as it is written."""
    found = in_force((row for row in parameters(seed) if row.param_id == param_id), area, day)
    return default if found is None else found.value


def value(param_id: str, area: str, day: date, default: Decimal | None = None, *, seed: Path = SEED) -> Decimal | None:
    """The value in force as a number."""
    found = text(param_id, area, day, seed=seed)
    return default if found is None else Decimal(found)
