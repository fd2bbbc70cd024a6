"""Whether the words of a question exist: an empty answer to a wrong word would read as "there is none".

Data in: the words of a question that nothing answered; registries, contracts, the areas of a publication. Data out:
nothing, or an error in Chinese that says which word is unknown and what there is.
Not here: the answers. A question that was answered is never looked at: its publication knows what it holds.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from connectors.contract import FEED_NAMES, SECTORS
from connectors.outbox.workbook import mask_digits
from pipeline.publication.reports import query_published
from pipeline.repository import SEEDS

if TYPE_CHECKING:
    from pipeline.settings import Settings

_MOST_SHOWN, _LONGEST = 30, 40
SCHOOL_LEDGER = "school_ledger"
"""The one list that is a table of its own, not a rule's or a card's."""


class UnknownWordError(Exception):
    """A word of the question exists nowhere; the message is Chinese and says which."""


def demand(what: str, word: str | None, known: Collection[str]) -> None:
    """Raise unless ``word`` is one of ``known``; None asks for all of them.

    Raises:
        UnknownWordError: it is none of them.
    """
    if word is None or word in known:
        return
    there_is = f"；有 {'、'.join(known)}" if len(known) <= _MOST_SHOWN else ""
    raise UnknownWordError(f"没有{what} {mask_digits(word)[:_LONGEST]}{there_is}。")


def sector(word: str | None) -> None:
    """A department."""
    demand("责任单位", word, SECTORS)


def feed(word: str | None) -> None:
    """A folder ``sector/entity``."""
    demand("报表", word, FEED_NAMES)


def rule(word: str | None) -> None:
    """The number of a rule."""
    demand("规则", word, _of_seed("rules", "rule_id"))


def indicator(word: str | None) -> None:
    """The code of an indicator."""
    demand("指标", word, _of_seed("indicators_registry", "indicator"))


def work_list(word: str | None) -> None:
    """The code of a list."""
    demand("名单", word, [*_of_seed("lists", "list_id"), SCHOOL_LEDGER])


def total(word: str | None) -> None:
    """The code of a number that a document states."""
    demand("控制数", word, _of_seed("control_totals", "total_id"))


def area(settings: Settings, word: str | None, as_of: date | None = None) -> None:
    """An area of the publication, or the beginning of its code."""
    if word is None:
        return
    below = "select 1 from masked.indicators where starts_with(area_code, ?) limit 1"
    if not word or not query_published(settings, as_of, below, [word]):
        raise UnknownWordError(f"没有区划 {mask_digits(word)[:_LONGEST]}；须写区划代码，不写名称。")


def _of_seed(name: str, column: str) -> list[str]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(dict.fromkeys(row[column] for row in csv.DictReader(stream)))
