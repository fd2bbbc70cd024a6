"""The text of header cells: cleaning, flattening of several rows, and the words each feed knows.

Data in: header cells. Data out: cleaned paths, units, and :class:`Vocabulary` (feeds.md section 3, items 5 and 6).
Not here: choosing the header rows of a sheet (:mod:`connectors.intake.headers`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from connectors.contract import Column, Feed
from connectors.intake.cell_types import squeeze
from connectors.intake.readers.grid import Region

_TERM = r"[①-⑳\d.+＋\-－—×*＊÷/\s]"
_FORMULA = re.compile(rf"[①-⑳]\s*(?:[=＝](?:{_TERM}|[（(]{_TERM}+[）)])*)?")
"""A circled number, with what it is the sum of: ①, ①=②+③, ①=（②-③）×④."""
_NUMBERING = re.compile(r"^(?:\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}、|\d{1,2}[.、](?!\d))")
_BRACKET = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_UNIT = re.compile(r"[(\[]([^()\[\]]*(?:元|%|m2|平方米|户|人)[^()\[\]]*)[)\]]")
_MARKS = str.maketrans("", "", "*#★")

Row = Sequence[str | None]


def clean_header(text: str | None) -> str:
    """One header cell as it is compared: no white, invisible letters, marks, numbering, formula or trailing colon."""
    if not text:
        return ""
    plain = squeeze(_FORMULA.sub("", text)).translate(_MARKS)
    plain = _NUMBERING.sub("", plain)
    return plain.rstrip(":").casefold()


def without_bracket(text: str) -> str:
    """The text without its last bracket group."""
    groups = list(_BRACKET.finditer(text))
    return text[: groups[-1].start()] + text[groups[-1].end() :] if groups else text


def unit_of(text: str) -> str | None:
    """The unit in a bracket group, such as 元, 万元, 元/年."""
    found = _UNIT.findall(text)
    return found[-1] if found else None


def forms(path: Sequence[str]) -> list[str]:
    """What a flat header is compared as, best first, each also without its last bracket group.

    A path that the sender wrote into one cell (学生-身份证号) is the same as one over several rows.
    """
    flat = "-".join(path)
    parts = [part for part in flat.split("-") if part]
    whole = [flat, "".join(parts), "".join(parts[-2:]), parts[-1]] if parts else []
    return list(dict.fromkeys(form for text in whole for form in (text, without_bracket(text))))


def fill_regions(rows: Sequence[Row], regions: Sequence[Region]) -> list[list[str | None]]:
    """The rows with every merged region's text in all its cells."""
    filled = [list(row) for row in rows]
    for region in regions:
        if region.top > len(filled):
            continue
        anchor = filled[region.top - 1][region.left] if region.left < len(filled[region.top - 1]) else None
        for row in filled[region.top - 1 : region.bottom]:
            for column in range(region.left, min(region.right + 1, len(row))):
                row[column] = anchor
    return filled


def flatten(rows: Sequence[Row], is_merged: bool) -> list[tuple[str, ...]]:
    """Cleaned path of every column; without merges a blank upper cell takes the text on its left."""
    cleaned = [[clean_header(cell) for cell in row] for row in rows]
    if not is_merged:
        for upper, lower in reversed(list(pairwise(cleaned))):
            for column in range(1, len(upper)):
                if not upper[column] and lower[column]:
                    upper[column] = upper[column - 1]
    paths = []
    for column in range(len(cleaned[0])):
        path: list[str] = []
        for row in cleaned:
            if row[column] and (not path or path[-1] != row[column]):
                path.append(row[column])
        paths.append(tuple(path))
    return paths


@dataclass(frozen=True)
class Entry:
    """A header that a feed knows: its column, its place in the alias list, and what it does to the cells."""

    column: Column
    rank: int
    inverse: bool = False
    role: str = "value"
    """``value``; ``part`` where several columns make one field (summed, joined, and-ed); ``flag`` where a filled
    cell adds the header as a word; ``record`` where the column holds the amounts of one code."""
    code: str = ""
    """Code of a ``record`` column, and the field that the code belongs to."""
    code_of: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """Cleaned header → entries of one feed; ``stand_ins`` count only where no 户主 header is found."""

    entries: dict[str, tuple[Entry, ...]]
    stand_ins: dict[str, tuple[Entry, ...]]
    stood_for: frozenset[str]
    """Columns that have stand-ins."""


def texts(value: object) -> tuple[str, ...]:
    """A contract's list of texts."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, list | tuple | dict) else ()


def _column_entries(column: Column) -> list[tuple[str, Entry]]:
    extra = column.extra
    is_part = any(extra.get(flag) for flag in ("sum_headers", "joined", "combine", "flag_headers"))
    role = "part" if is_part else "value"
    found = [(header, Entry(column, rank, role=role)) for rank, header in enumerate((column.header, *column.aliases))]
    found += [(header, Entry(column, 100 + rank, True, role)) for rank, header in enumerate(column.inverse)]
    for flag in ("sum_headers", "joined", "yearly_headers"):
        found += [(h, Entry(column, 200 + rank, role=role)) for rank, h in enumerate(texts(extra.get(flag)))]
    found += [(h, Entry(column, 300 + rank, role="flag")) for rank, h in enumerate(texts(extra.get("flag_headers")))]
    return found


def _code_entries(feed: Feed) -> list[tuple[str, Entry]]:
    """Headers that are words of a code list: amounts of that code."""
    spec = feed.extra.get("code_columns")
    if not isinstance(spec, dict):
        return []
    codes, value = feed.column(str(spec["column"])).codes, feed.column(str(spec["value"]))
    listed = codes.codes if codes is not None else ()
    return [
        (f"{word}{suffix}", Entry(value, 400, role="record", code=code.code, code_of=str(spec["column"])))
        for code in listed
        for word in (code.word, *code.aliases)
        for suffix in texts(spec["suffixes"])
    ]


@lru_cache(maxsize=64)
def _vocabulary(box: _Box) -> Vocabulary:
    entries: dict[str, list[Entry]] = {}
    stand_ins: dict[str, list[Entry]] = {}
    stood_for = set()
    for column in box.feed.columns:
        for header, entry in _column_entries(column):
            entries.setdefault(clean_header(header), []).append(entry)
        for rank, header in enumerate(texts(column.extra.get("stand_in"))):
            stand_ins.setdefault(clean_header(header), []).append(Entry(column, rank))
            stood_for.add(column.name)
    for header, entry in _code_entries(box.feed):
        entries.setdefault(clean_header(header), [entry])
    return Vocabulary(
        {text: tuple(found) for text, found in entries.items()},
        {text: tuple(found) for text, found in stand_ins.items()},
        frozenset(stood_for),
    )


class _Box:
    """A feed as a cache key by identity: feeds hold dictionaries and cannot be hashed."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    def __hash__(self) -> int:
        return id(self.feed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Box) and other.feed is self.feed


def vocabulary(feed: Feed) -> Vocabulary:
    """The headers that ``feed`` knows."""
    return _vocabulary(_Box(feed))
