"""Taking officers' decisions about doubtful identities: from the command line, or from a workbook put back.

Data in: the number of a proposal or of a mismatch of the current publication and what an officer decided.
Data out: events in ``meta.identity_decisions``; the next night replays them.
Not here: what a decision does to links (dbt_project/macros/identity.sql). The day is a parameter.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import keyfiles
from connectors.files import make_folder, sha256_of
from connectors.intake.readers.excel import read_excel
from connectors.intake.readers.grid import UnreadableError
from connectors.outbox.identities import DECISION_HEADERS, PROPOSAL_HEADERS
from connectors.warehouse import Connection, open_warehouse, open_work
from identity import ids, tokens
from identity.decisions import WORDS, Decision, Kind, append
from pipeline import audit, records
from pipeline import publish as publishing

if TYPE_CHECKING:
    from pipeline.settings import Settings

FOLDER = ("registry", "decisions")
"""Where filled workbooks are put, below ``ingest/``."""


class DecisionError(Exception):
    """The decision cannot be taken; the message says why, in Chinese and without a value."""


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
        decisions = [_decision(settings, published, con, one, decided_on) for one in asked]
        for one in decisions:
            audit.note(
                settings, "decision", by=one.officer, case=one.proposal_id, kind=str(one.kind), reason=one.reason
            )
        new = append(con, decisions)
    records.keep(settings)
    return new


def _decision(settings: Settings, published: Connection, con: Connection, asked: Asked, decided_on: date) -> Decision:
    if not asked.officer.strip() or not asked.reason.strip():
        raise DecisionError("决定须写明经办人和理由")
    if asked.expires_on is not None and asked.expires_on < decided_on:
        raise DecisionError("有效期早于决定日期")
    case = _proposal(published, asked.case_id) or _mismatch(published, con, asked.case_id)
    if case is None:
        raise DecisionError(f"当前发布中没有编号 {asked.case_id[:32]}")
    target = _target_of_id(settings, published, asked.id_no) if asked.kind is Kind.CORRECT_ID else case["target_key"]
    return Decision(
        kind=asked.kind,
        subject_key=case["subject_key"],
        subject_name=case["subject_name"] or "",
        target_key=target,
        feed=case["feed"],
        officer=asked.officer.strip(),
        reason=asked.reason.strip(),
        decided_on=decided_on,
        expires_on=asked.expires_on,
        proposal_id=asked.case_id,
    )


def _proposal(published: Connection, case_id: str) -> dict[str, Any] | None:
    return _one(
        published,
        "select subject_key, subject_name, register_key as target_key, sector || '/' || entity as feed"
        ' from "full".identity_proposals where proposal_id = ?',
        [case_id],
    )


def _mismatch(published: Connection, con: Connection, case_id: str) -> dict[str, Any] | None:
    """The row and the register person that a mismatch of identity speaks of."""
    found = _one(
        published,
        'select evidence, subject_key from "full".mismatches'
        " where mismatch_id = ? and subject_type = 'person' and rule_id in ('R001', 'R006') and evidence is not null",
        [case_id],
    )
    if found is None:
        return None
    submission, _, place = found["evidence"].partition("#")
    sheet, _, row_no = place.rpartition("!")
    delivery = _one(con, "select sector, entity from meta.submissions where submission_id = ?", [submission])
    if delivery is None:
        return None
    row = _one(
        con,
        "select coalesce(id_key, 'R' || row_key) as subject_key, coalesce(name_norm, '') as subject_name"
        f" from raw.{delivery['sector']}__{delivery['entity']}"
        " where submission_id = ? and sheet = ? and row_no = ? order by sub_no limit 1",
        [submission, sheet, int(row_no)],
    )
    if row is None:
        return None
    return {**row, "target_key": found["subject_key"], "feed": f"{delivery['sector']}/{delivery['entity']}"}


def _target_of_id(settings: Settings, published: Connection, id_no: str | None) -> str:
    """The register person of a number in clear, which is forgotten again at once."""
    con = open_work()
    try:
        con.execute("create table written as select ?::varchar as id_no", [id_no])
        found = con.execute(f"select id_number from ({ids.read_sql('written', 'id_no')})").fetchall()
    finally:
        con.close()
    if not found or found[0][0] is None:
        raise DecisionError("“正确号码”不是有效的居民身份证号码")
    person = tokens.token(keyfiles.load(settings.token_key), found[0][0])
    known = _one(published, 'select person_uid from "full".one_table_person where person_uid = ?', [person])
    if known is None:
        raise DecisionError("“正确号码”不是在册人员的号码")
    return person


def _one(con: Connection, sql: str, parameters: Sequence[object]) -> dict[str, Any] | None:
    result = con.execute(sql, list(parameters))
    names = [column[0] for column in result.description or ()]
    row = result.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def read_workbook(path: Path, scratch: Path) -> list[Asked]:
    """The filled lines of a workbook of doubtful identities.

    Raises:
        DecisionError: it is no such workbook, or a line is only half filled.
    """
    con = open_work()
    folder = make_folder(scratch / f"decisions-{sha256_of(path)[:12]}")
    try:
        book = read_excel(path, con, folder)
        lines = [line for sheet in book.sheets for line in _lines(con, sheet.table)]
    except UnreadableError:
        raise DecisionError("核实清单无法读取") from None
    finally:
        con.close()
        shutil.rmtree(folder, ignore_errors=True)
    return [_asked(line) for line in lines if line.get("决定")]


def _lines(con: Connection, table: str) -> list[Mapping[str, str | None]]:
    found = con.execute(f"select * exclude (row_no, k) from {table} order by row_no").fetchall()
    needed = {PROPOSAL_HEADERS[0], *DECISION_HEADERS}
    for place, row in enumerate(found):
        if needed <= {cell for cell in row if cell}:
            return [dict(zip(row, line, strict=True)) for line in found[place + 1 :]]
    return []


def _asked(line: Mapping[str, str | None]) -> Asked:
    kind = WORDS.get((line["决定"] or "").strip())
    if kind is None:
        raise DecisionError(f"“决定”只能填：{'、'.join(WORDS)}")
    until = (line["有效期至"] or "").strip()
    try:
        expires_on = date.fromisoformat(until[:10]) if until else None
    except ValueError:
        raise DecisionError("“有效期至”须写成 2020-12-31 的样子") from None
    return Asked(
        case_id=(line["核实编号"] or "").strip(),
        kind=kind,
        officer=line["经办人"] or "",
        reason=line["理由"] or "",
        expires_on=expires_on,
        id_no=line["正确号码"],
    )


def take_workbooks(settings: Settings, decided_on: date) -> dict[str, tuple[bool, str]]:
    """Take every workbook of the folder of decisions; file name → whether it was taken, and what became of it.

    A workbook that was taken is removed: what it said stands in the warehouse. One with a mistake stays, untouched.
    """
    outcomes: dict[str, tuple[bool, str]] = {}
    for path in sorted(settings.ingest.joinpath(*FOLDER).glob("*.xlsx")):
        if path.name.startswith((".", "~")):
            continue
        try:
            asked = read_workbook(path, settings.work)
            new = decide(settings, asked, decided_on) if asked else 0
        except DecisionError as problem:
            outcomes[path.name] = False, f"未接收：{problem}"
            continue
        path.unlink()
        outcomes[path.name] = True, f"已接收 {len(asked)} 条决定，新增 {new} 条"
    return outcomes
