"""One wide pass from raw cells to values: a record for each data row, rejected ones included.

Data in: the view ``source``, the slots, the places. Data out: table ``records`` and over it the view ``typed(sheet_no,
row_no, sub_no, <staged columns>, <column>__codes)``. Columns that the file lacks stand in the view only, as constants,
unless a later step writes them; the codes column of a field is absent if no cell of it has any.
Not here: reading single cells, checks between columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from connectors.contract import Column, Feed, masked_stem, token_column
from connectors.intake.cells import Environment
from connectors.intake.header_text import clean_header
from connectors.intake.normalise import Expression, Look, build, make_numbered
from connectors.intake.place_rows import AreaTexts, resolve
from connectors.intake.places import Places
from connectors.intake.slots import Reading, Slot, has_kinds, is_marked
from connectors.sql_text import literal
from connectors.warehouse import Connection

AREA_TEXTS = ("township", "village", "village_code", "village_group")


@dataclass
class Typed:
    """What the table ``typed`` holds."""

    columns: tuple[str, ...]
    coded: tuple[str, ...]
    """Fields with a codes column."""
    real: frozenset[str] = frozenset()
    """Columns of the table ``records``; the others are constants of the view."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Period parts by name, which stand in for blank cells."""
    reasons: set[str] = field(default_factory=set)
    """File codes raised by cells."""


@dataclass(frozen=True)
class _Selected:
    """Select items of one field, and its codes expression."""

    items: Mapping[str, str]
    codes: str | None
    joins: tuple[str, ...] = ()


def _companions(column: Column, expression: Expression, wanted: set[str]) -> dict[str, str]:
    """The staged columns beside a field's value."""
    name = column.name
    stem = masked_stem(name)
    offered = {
        "id": {f"{stem}_status": expression.first, f"{stem}_birth_date": expression.second,
               f"{stem}_sex": expression.third, token_column(name): f"token({expression.value})"},
        "name": {f"{name}_norm": expression.first},
        "date": {f"{name}_precision": expression.first},
    }.get(column.type, {f"{name}_word": expression.first})  # fmt: skip
    return {key: sql for key, sql in offered.items() if key in wanted}


def _depth(column: Column, slot: Slot) -> int:
    """Place of a slot's header in the alias list, where later names are deeper places."""
    heads = [clean_header(head) for head in (column.header, *column.aliases)]
    texts = {place.text for places in slot.places.values() for place in places}
    return max((heads.index(text) for text in texts if text in heads), default=0)


def _combined(column: Column, parts: Sequence[tuple[Slot, Expression]]) -> Expression:
    """One field from several columns: joined, summed, and-ed, or their headers as words."""
    values = [
        f"case when {e.value} is not null and {e.value} not in ('否', '无', '0', '×') then {literal(slot.word)} end"
        if slot.role == "flag"
        else e.value
        for slot, e in parts
    ]
    codes = [e.codes for _, e in parts if e.codes]
    joins = " ".join(e.join for _, e in parts if e.join)
    both = f"nullif(concat_ws(',', {', '.join(codes)}), '')" if codes else None
    if column.extra.get("combine") == "deepest":
        ranked = sorted(zip(parts, values, strict=True), key=lambda pair: _depth(column, pair[0][0]), reverse=True)
        return Expression(f"coalesce({', '.join(value for _, value in ranked)}, null)", codes=both, join=joins)
    if column.extra.get("combine") == "and":
        zero = " or ".join(f"{value} = '0'" for value in values)
        value = f"case when {zero} then '0' else coalesce({', '.join(values)}) end"
        return Expression(value, codes=both, join=joins)
    if column.type == "money":
        total = " + ".join(f"coalesce(cast({value} as decimal(14, 2)), 0)" for value in values)
        filled = f"coalesce({', '.join(values)}, null)"
        return Expression(f"case when {filled} is not null then ({total})::varchar end", codes=both, join=joins)
    return Expression(f"nullif(concat_ws('、', {', '.join(values)}), '')", codes=both, join=joins)


def _field(
    con: Connection, column: Column, slots: Sequence[Slot], env: Environment, readings: Sequence[Reading],
    parts: Mapping[str, str], wanted: set[str], flags: Mapping[str, str],
) -> _Selected:  # fmt: skip
    default = parts.get(column.from_period) if column.from_period else None
    if not slots and column.extra.get("from_sheet"):
        return _from_sheet(column, readings)
    if not slots:
        absent = Expression(literal(default), first="'missing'" if column.type == "id" else "null::varchar")
        return _Selected(
            {column.name: absent.value, **_companions(column, absent, wanted - {token_column(column.name)})}, None
        )
    looks = {
        slot.name: Look(flags.get(slot.name), has_kinds(readings, slot), is_marked(readings, slot)) for slot in slots
    }
    built = [(slot, build(con, slot, env, looks[slot.name], default)) for slot in slots]
    expression = built[0][1] if len(built) == 1 and built[0][0].role != "flag" else _combined(column, built)
    joins = (expression.join,) if expression.join else ()
    return _Selected(
        {column.name: expression.value, **_companions(column, expression, wanted)}, expression.codes, joins
    )


def _from_sheet(column: Column, readings: Sequence[Reading]) -> _Selected:
    """The value that each sheet's name holds, W_DERIVED."""
    words = column.extra["from_sheet"]
    listed = words.items() if isinstance(words, dict) else ()
    found = [
        (reading.number, next((str(code) for word, code in listed if str(word) in reading.sheet.name), None))
        for reading in readings
    ]
    branches = " ".join(f"when {number} then {literal(code)}" for number, code in found)
    return _Selected({column.name: f"case s.sheet_no {branches} end"}, "'W_DERIVED'")


def _area(
    con: Connection, readings: Sequence[Reading], slots: Mapping[str, Slot], texts: AreaTexts, places: Places
) -> _Selected:
    """The field village_code (and village_group) from every distinct combination of place texts."""
    present = [name for name in AREA_TEXTS if name in slots]
    selected = ", ".join(f"coalesce(r_{name}, '')" if name in slots else "''" for name in AREA_TEXTS)
    rows = con.execute(f"select sheet_no, {selected} from source group by all").fetchall()
    resolved = [resolve(row[0], row[1:], texts, places) for row in rows]
    con.register(
        "area_cells",
        pa.table(
            {
                "sheet_no": pa.array([row[0] for row in rows], pa.int32()),
                **{
                    name: pa.array([row[place] for row in rows], pa.string())
                    for place, name in enumerate(AREA_TEXTS, start=1)
                },
                "area": pa.array([item.area for item in resolved], pa.string()),
                "village_group_": pa.array([item.group for item in resolved], pa.string()),
                "codes": pa.array([",".join(item.codes) or None for item in resolved], pa.string()),
            }
        ),
    )
    con.execute("create or replace table map_area as select * from area_cells")
    con.unregister("area_cells")
    same = " and ".join(f"ma.{name} = coalesce(s.r_{name}, '')" for name in present)
    join = f"left join map_area as ma on ma.sheet_no = s.sheet_no{' and ' + same if same else ''}"
    codes = "ma.codes" if any(item.codes for item in resolved) else None
    merged = [
        f"case when left(s.k_{name}, 1) = 'x' then 'W_FORMULA_BLANK'"
        f" when left(s.k_{name}, 1) between 'A' and 'Z' then 'W_MERGED_FILLED' end"
        for name in present
        if has_kinds(readings, slots[name])
    ]
    if merged:
        codes = f"nullif(concat_ws(',', {codes or 'null'}, {', '.join(merged)}), '')"
    return _Selected({"village_code": "ma.area", "village_group": "ma.village_group_"}, codes, (join,))


def make_typed(
    con: Connection,
    feed: Feed,
    readings: Sequence[Reading],
    slots: Mapping[str, Slot],
    env: Environment,
    places: Places,
    texts: AreaTexts,
    parts: Mapping[str, str],
) -> Typed:
    """Create the table ``typed``."""
    wanted = {column.name for column in feed.staged_columns()}
    by_field: dict[str, list[Slot]] = {}
    for slot in slots.values():
        by_field.setdefault(slot.name if slot.role == "record" else slot.column.name, []).append(slot)
    kinds = {name: has_kinds(readings, slot) for name, slot in slots.items()}
    values = {name: slot for name, slot in slots.items() if slot.column.group != "AREA" or feed.area == "own"}
    flags = make_numbered(con, values, env, kinds)
    selected: list[tuple[str, _Selected]] = []
    if env.has_tokens:
        wanted |= _token_columns(feed)
    is_placed = feed.area != "own" and (bool(texts.sheet_areas) or any(name in slots for name in AREA_TEXTS))
    for column in feed.columns:
        if column.group == "AREA" and feed.area != "own":
            continue
        own = _field(con, column, by_field.get(column.name, []), env, readings, parts, wanted, flags)
        selected.append((column.name, own))
    for slot in slots.values():
        if slot.role == "record":
            plain = replace(slot.column, req="O", extra={})
            own = _field(con, plain, [slot], env, readings, parts, wanted, flags)
            selected.append((slot.name, _Selected({slot.name: own.items[plain.name]}, own.codes, own.joins)))
    if feed.area != "own":
        nowhere = _Selected({"village_code": "null::varchar", "village_group": "null::varchar"}, None)
        selected.append(("village_code", _area(con, readings, slots, texts, places) if is_placed else nowhere))
    real = _make_records(con, selected, set(by_field) | _written(feed, is_placed))
    columns = tuple(column for _, field_ in selected for column in field_.items if "__" not in column)
    coded = tuple(name for name, field_ in selected if field_.codes is not None)
    return Typed(columns, coded, frozenset(real), parts)


def _token_columns(feed: Feed) -> set[str]:
    """Beside the ids that stay as they are read; an id that a later step may write gets its token at the landing."""
    changing = _written(feed, is_placed=False) | set(feed.group_values.columns if feed.group_values else ())
    return {
        token_column(column.name)
        for column in feed.columns
        if column.vaulted and column.type == "id" and column.name not in changing
    }


def _written(feed: Feed, is_placed: bool) -> set[str]:
    """Fields that a later step may write although the file lacks them."""
    if feed.area == "own":
        return {column.name for column in feed.columns}
    names = {derivation.column for derivation in feed.derivations}
    names |= {str(name) for column in feed.columns for name in _names(column.extra.get("adds_row"))}
    names |= {str(feed.extra["wide_number"])} if "wide_number" in feed.extra else set()
    names |= {name for name in ("programme", "paid_amt", "due_amt") if "code_columns" in feed.extra}
    names |= _pivot_columns(feed.extra.get("pivot"))
    names |= {column.name for column in feed.columns if column.extra.get("from_sheet")}
    names |= {"head_name", "head_id_no"} if feed.extra.get("head_rows") else set()
    return names | ({"village_code"} if is_placed else set())


def _pivot_columns(spec: object) -> set[str]:
    columns = spec.get("columns") if isinstance(spec, dict) else None
    return {str(name) for name in columns.values()} if isinstance(columns, dict) else set()


def _names(values: object) -> tuple[object, ...]:
    return tuple(values) if isinstance(values, dict) else ()


def _make_records(con: Connection, selected: Sequence[tuple[str, _Selected]], fields: set[str]) -> set[str]:
    """The table and its view; returns the columns of the table."""
    items = ["s.sheet_no", "s.row_no", "s.sub_no"]
    constants: list[str] = []
    real: set[str] = set()
    for name, field_ in selected:
        listed = [f'{sql} as "{column}"' for column, sql in field_.items.items()]
        if name not in fields:
            constants += listed
            continue
        items += listed
        real |= set(field_.items)
        if field_.codes is not None:
            items.append(f'{field_.codes} as "{name}__codes"')
    joins = [join for _, field_ in selected for join in field_.joins]
    con.execute(f"create or replace table records as select {', '.join(items)} from numbered as s {' '.join(joins)}")
    con.execute(f"create or replace view typed as select {', '.join(['*', *constants])} from records")
    return real
