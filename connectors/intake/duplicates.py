"""Equal rows and equal keys with different content (feeds.md section 5).

Data in: table ``typed``. Data out: R_DUP_KEY and W_DUP_ROW in ``issues``; ``repeats``: the rows that only repeat.
Not here: the key's definition (:mod:`connectors.intake.keys`).
"""

from __future__ import annotations

from connectors.contract import Feed
from connectors.intake.keys import has_key_sql, key_parts, key_text_sql
from connectors.intake.typed import Typed
from connectors.sql_text import literal
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"
_NOT_CONTENT = frozenset(("note", "op"))


def find_duplicates(con: Connection, feed: Feed, typed: Typed) -> None:
    """Mark every row whose key occurs again; only keys with a repeated hash are compared in full."""
    key = key_text_sql(feed, lambda part: f'"{part}"')
    hashed, has_key = _hash(feed, key), has_key_sql(feed, lambda part: f'"{part}"')
    con.execute(
        f"create or replace temp table suspects as select h from (select {hashed} as h from typed"
        f" where {has_key}) group by h having count(*) > 1"
    )
    con.execute(
        f"create or replace temp table suspected as select {_PLACE} from typed where ({has_key})"
        f" and {hashed} in (select h from suspects)"
    )
    # Null and empty text stay apart from a shifted neighbour.
    parts = [f"coalesce({_part(feed, column)}, chr(30))" for column in typed.columns if column not in _NOT_CONTENT]
    con.execute(
        f"create or replace temp table doubles as select {_PLACE}, {key} as key, md5(concat_ws(chr(31),"
        f" {', '.join(parts)})) as content from typed semi join suspected using ({_PLACE})"
    )
    con.execute(
        "create or replace temp table doubled as select key, min(content) <> max(content) as differs from doubles"
        " group by key having count(*) > 1"
    )
    column = literal(key_parts(feed)[0].removesuffix("_norm"))
    con.execute(
        f"insert into issues select {_PLACE}, {column}, 'R_DUP_KEY', null from doubles"
        " semi join (select key from doubled where differs) as torn using (key)"
    )
    con.execute(
        f"create or replace table repeats as select {_PLACE} from (select *, row_number() over"
        f" (partition by key order by {_PLACE}) as nth from doubles"
        " semi join (select key from doubled where not differs) as same using (key)) where nth > 1"
    )
    con.execute(f"insert into issues select {_PLACE}, {column}, 'W_DUP_ROW', null from repeats")
    for table in ("suspects", "suspected", "doubles", "doubled"):
        con.execute(f"drop table {table}")


def _hash(feed: Feed, key: str) -> str:
    """A hash of the key; with one alternative its parts are hashed without being joined."""
    if len(feed.key) > 1:
        return f"hash({key})"
    return f"hash({', '.join(_part(feed, part) for part in feed.key[0])})"


def _part(feed: Feed, column: str) -> str:
    """A column; a blank of the key says the same as what it stands for."""
    return f"coalesce(\"{column}\", '{feed.key_defaults[column]}')" if column in feed.key_defaults else f'"{column}"'
