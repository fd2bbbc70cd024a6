"""What officers of the poverty office decide about issues; each decision is an event at once.

Data in: a decision by name and reason. Data out: one batch of events; the standing service is asked for a night.
An explanation is signed by a third pair of eyes: neither its handler nor its signer may be the officer who accepts it.
Not here: what follows from a department's own answer (replies.py), the workbook of reviews (review_files.py), how a
file of evidence is kept (pipeline/office_files.py). The day is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.contract import SECTORS
from connectors.outbox.workbook import mask_digits
from connectors.warehouse import Connection
from pipeline import audit, keys, records
from pipeline.ledger import dates, events
from pipeline.ledger.night import LEDGER, opened, state_after
from pipeline.office_files import OfficeError, keep_evidence
from pipeline.wake import OFFICERS, wake

if TYPE_CHECKING:
    from pipeline.settings import Settings


class Verdict(StrEnum):
    """What an officer may decide about an issue."""

    ACCEPT = "accept"
    """The explanation holds: 已说明未销号."""
    REFUSE = "refuse"
    """It does not: the issue goes back to its department."""
    WAIVE = "waive"
    """The issue rests until a day."""
    RESUME = "resume"
    """It does no longer rest."""
    OWNER = "owner"
    """This department has to deal with it, for good."""


class OfficerError(OfficeError):
    """The decision about an issue cannot be taken."""


@dataclass(frozen=True)
class Evidence:
    """A file in the vault of originals that supports a decision."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Asked:
    """What an officer wrote down."""

    issue_id: str
    verdict: Verdict
    officer: str
    reason: str
    until: date | None = None
    owner: str | None = None
    evidence: Evidence | None = None
    explanation: str | None = None
    """What he read, where it stands beside his decision."""


def decide(settings: Settings, asked: Sequence[Asked], decided_on: date, evidence: Path | None = None) -> int:
    """Remember decisions, all or none; returns how many. ``evidence`` is kept for all of them once none is refused.

    Raises:
        OfficerError: one of them names no open issue, no officer, no reason, or asks for what is not to be decided.
    """
    with _writing(settings) as con:
        _demand_decidable(con, asked, decided_on)
        if evidence is not None:
            kept = Evidence(mask_digits(evidence.name), keep_evidence(settings, evidence))
            asked = [replace(one, evidence=kept) for one in asked]
        _write(con, settings.county, asked, decided_on)
    for one in asked:
        audit.note(
            settings, "sign_off", by=one.officer.strip(), issue=one.issue_id, decision=str(one.verdict),
            evidence=one.evidence.sha256 if one.evidence else None,
        )  # fmt: skip
    _written(settings)
    return len(asked)


@contextmanager
def _writing(settings: Settings) -> Iterator[Connection]:
    """The ledger, opened to add to it; an officer's word may be the first that a home hears, before it has any key."""
    keys.ready(settings)
    with opened(settings, read_only=False) as con:
        yield con


def _written(settings: Settings) -> None:
    """What officers said outlives the warehouse, and does not wait for the next file of a department."""
    records.keep(settings)
    wake(settings, OFFICERS)


def write_decisions(con: Connection, county: str, asked: Sequence[Asked], decided_on: date) -> None:
    """One batch of decisions, one for each issue, on an opened connection; see :func:`decide`."""
    _demand_decidable(con, asked, decided_on)
    _write(con, county, asked, decided_on)


def _demand_decidable(con: Connection, asked: Sequence[Asked], decided_on: date) -> None:
    """Refuse what is not to be decided; leaves ``issue_state`` as it is on that day."""
    if len({one.issue_id for one in asked}) < len(asked):
        raise OfficerError("同一问题有两条决定，请只留一条")
    state_after(con, as_of=decided_on)
    for one in asked:
        _check(_issue(con, one.issue_id), one, decided_on)


def _write(con: Connection, county: str, asked: Sequence[Asked], decided_on: date) -> None:
    batch_seq = events.next_batch(con, LEDGER)
    for one in asked:
        _stage(con, county, batch_seq, one, decided_on)
    con.execute("begin")
    events.append(con, LEDGER, events.Batch("decision", decided_on, asked[0].officer.strip()), batch_seq)
    con.execute("commit")


def assign(settings: Settings, sector: str, area_code: str, person: str, by: str, on: date) -> None:
    """Name the person who answers for a department's issues in an area; the longest area wins.

    Raises:
        OfficerError: no such department, an area that no issue can lie in, or a name is missing.
    """
    if sector not in SECTORS:
        raise OfficerError("没有这个单位")
    if not area_code.isdecimal() or not area_code.startswith(settings.county):
        raise OfficerError("行政区划须写本地的区划代码（乡镇9位、村12位），不写名称")
    if not person.strip() or not by.strip():
        raise OfficerError("须写明责任人和经办人")
    with _writing(settings) as con:
        batch_seq = events.next_batch(con, LEDGER)
        con.execute(
            "create temp table assigned (sector varchar, area_code varchar, person varchar, who varchar, d date)"
        )
        con.execute("insert into assigned values (?, ?, ?, ?, ?)", [sector, area_code, person.strip(), by.strip(), on])
        events.stage(
            con, LEDGER, batch_seq,
            "select 'assigned' as kind, sector, area_code, person as after, who, d as on_date from assigned", "sector",
        )  # fmt: skip
        con.execute("begin")
        events.append(con, LEDGER, events.Batch("decision", on, by.strip()), batch_seq)
        con.execute("commit")
    _written(settings)


def freeze_baseline(settings: Settings, baseline_id: str, as_of: date, who: str) -> None:
    """Freeze the open issues of now under a name.

    Raises:
        OfficerError: the baseline or the officer has no name, the name is taken, or no night has found any issue yet.
    """
    if not baseline_id.strip() or not who.strip():
        raise OfficerError("须写明基线名称和经办人")
    with _writing(settings) as con:
        if state_after(con) is None:
            raise OfficerError("还没有问题台账：请先运行 onetable reconcile")
        if con.execute(f"select 1 from {LEDGER}.batches where baseline_id = ?", [baseline_id.strip()]).fetchall():
            raise OfficerError("已有同名基线")
        con.execute("begin")
        batch = events.Batch("baseline", as_of, who.strip(), baseline_id=baseline_id.strip())
        events.append(con, LEDGER, batch, events.next_batch(con, LEDGER))
        con.execute("commit")
    _written(settings)


def _stage(con: Connection, county: str, batch_seq: int, asked: Asked, on: date) -> None:
    issue = _issue(con, asked.issue_id)
    terms = dates.terms(county, on)
    new_due = None
    if asked.verdict is Verdict.ACCEPT and terms.new_due_days is not None:
        later = terms.after(on, terms.new_due_days)
        new_due = max(later, issue["due_on"] or later)
    kind = {
        Verdict.ACCEPT: "signed", Verdict.REFUSE: "returned", Verdict.WAIVE: "waived", Verdict.RESUME: "waiver_ended",
        Verdict.OWNER: "owner_decided",
    }[asked.verdict]  # fmt: skip
    after = {Verdict.OWNER: asked.owner, Verdict.WAIVE: "waived"}.get(asked.verdict)
    note = f"说明未获同意：{asked.reason.strip()}" if asked.verdict is Verdict.REFUSE else asked.reason.strip()
    con.execute(
        "create or replace temp table decided as select ?::varchar as kind, ?::varchar as issue_id,"
        " ?::varchar as case_id, ?::integer as round, ?::date as on_date, ?::varchar as sector, ?::varchar as who,"
        " ?::varchar as before, ?::varchar as after, ?::varchar as note, ?::date as due_on, ?::date as until,"
        " ?::varchar as source, ?::varchar as source_sha256",
        [
            kind, issue["issue_id"], issue["case_id"], issue["round"], on, issue["owner"], asked.officer.strip(),
            issue["state"], after, note, new_due, asked.until,
            asked.evidence.name if asked.evidence else None, asked.evidence.sha256 if asked.evidence else None,
        ],
    )  # fmt: skip
    events.stage(con, LEDGER, batch_seq, "select * from decided")


def _issue(con: Connection, issue_id: str) -> dict[str, Any]:
    cursor = con.execute("select * from issue_state where issue_id = ?", [issue_id])
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone()
    if row is None:
        raise OfficerError(f"没有编号为 {mask_digits(issue_id)[:40]} 的问题")
    return dict(zip(names, row, strict=True))


def _check(issue: dict[str, Any], asked: Asked, on: date) -> None:
    """Raise if this may not be decided about this issue."""
    officer = asked.officer.strip()
    if not officer or not asked.reason.strip():
        raise OfficerError("须写明复核人和意见")
    if not issue["is_open"]:
        raise OfficerError("该问题已销号")
    if asked.verdict in (Verdict.ACCEPT, Verdict.REFUSE):
        if issue["state"] != "replied" or issue["result"] not in ("explained", "no_fault"):
            raise OfficerError("该问题没有待复核的说明")
        if officer in (issue["handler"], issue["signer"]):
            raise OfficerError("复核人不得是该说明的经办人或审核人")
    if asked.verdict is Verdict.WAIVE and (asked.until is None or asked.until <= on):
        raise OfficerError("暂缓须写明今后的到期日")
    if asked.verdict is Verdict.RESUME and issue["state"] != "waived":
        raise OfficerError("该问题没有暂缓")
    if asked.verdict is Verdict.OWNER and asked.owner not in SECTORS:
        raise OfficerError("须写明裁定的责任单位")
