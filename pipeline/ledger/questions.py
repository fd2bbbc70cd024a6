"""What the ledger answers: issues by department, area and state, and the whole history of one. Everything is masked.

Data in: the ledger's publication in force. Data out: plain rows for the CLI's tables and ``--json`` forms; files of
evidence in clear for whoever gives name and reason.
Not here: writing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import originals
from connectors.files import make_folder
from connectors.originals import Original
from pipeline import audit
from pipeline.ledger import views
from pipeline.publication.reports import IN_AREA, NothingPublishedError, condition, plain

if TYPE_CHECKING:
    from pipeline.settings import Settings

Row = dict[str, Any]
_SHORT = 12
"""Characters of a hash in a file's name."""


def _ask(settings: Settings, sql: str, parameters: list[object]) -> list[Row]:
    if not (settings.published / views.LINK / views.DATABASE).exists():
        raise NothingPublishedError("还没有问题台账:请先运行 onetable reconcile。")
    return [{name: plain(value) for name, value in row.items()} for row in views.ask(settings, sql, parameters)]


@dataclass(frozen=True)
class Which:
    """Which issues are asked for; without a state a list leaves out those that are cleared."""

    dept: str | None = None
    area: str | None = None
    state: str | None = None
    overdue: bool = False

    def where(self) -> tuple[str, list[object]]:
        """The condition and its parameters."""
        where, parameters = condition({"owner = ?": self.dept, "state = ?": self.state, IN_AREA: self.area})
        return f"{where} and is_overdue" if self.overdue else where, parameters


ALL = Which()


def list_issues(settings: Settings, which: Which = ALL) -> list[Row]:
    """Issues, worst first.

    Raises:
        NothingPublishedError: the ledger has had no night yet.
    """
    where, parameters = which.where()
    if which.state is None:
        where += " and is_open"
    return _ask(
        settings,
        f"select * from masked.issues where {where} order by case severity when 'critical' then 0 when 'major' then 1"
        " else 2 end, due_on nulls last, issue_id",
        parameters,
    )


def issue_counts(settings: Settings, which: Which = ALL) -> list[Row]:
    """Issues per department, category and state.

    Raises:
        NothingPublishedError: the ledger has had no night yet.
    """
    where, parameters = which.where()
    return _ask(
        settings,
        "select owner, category, state, count(*) as issues, count(*) filter (where is_overdue) as overdue"
        f" from masked.issues where {where} group by all order by all",
        parameters,
    )


def history(settings: Settings, issue_id: str) -> Row | None:
    """One issue, what became of it, and the issues of the same difference before and after.

    Raises:
        NothingPublishedError: the ledger has had no night yet.
    """
    found = _ask(settings, "select * from masked.issues where issue_id = ?", [issue_id])
    if not found:
        return None
    events = _ask(settings, "select * from masked.issue_events where issue_id = ? order by event_seq", [issue_id])
    same = _ask(
        settings,
        "select issue_id, state, found_on, cleared_on from masked.issues where case_id = ? order by round",
        [found[0]["case_id"]],
    )
    return {"issue": found[0], "events": events, "rounds": same, "evidence": _evidence(settings, events)}


_BY_OFFICERS = ("signed", "returned", "waived", "waiver_ended", "owner_decided")


def _evidence(settings: Settings, events: list[Row]) -> list[Row]:
    """Files that officers added to their decisions; each is in the vault of originals, or was removed from it.

    What the system returned by itself rests on a department's delivery, which is no file of evidence.
    """
    return [
        {
            "name": event["source"],
            "sha256": event["source_sha256"],
            "on_date": event["on_date"],
            "is_kept": originals.stored(settings.originals, event["source_sha256"]).is_file(),
        }
        for event in events
        if event["kind"] in _BY_OFFICERS and event["source_sha256"] and event["who"] != "系统"
    ]


def show_evidence(settings: Settings, issue_id: str, folder: Path, by: str, reason: str) -> list[Path]:
    """Write the files of evidence of an issue in clear into ``folder``; noted in the audit log before it is done."""
    found = history(settings, issue_id)
    kept = [one for one in (found or {"evidence": []})["evidence"] if one["is_kept"]]
    written = []
    for one in kept:
        sha256 = str(one["sha256"])
        audit.note(settings, "unmasked_read", by=by, store="evidence", issue=issue_id, file=sha256, reason=reason)
        original = Original(originals.stored(settings.originals, sha256), sha256, 0)
        with originals.in_clear(original, settings.work / f"evidence-{sha256[:_SHORT]}") as path:
            target = make_folder(folder) / f"{sha256[:_SHORT]}_{one['name']}"
            target.write_bytes(path.read_bytes())
            target.chmod(0o600)
        written.append(target)
    return written
