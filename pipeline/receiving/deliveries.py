"""The history of deliveries, and the proof that one was received.

Data in: the warehouse's list of submissions, the vault of originals. Data out: plain values for the command line.
Not here: whether a delivery was due (dbt, marts.deliveries), and what a file says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connectors import originals
from connectors.files import sha256_of
from connectors.outbox.receipt import STATUS_WORDS
from connectors.warehouse import open_warehouse
from pipeline.settings import Settings

_SHA_CHARACTERS = 64
_FEWEST_CHARACTERS = 8
_HEX = frozenset("0123456789abcdef")

_HISTORY = """
with ledger as (
  select *, status in ('accepted', 'accepted_with_errors') or (status = 'nil' and clears) as counts,
    coalesce(period_end, as_of, received_on) as covers_to
  from meta.submissions
)
select one.submission_id, one.sector || '/' || one.entity as feed, one.file_name, one.sha256, one.mode, one.area_code,
  one.period, one.received_on, one.received_at, one.status, one.reasons, one.rows_in, one.rows_rejected,
  one.released_by, one.released_reason, one.note,
  (
    select arg_min(later.submission_id, later.seq)
    from ledger as later
    where one.counts and later.counts and (later.mode = 'full' or later.status = 'nil')
      and later.sector = one.sector and later.entity = one.entity
      and coalesce(later.scope_key, '') = coalesce(one.scope_key, '')
      and starts_with(coalesce(one.area_code, ''), coalesce(later.area_code, ''))
      and (later.covers_to, later.received_on, later.seq) > (one.covers_to, one.received_on, one.seq)
  ) as superseded_by,
  (
    select arg_min(later.submission_id, later.seq)
    from ledger as later
    where one.status = 'held' and later.sector = one.sector and later.entity = one.entity
      and later.sha256 = one.sha256 and later.released_by is not null and later.seq > one.seq
  ) as released_as
from ledger as one
where ($feed is null or one.sector || '/' || one.entity = $feed)
  and ($sha256 is null or starts_with(one.sha256, $sha256))
order by one.sector, one.entity, one.seq
"""


def submissions(settings: Settings, feed: str | None = None, sha256: str | None = None) -> list[dict[str, Any]]:
    """Every delivery in the order it came, with what became of it; a newer full one supersedes an older one."""
    if not settings.warehouse.exists():
        return []
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
        cursor = con.execute(_HISTORY, {"feed": feed, "sha256": sha256})
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{**one, "status_zh": STATUS_WORDS.get(one["status"], one["status"])} for one in found]


def receipt(settings: Settings, what: str) -> dict[str, Any] | None:
    """Proof of receipt for a file or its sha256 (its beginning will do); None if ``what`` is neither.

    ``is_intact`` is checked now: the original still lies in the vault and its bytes still have this hash.
    """
    sha256 = _sha256(what)
    if sha256 is None:
        return None
    found = submissions(settings, sha256=sha256)
    whole = sorted({one["sha256"] for one in found})
    return {
        "asked": what if Path(what).name == what else Path(what).name,
        "sha256": whole[0] if len(whole) == 1 else sha256,
        "is_received": bool(found),
        "is_intact": bool(whole) and all(originals.is_intact(settings.originals, each) for each in whole),
        "submissions": found,
    }


def _sha256(what: str) -> str | None:
    text = what.strip().lower()
    if _FEWEST_CHARACTERS <= len(text) <= _SHA_CHARACTERS and set(text) <= _HEX:
        return text
    path = Path(what)
    return sha256_of(path) if path.is_file() else None
