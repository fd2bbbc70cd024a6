"""Totals rows against the sum of the rows, and doubtful units (feeds.md sections 3 item 9 and 4.5).

Data in: ``typed``, ``skips``, the sheets. Data out: findings as Chinese lines; nothing is changed.
Not here: recognising totals rows (:mod:`connectors.intake.rows`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors.contract import Feed
from connectors.intake.cells import Environment, read_cell
from connectors.intake.slots import Reading, Slot, tags_of
from connectors.intake.typed import Typed
from connectors.warehouse import Connection

_TOLERANCE = Decimal("0.01")
_FEWEST_VALUES = 5
_OUTSIDE_SHARE = Decimal("0.8")
_WHOLE = ("合计", "总计")
_PARTS = ("小计", "本页")
"""Totals of a part of the sheet are not compared."""
_TEN_THOUSAND = 10_000
_FEWEST_ZEROED = 3
_ZEROED_SHARE = 0.05


def _is_derived(reading: Reading, name: str) -> bool:
    return any(name in wide.cells for wide in reading.header.wide)


def compare_totals(
    con: Connection, readings: Sequence[Reading], slots: Mapping[str, Slot], env: Environment
) -> list[str]:
    """Columns whose totals row differs from the sum over the sheet's data rows, rejected ones included.

    It is called before anything is derived or split, so that ``typed`` holds what the cells say.
    """
    found = []
    for reading in readings:
        rows = con.execute(
            f"select g.* from (select {reading.sheet.row_sql} as place, * from {reading.sheet.table}) as g"
            f" where g.place in (select row_no from skips where sheet_no = {reading.number} and class = 'total')"
        )
        names = [item[0] for item in rows.description or ()]
        for row in rows.fetchall():
            cells = dict(zip(names, row, strict=True))
            words = "".join("".join(str(cell).split()) for cell in cells.values() if cell is not None)
            if not any(word in words for word in _WHOLE) or any(word in words for word in _PARTS):
                continue
            found += _compare_row(con, reading, slots, env, cells)
    return found


def _compare_row(
    con: Connection, reading: Reading, slots: Mapping[str, Slot], env: Environment, cells: Mapping[str, object]
) -> list[str]:
    found = []
    for slot in slots.values():
        places = slot.places.get(reading.number, [])
        if slot.column.type not in ("money", "int") or slot.role != "value" or len(places) != 1:
            continue
        text = cells.get(f"c{places[0].index}")
        if not isinstance(text, str) or _is_derived(reading, slot.name):
            continue
        kinds = cells.get("k")
        kind = kinds[places[0].index].lower() if isinstance(kinds, str) else "t"
        stated = read_cell(text, kind, slot.column, env, places[0].tag)
        if stated.value is None or "W_BLANK_AS_ZERO" in stated.codes:
            continue
        total = con.execute(
            f'select coalesce(sum(amount), 0) from (select max(cast("{slot.name}" as decimal(18, 2))) as amount'
            f" from typed where sheet_no = {reading.number} group by row_no)"
        ).fetchall()[0][0]
        if abs(Decimal(stated.value) - Decimal(total)) > _TOLERANCE:
            found.append(f"{reading.sheet.name} {slot.column.header}：合计行 {stated.value}，各行之和 {total}")
    return found


def _factor(slot: Slot, file_unit: str | None) -> int:
    """What a plain number of the column is multiplied by: its header's unit, else the file's."""
    units = {tag.unit or file_unit or "" for tag in tags_of(slot).values()}
    return _TEN_THOUSAND if units and all(unit.startswith("万") for unit in units) else 1


def doubtful_units(
    con: Connection, feed: Feed, typed: Typed, slots: Mapping[str, Slot], file_unit: str | None
) -> list[str]:
    """Money columns of which most values, as declared, would be plausible only in the other unit."""
    found = []
    for column in feed.columns:
        if column.type != "money" or column.name not in typed.coded or column.name not in slots:
            continue
        if column.low is None and column.high is None:
            continue
        outside = con.execute(
            "select count(*) from issues where code = 'W_RANGE' and column_name = ?", [column.name]
        ).fetchall()[0][0]
        if not outside:
            continue
        low = column.low if column.low is not None else Decimal(0)
        high = column.high if column.high is not None else Decimal(10) ** 12
        factor = _factor(slots[column.name], file_unit)
        row = con.execute(
            f"""
            with texts as materialized (
              select r_{column.name} as text, count(*) as times from source where text is not null group by text
            ),
            numbers as (select abs(try_cast(text as decimal(24, 6))) * {factor} as n, times from texts),
            outside as (select * from numbers where n <> 0 and n not between {low} and {high})
            select coalesce(sum(times) filter (where n is not null), 0), coalesce(sum(times) filter (where n <> 0), 0),
              (select coalesce(sum(times), 0) from outside),
              (select coalesce(sum(times), 0) from outside where n * 10000 between {low} and {high}),
              (select coalesce(sum(times), 0) from outside where n / 10000 between {low} and {high})
            from numbers
            """
        ).fetchall()[0]
        values, filled, outside, smaller, larger = row
        if (
            values >= _FEWEST_VALUES
            and filled
            and outside >= _OUTSIDE_SHARE * filled
            and max(smaller, larger) == outside
        ):
            found.append(f"{column.header}：{outside} 个金额超出合理范围，请核对单位是元还是万元")
    return found


def has_zeroed_ids(con: Connection, feed: Feed) -> bool:
    """At least three ids, and a twentieth of them, end in 000: cut by a spreadsheet before export."""
    ids = [column.name for column in feed.columns if column.type == "id"]
    if not ids:
        return False
    zeroed = " + ".join(f'count(*) filter (where suffix("{name}", \'000\') and length("{name}") = 18)' for name in ids)
    filled = " + ".join(f'count("{name}")' for name in ids)
    row = con.execute(f"select {zeroed}, {filled} from typed").fetchall()[0]
    return bool(row[0] >= _FEWEST_ZEROED and row[0] >= _ZEROED_SHARE * row[1])
