"""Reminds each department of what it owes: one small workbook per sector that is late, none where all came in time.

Data in: a publication's full database with ``deliveries``. Data out: ``outbox/<sector>/…报送提醒….xlsx``.
Not here: what is owed by when (dbt), and the workbook's look (connectors/outbox/reminders.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.contract import SECTORS, feeds
from connectors.outbox.reminders import Owed, write_reminder
from connectors.outbox.workbook import area_words, clean_stem

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_LATE_FOR_DAYS = 31
"""How long a late delivery is still mentioned after it came (ours)."""


def remind(settings: Settings, con: Connection, as_of: date) -> dict[str, int]:
    """Write the reminders of one day; returns sector → lines. ``con`` is an opened publication with schema full."""
    known = con.execute(
        "select 1 from information_schema.tables where table_schema = 'full' and table_name = 'deliveries'"
    ).fetchall()
    if not known:
        return {}
    units = {feed.sector: feed.department for feed in reversed(feeds())}
    counts: dict[str, int] = {}
    for sector in SECTORS:
        owed = _owed(settings, con, sector, as_of)
        if owed:
            unit = units[sector]
            stem = clean_stem(f"{settings.county_name}_{unit}_报送提醒_{as_of.isoformat()}.x")
            write_reminder(settings.outbox / sector / f"{stem}.xlsx", unit=unit, as_of=as_of, owed=owed)
            counts[sector] = len(owed)
    return counts


def _owed(settings: Settings, con: Connection, sector: str, as_of: date) -> list[Owed]:
    """What is missing first, then what is overdue, then what came late of late."""
    lines = con.execute(
        """
        with names(code, name) as (
          select $county, $county_name
          union all select area_code, village_name from "full".one_table_village
          union all select distinct township_code, township_name from "full".one_table_village
        )
        select title, area_code, period, due_on, delivery_state, sector || '/' || entity, refused_count, name
        from "full".deliveries
        left join names on area_code = code
        where sector = $sector and is_required and (
          delivery_state in ('missing', 'overdue')
          or (delivery_state = 'late' and date_diff('day', received_on, $as_of::date) <= $days)
        )
        order by case delivery_state when 'missing' then 0 when 'overdue' then 1 else 2 end, due_on, title, area_code
        """,
        {
            "sector": sector,
            "as_of": as_of,
            "days": _LATE_FOR_DAYS,
            "county": settings.county,
            "county_name": settings.county_name,
        },
    ).fetchall()
    return [
        Owed(title, area_words(area, name), period, due_on, state, f"ingest/{folder}", refused)
        for title, area, period, due_on, state, folder, refused, name in lines
    ]
