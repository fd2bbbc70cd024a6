"""The index page: the publication's summary, the county's numbers, what each department owes, rules and dictionary.

Data in: the masked publication's tables, its manifest, the ledger's dates, the rule registry, the contracts. Data out:
one HTML text that holds aggregates only; by village, counts of people and households below ten are not shown.
Not here: writing files.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from connectors.contract import feeds
from pipeline.ledger import views
from pipeline.pages.rendering import template
from pipeline.run_record import RunReport, last

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

SUPPRESS_BELOW = 10
_SEVERITIES = {"critical": "严重", "major": "较重", "minor": "一般"}
_VILLAGE_COUNTS = {
    "household_count": "建档立卡户",
    "person_count": "建档立卡人口",
    "card_red_count": "红卡",
    "card_yellow_count": "黄卡",
    "card_green_count": "绿卡",
    "card_blue_count": "蓝卡",
    "card_review_count": "待核定",
    "not_insured_count": "未参保或未知",
    "not_in_school_count": "未在学或未知",
    "dibao_count": "低保对象",
    "mismatch_count": "待核实问题",
}
_CARDS = ("card_red_count", "card_yellow_count", "card_green_count", "card_review_count")
"""Every household of the register has one of them: they add up to ``household_count``, which is shown too."""

Row = dict[str, Any]


def render(settings: Settings, con: Connection, manifest: Row, project: Path) -> str:
    """The index page as text."""
    villages = _rows(con, "select * from masked.one_table_village order by area_code")
    counted = [name for name in _VILLAGE_COUNTS if villages and name in villages[0]]
    parts = [place for place, name in enumerate(counted) if name in _CARDS]
    cells = suppressed([[int(row[name] or 0) for name in counted] for row in villages], parts)
    page: str = template("index.html.j2", number=number, percent=percent, on_track=on_track).render(
        county_name=settings.county_name,
        manifest=manifest,
        gate=_gate(manifest),
        last_run=_last_run(settings),
        pages=_pages(settings),
        indicators=_indicators(con),
        mismatches=_mismatches(settings, con),
        feeds=_rows(con, "select * from masked.feed_status order by sector, entity"),
        village_heads=[_VILLAGE_COUNTS[name] for name in counted],
        villages=[
            {
                "area_code": row["area_code"],
                "name": row.get("village_name") or row.get("area_name") or row["area_code"],
                "cells": shown,
            }
            for row, shown in zip(villages, cells, strict=True)
        ],
        rules=_rules(con, project),
        dictionary=list(_dictionary(project)),
    )
    return page


def number(value: object) -> str:
    """A count with thousands separated; blank where there is none."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{Decimal(str(value)).normalize():,f}"


def percent(value: object) -> str:
    """A ratio as a percentage with two decimals; blank where there is none."""
    return "" if value is None else f"{Decimal(str(value)) * 100:.2f}%"


def on_track(value: object) -> str:
    """Whether a target is met; blank where there is no target."""
    return "" if value is None else "达到" if value else "未达到"


def suppressed(table: list[list[int]], parts: Sequence[int] = ()) -> list[list[str]]:
    """Counts of small places as they may be shown: below ten ``＜10``, and ``※`` where a total would give one away.

    A column's total is public, and so is what the columns ``parts`` add up to in each row: where a single count of
    either is hidden, the next smallest is hidden too, and a zero where there is no other.
    """
    cells = {(at, column): count for at, row in enumerate(table) for column, count in enumerate(row)}
    small = {cell for cell, count in cells.items() if 0 < count < SUPPRESS_BELOW}
    columns = [[(at, column) for at in range(len(table))] for column in range(len(table[0]) if table else 0)]
    sums = [*columns, *([(at, column) for column in parts] for at in range(len(table)))]
    hidden, before = set(small), -1
    while len(hidden) > before:
        before = len(hidden)
        for line in sums:
            shown = [(cells[cell] == 0, cells[cell], cell) for cell in line if cell not in hidden]
            if len(hidden.intersection(line)) == 1 and shown:
                hidden.add(min(shown)[-1])
    words = {cell: f"＜{SUPPRESS_BELOW}" if cell in small else "※" for cell in hidden}
    return [
        [words.get((at, column)) or number(count) for column, count in enumerate(row)] for at, row in enumerate(table)
    ]


def _rows(con: Connection, sql: str) -> list[Row]:
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _gate(manifest: Row) -> Row:
    checks = manifest["gate"]["checks"]
    flagged = [one for one in checks if not one["success"]]
    return {"passed": len(checks) - len(flagged), "flagged": flagged}


def _last_run(settings: Settings) -> RunReport | None:
    report = last(settings)
    return report if report is not None and report.outcome in ("held", "failed") else None


def _pages(settings: Settings) -> list[Row]:
    found = (
        ("catalogue.html", "查找规则、指标和列"),
        ("dbt/index.html", "模型与血缘(dbt)"),
        ("gx/index.html", "检查结果(GX)"),
        ("identity.html", "身份核实:分值怎么来的"),
    )
    return [{"href": href, "title": title} for href, title in found if (settings.site / href).is_file()]


def _indicators(con: Connection) -> list[Row]:
    rows = _rows(
        con,
        "select * from masked.indicators where area_level in ('prefecture', 'county') order by indicator, area_code",
    )
    return [{"population": "", "is_on_track": None, **row} for row in rows]


def _mismatches(settings: Settings, con: Connection) -> list[Row]:
    departments, due = _departments(), _first_due(settings)
    rows = _rows(
        con,
        "select owner, rule_id, any_value(title order by title) as title,"
        " count(*) filter (where verdict = 'fail') as failed, count(*) filter (where verdict = 'unknown') as unknown,"
        " count(*) filter (where verdict = 'warn') as warned"
        " from masked.mismatches group by owner, rule_id order by owner, rule_id",
    )
    return [
        {
            **row,
            "department": departments.get(row["owner"], row["owner"]),
            "first_due": due.get((row["owner"], row["rule_id"])),
        }
        for row in rows
    ]


def _first_due(settings: Settings) -> dict[tuple[object, object], object]:
    """By when the first issue of each kind has to be cleared, as the ledger knows: it stays when data are renewed."""
    found = views.ask(
        settings,
        "select found_owner, rule_id, min(due_on) as due_on from masked.issues where is_open group by all",
        [],
    )
    return {(row["found_owner"], row["rule_id"]): row["due_on"] for row in found}


def _departments() -> dict[str, str]:
    return {feed.sector: feed.department for feed in reversed(feeds())}


def _rules(con: Connection, project: Path) -> list[Row]:
    """The registry's words beside what became of each rule; a rule that the registry lacks still shows."""
    departments = _departments()
    path = project / "seeds" / "rules.csv"
    registry: dict[str, dict[str, str]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            registry = {row["rule_id"]: row for row in csv.DictReader(stream)}
    rules = []
    for row in _rows(con, "select * from masked.rule_status order by rule_id"):
        known = registry.get(row["rule_id"], {})
        owner = known.get("owner", "")
        rules.append(
            {
                **row,
                "department": departments.get(owner, owner),
                "severity": _SEVERITIES.get(known.get("severity", ""), ""),
                **{name: known.get(name, "") for name in ("quote", "document", "days_to_fix", "instruction")},
            }
        )
    return rules


def _dictionary(project: Path) -> Iterator[Row]:
    """Columns of the published tables, then those of every feed."""
    for path in sorted((project / "models" / "marts").glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for model in content.get("models", []):
            for column in model.get("columns", []):
                description = " ".join(str(column.get("description", "")).split())
                yield {"table": model["name"], "column": column["name"], "header": "", "description": description}
    for feed in feeds():
        for column in feed.columns:
            yield {
                "table": f"{feed.department} {feed.title}",
                "column": f"{feed.name}.{column.name}",
                "header": column.header,
                "description": column.description,
            }
