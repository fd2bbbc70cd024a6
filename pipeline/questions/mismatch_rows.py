"""The mismatches of a publication, each with the date by which its issue has to be cleared.

Data in: ``published/current`` and the ledger's publication of the same night, both masked. Data out: plain rows.
A day by which a difference has to be gone is the ledger's (stages, working days, new dates after an explanation); where
there is no ledger for the publication, a past one or one before its first night, the days of the rule stand.
Not here: how the ledger comes to its date (pipeline/ledger/dates.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pipeline.ledger import views
from pipeline.publication import reports

if TYPE_CHECKING:
    from pipeline.settings import Settings

Row = dict[str, Any]
_CASE = ("rule_id", "detail", "subject_type", "subject_key", "evidence")


def list_mismatches(
    settings: Settings,
    *,
    owner: str | None = None,
    rule: str | None = None,
    area: str | None = None,
    as_of: date | None = None,
) -> list[Row]:
    """Mismatch rows (masked), worst first; ``due_on`` as ``onetable issues`` tells it."""
    found = reports.mismatches(settings, owner=owner, rule=rule, area=area, as_of=as_of)
    if reports.publication_folder(settings, as_of).name != views.publication(settings):
        return found
    names = ", ".join(_CASE)
    open_issues = views.ask(settings, f"select {names}, due_on from masked.issues where is_open", [])
    dates = {_case(issue): reports.plain(issue["due_on"]) for issue in open_issues}
    return [{**row, "due_on": dates.get(_case(row), row["due_on"])} for row in found]


def _case(row: Row) -> tuple[str, ...]:
    """Of which difference a row of either speaks."""
    return tuple(str(row[name] or "") for name in _CASE)
