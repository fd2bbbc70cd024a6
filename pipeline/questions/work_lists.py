"""The lists that the documents order, as published: who is on which, why, and since when. Masked.

Data in: ``work_lists`` of a publication, the ledger of differences. Data out: plain rows. A subject has been on a list
since the night that first found it, as the ledger knows: the data that say so are renewed every month.
Not here: which rule or card makes which list (dbt_project/seeds/lists.csv).
"""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

from pipeline.ledger import views
from pipeline.publication.reports import IN_AREA, Row, condition, manifest, query_published, rules_not_run
from pipeline.repository import SEEDS

if TYPE_CHECKING:
    from pipeline.settings import Settings


def counts(settings: Settings, as_of: date | None = None) -> list[Row]:
    """How many subjects stand on each list that has any."""
    return query_published(
        settings,
        as_of,
        "select list_id, any_value(title order by title) as title, count(*) as subjects from masked.work_lists"
        " group by list_id order by list_id",
    )


def rows(settings: Settings, list_id: str, *, area: str | None = None, as_of: date | None = None) -> list[Row]:
    """The subjects of one list, the longest on it first; age in days runs to the day of the publication."""
    where, parameters = condition({"list_id = ?": list_id, IN_AREA: area})
    sql = f"select * from masked.work_lists where {where} order by area_code, subject_key"
    found = query_published(settings, as_of, sql, parameters)
    day = date.fromisoformat(str(manifest(settings, as_of)["as_of"]))
    first = _first_nights(settings, {row["rule_id"] for row in found if row["rule_id"]}, day)
    for row in found:
        night = first.get((row["rule_id"], row["subject_type"], row["subject_key"]))
        if night is not None and row["since_on"] is not None and night < date.fromisoformat(str(row["since_on"])):
            row["since_on"], row["age_days"] = night.isoformat(), (day - night).days
    return sorted(found, key=lambda row: -1 if row["age_days"] is None else row["age_days"], reverse=True)


def not_run(settings: Settings, list_id: str | None = None, as_of: date | None = None) -> list[Row]:
    """Rules behind a list, or behind any, that could not run: without them nobody can be on it, which says nothing."""
    with (SEEDS / "lists.csv").open(encoding="utf-8", newline="") as stream:
        behind = {row["rule_id"] for row in csv.DictReader(stream) if list_id in (None, row["list_id"])}
    return [row for row in rules_not_run(settings, as_of) if row["rule_id"] in behind]


def _first_nights(settings: Settings, rules: set[str], day: date) -> dict[tuple[str, str, str], date]:
    """Since which night each difference of these rules has been open on ``day``."""
    if not rules:
        return {}
    rows = views.ask(
        settings,
        "select rule_id, subject_type, subject_key, min(found_on) as found_on from masked.issues"
        f" where rule_id in ({', '.join('?' for _ in rules)}) and found_on <= ?"
        " and (cleared_on is null or cleared_on > ?) group by rule_id, subject_type, subject_key",
        [*sorted(rules), day, day],
    )
    return {
        (str(row["rule_id"]), str(row["subject_type"]), str(row["subject_key"])): night
        for row in rows
        if isinstance(night := row["found_on"], date)
    }
