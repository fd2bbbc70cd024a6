"""Pushes the housing department its monthly retrofit report (R101).

Data in: ``retrofit_monthly`` of a publication. Data out: one workbook in ``outbox/housing/``, none without a project.
Not here: the numbers (dbt), the look of the workbook (connectors/outbox/monthly.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.outbox.monthly import write_monthly
from connectors.outbox.workbook import clean_stem
from connectors.warehouse import own_tables
from pipeline.publication.publish import opened

if TYPE_CHECKING:
    from pipeline.settings import Settings

_LINES = """
    select report_month, coalesce(village.name, monthly.area_code) as place, task, started, completed, accepted, paid,
        reported_started, reported_completed, is_monotone
    from masked.retrofit_monthly as monthly
    left join (
        select distinct township_code, township_name as name from masked.one_table_village
    ) as village on monthly.area_code = village.township_code
    order by report_month, length(monthly.area_code), monthly.area_code
    """


def push_monthly(settings: Settings, masked_database: Path, as_of: date) -> int:
    """Write the workbook; returns the number of lines in it."""
    with opened(settings, masked_database) as con:
        if "retrofit_monthly" not in own_tables(con):
            return 0
        lines = con.execute(_LINES).fetchall()
    if not any(line[2] for line in lines):
        return 0
    stem = clean_stem(f"{settings.county_name}_危改月报_{as_of:%Y%m}.x")
    path = settings.outbox / "housing" / f"{stem}.xlsx"
    named = [
        (month, settings.county_name if place == settings.county else place, *rest) for month, place, *rest in lines
    ]
    write_monthly(path, unit=settings.county_name, as_of=as_of, lines=named)
    return len(lines)
