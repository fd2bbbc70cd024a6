"""Loads the contracts: YAML text into the frozen values of :mod:`connectors.contract.model`.

Data in: ``contracts/<sector>/<entity>.odcs.yaml``, ``contracts/shared/*.yaml``. Data out: :class:`Feed` values,
code lists, reasons and indicators, each read once per process.
What a feed says beyond the standard stands in ODCS ``customProperties`` named ``feed``, on the schema and on each
property. Not here: any knowledge of one feed; the files hold that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any

from connectors.contract.columns import columns_of, custom
from connectors.contract.model import (
    SECTORS,
    AreaRole,
    Column,
    Delivery,
    Derivation,
    Feed,
    GroupValues,
    RowCheck,
)
from connectors.contract.shared import CONTRACTS, document, indicators

EVERY_SECTOR = ("department_totals", "replies")
_OWN_ENTITIES = {
    "registry": ("villages", "households", "persons", "edge_households"),
    "medical": ("enrolments", "inpatient_claims", "chronic_visits"),
    "housing": ("appraisals", "retrofits"),
    "education": ("enrolments", "aid_payments"),
    "civil_affairs": ("dibao", "tekun", "disability"),
    "water": ("village_supplies", "household_water"),
}
FEED_NAMES = tuple(f"{sector}/{entity}" for sector in SECTORS for entity in (*_OWN_ENTITIES[sector], *EVERY_SECTOR))
"""The closed list of folders below ``ingest/``."""

_AREA_ROLES: dict[str | None, AreaRole] = {"!": "mandatory", "": "optional", "?": "accepted", None: "own"}


@lru_cache
def load_feed(sector: str, entity: str) -> Feed:
    """The feed ``<sector>/<entity>``; KeyError if there is no such folder."""
    if f"{sector}/{entity}" not in FEED_NAMES:
        raise KeyError(f"{sector}/{entity}")
    folder = "shared" if entity in EVERY_SECTOR else sector
    contract = document(CONTRACTS / folder / f"{entity}.odcs.yaml")
    schema = contract["schema"][0]
    spec = custom(schema)
    groups: dict[str, Any] = spec.get("groups", {})
    columns = columns_of(schema, groups, sector)
    checks = [_check(item, columns) for item in schema.get("quality", ())]
    if entity == "department_totals":
        checks.append(_unit_check(sector))
    department = spec["departments"][sector] if "departments" in spec else contract["team"]["name"]
    return Feed(
        sector=sector,
        entity=entity,
        title=(department if entity in EVERY_SECTOR else "") + schema["businessName"],
        description=contract["description"]["purpose"],
        department=department,
        delivery=Delivery(**spec["delivery"]),
        columns=columns,
        key=tuple(tuple(parts) for parts in spec["key"]),
        key_defaults=spec.get("key_defaults", {}),
        checks=tuple(checks),
        groups=tuple(groups),
        rules=tuple(spec["rules"]),
        grain=schema["dataGranularityDescription"],
        wide=tuple(spec.get("wide", ())),
        wide_groups=tuple({name: tuple(heads) for name, heads in item.items()} for item in spec.get("wide_groups", ())),
        area=_area_role(sector, groups),
        derivations=tuple(_derivation(item) for item in spec.get("derivations", ())),
        group_values=_group_values(spec.get("group_values")),
        extra=spec.get("extra", {}),
    )


@lru_cache
def feeds() -> tuple[Feed, ...]:
    """Every feed in the order of :data:`FEED_NAMES`; department_totals and replies once per sector."""
    return tuple(load_feed(*name.split("/")) for name in FEED_NAMES)


def _area_role(sector: str, groups: Mapping[str, Any]) -> AreaRole:
    mark = groups.get("AREA")
    if mark == "!" and sector == "registry":
        return "required"
    return _AREA_ROLES.get(mark if isinstance(mark, str) else None, "own")


def _unit_check(sector: str) -> RowCheck:
    """A figure must be sent in its own unit: households are never converted into persons."""
    allowed = " or ".join(f"(indicator = '{item.code}' and unit = '{item.unit}')" for item in indicators(sector))
    return RowCheck(
        "R_CODE_UNKNOWN", f"unit is not null and not ({allowed})", ("unit",), "单位与该指标的单位不同，不能换算"
    )


def _check(item: Mapping[str, Any], columns: tuple[Column, ...]) -> RowCheck:
    spec = item["implementation"]
    named = tuple(spec["columns"])
    sql = _out_of_order(named, columns) if spec.get("out_of_order") else " ".join(spec["where"].split())
    return RowCheck(item["name"], sql, named, item["description"], spec.get("windowed", False))


def _out_of_order(names: tuple[str, ...], columns: tuple[Column, ...]) -> str:
    """True where an earlier milestone lies after a later one, compared at the coarser precision of the two."""
    dated = {column.name for column in columns if column.type == "date"}
    pairs = []
    for first, second in combinations(names, 2):
        if first in dated and second in dated:
            width = f"least({_width(first)}, {_width(second)})"
            pairs.append(f"left({first}, {width}) > left({second}, {width})")
        else:
            pairs.append(f"{first} > {second}")
    return f"coalesce({' or '.join(pairs)}, false)"


def _width(column: str) -> str:
    return f"case {column}_precision when 'year' then 4 when 'month' then 7 else 10 end"


def _derivation(item: Mapping[str, Any]) -> Derivation:
    matched = item.get("matched")
    return Derivation(
        item["column"],
        " ".join(str(item["sql"]).split()),
        item.get("absent_only", False),
        None if matched is None else (matched["column"], tuple(matched["headers"])),
    )


def _group_values(item: Mapping[str, Any] | None) -> GroupValues | None:
    if item is None:
        return None
    key = tuple(tuple(parts) for parts in item["key"])
    return GroupValues(key, tuple(item["columns"]), item.get("keep_first", False))
