"""The plan of one file: which sheet columns feed which fields, as SQL over the sheets (the view ``source``).

Data in: the sheets that are read, with their headers. Data out: :class:`Slot` values and the view ``source`` with
``sheet_no, row_no, sub_no``, and per slot the raw text ``r_<slot>`` and its kind ``k_<slot>``.
Not here: what the cells mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Column, Feed
from connectors.intake.cell_types import BLANK_WORDS, NOTHING_WORD, WHITE
from connectors.intake.cells import Tag, holds_nothing_word
from connectors.intake.header_text import clean_header, texts, unit_of
from connectors.intake.headers import Header, Mapped
from connectors.intake.readers.grid import Sheet
from connectors.intake.rows import data_filter
from connectors.sql_text import literal, literals
from connectors.warehouse import Connection

_PLAIN_KINDS, _MOST_KINDS = "t.", 20_000
_YEAR_NUMBER = re.compile(r"\d{4}年")


@dataclass(frozen=True)
class Reading:
    """One sheet that is read."""

    number: int
    sheet: Sheet
    header: Header
    area: str | None = None
    """Area that the sheet's name says."""
    money_unit: str | None = None
    """元 or 万元, where the sheets of the file say different units."""
    plain: frozenset[int] = frozenset()
    """Columns of a workbook in which every data cell is a text or blank, so that nobody need look at their kinds."""


@dataclass(frozen=True)
class Place:
    """Where a slot's cells stand in one sheet."""

    index: int
    tag: Tag
    text: str


@dataclass
class Slot:
    """One source of a field's values; a field made of several columns has several slots."""

    name: str
    column: Column
    role: str = "value"
    places: dict[int, list[Place]] = field(default_factory=dict)
    """Sheet number → columns; several only in wide layouts, in the order of the groups."""
    word: str = ""
    """Header of a flag column."""

    @property
    def is_kinded(self) -> bool:
        """Whether the kind of its cells is more than plain text."""
        return any(_letter(place.tag) for places in self.places.values() for place in places)


def _letter(tag: Tag) -> str:
    """A tag as the ending of the kind: cells of one text under other headers mean other things."""
    parts = [tag.unit or "", "inverse" if tag.inverse else "", "yearly" if tag.yearly else ""]
    parts.append("words:" + "/".join(f"{word}={code}" for word, code in tag.words.items()) if tag.words else "")
    return "|".join(part for part in parts if part)


def tags_of(slot: Slot) -> Mapping[str, Tag]:
    """Kind ending → tag."""
    return {_letter(place.tag): place.tag for places in slot.places.values() for place in places}


def _tag(mapped: Mapped, file_unit: str | None) -> Tag:
    column = mapped.column
    unit = mapped.unit or ""
    yearly = mapped.text in {clean_header(header) for header in texts(column.extra.get("yearly_headers"))}
    if column.extra.get("yearly_unit"):
        yearly = yearly or "年" in _YEAR_NUMBER.sub("", mapped.flat.rsplit("-", maxsplit=1)[-1])
    words: dict[str, str] = {}
    listed = column.extra.get("header_words")
    if isinstance(listed, dict):
        for header, meanings in listed.items():
            if clean_header(str(header)) == mapped.text:
                words = {str(word): str(code) for word, code in meanings.items()}
    money = None
    if column.type == "money" and unit:
        money = "万元" if "万元" in unit else ("元" if file_unit == "万元" and "元" in unit else None)
    return Tag(money, mapped.inverse, yearly, words)


def _of_sheet(tag: Tag, column: Column, reading: Reading) -> Tag:
    """The tag, with the unit of its sheet where the header itself says none."""
    return replace(tag, unit=reading.money_unit) if column.type == "money" and tag.unit is None else tag


def plan_slots(readings: Sequence[Reading], feed: Feed, file_unit: str | None = None) -> dict[str, Slot]:
    """Every slot of the file, by name, in the contract's order; ``file_unit`` is the unit line's 元 or 万元.

    Where sheets say different units there is none of the file, and each money column has its sheet's.
    """
    slots: dict[str, Slot] = {}
    for reading in readings:
        counts: dict[str, int] = {}
        for mapped in reading.header.fields:
            name = mapped.column.name
            if mapped.role == "record":
                name = f"{name}__code_{mapped.code}"
            elif mapped.role != "value":
                counts[name] = counts.get(name, 0) + 1
                name = f"{name}__{counts[name]}"
            slot = slots.setdefault(name, Slot(name, mapped.column, mapped.role))
            slot.word = slot.word or mapped.column.header
            if mapped.role in ("flag", "record"):
                slot.word = mapped.code or mapped.text
            tag = _of_sheet(_tag(mapped, file_unit), mapped.column, reading)
            slot.places.setdefault(reading.number, []).append(Place(mapped.index, tag, mapped.text))
        for group in reading.header.wide:
            for name, index in group.cells.items():
                column = feed.column(name)
                text = reading.header.texts[index]
                slot = slots.setdefault(name, Slot(name, column))
                unit = unit_of(clean_header(text)) or ""
                money = "万元" if column.type == "money" and "万元" in unit else None
                tag = _of_sheet(Tag(money), column, reading)
                slot.places.setdefault(reading.number, []).append(Place(index, tag, text))
    order = {column.name: place for place, column in enumerate(feed.columns)}
    return dict(sorted(slots.items(), key=lambda item: (order[item[1].column.name], item[0])))


def look_at_kinds(con: Connection, reading: Reading) -> Reading:
    """The sheet with its plain columns; rows that are alike are looked at once."""
    sheet = reading.sheet
    if not sheet.has_kinds:
        return reading
    data = f"{sheet.table} where {sheet.row_sql} > {reading.header.last_row}"
    found = con.execute(f"select distinct k from {data} limit {_MOST_KINDS + 1}").fetchall()
    if len(found) > _MOST_KINDS:
        return reading
    told = {place for (letters,) in found for place, letter in enumerate(letters) if letter not in _PLAIN_KINDS}
    return replace(reading, plain=frozenset(range(sheet.width)) - told)


def is_marked(readings: Sequence[Reading], slot: Slot) -> bool:
    """Whether some cell of this slot may be more than a text: a number, a formula, a merged cell."""
    return any(
        reading.sheet.has_kinds and place.index not in reading.plain
        for reading in readings
        for place in slot.places.get(reading.number, [])
    )


def has_kinds(readings: Sequence[Reading], slot: Slot) -> bool:
    """Whether the kind of this slot's cells must be looked at."""
    return slot.is_kinded or is_marked(readings, slot)


def _cell(reading: Reading, slot: Slot, place: Place | None, kinded: bool) -> list[str]:
    if place is None:
        parts = [f"null::varchar as r_{slot.name}"]
        return [*parts, f"'.' as k_{slot.name}"] if kinded else parts
    parts = [f"c{place.index} as r_{slot.name}"]
    if kinded:
        kind = f"substr(k, {place.index + 1}, 1)" if reading.sheet.has_kinds else "'t'"
        ending = _letter(place.tag)
        parts.append(f"{kind} || '{ending}' as k_{slot.name}" if ending else f"{kind} as k_{slot.name}")
    return parts


def _place(reading: Reading, slot: Slot, group: int | None) -> Place | None:
    """The slot's column in a sheet, or in one wide group of it."""
    for wide in reading.header.wide:
        if slot.name in wide.cells:
            if wide.number != group:
                continue
            return next(place for place in slot.places[reading.number] if place.index == wide.cells[slot.name])
    if any(slot.name in wide.cells for wide in reading.header.wide):
        return None
    return next(iter(slot.places.get(reading.number, [])), None)


def _select(
    reading: Reading, slots: Mapping[str, Slot], kinds: Mapping[str, bool], group: int | None, where: str
) -> str:
    parts = [f"{reading.number} as sheet_no", f"{reading.sheet.row_sql} as row_no", f"{group or 0} as sub_no"]
    for slot in slots.values():
        parts += _cell(reading, slot, _place(reading, slot, group), kinds[slot.name])
    condition = data_filter(reading.number, reading.sheet, reading.header)
    return f"select {', '.join(parts)} from {reading.sheet.table} where {condition}{where}"


def _filled(slot: Slot, index: int) -> str:
    """The cell, null where it is blank in its column."""
    nothing = [] if holds_nothing_word(slot.column) or slot.column.blank0 else [NOTHING_WORD]
    words = literals(sorted([*BLANK_WORDS, *nothing]))
    return f"case when trim(c{index}, {literal(WHITE)}) not in ({words}) then c{index} end"


def _selects(reading: Reading, slots: Mapping[str, Slot], kinds: Mapping[str, bool]) -> list[str]:
    """One select, or one for each wide group and one for rows that fill none."""
    if not reading.header.wide:
        return [_select(reading, slots, kinds, None, "")]
    filled = {
        wide.number: f"coalesce({', '.join(_filled(slots[name], index) for name, index in wide.cells.items())}, null)"
        for wide in reading.header.wide
    }
    found = [_select(reading, slots, kinds, number, f" and {cells} is not null") for number, cells in filled.items()]
    nothing = " and ".join(f"{cells} is null" for cells in filled.values())
    return [*found, _select(reading, slots, kinds, None, f" and {nothing}")]


def make_source(con: Connection, readings: Sequence[Reading], slots: Mapping[str, Slot]) -> None:
    """Create the view ``source`` over all sheets."""
    kinds = {slot.name: has_kinds(readings, slot) for slot in slots.values()}
    selects = [select for reading in readings for select in _selects(reading, slots, kinds)]
    con.execute(f"create or replace view source as {' union all '.join(selects)}")
