"""Folders into which officers of the poverty office put filled workbooks: taken into the vault, then acted upon.

Data in: a folder below ``ingest/registry`` and what to do with a workbook. Data out: what became of each; a workbook
that was taken leaves the folder, one with a mistake stays, and nothing of it counts. Also single files of evidence.
Not here: what a workbook says (decision_files.py for identities, ledger/review_files.py for issues).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import machine_faults, originals
from connectors.originals import ChangedError, Identity, NotAFileError, Original, Waiting
from connectors.outbox.workbook import mask_digits
from pipeline.repository import place_of

if TYPE_CHECKING:
    from pipeline.settings import Settings

FILL_OURS = "：请在下发的工作簿里填写，保留表头，存为 xlsx 后再放入"
NOT_A_FILE = "不是普通文件（链接、管道等），未读取"
_SHORT = 12
_log = logging.getLogger(__name__)


class OfficeError(Exception):
    """What an officer asked for cannot be done; the message says why, in Chinese and without a value."""


@dataclass(frozen=True)
class Taken:
    """One workbook: its masked name, its original (None: not an ordinary file), whether it counted, what is told."""

    name: str
    original: Original | None
    is_accepted: bool
    said: str


def take_each(
    settings: Settings, folder: tuple[str, ...], use: Callable[[Path, Original, str], str]
) -> Iterator[Taken]:
    """Take every workbook that waits, in the order of the names.

    ``use`` gets a path in clear, the original and its masked name, and returns what is told to the officer.
    """
    for waiting in originals.look(settings.ingest.joinpath(*folder)):
        name = mask_digits(waiting.path.name)
        try:
            original = originals.take(waiting, settings.originals)
        except ChangedError:
            continue
        except NotAFileError:
            yield Taken(name, None, is_accepted=False, said=f"未接收：{NOT_A_FILE}")
            continue
        try:
            with originals.in_clear(original, settings.work / f"office-{original.sha256[:_SHORT]}") as path:
                said = use(path, original, name)
        except OfficeError as problem:
            yield Taken(name, original, is_accepted=False, said=f"未接收：{problem}")
            continue
        except Exception as problem:
            # It stands in the way of no other workbook and of no department's file; its text may hold values.
            kind = type(problem).__name__
            _log.error("taking a workbook of %s failed: %s at %s", "/".join(folder), kind, place_of(problem))
            why = machine_faults.reason(problem) or f"处理时出错（{kind}）"
            yield Taken(name, original, is_accepted=False, said=f"未接收：{why}，文件保留，下次重试")
            continue
        if waiting.identity is not None:
            originals.remove_if_same(waiting.path, waiting.identity)
        yield Taken(name, original, is_accepted=True, said=said)


def keep_evidence(settings: Settings, path: Path) -> str:
    """Keep a file of evidence in the vault of originals, sealed; returns its sha256.

    Raises:
        OfficeError: it is no ordinary file, or changes while it is read.
    """
    try:
        return originals.take(Waiting(path, Identity.of(path.lstat())), settings.originals).sha256
    except (NotAFileError, ChangedError):
        raise OfficeError(f"佐证文件{NOT_A_FILE}") from None
