"""Night to night: which people, facts, cards, findings and numbers changed, and which feed brought the change.

Data in: the publication being written and the one before it. Data out: table ``changes`` of the masked publication.
It depends on what was published before, so it is neither exported nor part of the export's hash: the same inputs give
the same hash whatever stood before, and the same inputs after the same publication give the same changes.
Not here: what a difference is (differences.py).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import encryption
from connectors.sql_text import quoted
from pipeline.publication import differences
from pipeline.repository import SEEDS

if TYPE_CHECKING:
    from connectors.warehouse import Connection

_REGISTER = "registry/households registry/persons registry/edge_households"
_FACT_FEEDS: Mapping[str, str] = {
    "household_key": _REGISTER,
    "area_code": _REGISTER,
    "is_alive": "medical/enrolments education/enrolments",
    "insured_state": "medical/enrolments",
    "school_state": "education/enrolments",
    "is_dibao": "civil_affairs/dibao",
    "household_status": _REGISTER,
    "household_attr": _REGISTER,
    "npc": _REGISTER,
    "housing_ok": "housing/appraisals housing/retrofits",
    "water_ok": "water/household_water water/village_supplies",
    "has_dibao": "civil_affairs/dibao",
    "added": _REGISTER,
    "removed": _REGISTER,
}
"""Feeds that can change a fact; a card, a rule or a number depends on what the registries say."""

_CARD_FEEDS = (
    f"{_REGISTER} medical/enrolments education/enrolments housing/appraisals housing/retrofits water/household_water"
    " water/village_supplies"
)
_EXPIRED, _RULES = "日期推移", "规则、政策参数或核实决定"


def write_changes(con: Connection, previous: Path | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> int:
    """Create ``masked.changes`` in the publication open on ``con``; returns its rows. ``before`` is a manifest."""
    if previous is None:
        con.execute(
            "create table masked.changes (kind varchar, field varchar, title varchar, subject_type varchar,"
            " subject_key varchar, subject_label varchar, area_code varchar, before varchar, after varchar,"
            " cause varchar)"
        )
        return 0
    encryption.attach(con, previous, "earlier", read_only=True)
    differences.compare(con, "earlier.masked", "masked")
    _feeds_table(con, sorted(set(after["inputs"]) - set(before["inputs"])))
    other = _EXPIRED if after["as_of"] != before["as_of"] else _RULES
    con.execute(f"create table masked.changes as {differences.ordered(_cause(other))}")
    con.execute("drop table differences")
    con.execute("detach earlier")
    row = con.execute("select count(*) from masked.changes").fetchone()
    return int(row[0]) if row else 0


def _feeds_table(con: Connection, fresh: Sequence[str]) -> None:
    """``possible(kind, field, cause)``: the feeds with new deliveries that can change a field."""
    new_feeds = {"/".join(submission.split("-")[:2]) for submission in fresh}
    rows = []
    for kind, field, needed in _needs():
        met = sorted(new_feeds & set(needed.replace("|", " ").split()))
        if met:
            rows.append((kind, field, " ".join(met)))
    con.execute("create or replace temp table possible (kind varchar, field varchar, cause varchar)")
    if rows:
        con.executemany("insert into possible values (?, ?, ?)", rows)


def _needs() -> list[tuple[str, str, str]]:
    needs = [(kind, field, feeds) for field, feeds in _FACT_FEEDS.items() for kind in ("fact", "person", "household")]
    needs.append(("card", "card", _CARD_FEEDS))
    for kind, seed, key in (("finding", "rules", "rule_id"), ("number", "indicators_registry", "indicator")):
        with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
            needs += [(kind, row[key], row["needed_feeds"]) for row in csv.DictReader(stream)]
    return needs


def _cause(other: str) -> str:
    return (
        ", coalesce((select any_value(possible.cause) from possible where possible.kind = differences.kind"
        f" and possible.field = differences.field), {quoted(other)}) as cause"
    )
