"""Which withdrawn records are stored at all (feeds.md section 5: R_WITHDRAW_NOT_FOUND).

Data in: the view ``staged`` of one file, the warehouse of the home. Data out: places of withdrawals without a record.
Not here: taking a record out of force (dbt, current rows) and reading the file.
"""

from __future__ import annotations

from connectors.contract import Feed
from connectors.intake.context import FindUnstored
from connectors.intake.keys import key_sql
from connectors.keyfiles import load_or_create
from connectors.warehouse import Connection, attached_warehouse, columns_of
from identity import tokens
from identity.shape import key_part, tokenised
from pipeline.settings import Settings
from pipeline.submission import ACCEPTED

_IN_FORCE = """
with deliveries as (
  select submission_id, mode, coalesce(area_code, '') as area_code,
    row_number() over (order by period_end nulls first, received_on, seq) as place
  from wh.meta.submissions
  where sector = $sector and entity = $entity and coalesce(scope_key, '') = $scope and list_contains($accepted, status)
),
stored as (
  select r.row_key, r.op, d.place, d.area_code as delivered_area, {area} as area_code
  from wh.raw.{table} as r
  inner join deliveries as d on d.submission_id = r.submission_id
  where r.row_key in (select row_key from withdrawn_keys)
)
select row_key
from stored as s
where not exists (
  select 1
  from deliveries as later
  where later.mode = 'full' and later.place > s.place and (
    starts_with(s.delivered_area, later.area_code)
    or (starts_with(later.area_code, s.delivered_area) and starts_with(s.area_code, later.area_code))
  )
)
group by row_key
having arg_max(op, place) = 'upsert'
"""


def finder(settings: Settings) -> FindUnstored:
    """Look-up of withdrawn keys in the warehouse of a home; without a warehouse no key is stored."""

    def find(con: Connection, feed: Feed, scope_key: str) -> list[tuple[str, int]]:
        if not settings.warehouse.exists():
            return con.execute("select distinct sheet, row_no from staged where op = 'withdraw'").fetchall()
        with (
            tokens.installed(con, load_or_create(settings.token_key)),
            attached_warehouse(con, settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds),
        ):
            return _unstored(con, feed, scope_key)

    return find


def _unstored(con: Connection, feed: Feed, scope_key: str) -> list[tuple[str, int]]:
    row_key = key_sql(feed, lambda name: key_part(feed, name))
    con.execute(
        f"create or replace temp table withdrawn_keys as select sheet, row_no, {row_key} as row_key"
        f" from {tokenised(feed, 'staged', columns_of(con, 'staged'))} where op = 'withdraw'"
    )
    names = {column.name for column in feed.raw_columns()}
    area = next((f"r.{name}" for name in ("village_code", "area_code") if name in names), "''")
    stored = _IN_FORCE.format(area=area, table=feed.table)
    found = con.execute(
        f"select distinct sheet, row_no from withdrawn_keys where row_key not in ({stored})",
        {"sector": feed.sector, "entity": feed.entity, "scope": scope_key, "accepted": list(ACCEPTED)},
    ).fetchall()
    con.execute("drop table withdrawn_keys")
    return found
