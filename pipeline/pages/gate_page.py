"""The page of the gates: every check of the last landing of each feed and of the last publication, in Chinese.

Data in: the records that the gates keep, one JSON per suite, counts only. Data out: one HTML text, the failed first,
each with a link to Great Expectations' own page of its suite. Great Expectations' index draws its lists by scripts of
content networks, which a county's machine does not reach. Not here: running checks, Great Expectations' pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connectors.contract import feeds
from pipeline.pages.rendering import template

_SEVERITIES = {"critical": "严重", "warning": "提示", "info": "说明"}
_RESULTS = ("未能检查", "不合格", "合格")


@dataclass(frozen=True)
class Line:
    """One check: ``found`` is the number of offending rows, or nothing where the check does not count."""

    about: str
    title: str
    severity: str
    result: str
    found: str
    link: str


def render(records: Path, site: Path, county_name: str) -> str:
    """The page as text; ``site`` is the folder of Great Expectations' pages that it links to."""
    lines = sorted(lines_of(records, site), key=lambda line: (_RESULTS.index(line.result), line.link, line.title))
    groups = {"发布关口": "publication", "接收关口(每张报表最近一次)": "landing"}
    page: str = template("gates.html.j2").render(
        county_name=county_name,
        groups={name: [line for line in lines if f"/{gate}/" in line.link] for name, gate in groups.items()},
        results=_RESULTS,
    )
    return page


def lines_of(records: Path, site: Path) -> Iterator[Line]:
    """One line per check that was kept."""
    titles = {f"{feed.sector}__{feed.entity}": f"{feed.department} {feed.title}" for feed in feeds()}
    pages = {path.stem: path.relative_to(site) for path in (site / "validations").rglob("*.html")}
    for path in sorted(records.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        gate, _, subject = kept["suite"]["name"].partition(".")
        subject = subject.partition("-")[0]
        link = pages.get(kept["suite"]["name"], Path("expectations") / gate)
        for one in kept["result"]["results"]:
            yield _line(one, titles.get(subject, subject), quote(link.as_posix()))


def _line(one: Mapping[str, Any], about: str, link: str) -> Line:
    config = one["expectation_config"]
    raised = bool((one.get("exception_info") or {}).get("raised_exception"))
    result = _RESULTS[0] if raised else _RESULTS[2 if one["success"] else 1]
    measured = one.get("result") or {}
    found = measured.get("unexpected_count", measured.get("observed_value"))
    return Line(
        about,
        config.get("description") or config["meta"]["check"],
        _SEVERITIES.get(config.get("severity", ""), ""),
        result,
        str(found) if isinstance(found, int) else "",
        link,
    )
