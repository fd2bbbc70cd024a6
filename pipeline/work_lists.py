"""The lists that the documents order, as published: who is on which, why, and since when. Masked.

Data in: ``work_lists`` of a publication. Data out: plain rows.
Not here: which rule or card makes which list (dbt_project/seeds/lists.csv).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.reports import query_published

if TYPE_CHECKING:
    from pipeline.settings import Settings

Row = dict[str, Any]


def counts(settings: Settings, as_of: date | None = None) -> list[Row]:
    """How many subjects stand on each list that has any."""
    return query_published(
        settings,
        as_of,
        "select list_id, any_value(title order by title) as title, count(*) as subjects from masked.work_lists"
        " group by list_id order by list_id",
    )


def rows(settings: Settings, list_id: str, *, area: str | None = None, as_of: date | None = None) -> list[Row]:
    """The subjects of one list, the longest on it first."""
    where, parameters = ["list_id = ?"], list[object]([list_id])
    if area is not None:
        where.append("starts_with(area_code, ?)")
        parameters.append(area)
    sql = f"select * from masked.work_lists where {' and '.join(where)} order by age_days desc, area_code, subject_key"
    return query_published(settings, as_of, sql, parameters)
