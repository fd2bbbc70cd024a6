"""What changed since the publication before, as published. Masked.

Data in: ``changes`` of a publication. Data out: plain rows.
Not here: how a change and its cause are found (changes.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.publication.reports import IN_AREA, Row, condition, query_published

if TYPE_CHECKING:
    from pipeline.settings import Settings


KINDS = ("person", "household", "fact", "card", "finding", "number")
"""What may have changed."""


def counts(settings: Settings, as_of: date | None = None) -> list[Row]:
    """How many changes of each kind, field and cause."""
    return query_published(
        settings,
        as_of,
        "select kind, field, any_value(title order by title) as title, cause, count(*) as changes"
        " from masked.changes group by kind, field, cause order by kind, field, cause",
    )


def rows(
    settings: Settings, *, kind: str | None = None, area: str | None = None, as_of: date | None = None
) -> list[Row]:
    """The changes themselves."""
    where, parameters = condition({"kind = ?": kind, IN_AREA: area})
    sql = (
        f"select * from masked.changes where {where} order by kind, field, subject_type, subject_key, area_code, title"
    )
    return query_published(settings, as_of, sql, parameters)
