"""Wide layouts: repeated groups of columns that become one record each (feeds.md section 3, item 12).

Data in: flat header paths and a feed's repeating columns. Data out: :class:`Wide` groups and the columns they use.
Not here: building the records (:mod:`connectors.intake.typed`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.contract import Column, Feed
from connectors.intake.header_text import clean_header, forms

_HAN = {han: number for number, han in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_NUMBERED = re.compile(r"第(\d{1,2}|十[一二]?|[一二三四五六七八九])(?:次|批|季度|期|笔)(.*)")
_ENDING_NUMBER = re.compile(r"(.*?)(\d{1,2}|十[一二]?|[一二三四五六七八九])")
_ENDINGS = ("金额", "日期", "时间")
"""A bare 第一次拨付 is an amount where the feed has one; a bare 第一次随访 can only be a date."""
_MOST = 12


@dataclass(frozen=True)
class Wide:
    """Group ``number``: field name → index of the sheet column that holds it."""

    number: int
    cells: dict[str, int] = field(default_factory=dict)
    is_numbered: bool = True
    """The number fills a blank pay_no or payment_no; False for named groups such as seasons."""


def _names(column: Column) -> dict[str, str]:
    """Every text that means the repeated field, also without 日期, 时间, 金额 → the ending that is missing."""
    found: dict[str, str] = {}
    for header in (column.header, *column.aliases):
        text = clean_header(header)
        found.setdefault(text, "")
    return found


def _field_of(rest: str, columns: Sequence[Column]) -> str | None:
    for column in columns:
        if rest in _names(column):
            return column.name
    for ending in _ENDINGS:
        for column in columns:
            if rest and f"{rest}{ending}" in _names(column):
                return column.name
    return None


def _numbered(form: str, columns: Sequence[Column]) -> tuple[int, str] | None:
    found = _NUMBERED.search(form)
    if found:
        number = _HAN.get(found[1]) or int(found[1])
        name = _field_of(form[: found.start()] + found[2], columns) or _field_of(found[2], columns)
        if name is None and not found[2] and form[: found.start()]:
            name = _field_of(form[: found.start()].rstrip("-"), columns)
        return (number, name) if name and number <= _MOST else None
    ending = _ENDING_NUMBER.fullmatch(form)
    number = (_HAN.get(ending[2]) or int(ending[2])) if ending else 0
    if ending and 1 <= number <= _MOST:
        name = _field_of(ending[1], columns)
        return (number, name) if name else None
    return None


def _named(form: str, feed: Feed) -> tuple[int, str] | None:
    for number, group in enumerate(feed.wide_groups, start=1):
        for name, headers in group.items():
            if form in {clean_header(header) for header in headers}:
                return number, name
    return None


def find_wide(paths: Sequence[tuple[str, ...]], feed: Feed) -> tuple[tuple[Wide, ...], set[int]]:
    """The groups of a header, and the indexes of the columns they use."""
    if not feed.wide and not feed.wide_groups:
        return (), set()
    columns = [feed.column(name) for name in feed.wide]
    groups: dict[int, dict[str, int]] = {}
    used = set()
    for index, path in enumerate(paths):
        for form in forms(path):
            found = _named(form, feed) or (_numbered(form, columns) if columns else None)
            if found and found[1] not in groups.get(found[0], {}):
                groups.setdefault(found[0], {})[found[1]] = index
                used.add(index)
                break
    is_numbered = not feed.wide_groups
    return tuple(Wide(number, groups[number], is_numbered) for number in sorted(groups)), used
