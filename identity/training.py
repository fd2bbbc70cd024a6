"""Counts m and u of a model on exact links: rows whose valid id says whose they are.

Data in: prepared tables of both sides and the pairs that are one person. Data out: the model with counted values, and
its file, kept with the run.
How often fields agree among linked pairs gives m. The same rows, each set beside some others of the links, give u. Both
are counts over a fixed choice of pairs, so the same data give the same model. What a link by id cannot tell (how ids go
wrong) keeps its starting values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from connectors.files import write_atomically
from connectors.warehouse import Connection
from identity.model import Field, Model, with_counts


def train(con: Connection, left: str, right: str, links: str, model: Model) -> Model:
    """The model with m and u counted on ``links(left_id, right_id)``; unchanged if there are too few."""
    settings = model.training
    con.execute(
        f"create or replace table chosen_links as select left_id, right_id, row_number() over (order by md5(right_id),"
        f" right_id, left_id) - 1 as place from {links} order by place limit {int(settings['links'])}"
    )
    row = con.execute("select count(*) from chosen_links").fetchone()
    count = int(row[0]) if row else 0
    if count < settings["least_links"]:
        return model
    con.execute(
        "create or replace table shifted as"
        f" select left_id, (place + unnest(range(1, {int(settings['shifts'])} + 1)) * 7) % {count} as place"
        " from chosen_links"
    )
    con.execute(
        "create or replace table other_pairs as select shifted.left_id, other.right_id from shifted"
        " inner join chosen_links as other on shifted.place = other.place where shifted.left_id <> other.left_id"
    )
    counts: dict[tuple[str, str], tuple[float, float]] = {}
    for field in model.fields:
        if not field.is_fixed:
            same = _shares(con, left, right, "chosen_links", field, settings)
            apart = _shares(con, left, right, "other_pairs", field, settings)
            counts |= {(field.name, code): (same[code], apart[code]) for code in same if code in apart}
    for table in ("chosen_links", "shifted", "other_pairs"):
        con.execute(f"drop table {table}")
    return with_counts(model, counts)


def _shares(
    con: Connection, left: str, right: str, pairs: str, field: Field, settings: Mapping[str, float]
) -> dict[str, float]:
    """Share of each level among pairs where both sides know the field; nothing if too few do."""
    needed = [field.name]
    if field.kind == "name":
        needed += [f"{field.name}_sound", f"{field.name}_shape"]
    columns = ", ".join(f"l.{name} as {name}_l, r.{name} as {name}_r" for name in needed)
    branches = " ".join(f"when {level.sql} then '{level.code}'" for level in field.levels if level.sql)
    rest = next(level.code for level in field.levels if level.sql is None)
    found = dict(
        con.execute(
            f"with compared as (select {columns} from {pairs} as pair"
            f" inner join {left} as l on pair.left_id = l.unique_id"
            f" inner join {right} as r on pair.right_id = r.unique_id)"
            f" select case {branches} else '{rest}' end as level, count(*) from compared"
            f" where {field.name}_l is not null and {field.name}_r is not null group by level"
        ).fetchall()
    )
    if sum(found.values()) < settings["least_links"]:
        return {}
    smoothing = settings["smoothing"]
    total = sum(found.values()) + smoothing * len(field.levels)
    return {level.code: (found.get(level.code, 0) + smoothing) / total for level in field.levels}


def keep(model: Model, path: Path) -> None:
    """Write the model file of a run: levels with m and u, no value of any person."""
    content = {field.name: [asdict(level) for level in field.levels] for field in model.fields}
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode())
