"""The folder into which officers put filled workbooks of doubtful identities.

Data in: ``ingest/registry/decisions/``. Data out: decisions, the workbook in the vault of originals like any delivery
(``meta.decision_files`` says when it came), an answer in ``outbox/registry/``.
A workbook that was taken leaves the folder; one with a mistake stays and is answered, and nothing of it counts.
Not here: what a decision is (pipeline/decide.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from connectors import originals
from connectors.originals import ChangedError, NotAFileError, Original, Waiting, in_clear
from connectors.outbox.identities import write_answer
from connectors.outbox.workbook import clean_stem, mask_digits
from connectors.warehouse import open_warehouse
from pipeline.decide import DecisionError, decide, read_workbook
from pipeline.submission import Landed

if TYPE_CHECKING:
    from pipeline.settings import Settings

FOLDER = ("registry", "decisions")
"""Below ``ingest/``."""
_ANSWERED = 8
"""Characters of the sha256 in an answer's name."""


def take_workbooks(settings: Settings, decided_on: date) -> Iterator[Landed]:
    """Take every workbook that waits, in the order of the names."""
    for waiting in originals.look(settings.ingest.joinpath(*FOLDER)):
        name = mask_digits(waiting.path.name)
        try:
            original = originals.take(waiting, settings.originals)
        except ChangedError:
            continue
        except NotAFileError:
            yield _landed(name, "refused", "未接收：不是普通文件（链接、管道等），未读取")
            continue
        status, said = _one(settings, waiting, original, decided_on)
        stem = clean_stem(waiting.path.name)
        answer = settings.outbox / FOLDER[0] / f"{stem}_{original.sha256[:_ANSWERED]}_决定回执.xlsx"
        write_answer(answer, file_name=name, sha256=original.sha256, decided_on=decided_on, said=said)
        yield _landed(name, status, said)


def _one(settings: Settings, waiting: Waiting, original: Original, decided_on: date) -> tuple[str, str]:
    """What became of one workbook: its status, and what the officer is told."""
    try:
        with in_clear(original, settings.work / f"decisions-{original.sha256[:_ANSWERED]}") as path:
            asked = read_workbook(path, settings.work)
        new = decide(settings, asked, decided_on) if asked else 0
    except DecisionError as problem:
        return "refused", f"未接收：{problem}"
    with open_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds) as con:
        con.execute(
            "insert into meta.decision_files select ?, ?, ?, ?, ?"
            " where not exists (select 1 from meta.decision_files where sha256 = ?)",
            [
                original.sha256, mask_digits(waiting.path.name), decided_on, len(asked), new, original.sha256,
            ],
        )  # fmt: skip
    if waiting.identity is not None:
        originals.remove_if_same(waiting.path, waiting.identity)
    return "accepted", f"已接收 {len(asked)} 条决定，新增 {new} 条"


def _landed(name: str, status: str, said: str) -> Landed:
    return Landed("/".join(FOLDER), name, status, error=said)
