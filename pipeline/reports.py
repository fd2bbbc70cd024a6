"""What the numbers say: read-only questions to the warehouse and the current publication.

Data in: ``warehouse.duckdb`` (submissions) and ``published/current`` (the masked publication).
Data out: plain rows for the CLI's tables and ``--json`` forms. Nothing here writes, and nothing unmasked leaves it.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import warehouse
from connectors.contract import feeds
from pipeline import publish as publishing

if TYPE_CHECKING:
    from pipeline.settings import Settings

Row = dict[str, Any]


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


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _rows(connection: warehouse.Connection, sql: str, parameters: list[object] | None = None) -> list[Row]:
    cursor = connection.execute(sql, parameters or [])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


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


def _published(settings: Settings, as_of: date | None, sql: str, parameters: list[object] | None = None) -> list[Row]:
    database = publication_folder(settings, as_of) / "one_table.duckdb"
    with closing(warehouse.open_database(database, read_only=True)) as connection:
        return _rows(connection, sql, parameters)


def indicators(
    settings: Settings, indicator: str | None = None, area: str | None = None, as_of: date | None = None
) -> list[Row]:
    """Indicator rows of a publication, ordered by indicator and area.

    ``area`` None gives the county's rows; an area code gives that area's and its children's.
    """
    where, parameters = ["true"], list[object]()
    if indicator is not None:
        where.append("indicator = ?")
        parameters.append(indicator)
    where.append("starts_with(area_code, ?)" if area else "area_level = 'county'")
    if area:
        parameters.append(area)
    sql = f"select * from masked.indicators where {' and '.join(where)} order by indicator, area_code"
    return _published(settings, as_of, sql, parameters)


def mismatches(
    settings: Settings,
    *,
    owner: str | None = None,
    rule: str | None = None,
    area: str | None = None,
    as_of: date | None = None,
) -> list[Row]:
    """Mismatch rows of a publication (masked), worst first."""
    where, parameters = ["true"], list[object]()
    for column, value in (("owner", owner), ("rule_id", rule)):
        if value is not None:
            where.append(f"{column} = ?")
            parameters.append(value)
    if area is not None:
        where.append("starts_with(area_code, ?)")
        parameters.append(area)
    sql = (
        f"select * from masked.mismatches where {' and '.join(where)}"
        " order by case severity when 'critical' then 0 when 'major' then 1 else 2 end, rule_id, area_code, mismatch_id"
    )
    return _published(settings, as_of, sql, parameters)


def mismatch_counts(settings: Settings, as_of: date | None = None) -> list[Row]:
    """Open mismatches per owner and rule, with the rules that did not run."""
    return _published(
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
    return _published(
        settings,
        as_of,
        "select rule_id, title, reason from masked.rule_status where status = 'not_run' order by rule_id",
    )


def feed_status(settings: Settings, today: date) -> list[Row]:
    """Per feed the last good batch: period, age in days, accepted and rejected rows, missing or held files."""
    if not settings.warehouse.exists():
        good, waiting = {}, {}
    else:
        with closing(warehouse.open_database(settings.warehouse, read_only=True)) as connection:
            good = {
                (row["sector"], row["entity"]): row
                for row in _rows(
                    connection,
                    """
                    select * exclude (place) from (
                        select sector, entity, submission_id, file_name, status, period, received_on,
                               rows_ok + rows_warn as rows_accepted, rows_rejected,
                               row_number() over (partition by sector, entity order by seq desc) as place
                        from meta.submissions
                        where status in ('accepted', 'accepted_with_errors', 'nil')
                    ) where place = 1
                    """,
                )
            }
            waiting = {
                (row["sector"], row["entity"]): row["held"]
                for row in _rows(
                    connection,
                    """
                    select sector, entity, count(*) as held from meta.submissions as s
                    where status = 'held'
                      and not exists (select 1 from meta.releases as r where r.submission_id = s.submission_id)
                    group by sector, entity
                    """,
                )
            }
    result = []
    for feed in feeds():
        row = good.get((feed.sector, feed.entity))
        received = date.fromisoformat(row["received_on"]) if row else None
        result.append(
            {
                "sector": feed.sector,
                "entity": feed.entity,
                "title": feed.title,
                "owner": feed.department,
                "is_missing": row is None,
                "submission_id": row["submission_id"] if row else None,
                "period": row["period"] if row else None,
                "received_on": row["received_on"] if row else None,
                "age_days": (today - received).days if received else None,
                "rows_accepted": row["rows_accepted"] if row else None,
                "rows_rejected": row["rows_rejected"] if row else None,
                "held_files": waiting.get((feed.sector, feed.entity), 0),
            }
        )
    return result


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
    found = _published(
        settings,
        as_of,
        "select * from masked.mismatches where mismatch_id = ? or subject_key = ? order by rule_id, detail",
        [subject, subject],
    )
    if not found or not settings.warehouse.exists():
        return found
    with closing(warehouse.open_database(settings.warehouse, read_only=True)) as connection:
        for row in found:
            row["sides"] = [
                _side(connection, row[column]).__dict__ for column in ("evidence", "counter_evidence") if row[column]
            ]
            for side in row["sides"]:
                side["received_on"] = _plain(side["received_on"])
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
