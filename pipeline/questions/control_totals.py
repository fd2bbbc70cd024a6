"""Numbers that the documents state, beside what the table computes, and who stands behind a difference. Masked.

Data in: ``control_totals_check`` and ``control_total_rows`` of a publication. Data out: plain rows.
Not here: the numbers of the documents (dbt_project/seeds/control_totals.csv) and how they are compared.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.publication.reports import Row, query_published

if TYPE_CHECKING:
    from pipeline.settings import Settings


def compared(settings: Settings, as_of: date | None = None) -> list[Row]:
    """Every number of a document: reproduced, explained or not of here."""
    return query_published(settings, as_of, "select * from masked.control_totals_check order by total_id")


def behind(settings: Settings, total_id: str, as_of: date | None = None) -> list[Row]:
    """Who is counted today, and who is not known to be; nobody where the number is reproduced or not of here."""
    return query_published(
        settings,
        as_of,
        "select * from masked.control_total_rows where total_id = ? order by side, area_code nulls first, subject_key",
        [total_id],
    )
