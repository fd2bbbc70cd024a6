"""Layouts in which one row holds several records, or several rows make one (feeds.md 3.12, 10.3, 12.2, 13.3).

Data in: table ``records`` and view ``typed``. Data out: the same with records split or joined, W_DERIVED in ``issues``.
Not here: repeated column groups, which are split while cells are read (:mod:`connectors.intake.slots`).
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Feed
from connectors.intake.slots import Slot
from connectors.intake.typed import Typed
from connectors.sql_text import literal
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"
_APART = 1000
"""Beyond the numbers of wide groups and of split words."""


def split_words(con: Connection, feed: Feed) -> None:
    """Several codes in one cell give one record each."""
    column = feed.extra.get("split_rows")
    if not column:
        return
    con.execute(
        f"create or replace temp table split as select {_PLACE}, string_split(\"{column}\", ',') as words from records"
        f" where contains(\"{column}\", ',')"
    )
    con.execute(
        f"create or replace temp table parts as select {_PLACE}, nth, words[nth] as word from"
        " (select *, unnest(range(1, len(words) + 1)) as nth from split)"
    )
    con.execute(
        f'insert into records select r.* replace (r.sub_no + 100 * (p.nth - 1) as sub_no, p.word as "{column}")'
        f" from records as r inner join parts as p using ({_PLACE}) where p.nth > 1"
    )
    con.execute(
        f'update records set "{column}" = s.words[1] from split as s where records.sheet_no = s.sheet_no'
        " and records.row_no = s.row_no and records.sub_no = s.sub_no"
    )
    con.execute(f"insert into issues select {_PLACE}, {literal(str(column))}, 'W_DERIVED', null from split")
    for table in ("split", "parts"):
        con.execute(f"drop table {table}")


def add_code_columns(con: Connection, feed: Feed, slots: Mapping[str, Slot]) -> None:
    """A money column headed by a code word gives a record of that code, beside or instead of the plain columns."""
    spec = feed.extra.get("code_columns")
    coded = [slot for slot in slots.values() if slot.role == "record"]
    if not isinstance(spec, dict) or not coded:
        return
    code, value = str(spec["column"]), str(spec["value"])
    con.execute(
        f"create or replace temp table sent_rows as select {_PLACE} from typed"
        " qualify row_number() over (partition by sheet_no, row_no order by sub_no) = 1"
    )
    of_groups = [name for name in feed.wide if name in slots and name != value]
    of_groups += [str(feed.extra["wide_number"])] if "wide_number" in feed.extra else []
    alone = "".join(f', case when r.sub_no = 0 then r."{name}" end as "{name}"' for name in of_groups)
    for number, slot in enumerate(coded, start=1):
        con.execute(
            f"create or replace temp table filled as select {_PLACE} from typed semi join sent_rows using ({_PLACE})"
            f' where "{slot.name}" is not null and try_cast("{slot.name}" as decimal(14, 2)) <> 0'
        )
        con.execute(
            f"insert into records select r.* replace (r.sub_no + {_APART * number} as sub_no, {literal(slot.word)} as"
            f' "{code}", r."{slot.name}" as "{value}", null as due_amt{alone}) from records as r semi join filled'
            f" using ({_PLACE})"
        )
        con.execute(f"insert into issues select {_PLACE}, {literal(value)}, 'W_DERIVED', null from filled")
    con.execute(
        f'delete from records where sub_no = 0 and "{code}" is null and (sheet_no, row_no) in'
        " (select (sheet_no, row_no) from records where sub_no > 0)"
    )
    for table in ("filled", "sent_rows"):
        con.execute(f"drop table {table}")


def _long(feed: Feed, typed: Typed) -> tuple[str, str, dict[str, str]] | None:
    """Columns of kind and amount of a long list, and the column that each kind of amount becomes."""
    spec = feed.extra.get("pivot")
    if not isinstance(spec, dict) or str(spec["kind"]) not in typed.real or str(spec["amount"]) not in typed.real:
        return None
    return str(spec["kind"]), str(spec["amount"]), {str(word): str(name) for word, name in spec["columns"].items()}


def spread_kinds(con: Connection, feed: Feed, typed: Typed) -> None:
    """A long list, one row for each kind of amount: the amount stands in the column of its kind."""
    con.execute("create or replace table joined (sheet_no integer, row_no integer)")
    long = _long(feed, typed)
    if long is None:
        return
    kind, amount, targets = long
    for word, target in targets.items():
        con.execute(f'update records set "{target}" = "{amount}" where "{kind}" = {literal(word)}')


def join_kinds(con: Connection, feed: Feed, typed: Typed) -> None:
    """Rows of a long list become one record for each key, after each row was checked for itself.

    A rejected row joins no other, and takes none with it. ``joined`` holds the rows that stand in another's record.
    """
    long = _long(feed, typed)
    if long is None:
        return
    kind, amount, targets = long
    key = feed.key[0][0]
    con.execute(
        "create or replace temp table long as select *,"
        f" row_number() over (partition by key order by {_PLACE}) as nth,"
        " count(*) over (partition by key, kind) as same_kind from"
        f' (select {_PLACE}, "{key}" as key, "{kind}" as kind from records'
        f' where "{key}" is not null and "{kind}" is not null'
        " and (sheet_no, row_no) not in (select (sheet_no, row_no) from issues where code like 'R%'))"
    )
    con.execute(
        f'delete from records where "{kind}" is not null and "{key}" in (select key from long)'
        f" and ({_PLACE}) not in (select ({_PLACE}) from long)"
    )
    con.execute(f"insert into issues select {_PLACE}, {literal(kind)}, 'R_DUP_KEY', null from long where same_kind > 1")
    con.execute("delete from long where key in (select key from long where same_kind > 1)")
    con.execute(f"insert into issues select {_PLACE}, {literal(kind)}, 'W_DERIVED', null from long where nth > 1")
    for target in targets.values():
        con.execute(
            f'update records set "{target}" = g.found from (select l.key, max(r."{target}") as found from long as l'
            f' inner join records as r using ({_PLACE}) group by l.key) as g where records."{key}" = g.key'
        )
    con.execute("insert into joined select distinct sheet_no, row_no from long where nth > 1")
    con.execute(f"delete from records where ({_PLACE}) in (select ({_PLACE}) from long where nth > 1)")
    con.execute(f'update records set "{kind}" = null, "{amount}" = null')
    con.execute("drop table long")


def drop_negatives(con: Connection, feed: Feed, typed: Typed) -> None:
    """Amounts that may be negative only in some rows (reversals)."""
    for column in feed.columns:
        condition = column.extra.get("negative_when")
        if not condition:
            continue
        negative = f'try_cast("{column.name}" as decimal(18, 2)) < 0 and not coalesce({condition}, false)'
        if column.req == "M":
            con.execute(
                f"insert into issues select {_PLACE}, {literal(column.name)}, 'R_AMOUNT_NEGATIVE', null from typed"
                f" where {negative}"
            )
            continue
        if column.name not in typed.real:
            continue
        con.execute(
            f"insert into issues select {_PLACE}, {literal(column.name)}, 'W_VALUE_DROPPED', 'R_AMOUNT_NEGATIVE'"
            f" from typed where {negative}"
        )
        con.execute(
            f'update records set "{column.name}" = null where ({_PLACE}) in (select ({_PLACE}) from typed'
            f" where {negative})"
        )
