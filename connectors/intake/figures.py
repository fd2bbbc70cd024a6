"""What the departments' own figures need beyond the common reading (feeds.md 15.1).

Data in: ``typed`` of a department_totals file. Data out: ``typed`` with indicators looked up by name and rates as
ratios, codes in ``issues``.
Not here: comparing figures with computed ones (rule R002).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa

from connectors.contract import Feed, indicators
from connectors.intake.cell_types import squeeze
from connectors.intake.header_text import without_bracket
from connectors.intake.layout import is_older
from connectors.sql_text import literal
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"
_PERCENT_PLACES = 2
_PERCENT_SIGN = "%"


def read_figures(con: Connection, feed: Feed) -> None:
    """Indicators by code or name, rates as ratios; does nothing for other feeds."""
    if feed.entity != "department_totals":
        return
    _look_up_names(con, feed)
    _as_ratios(con, feed)


def _look_up_names(con: Connection, feed: Feed) -> None:
    listed = {squeeze(item.name): item.code for item in indicators(feed.sector)}
    names = con.execute("select distinct indicator_name from typed where indicator_name is not null").fetchall()
    con.register(
        "figure_names",
        pa.table(
            {
                "name": pa.array([name for (name,) in names], pa.string()),
                "code": pa.array([_code_of(name, listed) for (name,) in names], pa.string()),
            }
        ),
    )
    con.execute(
        f"insert into issues select {_PLACE}, 'indicator', 'R_CODE_UNKNOWN', null from typed"
        " inner join figure_names as f on f.name = typed.indicator_name"
        f" where typed.indicator is null and f.code is null"
        f" and ({_PLACE}) not in (select ({_PLACE}) from issues where column_name = 'indicator')"
    )
    con.execute(
        f"insert into issues select {_PLACE}, 'indicator_name', 'W_CONFLICT', '指标代码和指标名称对不上' from typed"
        " inner join figure_names as f on f.name = typed.indicator_name"
        " where typed.indicator is not null and f.code is distinct from typed.indicator"
    )
    con.execute(
        "update records as typed set indicator = f.code from figure_names as f"
        " where f.name = typed.indicator_name and typed.indicator is null"
    )
    con.unregister("figure_names")


def _code_of(name: str, listed: Mapping[str, str]) -> str | None:
    plain = squeeze(name)
    return listed.get(plain) or listed.get(without_bracket(plain))


def _ratio(value: str, unit: str | None) -> tuple[str, bool]:
    """A rate as ratio with its decimals kept, and whether per cent had to be assumed; a sign % leaves no doubt."""
    plain = value.removesuffix(_PERCENT_SIGN)
    number = Decimal(plain)
    if abs(number) <= 1 and plain == value:
        return value, True
    places = len(plain.partition(".")[2]) + _PERCENT_PLACES
    return f"{number / 100:.{places}f}", unit is None and plain == value


def _as_ratios(con: Connection, feed: Feed) -> None:
    rates = ", ".join(literal(item.code) for item in indicators(feed.sector) if item.unit == "percent") or "''"
    condition = f"indicator in ({rates}) and value is not null and coalesce(unit, 'percent') = 'percent'"
    rows = con.execute(f"select distinct value, unit from typed where {condition}").fetchall()
    ratios = [_ratio(value, unit) for value, unit in rows]
    con.register(
        "figure_rates",
        pa.table(
            {
                "value": pa.array([row[0] for row in rows], pa.string()),
                "unit": pa.array([row[1] for row in rows], pa.string()),
                "ratio": pa.array([ratio for ratio, _ in ratios], pa.string()),
                "assumed": pa.array([assumed for _, assumed in ratios], pa.bool_()),
            }
        ),
    )
    same = "f.value = typed.value and f.unit is not distinct from typed.unit"
    con.execute(
        f"insert into issues select {_PLACE}, 'value', 'W_PERCENT_ASSUMED', null from typed"
        f" inner join figure_rates as f on {same} where f.assumed and {_qualified(condition)}"
    )
    con.execute(
        f"update records as typed set value = f.ratio from figure_rates as f where {same} and {_qualified(condition)}"
    )
    con.unregister("figure_rates")
    is_text = f"suffix(value, {literal(_PERCENT_SIGN)})"
    con.execute(f"insert into issues select {_PLACE}, 'value', 'R_NUMBER_INVALID', null from typed where {is_text}")
    con.execute(f"update records as typed set value = null where {is_text}")


def _qualified(condition: str) -> str:
    """The condition with the table named, where another table has columns of the same names."""
    return condition.replace("value is", "typed.value is").replace("(unit,", "(typed.unit,")


def old_definition(con: Connection, feed: Feed, current: str | None) -> str | None:
    """A definition version in the rows that is older than the current one."""
    if feed.entity != "department_totals":
        return None
    rows = con.execute("select distinct definition_version from typed where definition_version is not null").fetchall()
    old = sorted(version for (version,) in rows if is_older(version, current))
    return f"{old[0]}，现行 {current}" if old else None
