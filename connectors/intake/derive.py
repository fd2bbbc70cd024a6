"""Values taken from other columns, and records that one row adds (the contract's derivations).

Data in: table ``typed``. Data out: ``typed`` with the values set, W_DERIVED in ``issues``.
Not here: defaults from the file's period, which need no code (:mod:`connectors.intake.typed`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from connectors.contract import Column, Derivation, Feed, masked_stem
from connectors.intake.cell_types import CODE_AND_DETAIL, Environment
from connectors.intake.cells import read_cell
from connectors.intake.header_text import clean_header
from connectors.intake.normalise import cell_columns
from connectors.intake.slots import Reading, Slot
from connectors.sql_text import literal
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"


def _applies(derivation: Derivation, slots: Mapping[str, Slot]) -> bool:
    present = {slot.column.name for slot in slots.values()}
    if derivation.absent_only and derivation.column in present:
        return False
    if derivation.matched is None:
        return True
    column, headers = derivation.matched
    accepted = {clean_header(header) for header in headers}
    return any(
        place.text in accepted
        for slot in slots.values()
        if slot.column.name == column
        for places in slot.places.values()
        for place in places
    )


def _read_ids(con: Connection, column: Column, env: Environment) -> None:
    """An id taken from another column is read like any: its check digit is tested, a masked one rejects the row."""
    texts = [text for (text,) in con.execute("select distinct found from derived").fetchall()]
    cells = [read_cell(text, "t", column, env) for text in texts]
    con.register("derived_ids", pa.table({"text": pa.array(texts, pa.string()), **cell_columns(cells)}))
    stem = masked_stem(column.name)
    con.execute(
        f'update records as typed set "{column.name}" = i.value, {stem}_status = i.first,'
        f" {stem}_birth_date = i.second, {stem}_sex = i.third from derived inner join derived_ids as i"
        " on i.text = derived.found where typed.sheet_no = derived.sheet_no and typed.row_no = derived.row_no"
        " and typed.sub_no = derived.sub_no"
    )
    con.execute(
        f"insert into issues select {_PLACE}, {literal(column.name)}, {CODE_AND_DETAIL} from"
        f" (select {_PLACE}, unnest(string_split(i.codes, ',')) as code"
        " from derived inner join derived_ids as i on i.text = derived.found)"
    )
    con.unregister("derived_ids")


def derive(con: Connection, feed: Feed, slots: Mapping[str, Slot], env: Environment) -> None:
    """Fill blank values in the contract's order; a blank that is filled is no longer reported as blank."""
    for derivation in feed.derivations:
        if not _applies(derivation, slots):
            continue
        column = derivation.column
        con.execute(
            f"create or replace temp table derived as select {_PLACE}, ({derivation.sql}) as found"
            f' from typed cross join file where "{column}" is null and ({derivation.sql}) is not null'
        )
        con.execute(
            f'update records as typed set "{column}" = derived.found from derived'
            " where typed.sheet_no = derived.sheet_no and typed.row_no = derived.row_no"
            " and typed.sub_no = derived.sub_no"
        )
        con.execute(
            f"delete from issues where column_name = {literal(column)} and code = 'R_REQUIRED_BLANK'"
            f" and ({_PLACE}) in (select ({_PLACE}) from derived)"
        )
        con.execute(f"insert into issues select {_PLACE}, {literal(column)}, 'W_DERIVED', null from derived")
        if feed.column(column).type == "id":
            _read_ids(con, feed.column(column), env)
    con.execute("drop table if exists derived")


def add_records(con: Connection, feed: Feed, slots: Mapping[str, Slot]) -> None:
    """One more record for each row in which a column that adds one says yes."""
    for column in feed.columns:
        values = column.extra.get("adds_row")
        if not isinstance(values, dict) or column.name not in slots:
            continue
        replaced = ", ".join(f'{literal(str(value))} as "{name}"' for name, value in values.items())
        con.execute(f"create or replace temp table added as select {_PLACE} from typed where \"{column.name}\" = '1'")
        con.execute(
            f"insert into records select * replace (sub_no + 1 as sub_no, {replaced}) from records semi join added"
            f" using ({_PLACE})"
        )
        con.execute(f"insert into issues select {_PLACE}, {literal(column.name)}, 'W_DERIVED', null from added")
        con.execute("drop table added")


def number_records(con: Connection, feed: Feed, readings: Sequence[Reading]) -> None:
    """Rows split by a wide layout: the group's number fills a blank payment number, W_DERIVED if several records."""
    if not any(reading.header.wide for reading in readings):
        return
    number = feed.extra.get("wide_number")
    if number:
        con.execute(f'update records as typed set "{number}" = sub_no::varchar where "{number}" is null and sub_no > 0')
    column = literal(feed.wide[0] if feed.wide else feed.key[0][-1])
    con.execute(
        f"insert into issues select sheet_no, row_no, min(sub_no), {column}, 'W_DERIVED', null from typed"
        " group by sheet_no, row_no having count(*) > 1"
    )


_HEAD = "01"
"""Code of CL-REL for the head of a household."""


def name_heads(con: Connection, feed: Feed, slots: Mapping[str, Slot]) -> None:
    """In a list by person without 户主 columns the head's own row gives the head's name and id.

    With household numbers the head is found by them; without, a member belongs to the nearest head above, W_DERIVED.
    A list without 与户主关系 holds heads only.
    """
    present = {slot.column.name for slot in slots.values()}
    if not feed.extra.get("head_rows") or "head_id_no" in present:
        return
    is_head = f"relation = '{_HEAD}'" if "relation" in present else "true"
    numbered = "hh_no" in present
    partition = "sheet_no, hh_no" if numbered else "sheet_no"
    whole = " rows between unbounded preceding and unbounded following" if numbered else ""
    con.execute(
        f"create or replace temp table headed as select {_PLACE}, max(case when {is_head} then row_no end)"
        f" over (partition by {partition} order by row_no{whole}) as head_row from typed"
        + (" where hh_no is not null" if numbered else "")
    )
    con.execute(
        "update records as typed set head_name = h.name, head_name_norm = h.name_norm, head_id_no = h.id_no,"
        " head_id_status = h.id_status, head_id_birth_date = h.id_birth_date, head_id_sex = h.id_sex"
        " from headed, typed as h where headed.sheet_no = typed.sheet_no and headed.row_no = typed.row_no"
        " and h.sheet_no = headed.sheet_no and h.row_no = headed.head_row"
    )
    if not numbered:
        con.execute(
            f"insert into issues select {_PLACE}, 'head_id_no', 'W_DERIVED', null from headed"
            " where head_row is not null and head_row <> row_no"
        )
    con.execute("drop table headed")
