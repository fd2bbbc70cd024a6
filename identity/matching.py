"""Weighs doubtful pairs: people of the register on the left, rows that nobody's id accounts for on the right.

Data in: two tables with ``unique_id`` and the model's fields. Data out: the table ``scored(left_id, right_id, weight,
level and weight of every field)``, and the choice of at most one person for a row and one row for a person.
Splink blocks, compares and weighs inside the given DuckDB connection; nothing leaves it but the scored pairs.
Not here: where the two sides come from (identity/candidates.py) and what an officer is shown (identity/explain.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from connectors.warehouse import Connection
from identity import names
from identity.model import Field, Model, splink_settings

SIDES = ("people", "rows")
"""Names of the two sides; Splink orders a pair by them, so people always stand on the left."""


@dataclass(frozen=True)
class Scored:
    """A pair of records that may be about the same person."""

    left_id: str
    right_id: str
    weight: float
    """log2 of the odds that it is one person, to two decimals."""


def prepare(con: Connection, relation: str, target: str, model: Model) -> None:
    """Create ``target``: ``relation`` with the fields in comparison form, their companions and the block keys.

    ``relation`` has ``unique_id``, every field of the model as text (null: unknown) and, for a resident id,
    ``<field>_births``: birth dates of the others of the household, as a list of YYYYMMDD.
    """
    columns = ", ".join(_columns(field) for field in model.fields)
    con.execute(f"create or replace table {target}_plain as select unique_id, {columns} from ({relation})")
    for field in model.fields:
        if field.kind == "name":
            _compare_names(con, f"{target}_plain", field.name)
    blocks = ", ".join(f"nullif({block}, '') as block_{place}" for place, block in enumerate(model.blocks))
    con.execute(f"create or replace table {target} as select *, {blocks} from {target}_plain")
    con.execute(f"drop table {target}_plain")


def _columns(field: Field) -> str:
    plain = f"nullif(trim({field.name}), '') as {field.name}"
    return f"{plain}, {field.name}_births" if field.kind == "resident_id" else plain


def _compare_names(con: Connection, table: str, name: str) -> None:
    """Put the comparison form in the place of ``name``, its shape and its sound beside it; each name is read once."""
    con.execute(
        f"create or replace table read_names as select sent, {names.comparison_sql('sent')} as form"
        f" from (select distinct {name} as sent from {table} where {name} is not null)"
    )
    forms = [form for (form,) in con.execute("select distinct form from read_names where form is not null").fetchall()]
    con.register(
        "heard_names",
        pa.table({"heard": pa.array(forms, pa.string()), "sound": pa.array(map(names.sound, forms), pa.string())}),
    )
    con.execute(
        f"create or replace table near_names as select heard, sound, {names.shape_sql('heard')} as shape"
        " from heard_names"
    )
    con.unregister("heard_names")
    con.execute(
        f"create or replace table {table} as select plain.* replace (read_names.form as {name}),"
        f" near_names.sound as {name}_sound, near_names.shape as {name}_shape"
        f" from {table} as plain left join read_names on plain.{name} = read_names.sent"
        " left join near_names on read_names.form = near_names.heard"
    )
    con.execute("drop table read_names")
    con.execute("drop table near_names")


def score(con: Connection, left: str, right: str, model: Model, population: int) -> int:
    """Create the table ``scored`` of all blocked pairs above the least weight; returns its rows.

    ``population`` is how many people a row might be about before anything is known of it.
    """
    parts = [f"level_{field.name}" for field in model.fields] + [f"weight_{field.name}" for field in model.fields]
    if 0 in (_rows(con, left), _rows(con, right)):
        kinds = ", ".join(f"null::integer as {part}" for part in parts)
        con.execute(
            "create or replace table scored as select '' as left_id, '' as right_id, 0.0::double as weight,"
            f" {kinds} limit 0"
        )
        return 0
    table = _predict(con, left, right, splink_settings(model, population), model.least_weight)
    levels = ", ".join(
        f"gamma_{field.name} as level_{field.name}, round(mw_{field.name}, 2) as weight_{field.name}"
        for field in model.fields
    )
    con.execute(
        f"create or replace table scored as select unique_id_l as left_id, unique_id_r as right_id,"
        f" round(match_weight, 2) as weight, {levels} from {table}"
    )
    return _rows(con, "scored")


def _predict(con: Connection, left: str, right: str, settings: dict[str, Any], least_weight: float) -> str:
    """Name of Splink's table of weighed pairs."""
    from splink import Linker
    from splink.internals.duckdb.database_api import DuckDBAPI

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(con)
    sides = [
        api.register(table, table_name=f"{side}_{table}", dataset_display_name=side)
        for side, table in zip(SIDES, (left, right), strict=True)
    ]
    linker = Linker(sides, settings, log_level=logging.ERROR)
    found = linker.inference.predict(threshold_match_weight=least_weight)
    return str(found.physical_name)


def _rows(con: Connection, table: str) -> int:
    row = con.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def pairs(con: Connection) -> list[Scored]:
    """All scored pairs in their total order: the heaviest first, then by the ids."""
    found = con.execute("select left_id, right_id, weight from scored order by weight desc, right_id, left_id")
    return [Scored(left, right, weight) for left, right, weight in found.fetchall()]


def one_to_one(ordered: Iterable[Scored], may_repeat: Callable[[str], bool] = lambda _: False) -> list[Scored]:
    """The heaviest pairs such that no person and no row comes twice; ties fall by the order given.

    ``may_repeat`` says of a person (``left_id``) that several rows may be about them.
    """
    chosen, left_taken, right_taken = [], set[str](), set[str]()
    for pair in ordered:
        is_free = pair.left_id not in left_taken or may_repeat(pair.left_id)
        if is_free and pair.right_id not in right_taken:
            chosen.append(pair)
            left_taken.add(pair.left_id)
            right_taken.add(pair.right_id)
    return chosen


def ranked(
    ordered: Sequence[Scored], per_row: int, may_repeat: Callable[[str], bool] = lambda _: False
) -> list[tuple[Scored, int]]:
    """At most ``per_row`` people for each row with their rank: the one chosen one-to-one first, then by weight."""
    first = {pair.right_id: pair for pair in one_to_one(ordered, may_repeat)}
    by_row: dict[str, list[Scored]] = {}
    for pair in ordered:
        by_row.setdefault(pair.right_id, []).append(pair)
    result = []
    for right_id in sorted(by_row):
        chosen = first.get(right_id)
        others = [pair for pair in by_row[right_id] if pair != chosen]
        listed = ([chosen] if chosen is not None else []) + others
        result += [(pair, rank) for rank, pair in enumerate(listed[:per_row], start=1)]
    return result
