"""Closes the reading of a file: verdict of each row, the clerk's report, the tables for landing.

Data in: ``typed``, ``issues``, ``repeats``, ``skips``, the sheets. Data out: ``staged`` (a view), ``staged_rejects``,
``row_codes``, ``cells``, and the counts of :mod:`connectors.intake.result`.
Not here: writing workbooks (:mod:`connectors.outbox`), tokens, commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.contract import Feed, reasons, token_column
from connectors.intake.context import FindUnstored
from connectors.intake.keys import key_parts
from connectors.intake.result import MOST_ROWS
from connectors.intake.rows import data_filter
from connectors.intake.slots import Reading, Slot
from connectors.intake.typed import Typed
from connectors.sql_text import literal
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no"
_MOST_CHOICES = 24


def judge(con: Connection) -> None:
    """A rejected row keeps its R codes only; the verdict counts for all records of a physical row."""
    con.execute(f"create or replace table rejects as select distinct {_PLACE} from issues where code like 'R%'")
    con.execute(f"delete from issues where code not like 'R%' and ({_PLACE}) in (select ({_PLACE}) from rejects)")
    con.execute(
        "create or replace table coded as select sheet_no, row_no,"
        " string_agg(distinct code, ',' order by code) as codes from issues group by all"
    )


def count_rows(con: Connection, is_split: bool) -> dict[str, int]:
    """The counts of the result; every physical data row is in exactly one of ok, warn, rejected and dup."""
    rows = f"count(distinct ({_PLACE})) from source" if is_split else "count(*) from typed"
    total = con.execute(f"select {rows}").fetchall()[0][0]
    rejected = con.execute("select count(*) from rejects").fetchall()[0][0]
    repeated = con.execute(
        f"select count(*) from (select distinct {_PLACE} from repeats) anti join rejects using ({_PLACE})"
        f" anti join (select {_PLACE} from typed anti join repeats using ({_PLACE}, sub_no) semi join"
        f" (select {_PLACE} from repeats) using ({_PLACE})) as kept using ({_PLACE})"
    ).fetchall()[0][0]
    coded = con.execute("select count(*) from coded").fetchall()[0][0]
    warned = coded - rejected - repeated
    skipped = con.execute("select count(*) from skips where class <> 'blank'").fetchall()[0][0]
    return {
        "rows_in": total,
        "rows_ok": total - rejected - repeated - warned,
        "rows_warn": warned,
        "rows_rejected": rejected,
        "rows_dup": repeated,
        "rows_skipped": skipped,
    }


def count_joined(con: Connection) -> int:
    """Accepted rows whose record is another row's."""
    found = con.execute(f"select count(*) from joined anti join rejects using ({_PLACE})").fetchall()
    return int(found[0][0])


def _sheet_name(readings: Sequence[Reading], column: str = "t.sheet_no") -> str:
    branches = " ".join(f"when {reading.number} then {literal(reading.sheet.name)}" for reading in readings)
    return f"case {column} {branches} end"


def _staged_select(feed: Feed, readings: Sequence[Reading], typed: Typed, is_withdrawal: bool) -> str:
    held = set(typed.columns)
    op = "case when t.op = 'withdraw' then 'withdraw' else 'upsert' end" if "op" in held else "'upsert'"
    fixed = {
        "sheet": _sheet_name(readings),
        "row_no": "t.row_no",
        "sub_no": "t.sub_no",
        "op": "'withdraw'" if is_withdrawal else op,
        "codes": "coalesce(c.codes, '')",
    }
    items = [
        f'{fixed[column.name]} as "{column.name}"'
        if column.source_column is None
        else (f't."{column.name}"' if column.name in held else f'null::varchar as "{column.name}"')
        for column in feed.staged_columns()
    ]
    beside = (token_column(column.name) for column in feed.columns)
    items += [f't."{name}"' for name in beside if name in typed.real]
    return f"select {', '.join(items)} from typed as t left join coded as c using ({_PLACE})"


def make_staged(
    con: Connection, feed: Feed, readings: Sequence[Reading], typed: Typed, is_withdrawal: bool
) -> tuple[str, ...]:
    """The accepted records as view ``staged``; returns its columns."""
    select = _staged_select(feed, readings, typed, is_withdrawal)
    con.execute(
        f"create or replace view staged as {select} where ({_PLACE}) not in (select ({_PLACE}) from rejects)"
        " and (t.sheet_no, t.row_no, t.sub_no) not in (select (sheet_no, row_no, sub_no) from repeats)"
    )
    return tuple(column.name for column in feed.staged_columns())


def keep_rejects(con: Connection, feed: Feed, readings: Sequence[Reading], typed: Typed, is_withdrawal: bool) -> None:
    """The rejected records as table ``staged_rejects``."""
    select = _staged_select(feed, readings, typed, is_withdrawal)
    con.execute(
        f"create or replace table staged_rejects as {select} where t.row_no in (select row_no from rejects)"
        f" and ({_PLACE}) in (select ({_PLACE}) from rejects)"
    )


def reject_unstored(
    con: Connection, feed: Feed, readings: Sequence[Reading], find: FindUnstored, scope_key: str
) -> bool:
    """R_WITHDRAW_NOT_FOUND for every withdrawal whose record is not stored; returns whether there is one."""
    if con.execute("select 1 from staged where op = 'withdraw' limit 1").fetchone() is None:
        return False
    numbers = {reading.sheet.name: reading.number for reading in readings}
    unstored = [(numbers[sheet], row) for sheet, row in find(con, feed, scope_key)]
    if unstored:
        column = key_parts(feed)[0].removesuffix("_norm")
        con.executemany(
            f"insert into issues values (?, ?, 0, {literal(column)}, 'R_WITHDRAW_NOT_FOUND', null)", unstored
        )
    return bool(unstored)


def _messages(con: Connection) -> None:
    """Texts of the reason codes as a table."""
    rows = [(reason.code, reason.zh, reason.mend_zh) for reason in reasons().values()]
    con.execute("create or replace temp table reason_texts (code varchar, zh varchar, mend varchar)")
    con.executemany("insert into reason_texts values (?, ?, ?)", rows)


def _choices(con: Connection, feed: Feed) -> None:
    """What may be written into a column with a list, for the clerk who wrote something else."""
    rows = [
        (column.name, f"可填：{'、'.join(code.word for code in column.codes.codes[:_MOST_CHOICES])}。")
        for column in feed.columns
        if column.codes is not None
    ]
    rows += [(column.name, "可填：是、否。") for column in feed.columns if column.type == "yn"]
    con.execute("create or replace temp table choices (name varchar, words varchar)")
    if rows:
        con.executemany("insert into choices values (?, ?)", rows)


def _headers(feed: Feed, readings: Sequence[Reading], slots: Mapping[str, Slot]) -> dict[str, tuple[str, str]]:
    """Field → (the sender's header, SQL of the raw text in ``source``)."""
    found: dict[str, tuple[str, str]] = {}
    for slot in slots.values():
        first = next(((number, places[0]) for number, places in slot.places.items()), None)
        if first is None or slot.column.name in found:
            continue
        reading = next(reading for reading in readings if reading.number == first[0])
        found[slot.column.name] = (reading.header.texts[first[1].index], f"s.r_{slot.name}")
    if "village" in found:
        found.setdefault("village_code", found["village"])
    for column in feed.columns:
        found.setdefault(column.name, (column.header, "null"))
    return found


def _sent_texts(con: Connection, headers: Mapping[str, tuple[str, str]]) -> None:
    """The sender's text of every coded cell: ``sent(sheet_no, row_no, sub_no, column_name, value)``."""
    names = [name for (name,) in con.execute("select distinct column_name from issues").fetchall()]
    texts = {name: headers[name][1] for name in names if headers.get(name, ("", "null"))[1] != "null"}
    items = ", ".join([_PLACE, "s.sub_no", *dict.fromkeys(texts.values())])
    con.execute(
        f"create or replace temp table coded_source as select {items} from source as s semi join coded using ({_PLACE})"
    )
    con.execute(
        "create or replace temp table sent"
        " (sheet_no integer, row_no integer, sub_no integer, column_name varchar, value varchar)"
    )
    for name, sql in texts.items():
        con.execute(
            f"insert into sent select {_PLACE}, s.sub_no, {literal(name)}, {sql} from coded_source as s"
            f" semi join (select * from issues where column_name = {literal(name)}) using ({_PLACE})"
        )
    con.execute("drop table coded_source")


def make_row_codes(con: Connection, feed: Feed, readings: Sequence[Reading], slots: Mapping[str, Slot]) -> None:
    """One line for each row, column and code, with the sender's text and the words for the clerk."""
    _messages(con)
    headers = _headers(feed, readings, slots)
    con.execute("create or replace temp table field_headers (name varchar, header varchar)")
    con.executemany("insert into field_headers values (?, ?)", [(name, text) for name, (text, _) in headers.items()])
    _choices(con, feed)
    _sent_texts(con, headers)
    con.execute(
        f"""
        create or replace table row_codes as
        with lines as (
          select sheet_no, row_no, column_name, code, min(sub_no) as sub_no, min(detail) as detail
          from issues group by all
        ),
        texts as (
          select sheet_no, row_no, column_name, any_value(value) as value from sent group by all
        )
        select {_sheet_name(readings, "i.sheet_no")} as sheet, i.row_no, i.column_name,
          coalesce(h.header, i.column_name) as header, i.code, coalesce(s.value, t.value) as value,
          case
            when i.detail is null then r.zh
            when d.code is not null then r.zh || '（' || d.code || ' ' || d.zh || '）'
            else r.zh || '：' || i.detail
          end as message,
          coalesce(d.mend, r.mend)
            || case when 'R_CODE_UNKNOWN' in (i.code, i.detail) then coalesce(w.words, '') else '' end as mend
        from lines as i
        left join sent as s on s.sheet_no = i.sheet_no and s.row_no = i.row_no and s.sub_no = i.sub_no
          and s.column_name = i.column_name
        left join texts as t on t.sheet_no = i.sheet_no and t.row_no = i.row_no and t.column_name = i.column_name
        left join reason_texts as r on r.code = i.code
        left join reason_texts as d on d.code = i.detail
        left join field_headers as h on h.name = i.column_name
        left join choices as w on w.name = i.column_name
        """
    )
    for table in ("sent", "field_headers", "reason_texts", "choices"):
        con.execute(f"drop table {table}")


def make_cells(con: Connection, readings: Sequence[Reading], *, every_row: bool = False) -> tuple[str, ...]:
    """The sender's own cells of every row with a code, or of every data row; returns the headers of the widest sheet.

    Beside ``cells`` (with the kinds of the cells in ``k``) the table ``header_rows(sheet, line, texts)`` holds each
    sheet's header as it was sent, and as line 0 its flat form.
    """
    width = max(reading.sheet.width for reading in readings)
    selects = []
    for reading in readings:
        sheet = reading.sheet
        cells = [f"c{index}" if index < sheet.width else f"null::varchar as c{index}" for index in range(width)]
        wanted = (
            data_filter(reading.number, sheet, reading.header)
            if every_row
            else f"{sheet.row_sql} in (select row_no from coded where sheet_no = {reading.number})"
        )
        selects.append(
            f"select {literal(sheet.name)} as sheet, {sheet.row_sql} as row_no,"
            f" {'k' if sheet.has_kinds else 'null::varchar as k'}, {', '.join(cells)} from {sheet.table} where {wanted}"
        )
    con.execute(f"create or replace table cells as {' union all '.join(selects)}")
    _keep_headers(con, readings)
    widest = max(readings, key=lambda reading: reading.sheet.width)
    return widest.header.texts


def _keep_headers(con: Connection, readings: Sequence[Reading]) -> None:
    con.execute("create or replace table header_rows (sheet varchar, line integer, texts varchar[])")
    for reading in readings:
        header = reading.header
        lines = [header.texts, *reading.sheet.top[header.first_row - 1 : header.last_row]]
        con.executemany(
            "insert into header_rows values (?, ?, ?)",
            [(reading.sheet.name, number, list(texts)) for number, texts in enumerate(lines)],
        )


def rows_of(con: Connection, readings: Sequence[Reading]) -> dict[str, tuple[str, ...]]:
    """``<sheet>!<row>`` → codes of the rows that have any."""
    found = con.execute(
        f"select {_sheet_name(readings, 'sheet_no')}, row_no, codes from coded"
        f" order by sheet_no, row_no limit {MOST_ROWS}"
    ).fetchall()
    return {f"{sheet}!{row}": tuple(codes.split(",")) for sheet, row, codes in found}


def drop_scratch(con: Connection, readings: Sequence[Reading], slots: Mapping[str, Slot]) -> None:
    """Remove what only the reading needed; ``staged`` rests on ``records``, ``coded``, ``rejects`` and ``repeats``."""
    con.execute("drop view if exists numbered")
    con.execute("drop table if exists few_numbered")
    con.execute("drop view if exists source")
    for table in [f"map_{name}" for name in slots] + ["map_area", "issues", "skips", "file", "joined"]:
        con.execute(f"drop table if exists {table}")
    for reading in readings:
        con.execute(f"drop table if exists {reading.sheet.table}")
