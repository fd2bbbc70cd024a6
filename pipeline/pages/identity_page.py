"""The page that draws how the weight of each proposal adds up: a waterfall per case, in static SVG.

Data in: the masked publication's proposals. Data out: one HTML text without a name, a number of a person or a script;
an officer finds a case by its number, which the workbook 身份核实清单 bears too.
Not here: the same sum in words (identity/explain.py), writing files (pipeline/pages/document.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.contract import load_feed
from pipeline.pages.rendering import template

if TYPE_CHECKING:
    from connectors.warehouse import Connection

MOST = 500
"""Cases drawn, the heaviest first; a longer page helps nobody."""
_STEP = re.compile(r"^(.*) ([+-]\d+\.\d)$")
_HALF, _BAR, _GAP, _LABEL = 300, 16, 6, 220
"""Half the width of the scale, height of a bar, space below it, width of the words beside it; in pixels."""


@dataclass(frozen=True)
class Bar:
    """One step of a waterfall, placed on the page."""

    words: str
    weight: str
    left: float
    width: float
    top: int
    is_for: bool


def bars(waterfall: str) -> list[Bar]:
    """The steps of ``起点 -10.7 → 姓名一致 +11.6 → … = +4.2`` as bars that each begin where the last one ended."""
    said, _, _ = waterfall.rpartition(" = ")
    steps = [(found[1], float(found[2])) for text in said.split(" → ") if (found := _STEP.match(text))]
    ends = [0.0]
    for _, weight in steps:
        ends.append(ends[-1] + weight)
    scale = _HALF / max(1.0, *(abs(end) for end in ends))
    return [
        Bar(
            words=words,
            weight=f"{weight:+.1f}",
            left=round(_LABEL + _HALF + min(begin, begin + weight) * scale, 1),
            width=round(max(abs(weight) * scale, 1.0), 1),
            top=place * (_BAR + _GAP),
            is_for=weight >= 0,
        )
        for place, ((words, weight), begin) in enumerate(zip(steps, ends, strict=False))
    ]


def has_page(con: Connection) -> bool:
    """Whether the publication holds proposals at all."""
    found = con.execute("select 1 from duckdb_tables() where table_name = 'identity_proposals'").fetchall()
    return bool(found)


def render(con: Connection, county_name: str, as_of: str) -> str:
    """The page as text."""
    total = con.execute("select count(*) from masked.identity_proposals").fetchall()[0][0]
    cursor = con.execute(
        "select proposal_id, sector || '/' || entity as feed, rank, weight, certainty, agrees, disagrees, not_known,"
        " waterfall from masked.identity_proposals order by weight desc, proposal_id limit ?",
        [MOST],
    )
    names = [column[0] for column in cursor.description or ()]
    cases = [_case(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    page: str = template("identity.html.j2").render(
        county_name=county_name,
        as_of=as_of,
        total=total,
        cases=cases,
        width=_LABEL + 2 * _HALF,
        middle=_LABEL + _HALF,
        bar=_BAR,
    )
    return page


def _case(row: dict[str, Any]) -> dict[str, Any]:
    drawn = bars(row["waterfall"] or "")
    return {
        **row,
        "title": load_feed(*row["feed"].split("/")).title,
        "bars": drawn,
        "height": max(1, len(drawn)) * (_BAR + _GAP),
        "alt": row["waterfall"],
    }
