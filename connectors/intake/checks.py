"""Checks between the columns of a row, conditions, intervals, groups (feeds.md sections 1 and 9–15).

Data in: table ``typed``. Data out: rows in table ``issues(sheet_no, row_no, sub_no, column_name, code, detail)``.
Not here: single cells, duplicates (:mod:`connectors.intake.duplicates`), guards on the whole file.
"""

from __future__ import annotations

from connectors.contract import Feed, GroupValues, masked_stem
from connectors.intake.cell_types import CODE_AND_DETAIL
from connectors.intake.keys import has_key_sql, key_parts
from connectors.intake.periods import Period
from connectors.intake.typed import Typed
from connectors.sql_text import literal
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"


def make_issues(con: Connection, typed: Typed) -> None:
    """The table of codes by row and column, with those of the cells; file codes go to ``typed.reasons``."""
    con.execute(
        "create or replace table issues"
        " (sheet_no integer, row_no integer, sub_no integer, column_name varchar, code varchar, detail varchar)"
    )
    for name in typed.coded:
        con.execute(
            f"insert into issues select {_PLACE}, {literal(name)}, {CODE_AND_DETAIL} from"
            f" (select {_PLACE}, unnest(string_split(\"{name}__codes\", ',')) as code from typed"
            f' where "{name}__codes" is not null)'
        )
    kept = "" if "op" not in typed.real else " semi join (select * from typed where op is distinct from 'withdraw')"
    kept += f" as kept using ({_PLACE})" if kept else ""
    found = con.execute(f"select distinct code from issues{kept} where code like 'G%'").fetchall()
    typed.reasons.update(code for (code,) in found)
    if found or kept:
        con.execute("delete from issues where code like 'G%'")


def add(con: Connection, code: str, column: str, condition: str, *, detail: str | None = None) -> None:
    """Give ``code`` to every record of ``typed`` that meets an SQL condition."""
    con.execute(
        f"insert into issues select {_PLACE}, {literal(column)}, {literal(code)}, {literal(detail)}"
        f" from typed cross join file where {condition}"
    )


def make_file_relation(con: Connection, period: Period | None, as_of: object, received_on: object) -> None:
    """The one-row relation ``file`` that row checks may name."""
    con.execute(
        "create or replace table file as select"
        f" {literal(period.text if period else None)} as file_period,"
        f" {literal(period.year if period else None)} as file_year,"
        f" {literal(period.month if period else None)} as file_month,"
        f" {literal(period.term if period else None)} as file_term,"
        f" {literal(str(as_of) if as_of else None)} as file_as_of, {literal(str(received_on))} as file_received_on"
    )


def check_rows(con: Connection, feed: Feed) -> None:
    """The contract's row checks; a windowed one looks over all data rows of the file."""
    for check in feed.checks:
        column = check.columns[0]
        if check.windowed:
            con.execute(
                f"insert into issues select {_PLACE}, {literal(column)}, {literal(check.code)},"
                f" {literal(check.description)} from (select {_PLACE}, ({check.sql}) as hit from typed cross join file)"
                " where hit"
            )
        else:
            told = _already_told(check.code, column)
            add(con, check.code, column, f"({check.sql}){told}", detail=check.description)


def _already_told(code: str, column: str) -> str:
    """A value that could not be read is not reported as blank as well."""
    if code != "R_REQUIRED_BLANK":
        return ""
    return (
        f" and (typed.sheet_no, typed.row_no, typed.sub_no) not in (select ({_PLACE}) from issues"
        f" where code like 'R%' and column_name = {literal(column)})"
    )


def excuse_withdrawals(con: Connection, feed: Feed, which: str) -> None:
    """A row that withdraws a record needs its key only, and of several keys only one; ``which`` is SQL of such rows."""
    listed = ", ".join(literal(part.removesuffix("_norm")) for part in key_parts(feed))
    has_key = has_key_sql(feed, lambda part: f'"{part}"')
    con.execute(
        f"delete from issues where ({_PLACE}) in (select ({_PLACE}) from typed where {which})"
        f" and column_name not in ({listed})"
    )
    con.execute(
        f"delete from issues where ({_PLACE}) in (select ({_PLACE}) from typed where {which} and ({has_key}))"
        " and code = 'R_REQUIRED_BLANK'"
    )


def check_conditions(con: Connection, feed: Feed) -> None:
    """Columns needed only in some rows: blank there means W_COND_MISSING."""
    for column in feed.columns:
        if column.when:
            condition = f'"{column.name}" is null and ({column.when})'
            add(con, "W_COND_MISSING", column.name, condition, detail=column.description)


def _agreement(con: Connection, column: str, other: str, code: str, equal: str) -> None:
    differs = f'"{column}" is not null and {other} is not null and not ({equal})'
    add(con, code, column, differs)
    con.execute(f'update records as typed set "{column}" = {other} where {differs}')


def check_people(con: Connection, typed: Typed) -> None:
    """Sex and birth date against the row's own id, which wins."""
    names = typed.real
    if "id_no" not in names:
        return
    stem = masked_stem("id_no")
    if "sex" in names:
        _agreement(con, "sex", f"{stem}_sex", "W_ID_SEX", f'"sex" = {stem}_sex')
    if "birth" in names:
        width = "case birth_precision when 'year' then 4 when 'month' then 7 else 10 end"
        _agreement(
            con, "birth", f"{stem}_birth_date", "W_ID_DOB", f"left(birth, {width}) = left({stem}_birth_date, {width})"
        )


def check_keys(con: Connection, feed: Feed) -> None:
    """R_KEY_MISSING where no alternative of the key is filled and no key column says already why.

    A certificate that a spreadsheet made a number says why, too: with its digits the id that it stands in for is gone.
    """
    has_key = has_key_sql(feed, lambda part: f'"{part}"')
    parts = tuple(dict.fromkeys(part.removesuffix("_norm") for part in key_parts(feed)))
    listed = ", ".join(literal(part) for part in parts)
    spoilt = [column.name for column in feed.columns if column.extra.get("numeric_rejects")]
    stand_ins = ", ".join(literal(name) for name in (*parts, *spoilt))
    con.execute(f"create or replace temp table keyless as select {_PLACE} from typed where not ({has_key})")
    con.execute(
        f"insert into issues select {_PLACE}, column_name, detail, null from issues semi join keyless using ({_PLACE})"
        f" where code = 'W_VALUE_DROPPED' and detail in ('R_ID_NUMERIC', 'R_ID_MASKED') and column_name in ({listed})"
    )
    con.execute(
        f"insert into issues select {_PLACE}, {literal(parts[0])}, 'R_KEY_MISSING', null from keyless"
        f" anti join (select {_PLACE} from issues where (code like 'R%' and column_name in ({listed}))"
        f" or (code = 'R_ID_NUMERIC' and column_name in ({stand_ins}))) using ({_PLACE})"
    )
    con.execute("drop table keyless")


def check_groups(con: Connection, group: GroupValues, typed: Typed) -> None:
    """W_GROUP_CONFLICT on every row of a group whose repeated values differ; the first row's may be kept."""
    key = _group_key(group)
    for column in (name for name in group.columns if name in typed.real):
        con.execute(
            f'create or replace temp table torn as select {key} as grouping_key, arg_min("{column}",'
            f" (sheet_no, row_no, sub_no)) as kept from typed where ({key}) is not null group by 1"
            f' having min("{column}") <> max("{column}")'
        )
        con.execute(
            f"insert into issues select {_PLACE}, {literal(column)}, 'W_GROUP_CONFLICT', null from typed"
            f" semi join torn on torn.grouping_key = ({key})"
        )
        if group.keep_first:
            con.execute(
                f'update records set "{column}" = k.kept from (select {_PLACE}, torn.kept from typed'
                f" inner join torn on torn.grouping_key = ({key})) as k where records.sheet_no = k.sheet_no"
                " and records.row_no = k.row_no and records.sub_no = k.sub_no"
            )
    con.execute("drop table if exists torn")


def _group_key(group: GroupValues) -> str:
    branches = [
        f"when {' and '.join(f'{part} is not null' for part in parts)} then {' || chr(31) || '.join(parts)}"
        for parts in ([f'typed."{part}"' for part in alternative] for alternative in group.key)
    ]
    return f"case {' '.join(branches)} end"
