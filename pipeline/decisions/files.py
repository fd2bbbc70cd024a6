"""The folder into which officers put filled workbooks of doubtful identities.

Data in: ``ingest/registry/decisions/``. Data out: decisions, the workbook in the vault of originals like any delivery
(``meta.decision_files`` says when it came), an answer in ``outbox/registry/``.
Not here: what a decision is (pipeline/decisions/decide.py), how a workbook is taken (pipeline/office_files.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.originals import Original
from connectors.outbox.identities import write_answer
from connectors.outbox.workbook import clean_stem
from connectors.warehouse import open_warehouse
from pipeline.decisions.decide import decide, read_workbook
from pipeline.office_files import take_each
from pipeline.submission import Landed

if TYPE_CHECKING:
    from pipeline.settings import Settings

FOLDER = ("registry", "decisions")
"""Below ``ingest/``."""
_ANSWERED = 8
"""Characters of the sha256 in an answer's name."""


def take_workbooks(settings: Settings, decided_on: date) -> Iterator[Landed]:
    """Take every workbook that waits, in the order of the names."""

    def use(path: Path, original: Original, name: str) -> str:
        asked = read_workbook(path, settings.work)
        new = decide(settings, asked, decided_on) if asked else 0
        _note(settings, original, name, decided_on, len(asked), new)
        said = f"已接收 {len(asked)} 条决定，新增 {new} 条"
        answer(original.sha256, name, said)  # while the workbook still lies in its folder: a stop here repeats it
        return said

    def answer(sha256: str, name: str, said: str) -> None:
        path = settings.outbox / FOLDER[0] / f"{clean_stem(name)}_{sha256[:_ANSWERED]}_决定回执.xlsx"
        write_answer(path, file_name=name, sha256=sha256, decided_on=decided_on, said=said)

    for taken in take_each(settings, FOLDER, use):
        if taken.original is not None and not taken.is_accepted:
            answer(taken.original.sha256, taken.name, taken.said)
        status = "accepted" if taken.is_accepted else "refused"
        yield Landed("/".join(FOLDER), taken.name, status, error=taken.said)


def _note(settings: Settings, original: Original, name: str, on: date, decisions: int, new: int) -> None:
    with open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con:
        con.execute(
            "insert into meta.decision_files select ?, ?, ?, ?, ?"
            " where not exists (select 1 from meta.decision_files where sha256 = ?)",
            [original.sha256, name, on, decisions, new, original.sha256],
        )
