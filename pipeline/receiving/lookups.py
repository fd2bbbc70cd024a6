"""What the reading of a file has to know of the warehouse: area units, earlier deliveries of the same feed.

Data in: the warehouse, attached read-only as ``wh``. Data out: the table ``areas`` in the scratch database, and
plain values.
Not here: reading the file, and the guards themselves (connectors/intake/checks.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import Feed
from connectors.warehouse import Connection
from pipeline.settings import Settings
from pipeline.submission import ACCEPTED, SETTLED

_COUNTY_DIGITS = 6
_TOWNSHIP_DIGITS = 9

AREA_COLUMNS = (
    "area_code varchar, level integer, parent varchar, name varchar, "
    "valid_from varchar, valid_to varchar, prev_code varchar, prev_name varchar"
)

_VILLAGES_IN_FORCE = """
with deliveries as (
  select submission_id, mode, coalesce(area_code, '') as area_code,
    row_number() over (order by period_end nulls first, received_on, seq) as place
  from wh.meta.submissions
  where sector = 'registry' and entity = 'villages' and status in ('accepted', 'accepted_with_errors')
),
placed as (
  select villages.*, deliveries.place, deliveries.area_code as delivered_area
  from wh.raw.registry__villages as villages
  inner join deliveries on deliveries.submission_id = villages.submission_id
),
in_force as (
  select placed.*
  from placed
  where not exists (
    select 1
    from deliveries as later
    where later.mode = 'full' and later.place > placed.place and (
      starts_with(placed.delivered_area, later.area_code)
      or (starts_with(later.area_code, placed.delivered_area) and starts_with(placed.area_code, later.area_code))
    )
  )
),
latest as (
  select *, max(place) over (partition by row_key) as last_place
  from in_force
)
select distinct area_code, area_name, county, township, valid_from, valid_to, prev_code, prev_name
from latest
where place = last_place and op <> 'withdraw'
"""


@dataclass(frozen=True)
class Known:
    """What the warehouse knows before a file is read."""

    deliveries: int
    """Deliveries of the same bytes by the same sector, whatever became of them."""
    is_duplicate: bool
    previous: dict[str, int]
    """Area code → accepted rows of the last accepted full file of that area."""
    loaded_periods: frozenset[tuple[str, str]]
    """(area code, period) for which rows have been accepted."""


def known(con: Connection, feed: Feed, sha256: str) -> Known:
    """Look a file up; the warehouse is attached to ``con``."""
    deliveries = con.execute(
        "select entity, status from wh.meta.submissions where sector = ? and sha256 = ?", [feed.sector, sha256]
    ).fetchall()
    accepted = list(ACCEPTED)
    previous = con.execute(
        """
        select area_code, arg_max(rows_ok + rows_warn, seq)
        from wh.meta.submissions
        where sector = ? and entity = ? and mode = 'full' and area_code is not null and list_contains(?, status)
        group by area_code
        """,
        [feed.sector, feed.entity, accepted],
    ).fetchall()
    periods = con.execute(
        """
        select distinct area_code, period
        from wh.meta.submissions
        where sector = ? and entity = ? and period is not null and area_code is not null
          and rows_ok + rows_warn > 0 and list_contains(?, status)
        """,
        [feed.sector, feed.entity, accepted],
    ).fetchall()
    return Known(
        deliveries=len(deliveries),
        is_duplicate=any(entity == feed.entity and status in SETTLED for entity, status in deliveries),
        previous=dict(previous),
        loaded_periods=frozenset(periods),
    )


def fill_areas(con: Connection, settings: Settings) -> None:
    """Make the table ``areas`` in the scratch database from the villages in force; the county is always in it."""
    con.execute(f"create or replace temp table units as {_VILLAGES_IN_FORCE}")
    empty_areas(con)
    con.execute(
        f"""
        insert into areas
        with named as (
          select area_code, area_name as name, valid_from, valid_to, prev_code, prev_name from units
        ),
        townships as (
          select left(area_code, {_TOWNSHIP_DIGITS}) as area_code, min(township) as name
          from units
          where length(area_code) > {_TOWNSHIP_DIGITS} and township is not null
          group by all
        ),
        counties as (
          select left(area_code, {_COUNTY_DIGITS}) as area_code, min(county) as name
          from units
          where length(area_code) > {_COUNTY_DIGITS} and county is not null
          group by all
          union
          select ?, ?
        ),
        uppers as (
          select area_code, min(name) as name
          from (select * from townships union all select * from counties) as above
          where area_code not in (select area_code from named)
          group by area_code
        ),
        every as (
          select * from named
          union all
          select area_code, name, null, null, null, null from uppers
        )
        select area_code, length(area_code),
          case length(area_code) when 12 then left(area_code, 9) when 9 then left(area_code, 6)
            else left(area_code, 4) end,
          name, valid_from, valid_to, prev_code, prev_name
        from every
        """,
        [settings.county, settings.county_name],
    )
    con.execute("drop table units")


def only_county(con: Connection, settings: Settings) -> None:
    """The table ``areas`` with the county alone, where no warehouse exists yet."""
    empty_areas(con)
    con.execute(
        "insert into areas select ?::varchar, 6, left(?::varchar, 4), ?, null, null, null, null",
        [settings.county, settings.county, settings.county_name],
    )


def empty_areas(con: Connection) -> None:
    """The table ``areas`` without a row."""
    con.execute(f"create or replace table areas ({AREA_COLUMNS})")
