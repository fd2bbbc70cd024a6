"""The workbook of reviews (问题复核清单), filled in and put back by officers of the poverty office.

Data in: ``ingest/registry/reviews/``. Data out: decisions about issues; the workbook itself lies in the vault of
originals and is the evidence of each of them. A line that has been decided meanwhile is passed over, and so is one
beside an explanation that the department has written anew: nobody has read the new one yet.
Not here: what a decision does (officers.py), how a workbook is taken (pipeline/office_files.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.contract import SECTORS
from connectors.intake.readers.filled import Line, filled_lines
from connectors.intake.readers.grid import UnreadableError
from connectors.originals import Original
from connectors.outbox.reviews import ANSWER_HEADERS, VERDICTS
from pipeline.ledger.night import opened, state_after
from pipeline.ledger.officers import Asked, Evidence, OfficerError, Verdict, decide
from pipeline.ledger.replies import UNIT_WORDS, explanations
from pipeline.office_files import FILL_OURS, take_each
from pipeline.submission import Landed

if TYPE_CHECKING:
    from pipeline.settings import Settings

FOLDER = ("registry", "reviews")
"""Where filled workbooks of reviews are put, below ``ingest/``."""
_HEADERS = {"问题编号", *ANSWER_HEADERS}


def take_workbooks(settings: Settings, decided_on: date) -> Iterator[Landed]:
    """Take every workbook that waits, in the order of the names."""

    def use(path: Path, original: Original, name: str) -> str:
        asked = read_reviews(path, settings.work, Evidence(name, original.sha256))
        new, rewritten = _undecided(settings, asked, decided_on)
        taken = decide(settings, new, decided_on) if new else 0
        told = f"；另有 {rewritten} 条的说明已经改写，请按最新的问题复核清单复核" if rewritten else ""
        return f"已接收 {len(asked)} 条复核，新增 {taken} 条{told}"

    for taken in take_each(settings, FOLDER, use):
        status = "accepted" if taken.is_accepted else "refused"
        yield Landed("/".join(FOLDER), taken.name, status, error=taken.said)


def _undecided(settings: Settings, asked: Sequence[Asked], on: date) -> tuple[list[Asked], int]:
    """What is to be decided, and how many lines speak of an explanation that is no longer the last one."""
    with opened(settings) as con:
        state_after(con, as_of=on)
        waiting = dict(
            con.execute(
                f"select issue_id, explanation from issue_state left join ({explanations('wh')}) as told"
                " on reply_source = source where is_open and (is_undecided"
                " or (state = 'replied' and result in ('explained', 'no_fault')))"
            ).fetchall()
        )
        known = {issue for (issue,) in con.execute("select issue_id from issue_state").fetchall()}
    new = [one for one in asked if one.issue_id in waiting or one.issue_id not in known]
    read = [one for one in new if not _is_rewritten(one, waiting.get(one.issue_id))]
    return read, len(new) - len(read)


def _is_rewritten(asked: Asked, explanation: str | None) -> bool:
    """Whether the officer read another explanation than waits now; spaces and line breaks are a program's own."""
    is_told = asked.verdict in (Verdict.ACCEPT, Verdict.REFUSE) and bool(asked.explanation and explanation)
    return is_told and "".join(str(asked.explanation).split()) != "".join(str(explanation).split())


def read_reviews(path: Path, scratch: Path, evidence: Evidence | None = None) -> list[Asked]:
    """The filled lines of a workbook of reviews.

    Raises:
        OfficerError: it is no such workbook, or a line is only half filled.
    """
    try:
        lines = filled_lines(path, scratch, lambda cells: cells >= _HEADERS)
    except UnreadableError:
        raise OfficerError(f"复核清单无法读取{FILL_OURS}") from None
    return [_asked(line, evidence) for line in lines if line.get("复核结论") or line.get("裁定单位")]


def _asked(line: Line, evidence: Evidence | None) -> Asked:
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
        evidence=evidence,
        explanation=line.get("情况说明"),
    )
