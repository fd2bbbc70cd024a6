"""Puts the corpus together: every feed, containers by turns, two or three messes and as many dressings at a time.

Data in: a seed. Data out: files with their expectation, the same ones every time.
Not here: running the product.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.corpus.draft import Draft, Mess
from tests.corpus.dressings import ROWS, SHAPES
from tests.corpus.messes import messes
from tests.corpus.render import BOOKS, TEXTS, render
from tests.corpus.singles import singles
from tests.corpus.tables import FEEDS, clean, example

SEED = 20201122
_ROUNDS = 8
_TEXTS = tuple(TEXTS)
_BOOKS = ("xlsx", "biff8", "xlsx", "et", "xlsx", "biff5", "xlsm", "biff8")


@dataclass(frozen=True)
class File:
    """One file of the corpus, ready to be written or read."""

    feed: str
    name: str
    body: bytes
    side: dict[str, Any] | None
    expected: dict[str, Any]
    label: str
    order: int = 0


def _disjoint(found: list[Mess], pick: random.Random, count: int) -> list[Mess]:
    """Messes that share no column."""
    chosen: list[Mess] = []
    for one in pick.sample(found, len(found)):
        if all(not set(one.cells) & set(other.cells) for other in chosen):
            chosen.append(one)
        if len(chosen) == count:
            break
    return chosen


def _container(turn: int, needs_workbook: bool) -> str:
    if needs_workbook or turn % 5 in (1, 3):
        return _BOOKS[turn % len(_BOOKS)]
    return _TEXTS[turn % len(_TEXTS)]


def _fits_gbk(draft: Draft) -> bool:
    """Whether the letters of a file exist in the code page of old workbooks."""
    try:
        "".join(str(cell) for row in draft.rows() for cell in row).encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _mixed(feed: str, turn: int, pick: random.Random) -> Draft:
    draft = clean(feed, label="")
    chosen = _disjoint(messes(feed), pick, pick.choice((2, 3)))
    for number, one in zip(pick.sample(range(len(draft.lines)), len(chosen)), chosen, strict=True):
        one.apply(draft, number)
    draft.container = _container(turn, draft.needs_workbook)
    if draft.container == "biff5" and not _fits_gbk(draft):
        draft.container = "biff8"
    dressed = [step.__name__ for step in pick.sample(ROWS, 1) if step(draft, pick)]
    wanted = set(pick.sample(range(len(SHAPES)), 4))
    dressed += [step.__name__ for place, step in enumerate(SHAPES) if place in wanted and step(draft, pick)]
    draft.label = "; ".join([*(one.label for one in chosen), *dressed])
    if draft.container == "xlsx" and pick.random() < 0.2:
        draft.ending = pick.choice((".xls", ".csv", ".et"))
    elif draft.container in TEXTS and pick.random() < 0.2:
        draft.ending = pick.choice((".xls", ".xlsx", ".txt"))
    return draft


def _drafts() -> Iterator[Draft]:
    turn = 0
    for feed in FEEDS:
        pick = random.Random(f"{SEED}{feed}")
        yield example(feed)
        for _ in range(_ROUNDS):
            turn += 1
            yield _mixed(feed, turn, pick)


def corpus() -> list[File]:
    """Every file, in a fixed order."""
    files = []
    for order, draft in enumerate(_drafts()):
        made = render(draft)
        expected = draft.expectation(made.sheet)
        name = f"{draft.stem}_{order:03d}{made.name.removeprefix(draft.stem)}"
        files.append(File(draft.feed, name, made.body, dict(draft.side) if draft.side else None, expected, draft.label))
    return [*files, *(File(*single) for single in singles())]


def write(folder: Path) -> int:
    """Write every file with its expectation beside it; returns how many there are."""
    files = corpus()
    for number, file in enumerate(files):
        target = folder / file.feed / f"{number:03d}"
        target.mkdir(parents=True)
        (target / file.name).write_bytes(file.body)
        expected = json.dumps(file.expected, ensure_ascii=False, indent=1, sort_keys=True)
        (target / f"{file.name}.expect.json").write_text(expected, encoding="utf-8")
        if file.side is not None:
            (target / f"{file.name}.meta.json").write_text(json.dumps(file.side, ensure_ascii=False), encoding="utf-8")
    return len(files)


__all__ = ["BOOKS", "File", "corpus", "write"]
