"""The catalogue page: every rule, number, list, policy value and column with the words of the document it comes from.

Data in: the registries (seeds of the dbt project), the contracts, the published status of the rules. Data out: one
HTML text with a search over Chinese text, because dbt docs does not search column descriptions. No person is in it.
Not here: writing files (document.py), the page of the day's numbers (portal.py).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from connectors.contract import feeds
from pipeline.pages.rendering import template

if TYPE_CHECKING:
    from connectors.warehouse import Connection

Row = dict[str, Any]

_KINDS = {"C": "逐条核查", "K": "指标", "D": "期限", "L": "清单", "N": "控制数", "P": "政策值", "S": "系统对接"}
_SEVERITIES = {"critical": "严重", "major": "较重", "minor": "一般"}
_ORIGINS = {"document": "文件原值", "ours": "我方默认", "sample": "模拟县沿用"}


@dataclass(frozen=True)
class Entry:
    """One thing that can be looked up."""

    kind: str
    code: str
    title: str
    facts: tuple[tuple[str, str], ...]
    quote: str = ""
    document: str = ""


def render(con: Connection, manifest: Mapping[str, Any], county_name: str, project: Path) -> str:
    """The page as text."""
    entries = list(entries_of(project, _status(con)))
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.kind] = counts.get(entry.kind, 0) + 1
    page: str = template("catalogue.html.j2").render(
        county_name=county_name, as_of=manifest["as_of"], entries=entries, counts=counts
    )
    return page


def entries_of(project: Path, status: Mapping[str, str]) -> Iterator[Entry]:
    """Everything there is to look up, rules first; ``status`` says of each rule what became of it."""
    rules = {row["rule_id"]: row for row in _seed(project, "rules")}
    owners = {feed.sector: feed.department for feed in reversed(feeds())}
    yield from (_rule(row, owners, status) for row in rules.values())
    yield from (_indicator(row, owners, rules) for row in _seed(project, "indicators_registry"))
    yield from _lists(project, rules)
    yield from (_value(row) for row in _seed(project, "policy_parameters"))
    yield from _columns(project, rules)


def _rule(row: Mapping[str, str], owners: Mapping[str, str], status: Mapping[str, str]) -> Entry:
    facts = (
        ("类别", f"{_KINDS.get(row.get('kind', ''), '')} {row.get('category', '')}".strip()),
        ("责任部门", owners.get(row.get("owner", ""), row.get("owner", ""))),
        ("严重程度", _SEVERITIES.get(row.get("severity", ""), "")),
        ("整改天数", row.get("days_to_fix", "")),
        ("如何处理", row.get("instruction", "")),
        ("所需报表", _feed_titles(row.get("needed_feeds", ""))),
        ("所需政策参数", row.get("needed_params", "")),
        ("本期", status.get(row["rule_id"], "")),
    )
    return Entry("规则", row["rule_id"], row["title"], _filled(facts), row.get("quote", ""), row.get("document", ""))


def _feed_titles(needed: str) -> str:
    """Feeds as the departments call them: ``a b|c`` is a, and b or c."""
    titles = {feed.name: f"{feed.department}《{feed.title}》" for feed in feeds()}
    return "、".join(" 或 ".join(titles.get(key, key) for key in one.split("|")) for one in needed.split())


def _indicator(row: Mapping[str, str], owners: Mapping[str, str], rules: Mapping[str, Mapping[str, str]]) -> Entry:
    rule = rules.get(row["rule_id"], {})
    facts = (
        ("人群口径", row["population"]),
        ("单位", row["grain"]),
        ("分子", row["numerator"]),
        ("分母", row["denominator"]),
        ("目标参数", row["target_param"]),
        ("期限参数", row["deadline_param"]),
        ("责任部门", owners.get(row["owner"], row["owner"])),
        ("所需政策参数", row["needed_params"]),
        ("依据规则", row["rule_id"]),
    )
    return Entry(
        "指标", row["indicator"], row["title"], _filled(facts), rule.get("quote", ""), rule.get("document", "")
    )


def _lists(project: Path, rules: Mapping[str, Mapping[str, str]]) -> Iterator[Entry]:
    made_of: dict[str, list[Mapping[str, str]]] = {}
    for row in _seed(project, "lists"):
        made_of.setdefault(row["list_id"], []).append(row)
    for list_id, rows in made_of.items():
        sources = [
            f"{row['card']} 卡" if row["card"] else f"{row['rule_id']} {rules.get(row['rule_id'], {}).get('title', '')}"
            for row in rows
        ]
        first = rows[0]
        facts = (("来自", "、".join(dict.fromkeys(sources))),)
        yield Entry("名单", list_id, first["title"], facts, first["quote"], first["document"])


def _value(row: Mapping[str, str]) -> Entry:
    facts = (
        ("值", f"{row['value']} {row['unit']}".strip()),
        ("地区", row["area_prefix"] or "全部"),
        ("起止", f"{row['valid_from'] or '…'} 至 {row['valid_to'] or '…'}"),
        ("来源", _ORIGINS.get(row["origin"], row["origin"])),
    )
    return Entry("政策参数", row["param_id"], row["note"] or row["param_id"], facts, row["quote"], row["document"])


def _columns(project: Path, rules: Mapping[str, Mapping[str, str]]) -> Iterator[Entry]:
    """Columns of the published tables, then of every feed with the rules that read the feed and their words."""
    for path in sorted((project / "models" / "marts").glob("*.yml")):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            for column in model.get("columns", []):
                text = " ".join(str(column.get("description", "")).split())
                yield Entry("发布表的列", f"{model['name']}.{column['name']}", text, ())
    for feed in feeds():
        quotes = [f"{rule} “{rules[rule]['quote']}”" for rule in feed.rules if rule in rules]
        for column in feed.columns:
            facts = (
                ("报表", f"{feed.department} {feed.title}"),
                ("表头", column.header),
                ("也接受", "、".join(column.aliases)),
            )
            title = column.description or column.header
            yield Entry("报表的列", f"{feed.name}.{column.name}", title, _filled(facts), ";".join(quotes))


def _filled(facts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in facts if text)


def _seed(project: Path, name: str) -> list[dict[str, str]]:
    path = project / "seeds" / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _status(con: Connection) -> dict[str, str]:
    found = con.execute("select rule_id, status, reason, mismatch_count from masked.rule_status").fetchall()
    return {
        rule: f"{count} 条" if status == "run" else f"未运行:{reason or ''}" for rule, status, reason, count in found
    }
