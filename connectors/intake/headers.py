"""Finds the header of a sheet and maps its columns to the fields of a feed (feeds.md section 3, items 4–7).

Data in: the first rows of a sheet and a :class:`Feed`. Data out: :class:`Header`.
Not here: cleaning header texts (:mod:`connectors.intake.header_text`), data rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.contract import Column, Feed
from connectors.intake.header_text import (
    Entry,
    Row,
    Vocabulary,
    clean_header,
    fill_regions,
    flatten,
    forms,
    texts,
    unit_of,
    vocabulary,
)
from connectors.intake.readers.grid import Region
from connectors.intake.wide import Wide, find_wide

START_ROWS = 15
HEIGHTS = (1, 2, 3)
FEWEST_FIELDS = 3
UNCOUNTED = frozenset(("序号",))
"""Read by no feed and never unknown."""
_WORD = re.compile(r"[a-z_]+")
_OTHER_PEOPLE = frozenset(("户主", "家长", "监护人", "开户人", "领款人"))
_PEOPLE_GROUPS = frozenset(("PERSON", "HH"))


@dataclass(frozen=True)
class Mapped:
    """One column of the sheet that is read as ``column``."""

    column: Column
    index: int
    text: str
    """The cleaned header that matched."""
    depth: int = 0
    """Which form of the flat header matched: 0 is the whole path, later ones are less of it."""
    flat: str = ""
    """The whole flat header, cleaned."""
    inverse: bool = False
    unit: str | None = None
    role: str = "value"
    rank: int = 0
    code: str = ""
    code_of: str = ""


def _stands_for(mapped: Mapped) -> str | None:
    """The field that a column under this header makes up for: 村组 holds the village too."""
    headers = mapped.column.extra.get("stands_for")
    return str(headers[mapped.text]) if isinstance(headers, dict) and mapped.text in headers else None


@dataclass(frozen=True)
class Header:
    """The header of one sheet; rows are counted from 1."""

    first_row: int
    last_row: int
    fields: tuple[Mapped, ...]
    texts: tuple[str, ...]
    """The flat header of every column as the sender wrote it, for reports."""
    unknown: tuple[int, ...] = ()
    ambiguous: tuple[str, ...] = ()
    wide: tuple[Wide, ...] = ()
    sequence: int | None = None
    """Index of the column 序号."""

    def names(self) -> set[str]:
        """Fields found, those of wide groups and of columns headed by a code included."""
        found = {field.column.name for field in self.fields} | {field.code_of for field in self.fields if field.code_of}
        found |= {name for field in self.fields if (name := _stands_for(field))}
        return found | {name for group in self.wide for name in group.cells}

    def index_of(self, name: str) -> int | None:
        """First column of the sheet that is read as field ``name``."""
        return next((field.index for field in self.fields if field.column.name == name), None)


def _entries(path: Sequence[str], known: Vocabulary, use_stand_ins: bool) -> tuple[str, int, tuple[Entry, ...]]:
    for depth, form in enumerate(forms(path)):
        found = known.entries.get(form, ())
        if use_stand_ins and form in known.stand_ins:
            return form, depth, known.stand_ins[form]
        if found:
            return form, depth, found
    return "", 0, ()


def _match(paths: Sequence[tuple[str, ...]], known: Vocabulary, use_stand_ins: bool) -> list[Mapped]:
    found = []
    for index, path in enumerate(paths):
        text, depth, entries = _entries(path, known, use_stand_ins) if path else ("", 0, ())
        flat = "-".join(path)
        unit = unit_of(flat) if entries else None
        found += [
            Mapped(e.column, index, text, depth, flat, e.inverse, unit, e.role, e.rank, e.code, e.code_of)
            for e in entries
        ]
    return found


def _is_same(one: Mapped, best: Mapped) -> bool:
    """The same header twice: one flat text, or one last part below groups that mean nothing to the feed."""
    if one.flat == best.flat:
        return True
    return one.text == best.text and one.depth == best.depth and "-" in one.flat and "-" in best.flat


def _is_of_another(mapped: Mapped) -> bool:
    """A column below 户主 or the like that the feed knows by its last part only: it tells of that person."""
    person, dash, _ = mapped.flat.partition("-")
    return bool(dash) and person in _OTHER_PEOPLE and not mapped.text.startswith(person)


def _resolve(candidates: Iterable[Mapped]) -> tuple[list[Mapped], list[str]]:
    """One sheet column for each field: the alias listed first wins; the same text twice is ambiguous."""
    by_field: dict[str, list[Mapped]] = {}
    for mapped in candidates:
        by_field.setdefault(mapped.column.name if mapped.role != "record" else "", []).append(mapped)
    kept: list[Mapped] = []
    ambiguous = []
    taken: set[int] = set()
    for name, found in by_field.items():
        parts = [mapped for mapped in found if mapped.role != "value"]
        if parts:
            kept += found
            taken |= {mapped.index for mapped in found}
            continue
        found = [mapped for mapped in found if mapped.index not in taken] or found
        found = [mapped for mapped in found if not _is_of_another(mapped)] or found
        best = min(found, key=lambda mapped: (mapped.rank, mapped.depth, mapped.index))
        if sum(_is_same(mapped, best) for mapped in found) > 1:
            ambiguous.append(name)
        kept.append(best)
        taken.add(best.index)
    return kept, ambiguous


def _sender_texts(rows: Sequence[Row]) -> tuple[str, ...]:
    flat = []
    for column in range(len(rows[0])):
        parts = [" ".join(text.split()) for row in rows if (text := row[column])]
        flat.append("-".join(dict.fromkeys(parts)))
    return tuple(flat)


def _build(rows: Sequence[Row], start: int, height: int, is_merged: bool, feed: Feed) -> Header:
    known = vocabulary(feed)
    block = rows[start : start + height]
    paths = flatten(block, is_merged)
    wide, used = find_wide(paths, feed)
    plain_paths = [() if index in used else path for index, path in enumerate(paths)]
    candidates = _match(plain_paths, known, use_stand_ins=False)
    if known.stood_for and not any(mapped.column.name in known.stood_for for mapped in candidates):
        candidates = _match(plain_paths, known, use_stand_ins=True)
    fields, ambiguous = _resolve(candidates)
    mapped_indexes = {mapped.index for mapped in fields} | used
    unknown = [
        index
        for index, path in enumerate(paths)
        if path and index not in mapped_indexes and clean_header(path[-1]) not in UNCOUNTED
    ]
    sequence = next((index for index, path in enumerate(paths) if path and path[-1] in UNCOUNTED), None)
    return Header(
        start + 1,
        start + height,
        tuple(fields),
        _sender_texts(block),
        tuple(unknown),
        tuple(ambiguous),
        wide,
        sequence,
    )


def _score(header: Header, feed: Feed) -> tuple[int, int, int, int, int]:
    """Needed fields found, with each group of a wide layout and each header that is a word; then no field read twice.

    A heading merged over several columns would be the header of each of them.
    """
    names = header.names()
    needed_names = {column.name for column in feed.columns if column.req in ("M", "C")}
    repeated = [name for group in header.wide[1:] for name in group.cells]
    repeated += [field.column.name for field in header.fields if field.role == "flag"]
    needed = len(names & needed_names) + sum(name in needed_names for name in repeated)
    found = len(names) + len(repeated)
    return needed, -len(header.ambiguous), found, header.first_row - header.last_row, -header.first_row


def _with_units_above(header: Header, rows: Sequence[Row], regions: Sequence[Region]) -> Header:
    """The units that stand above the header chosen, in rows that merged cells tie to it."""
    first = min((r.top for r in regions if r.top < header.first_row <= r.bottom), default=header.first_row)
    above = [[clean_header(cell) for cell in row] for row in rows[first - 1 : header.first_row - 1]]

    def unit(field: Mapped) -> str | None:
        return field.unit or next((found for row in reversed(above) if (found := unit_of(row[field.index]))), None)

    return (
        replace(header, fields=tuple(replace(field, unit=unit(field)) for field in header.fields)) if above else header
    )


def find_header(top: Sequence[Row], regions: Sequence[Region], feed: Feed, *, only_key: bool = False) -> Header | None:
    """The best header of a sheet, or None if fewer than three fields are found anywhere.

    A withdrawal (``only_key``) may hold fewer, if they are the key.
    """
    if not top:
        return None
    near = [region for region in regions if region.top <= len(top)]
    rows = fill_regions(top, near)
    found = [
        _build(rows, start, height, _is_merged(near, start, height), feed)
        for start in range(min(START_ROWS, len(rows)))
        for height in HEIGHTS
        if any(rows[start]) and start + height <= len(rows)
    ]
    if not found:
        return None
    best = max(found, key=lambda header: _score(header, feed))
    names = best.names()
    is_enough = len(names) >= FEWEST_FIELDS or (only_key and names and not _missing_key(names, feed))
    return _with_units_above(best, rows, near) if is_enough else None


def _is_merged(regions: Sequence[Region], start: int, height: int) -> bool:
    return any(region.top <= start + height and region.bottom > start for region in regions)


def count_fields(top: Sequence[Row], feed: Feed) -> int:
    """How many headers are found; chooses the delimiter of a text file."""
    header = find_header(top, (), feed)
    return len(header.names()) if header else 0


def missing(header_names: set[str], feed: Feed, *, only_key: bool = False, sheet_name: str = "") -> list[Column]:
    """Mandatory columns that are absent; of a one-of group its first column if all are absent."""
    if only_key:
        return _missing_key(header_names, feed)
    absent = []
    groups: dict[str, list[Column]] = {}
    for column in feed.columns:
        if column.one_of:
            groups.setdefault(column.one_of, []).append(column)
        elif column.req in ("M", "C") and column.name not in header_names and not _may_be_absent(column, sheet_name):
            absent.append(column)
    for columns in groups.values():
        needed = any(column.req in ("M", "C") for column in columns)
        if needed and not any(column.name in header_names for column in columns):
            absent.append(columns[0])
    return absent


def _may_be_absent(column: Column, sheet_name: str) -> bool:
    """The sheet's name says what the column would."""
    return any(word in sheet_name for word in texts(column.extra.get("from_sheet")))


def _missing_key(names: set[str], feed: Feed) -> list[Column]:
    for parts in feed.key:
        if all(part in names or part in feed.key_defaults or _is_filled(feed, part, names) for part in parts):
            return []
    return [feed.column(part) for part in feed.key[-1] if part not in names and not part.endswith("_norm")]


def _is_filled(feed: Feed, part: str, names: set[str]) -> bool:
    """From the file's period, from the other column of a one-of group, or by a derivation."""
    if part.endswith("_norm"):
        return False
    column = feed.column(part)
    siblings = {other.name for other in feed.columns if column.one_of and other.one_of == column.one_of}
    sources = {word for d in feed.derivations if d.column == part for word in _WORD.findall(d.sql)}
    return column.from_period is not None or bool(names & (siblings | sources))


def absent_optional(names: set[str], feed: Feed) -> list[Column]:
    """Columns marked O+ that are absent; those of a one-of group count once and only if all of them are absent."""
    absent = []
    groups: dict[str, list[Column]] = {}
    long = feed.extra.get("pivot")
    if isinstance(long, dict) and {long["kind"], long["amount"]} <= names:
        names = names | set(long["columns"].values())
    for column in feed.columns:
        if column.one_of:
            groups.setdefault(column.one_of, []).append(column)
        elif column.req == "O+" and column.name not in names:
            absent.append(column)
    for columns in groups.values():
        wanted = [column for column in columns if column.req == "O+"]
        if wanted and not any(column.name in names for column in wanted):
            absent.append(wanted[0])
    return absent


def fitting_feed(
    top: Sequence[Row], regions: Sequence[Region], feed: Feed, others: Iterable[Feed], found: Header
) -> Feed | None:
    """Another feed whose header the sheet satisfies fully, so that the file lies in the wrong folder."""
    own_needed = {
        column.name
        for column in feed.columns
        if column.group in _PEOPLE_GROUPS or (column.req == "M" and column.group != "AREA")
    }
    fitting: list[tuple[int, Feed]] = []
    for other in sorted(others, key=lambda one: one.sector != feed.sector):
        if other.entity == feed.entity:
            continue
        if other.name == "registry/villages" and found.names() & own_needed:
            continue
        header = find_header(top, regions, other)
        if header is None or header.ambiguous or missing(header.names(), other):
            continue
        if len(header.names()) > len(found.names()):
            fitting.append((len(header.names()), other))
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
