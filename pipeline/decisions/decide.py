"""Taking officers' decisions about doubtful identities: from the command line, or from a filled workbook.

Data in: the number of a proposal, a cluster, a mismatch or an earlier decision, and what an officer decided about it.
Data out: events in ``meta.identity_decisions``; the next night replays them.
Not here: what a number stands for (pipeline/decisions/cases.py), the folder of filled workbooks
(pipeline/decisions/files.py), what a decision does to links (dbt_project/macros/identity.sql). The day is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import keyfiles
from connectors.intake.readers.filled import Line, filled_lines
from connectors.intake.readers.grid import UnreadableError
from connectors.outbox.identities import CASE_HEADERS, DECISION_HEADERS
from connectors.outbox.workbook import mask_digits
from connectors.warehouse import Connection, open_warehouse, open_work
from identity import ids, tokens
from identity.decisions import WORDS, Decision, Kind, append
from pipeline import audit, records
from pipeline.decisions import cases as decision_cases
from pipeline.decisions.cases import Case
from pipeline.office_files import FILL_OURS, OfficeError
from pipeline.publication import publish as publishing
from pipeline.wake import OFFICERS, wake

if TYPE_CHECKING:
    from pipeline.settings import Settings


class DecisionError(OfficeError):
    """The decision about an identity cannot be taken."""


@dataclass(frozen=True)
class Asked:
    """What an officer wrote down."""

    case_id: str
    kind: Kind
    officer: str
    reason: str
    expires_on: date | None = None
    id_no: str | None = None


def decide(settings: Settings, asked: Sequence[Asked], decided_on: date) -> int:
    """Remember decisions, all or none; returns how many were new.

    Raises:
        DecisionError: one of them names no case, no officer, no reason, or a number that is no number of a person.
    """
    folder = publishing.current(settings)
    if folder is None:
        raise DecisionError("还没有发布，没有可以核实的身份")
    audit.note(settings, "unmasked_read", store=publishing.FULL, purpose="decide", publication=folder.name)
    with (
        publishing.opened(settings, folder / publishing.FULL) as published,
        open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con,
    ):
        decisions = [decision for one in asked for decision in _decisions(settings, published, con, one, decided_on)]
        for one in decisions:
            audit.note(
                settings, "decision", by=one.officer, case=one.proposal_id, kind=str(one.kind), reason=one.reason
            )
        new = append(con, decisions)
    records.keep(settings)
    wake(settings, OFFICERS)
    return new


def _decisions(
    settings: Settings, published: Connection, con: Connection, asked: Asked, decided_on: date
) -> list[Decision]:
    """One event per row and person that the case is about."""
    if not asked.officer.strip() or not asked.reason.strip():
        raise DecisionError("决定须写明经办人和理由")
    if asked.expires_on is not None and asked.expires_on < decided_on:
        raise DecisionError("有效期早于决定日期")
    cases = [
        replace(case, target_key=_target(settings, published, asked, case)) for case in _meant(published, con, asked)
    ]
    if asked.kind is Kind.CORRECT_ID:
        for target in sorted({case.target_key for case in cases}):
            cases += decision_cases.first_rows(published, asked.case_id, target)
    return [
        Decision(
            kind=asked.kind,
            subject_key=case.subject_key,
            subject_name=case.subject_name,
            target_key=case.target_key,
            feed=case.feed,
            officer=asked.officer.strip(),
            reason=asked.reason.strip(),
            decided_on=decided_on,
            expires_on=asked.expires_on,
            proposal_id=asked.case_id,
        )
        for case in cases
    ]


def _meant(published: Connection, con: Connection, asked: Asked) -> list[Case]:
    """The rows that the word is about; taken back is what was said, be it of another person than the case names."""
    cases = decision_cases.find(published, con, asked.case_id)
    if not cases:
        raise DecisionError(f"当前发布中没有编号 {mask_digits(asked.case_id)[:32]}")
    if asked.kind is not Kind.WITHDRAWN:
        return cases
    said = decision_cases.decided(con, asked.case_id) or [
        case for case in cases if decision_cases.was_decided(con, case)
    ]
    if not said:
        raise DecisionError(f"编号 {mask_digits(asked.case_id)[:32]} 没有可以撤销的决定")
    return said


def _target(settings: Settings, published: Connection, asked: Asked, case: Case) -> str:
    """Whom the decision is about: of the right number, if one was written down, else of the case."""
    if asked.kind is not Kind.CORRECT_ID:
        return case.target_key
    person = _token_of(settings, asked.id_no)
    column = "household_key" if case.is_of_household else "person_uid"
    known = published.execute(f'select {column} from "full".one_table_person where person_uid = ?', [person]).fetchone()
    if known is None or known[0] is None:
        raise DecisionError("“正确号码”不是在册人员的号码")
    return str(known[0])


def _token_of(settings: Settings, id_no: str | None) -> str:
    """The token of a number in clear, which is forgotten again at once."""
    con = open_work()
    try:
        con.execute("create table written as select ?::varchar as id_no", [id_no])
        found = con.execute(f"select id_number from ({ids.read_sql('written', 'id_no')})").fetchall()
    finally:
        con.close()
    if not found or found[0][0] is None:
        raise DecisionError("“正确号码”不是有效的居民身份证号码")
    return tokens.token(keyfiles.load(settings.token_key), found[0][0])


def read_workbook(path: Path, scratch: Path) -> list[Asked]:
    """The filled lines of a workbook of doubtful identities.

    Raises:
        DecisionError: it is no such workbook, or a line is only half filled.
    """
    try:
        lines = filled_lines(path, scratch, _is_header)
    except UnreadableError:
        raise DecisionError(f"核实清单无法读取{FILL_OURS}") from None
    return [_asked(line) for line in lines if line.get("决定")]


def _is_header(cells: set[str]) -> bool:
    return bool(cells & set(CASE_HEADERS)) and cells >= set(DECISION_HEADERS)


def _asked(line: Line) -> Asked:
    kind = WORDS.get((line["决定"] or "").strip())
    if kind is None:
        raise DecisionError(f"“决定”只能填：{'、'.join(WORDS)}")
    until = (line["有效期至"] or "").strip()
    try:
        expires_on = date.fromisoformat(until[:10]) if until else None
    except ValueError:
        raise DecisionError("“有效期至”须写成 2020-12-31 的样子") from None
    return Asked(
        case_id=next((text.strip() for name in CASE_HEADERS if (text := line.get(name))), ""),
        kind=kind,
        officer=line["经办人"] or "",
        reason=line["理由"] or "",
        expires_on=expires_on,
        id_no=line["正确号码"],
    )
