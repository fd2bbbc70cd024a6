"""What the numbers say: read-only questions to the warehouse and the current publication.

Data in: ``warehouse.duckdb`` (submissions) and ``published/current`` (the masked publication).
Data out: plain rows for the CLI's tables and ``--json`` forms. Nothing here writes, and nothing unmasked leaves it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import warehouse
from connectors.contract import Feed, feeds
from pipeline.publication import publish as publishing

if TYPE_CHECKING:
    from pipeline.settings import Settings

Row = dict[str, Any]

_GOOD = """
    with good as (
        select * from (
            select *, row_number() over (
                partition by sector, entity
                order by coalesce(period_end, as_of, received_on) desc, received_on desc, seq desc
            ) as place
            from meta.submissions where status in ('accepted', 'accepted_with_errors', 'nil')
        ) where place = 1
    )
"""
"""The batch of each feed that is in force: a late one for an old period leaves it so (stg_meta__deliveries)."""
_LAST_GOOD = f"""
    {_GOOD}
    select sector, entity, submission_id, status, period, received_on,
           rows_ok + rows_warn as rows_accepted, rows_rejected
    from good
"""
_LATER = f"""
    {_GOOD}
    select s.sector, s.entity, list(s.submission_id order by s.seq) filter (where s.status = 'held') as held,
           count(*) filter (where s.status = 'refused') as refused
    from meta.submissions as s left join good as g on g.sector = s.sector and g.entity = s.entity
    where s.status in ('held', 'refused') and (g.seq is null or s.seq > g.seq)
    group by s.sector, s.entity
"""


class NothingPublishedError(Exception):
    """No publication exists yet: run ``onetable reconcile`` first."""


@dataclass(frozen=True)
class Side:
    """One side of a mismatch: which row of which file said it."""

    feed: str
    file_name: str
    sheet: str
    row_no: int
    received_on: date | None


def plain(value: object) -> object:
    """A value as JSON knows it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _rows(connection: warehouse.Connection, sql: str, parameters: list[object] | None = None) -> list[Row]:
    cursor = connection.execute(sql, parameters or [])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]


def publication_folder(settings: Settings, as_of: date | None = None) -> Path:
    """The folder of the current publication, or of the newest one for ``as_of``.

    Raises:
        NothingPublishedError: no such publication has passed the gates yet.
    """
    folder = publishing.current(settings)
    if as_of is not None and (folder is None or _manifest(folder)["as_of"] != as_of.isoformat()):
        dated = [item for item in publishing.publications(settings) if _manifest(item)["as_of"] == as_of.isoformat()]
        folder = dated[-1] if dated else None
    if folder is None:
        raise NothingPublishedError("还没有这样的发布:请先运行 onetable reconcile。")
    return folder


def manifest(settings: Settings, as_of: date | None = None) -> Row:
    """``manifest.json`` of a publication: as_of, run_id, counts, export_sha256."""
    return _manifest(publication_folder(settings, as_of))


def _manifest(folder: Path) -> Row:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def query_published(
    settings: Settings, as_of: date | None, sql: str, parameters: list[object] | None = None
) -> list[Row]:
    """Rows of a query on the masked publication."""
    database = publication_folder(settings, as_of) / "one_table.duckdb"
    with closing(warehouse.open_database(database, read_only=True)) as connection:
        return _rows(connection, sql, parameters)


def _warehouse(settings: Settings) -> warehouse.Connection:
    """The warehouse for reading, as soon as nobody writes to it.

    Raises:
        WarehouseBusyError: somebody does for longer than a step may wait.
    """
    path = settings.warehouse
    return warehouse.patiently(path, settings.wait_seconds, lambda: warehouse.open_database(path, read_only=True))


IN_AREA = "starts_with(area_code, ?)"
"""An area and everything below it."""


def condition(asked: Mapping[str, object]) -> tuple[str, list[object]]:
    """Those SQL conditions that have a value, and the values; ``true`` where none has."""
    given = {sql: value for sql, value in asked.items() if value is not None}
    return " and ".join(given) or "true", list(given.values())


def indicators(
    settings: Settings, indicator: str | None = None, area: str | None = None, as_of: date | None = None
) -> list[Row]:
    """Indicator rows of a publication, ordered by indicator and area.

    ``area`` None gives every row; an area code gives that area's and its children's.
    """
    where, parameters = condition({"indicator = ?": indicator, IN_AREA: area})
    sql = f"select * from masked.indicators where {where} order by indicator, area_code"
    return query_published(settings, as_of, sql, parameters)


def mismatches(
    settings: Settings,
    *,
    owner: str | None = None,
    rule: str | None = None,
    area: str | None = None,
    as_of: date | None = None,
) -> list[Row]:
    """Mismatch rows of a publication (masked), worst first."""
    where, parameters = condition({"owner = ?": owner, "rule_id = ?": rule, IN_AREA: area})
    sql = (
        f"select * from masked.mismatches where {where}"
        " order by case severity when 'critical' then 0 when 'major' then 1 else 2 end, rule_id, area_code, mismatch_id"
    )
    return query_published(settings, as_of, sql, parameters)


def mismatch_counts(settings: Settings, as_of: date | None = None) -> list[Row]:
    """Open mismatches per owner and rule, with the rules that did not run."""
    return query_published(
        settings,
        as_of,
        """
        select m.owner, m.rule_id, s.title, count(*) as mismatches,
               count(*) filter (where m.verdict = 'unknown') as unknown
        from masked.mismatches as m inner join masked.rule_status as s on s.rule_id = m.rule_id
        group by m.owner, m.rule_id, s.title order by m.owner, m.rule_id
        """,
    )


def rules_not_run(settings: Settings, as_of: date | None = None) -> list[Row]:
    """Rules that could not run, with the reason: never shown as passed."""
    return query_published(
        settings,
        as_of,
        "select rule_id, title, reason from masked.rule_status where status = 'not_run' order by rule_id",
    )


def feed_status(settings: Settings, today: date) -> list[Row]:
    """Per feed the last good batch: period, age in days, rows; whether it is missing, stale or a file is held.

    Stale: files after the last good one were refused or held, or the publication found the data past their date.
    """
    good, later, published = {}, {}, {}
    if settings.warehouse.exists():
        with closing(_warehouse(settings)) as connection:
            good = {(row["sector"], row["entity"]): row for row in _rows(connection, _LAST_GOOD)}
            later = {(row["sector"], row["entity"]): row for row in _rows(connection, _LATER)}
    if publishing.current(settings) is not None:
        found = query_published(settings, None, "select sector, entity, is_stale from masked.feed_status")
        published = {(row["sector"], row["entity"]): row["is_stale"] for row in found}
    return [
        _feed_row(feed, good.get(place), later.get(place, {}), bool(published.get(place)), today)
        for feed in feeds()
        for place in [(feed.sector, feed.entity)]
    ]


def _feed_row(feed: Feed, good: Row | None, later: Row, is_past: bool, today: date) -> Row:
    return {
        "sector": feed.sector,
        "entity": feed.entity,
        "title": feed.title,
        "owner": feed.department,
        "is_missing": good is None,
        "is_stale": good is not None and (is_past or bool(later)),
        "submission_id": good["submission_id"] if good else None,
        "period": good["period"] if good else None,
        "received_on": good["received_on"] if good else None,
        "age_days": (today - date.fromisoformat(good["received_on"])).days if good else None,
        "rows_accepted": good["rows_accepted"] if good else None,
        "rows_rejected": good["rows_rejected"] if good else None,
        "held_files": later.get("held", []),
        "refused_files": later.get("refused", 0),
    }


def last_run(settings: Settings) -> Row | None:
    """The record of the last reconciliation (``state/last_run.json``), or None."""
    path = settings.state / "last_run.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def status(settings: Settings, today: date) -> Row:
    """Feeds, last run and publication: the form of ``onetable status --json``."""
    try:
        publication: Row | None = manifest(settings)
    except NothingPublishedError:
        publication = None
    return {
        "county": settings.county,
        "today": today.isoformat(),
        "feeds": feed_status(settings, today),
        "last_run": last_run(settings),
        "publication": publication,
    }


def explain(settings: Settings, subject: str, as_of: date | None = None) -> list[Row]:
    """Mismatches of one subject with both sides' file, row and date (masked).

    ``subject`` is a mismatch id, a person_uid, a household number, a case number or ``indicator|area``.
    """
    found = query_published(
        settings,
        as_of,
        "select * from masked.mismatches where mismatch_id = ? or subject_key = ? order by rule_id, detail",
        [subject, subject],
    )
    if not found or not settings.warehouse.exists():
        return found
    with closing(_warehouse(settings)) as connection:
        for row in found:
            row["sides"] = [
                _side(connection, row[column]).__dict__ for column in ("evidence", "counter_evidence") if row[column]
            ]
            for side in row["sides"]:
                side["received_on"] = plain(side["received_on"])
    return found


def _side(connection: warehouse.Connection, evidence: str) -> Side:
    submission, _, place = evidence.partition("#")
    sheet, _, row_no = place.rpartition("!")
    found = connection.execute(
        "select sector || '/' || entity, file_name, received_on from meta.submissions where submission_id = ?",
        [submission],
    ).fetchone()
    feed, file_name, received_on = found if found else (submission, "", None)
    return Side(feed, file_name, sheet, int(row_no) if row_no.isdigit() else 0, received_on)
