"""Turns raw texts into values, one column at a time: SQL for well-formed cells, a dictionary for the rest.

Data in: the view ``source``. Data out: SQL expressions and ``map_<slot>`` tables for :mod:`connectors.intake.typed`.
Well-formed ids, names, numbers and texts are recognised in SQL; each *distinct* other text of a column is read once
by :mod:`connectors.intake.cells`, so that odd cells cost by their variety and not by their number.
Not here: places, keys, checks between columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from connectors.contract import Column
from connectors.intake.cell_ids import DIVISIONS, WEIGHTS
from connectors.intake.cell_types import BLANK_WORDS, ERROR_WORDS, UNKNOWN_WORDS
from connectors.intake.cells import Cell, Environment, Tag, blank, read_cell
from connectors.intake.name_forms import other_form_pattern
from connectors.intake.slots import Slot, tags_of
from connectors.sql_text import literal
from connectors.warehouse import Connection

_DICTIONARY_LIMIT = 200_000
"""A column with more distinct texts than this is recognised in SQL if its type allows."""
_FEW_ROWS = 20_000
_WORDS = sorted((BLANK_WORDS | ERROR_WORDS | UNKNOWN_WORDS | {"无"}) - {""})
_HAN = "一-鿿㐀-䶿"


@dataclass(frozen=True)
class Expression:
    """SQL of a slot over ``source as s`` and its map: the value, its companions, its codes (null: none)."""

    value: str
    first: str = "null::varchar"
    second: str = "null::varchar"
    third: str = "null::varchar"
    codes: str | None = None
    join: str = ""


_SEVENTEEN_DIGITS = 10**16
"""A text of 17 characters with so large a number holds digits only, exponents excepted."""
_COEFFICIENTS = tuple(
    (WEIGHTS[16 - place] - 10 * (WEIGHTS[17 - place] if place else 0)) % 11 for place in range(len(WEIGHTS))
)
"""Σ weight·digit mod 11 as Σ coefficient·(number // 10^place): one division a digit instead of two."""


def _fast_id(raw: str, number: str) -> str:
    """True for 18 characters with a right check digit, a sure date and a known division; never for anything else.

    ``number`` is the first 17 digits as BIGINT; the sum stays below its range. Its letters are counted as bytes and
    compared from behind, which is cheaper: any that is no ASCII makes it another text anyway.
    """
    total = " + ".join(f"{number} // {10**place} * {factor}" for place, factor in enumerate(_COEFFICIENTS))
    year, month, day = f"({number} // 10000000 % 10000)", f"({number} // 100000 % 100)", f"({number} // 1000 % 100)"
    divisions = ", ".join(str(division) for division in sorted(DIVISIONS))
    return (
        f"strlen({raw}) = 18 and {number} >= {_SEVENTEEN_DIGITS} and not contains({raw}, 'e')"
        f" and not contains({raw}, 'E')"
        f" and suffix({raw}, substr('10X98765432', ({total}) % 11 + 1, 1))"
        f" and {year} between 1900 and 2100 and {month} between 1 and 12"
        f" and ({day} between 1 and 28 or ({day} between 29 and 30 and {month} <> 2)"
        f" or ({day} = 31 and {month} in (1, 3, 5, 7, 8, 10, 12)))"
        f" and ({number} // 1000000000000000) in ({divisions})"
    )


def _fast_text(raw: str) -> str:
    words = ", ".join(literal(word) for word in _WORDS)
    return f"{raw} = trim({raw}) and left({raw}, 1) not in ('''', '`', '=') and {raw} not in ({words})"


def _fast_sql(column: Column, raw: str, number: str) -> str | None:
    """SQL that is true for well-formed cells of a column, None where every distinct text is read in Python."""
    if column.type == "id":
        return _fast_id(raw, number)
    if column.type == "name":
        words = ", ".join(literal(word) for word in _WORDS if word[0] >= "一")
        plain = f"regexp_full_match({raw}, '[{_HAN}]{{1,20}}(·[{_HAN}]{{1,20}})*') and {raw} not in ({words})"
        return f"{plain} and not regexp_matches({raw}, '{other_form_pattern()}')"
    if column.type == "hhno":
        return f"regexp_full_match({raw}, '[0-9A-Za-z-]{{4,30}}') and {raw} not in ('NULL', 'null')"
    if column.name == "phone":
        return f"regexp_full_match({raw}, '1[3-9][0-9]{{9}}')"
    if column.vaulted:
        return f"regexp_full_match({raw}, '[0-9A-Za-z-]{{5,40}}')"
    if column.type == "text":
        return _fast_text(raw)
    if column.type == "money":
        return f"regexp_full_match({raw}, '[0-9]{{1,10}}([.][0-9]{{1,2}})?')"
    return None


def _fast_value(column: Column, raw: str) -> str:
    return f"cast({raw} as decimal(14, 2))::varchar" if column.type == "money" else raw


def _fast_companions(column: Column, raw: str) -> tuple[str, str, str]:
    if column.type == "id":
        number = raw.replace(".r_", ".n_")
        parts = (f"{number} // 10000000 % 10000", f"{number} // 100000 % 100", f"{number} // 1000 % 100")
        return "'valid'", f"make_date({', '.join(parts)})::varchar", f"case when {number} % 2 = 1 then '1' else '2' end"
    if column.type == "name":
        return raw, "null", "null"
    return "null", "null", "null"


def _fast_codes(column: Column, raw: str) -> str | None:
    if column.type != "money" or (column.low is None and column.high is None):
        return None
    number = f"cast({raw} as decimal(14, 2))"
    tests = []
    if column.low is not None:
        tests.append(f"{number} < {column.low}")
    if column.high is not None:
        tests.append(f"{number} > {column.high}")
    return f"case when {number} <> 0 and ({' or '.join(tests)}) then 'W_RANGE' end"


def _is_small(con: Connection, slot: Slot) -> bool:
    found = con.execute(f"select approx_count_distinct(r_{slot.name}) from source").fetchone()
    return bool(found and found[0] <= _DICTIONARY_LIMIT)


def _flag(con: Connection, slot: Slot, env: Environment, kinded: bool) -> str | None:
    """SQL over ``numbered`` that is true for the slot's well-formed cells; None: a dictionary of all its texts."""
    column = slot.column
    if column.type == "money" and (env.money_unit == "万元" or _is_small(con, slot)):
        return None
    fast = _fast_sql(column, f"r_{slot.name}", f"n_{slot.name}")
    return f"lower(k_{slot.name}) = 't' and {fast}" if fast is not None and kinded else fast


def make_numbered(
    con: Connection, slots: Mapping[str, Slot], env: Environment, kinds: Mapping[str, bool]
) -> dict[str, str]:
    """The view ``numbered``: ``source`` with the numbers of ids; returns the flags of the slots that have one.

    A flag is SQL over ``numbered`` that is true for well-formed cells. The numbers stand in an inner select: inside
    ``case`` and ``and`` the same expression is computed anew wherever it occurs. The rest of a division has no more
    digits than an id: a larger number, as 6.2E+18 is, would overflow where it is multiplied.
    """
    flags = {name: flag for name, slot in slots.items() if (flag := _flag(con, slot, env, kinds[name]))}
    numbers = "".join(
        f", try_cast(left(r_{name}, 17) as bigint) % {10 * _SEVENTEEN_DIGITS} as n_{name}"
        for name in flags
        if slots[name].column.type == "id"
    )
    select = f"select *{numbers} from source"
    if _has_few_rows(con):  # every column asks for it again, and planning the view costs more than a few rows
        con.execute(f"create or replace table few_numbered as {select}")
        select = "select * from few_numbered"
    con.execute(f"create or replace view numbered as {select}")
    return flags


def _has_few_rows(con: Connection) -> bool:
    found = con.execute(f"select count(*) from (select 1 from source limit {_FEW_ROWS + 1})").fetchone()
    return bool(found and found[0] <= _FEW_ROWS)


def _odd_texts(con: Connection, slot: Slot, flag: str | None, kinded: bool) -> list[tuple[str, str]]:
    """Distinct (text, kind) of the cells that SQL did not recognise.

    No filter on the flag: pushed down it would be computed anew for each of its parts. And no flag of another slot in
    the query: the word lists in them are joins, which are made even where nobody asks for their answer.
    """
    raw = f"r_{slot.name}"
    text = f"case when coalesce({flag}, false) then null else {raw} end" if flag else raw
    items = f"{text} as raw, lower(k_{slot.name}) as kind" if kinded else f"{text} as raw"
    found = con.execute(f"select distinct {items} from numbered").fetchall()
    return [(row[0], row[1] if kinded else "t") for row in found if row[0] is not None]


def cell_columns(cells: Sequence[Cell]) -> dict[str, pa.Array]:
    """Values, companions and codes of cells read in Python, as columns of a table to join; commas part the codes."""
    columns = {name: [getattr(cell, name) for cell in cells] for name in ("value", "first", "second", "third")}
    columns["codes"] = [",".join(cell.codes) or None for cell in cells]
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}


def _make_map(
    con: Connection, slot: Slot, env: Environment, texts: Sequence[tuple[str, str]], default: str | None
) -> bool:
    """Read every odd text of a slot; returns whether any has codes. ``default`` stands in for what says nothing."""
    tags: Mapping[str, Tag] = {ending.lower(): tag for ending, tag in tags_of(slot).items()}
    cells = [read_cell(raw, kind[:1], slot.column, env, tags.get(kind[1:], Tag())) for raw, kind in texts]
    if default is not None:
        cells = [replace(cell, value=default) if cell.value is None else cell for cell in cells]
    con.register(
        "map_cells",
        pa.table(
            {
                "raw": pa.array([raw for raw, _ in texts], pa.string()),
                "kind": pa.array([kind for _, kind in texts], pa.string()),
                **cell_columns(cells),
            }
        ),
    )
    con.execute(f"create or replace table map_{slot.name} as select * from map_cells")
    con.unregister("map_cells")
    return any(cell.codes for cell in cells)


@dataclass(frozen=True)
class Look:
    """How the cells of a slot are looked at."""

    flag: str | None
    """SQL that recognises well-formed ones; None: every text is looked up."""
    kinded: bool
    """The others are looked up with their kind."""
    lettered: bool
    """The kind may tell merged cells and formulas."""


def build(con: Connection, slot: Slot, env: Environment, look: Look, default: str | None) -> Expression:
    """The expressions of one slot; ``default`` stands in for a blank cell (a part of the file's period)."""
    nothing = Cell(default) if default is not None else blank(slot.column, env)
    texts = _odd_texts(con, slot, look.flag, look.kinded)
    has_codes = _make_map(con, slot, env, texts, default) if texts else False
    return _expression(slot, look, nothing, bool(texts), has_codes)


def _expression(slot: Slot, look: Look, nothing: Cell, has_map: bool, has_codes: bool) -> Expression:
    """The map holds every odd text, so a text that it lacks is well-formed: the flag is not computed a second time."""
    raw, column, mapped = f"s.r_{slot.name}", slot.column, f"m_{slot.name}"
    join = ""
    if has_map:
        same = f" and {mapped}.kind = lower(s.k_{slot.name})" if look.kinded else ""
        join = f"left join map_{slot.name} as {mapped} on {mapped}.raw = {raw}{same}"

    def choose(blank_sql: str, fast_sql: str, name: str) -> str:
        branches = [f"when {raw} is null then {blank_sql}"]
        if look.flag:
            branches.append(f"when {f'{mapped}.raw is null' if has_map else 'true'} then {fast_sql}")
        rest = f"{mapped}.{name}" if has_map and (has_codes or name != "codes") else "null"
        return f"case {' '.join(branches)} else {rest} end"

    companions = _fast_companions(column, raw)
    return Expression(
        choose(_blank_value(slot, nothing, look.lettered), _fast_value(column, raw), "value"),
        choose(literal(nothing.first), companions[0], "first"),
        choose("null", companions[1], "second"),
        choose("null", companions[2], "third"),
        _codes(slot, look, nothing, has_codes, choose),
        join,
    )


def _codes(
    slot: Slot,
    look: Look,
    nothing: Cell,
    has_codes: bool,
    choose: Callable[[str, str, str], str],
) -> str | None:
    """SQL of a slot's codes, None where no cell of it can have any."""
    fast_codes = _fast_codes(slot.column, f"s.r_{slot.name}") if look.flag else None
    if not (has_codes or nothing.codes or fast_codes or look.lettered):
        return None
    blank_codes = literal(",".join(nothing.codes) or None)
    if not look.lettered:
        return choose(blank_codes, fast_codes or "null", "codes")
    kind = f"left(s.k_{slot.name}, 1)"
    if "R_REQUIRED_BLANK" not in nothing.codes:
        also = [code for code in nothing.codes if code != "W_BLANK_AS_ZERO"]
        unstored = literal(",".join((*also, "W_FORMULA_BLANK")))
        blank_codes = f"case when {kind} = 'x' then {unstored} else {blank_codes} end"
    codes = choose(blank_codes, fast_codes or "null", "codes")
    merged = f"case when {kind} between 'A' and 'Z' then 'W_MERGED_FILLED' end"
    return f"nullif(concat_ws(',', {codes}, {merged}), '')"


def _blank_value(slot: Slot, nothing: Cell, lettered: bool) -> str:
    """A formula without a stored value is null even where a blank would be zero."""
    value = literal(nothing.value)
    if not lettered or nothing.value is None:
        return value
    return f"case when left(s.k_{slot.name}, 1) = 'x' then null else {value} end"
