"""What officers of the poverty office decide about issues; each decision is an event at once.

Data in: a decision by name and reason, or the workbook of reviews put back. Data out: one batch of events.
An explanation is signed by a third pair of eyes: neither its handler nor its signer may be the officer who accepts it.
Not here: what follows from a department's own answer (replies.py). The day is a parameter.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.contract import SECTORS
from connectors.files import make_folder, sha256_of
from connectors.intake.readers.excel import read_excel
from connectors.intake.readers.grid import UnreadableError
from connectors.outbox.reviews import ANSWER_HEADERS, VERDICTS
from connectors.warehouse import Connection, open_work
from pipeline import audit
from pipeline.ledger import dates, events
from pipeline.ledger.night import LEDGER, opened, state_after
from pipeline.ledger.replies import UNIT_WORDS

if TYPE_CHECKING:
    from pipeline.settings import Settings

FOLDER = ("registry", "reviews")
"""Where filled workbooks of reviews are put, below ``ingest/``."""


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


class OfficerError(Exception):
    """The decision cannot be taken; the message says why, in Chinese and without a value."""


@dataclass(frozen=True)
class Asked:
    """What an officer wrote down."""

    issue_id: str
    verdict: Verdict
    officer: str
    reason: str
    until: date | None = None
    owner: str | None = None
    evidence: Path | None = None


def decide(settings: Settings, asked: Sequence[Asked], decided_on: date) -> int:
    """Remember decisions, all or none; returns how many.

    Raises:
        OfficerError: one of them names no open issue, no officer, no reason, or asks for what is not to be decided.
    """
    with opened(settings, read_only=False) as con:
        write_decisions(con, settings.county, asked, decided_on)
    for one in asked:
        audit.note(settings, "sign_off", by=one.officer.strip(), issue=one.issue_id, decision=str(one.verdict))
    return len(asked)


def write_decisions(con: Connection, county: str, asked: Sequence[Asked], decided_on: date) -> None:
    """One batch of decisions, one for each issue, on an opened connection; see :func:`decide`."""
    if len({one.issue_id for one in asked}) < len(asked):
        raise OfficerError("同一问题有两条决定，请只留一条")
    state_after(con, as_of=decided_on)
    batch_seq = events.next_batch(con, LEDGER)
    for one in asked:
        _stage(con, county, batch_seq, one, decided_on)
    con.execute("begin")
    events.append(con, LEDGER, events.Batch("decision", decided_on, asked[0].officer.strip()), batch_seq)
    con.execute("commit")


def assign(settings: Settings, sector: str, area_code: str, person: str, by: str, on: date) -> None:
    """Name the person who answers for a department's issues in an area; the longest area wins.

    Raises:
        OfficerError: no such department, or a name is missing.
    """
    if sector not in SECTORS:
        raise OfficerError("没有这个单位")
    if not person.strip() or not by.strip():
        raise OfficerError("须写明责任人和经办人")
    with opened(settings, read_only=False) as con:
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


def _stage(con: Connection, county: str, batch_seq: int, asked: Asked, on: date) -> None:
    issue = _issue(con, asked.issue_id)
    _check(issue, asked, on)
    terms = dates.terms(county, on)
    extends = asked.verdict is Verdict.ACCEPT and terms.new_due_days is not None
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
            issue["state"], after, note, terms.after(on, terms.new_due_days or 0) if extends else None, asked.until,
            asked.evidence.name if asked.evidence else None, sha256_of(asked.evidence) if asked.evidence else None,
        ],
    )  # fmt: skip
    events.stage(con, LEDGER, batch_seq, "select * from decided")


def _issue(con: Connection, issue_id: str) -> dict[str, Any]:
    cursor = con.execute("select * from issue_state where issue_id = ?", [issue_id])
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone()
    if row is None:
        raise OfficerError(f"没有编号为 {issue_id[:40]} 的问题")
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


def take_workbooks(settings: Settings, decided_on: date) -> dict[str, tuple[bool, str]]:
    """Take every workbook of the folder of reviews; file name → whether it was taken, and what became of it.

    A workbook that was taken is removed: what it said stands in the ledger. One with a mistake stays, untouched. A line
    that has been decided meanwhile is passed over.
    """
    outcomes: dict[str, tuple[bool, str]] = {}
    for path in sorted(settings.ingest.joinpath(*FOLDER).glob("*.xls*")):
        if path.name.startswith((".", "~")):
            continue
        try:
            asked = read_reviews(path, settings.work)
            new = _undecided(settings, asked, decided_on)
            taken = decide(settings, new, decided_on) if new else 0
        except OfficerError as problem:
            outcomes[path.name] = False, f"未接收：{problem}"
            continue
        path.unlink()
        outcomes[path.name] = True, f"已接收 {len(asked)} 条复核，新增 {taken} 条"
    return outcomes


def _undecided(settings: Settings, asked: Sequence[Asked], on: date) -> list[Asked]:
    with opened(settings) as con:
        state_after(con, as_of=on)
        waiting = {
            issue for (issue,) in con.execute(
                "select issue_id from issue_state where is_open and (is_undecided"
                " or (state = 'replied' and result in ('explained', 'no_fault')))"
            ).fetchall()
        }  # fmt: skip
        known = {issue for (issue,) in con.execute("select issue_id from issue_state").fetchall()}
    return [one for one in asked if one.issue_id in waiting or one.issue_id not in known]


def read_reviews(path: Path, scratch: Path) -> list[Asked]:
    """The filled lines of a workbook of reviews.

    Raises:
        OfficerError: it is no such workbook, or a line is only half filled.
    """
    con = open_work()
    folder = make_folder(scratch / f"reviews-{sha256_of(path)[:12]}")
    try:
        book = read_excel(path, con, folder)
        lines = [line for sheet in book.sheets for line in _lines(con, sheet.table)]
    except UnreadableError:
        raise OfficerError("复核清单无法读取") from None
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)
    return [_asked(line) for line in lines if line.get("复核结论") or line.get("裁定单位")]


def _lines(con: Connection, table: str) -> list[dict[str, str | None]]:
    found = con.execute(f"select * exclude (row_no, k) from {table} order by row_no").fetchall()
    for place, row in enumerate(found):
        if {"问题编号", *ANSWER_HEADERS} <= {cell for cell in row if cell}:
            return [dict(zip(row, line, strict=True)) for line in found[place + 1 :]]
    return []


def _asked(line: dict[str, str | None]) -> Asked:
    unit = (line["裁定单位"] or "").strip()
    owner = unit if unit in SECTORS else next((UNIT_WORDS[word] for word in UNIT_WORDS if word in unit), None)
    word = (line["复核结论"] or "").strip()
    if unit:
        verdict = Verdict.OWNER
    elif word in VERDICTS:
        verdict = Verdict.ACCEPT if word == VERDICTS[0] else Verdict.REFUSE
    else:
        raise OfficerError(f"“复核结论”只能填：{'、'.join(VERDICTS)}")
    return Asked(
        issue_id=(line["问题编号"] or "").strip(),
        verdict=verdict,
        officer=line["复核人"] or "",
        reason=line["复核意见"] or "",
        owner=owner,
    )
