"""Loads the contracts: YAML text into the frozen values of :mod:`connectors.contract_model`.

Data in: ``contracts/<sector>/<entity>.odcs.yaml``, ``contracts/shared/*.yaml``. Data out: :class:`Feed` values,
code lists, reasons and indicators, each read once per process.
What a feed says beyond the standard stands in ODCS ``customProperties`` named ``feed``, on the schema and on each
property. Not here: any knowledge of one feed; the files hold that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from connectors.contract_model import (
    SECTORS,
    AreaRole,
    Code,
    CodeList,
    Column,
    Delivery,
    Derivation,
    Feed,
    GroupValues,
    Indicator,
    Reason,
    RowCheck,
)

CONTRACTS = Path(__file__).with_name("contracts")
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
_COLUMN_FIELDS = {item.name for item in fields(Column)}


@lru_cache
def _document(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{path.name}: a mapping is expected")
    return loaded


def _shared(name: str) -> dict[str, Any]:
    return _document(CONTRACTS / "shared" / f"{name}.yaml")


@lru_cache
def code_lists() -> Mapping[str, CodeList]:
    """Every code list of feeds.md section 8.2 by name (``CL-REL`` …)."""
    return {name: _code_list(name, entry) for name, entry in _shared("codes")["lists"].items()}


def code_list(name: str) -> CodeList:
    """The code list called ``name``; KeyError if there is none."""
    return code_lists()[name]


def _code_list(name: str, entry: Mapping[str, Any]) -> CodeList:
    lists = _shared("codes")["lists"]
    codes = []
    for code, spec in entry["codes"].items():
        words = [str(word) for word in spec["words"]]
        for other, members in spec.get("words_of", {}).items():
            words += [str(word) for member in members for word in lists[other]["codes"][member]["words"]]
        codes.append(Code(code, words[0], tuple(dict.fromkeys(words[1:])), spec.get("warns")))
    return CodeList(name, tuple(codes), entry.get("keeps_unknown_words", False), entry.get("keeps_words", False))


@lru_cache
def reasons() -> Mapping[str, Reason]:
    """Every reason code of feeds.md section 7."""
    return {code: Reason(code, **entry) for code, entry in _shared("reasons")["reasons"].items()}


@lru_cache
def indicators(sector: str | None = None) -> tuple[Indicator, ...]:
    """The figures that departments report, of one sector or of all."""
    found = tuple(Indicator(code, **entry) for code, entry in _shared("codes")["indicators"].items())
    return tuple(item for item in found if sector in (None, item.sector))


@lru_cache
def load_feed(sector: str, entity: str) -> Feed:
    """The feed ``<sector>/<entity>``; KeyError if there is no such folder."""
    if f"{sector}/{entity}" not in FEED_NAMES:
        raise KeyError(f"{sector}/{entity}")
    folder = "shared" if entity in EVERY_SECTOR else sector
    document = _document(CONTRACTS / folder / f"{entity}.odcs.yaml")
    schema = document["schema"][0]
    spec = _custom(schema)
    groups: dict[str, Any] = spec.get("groups", {})
    columns = _columns(schema, groups, sector)
    checks = [check for item in schema.get("quality", ()) for check in _checks(item, columns)]
    if entity == "department_totals":
        checks.append(_unit_check(sector))
    return Feed(
        sector=sector,
        entity=entity,
        title=schema["businessName"],
        description=document["description"]["purpose"],
        department=spec["departments"][sector] if "departments" in spec else document["team"]["name"],
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


def _custom(node: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping under the custom property ``feed`` of a schema, property or quality item."""
    for item in node.get("customProperties", ()):
        if item["property"] == "feed":
            return dict(item["value"])
    return {}


def _area_role(sector: str, groups: Mapping[str, Any]) -> AreaRole:
    mark = groups.get("AREA")
    if mark == "!" and sector == "registry":
        return "required"
    return _AREA_ROLES.get(mark if isinstance(mark, str) else None, "own")


def _columns(schema: Mapping[str, Any], groups: Mapping[str, Any], sector: str) -> tuple[Column, ...]:
    own = [
        {
            "name": item["name"],
            "header": item["businessName"],
            "type": item["physicalType"],
            "pd": item["classification"],
            "description": item["description"],
            "example": (item.get("examples") or [""])[0],
            **_custom(item),
        }
        for item in schema["properties"]
    ]
    names = {item["name"] for item in own}
    shared = [entry for name, mark in groups.items() for entry in _group(name, mark)]
    own = [_merged(item, [entry for entry in shared if entry["name"] == item["name"]]) for item in own]
    lead = [entry for entry in shared if entry["group"] != "TAIL" and entry["name"] not in names]
    tail = [entry for entry in shared if entry["group"] == "TAIL" and entry["name"] not in names]
    return _settled(tuple(_column(entry, sector) for entry in (*lead, *own, *tail)))


def _settled(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Drops one-of groups that bind nothing: a single member, or a member that must be filled in any case."""
    members: dict[str, list[str]] = {}
    for column in columns:
        if column.one_of:
            members.setdefault(column.one_of, []).append(column.req)
    binding = {name for name, marks in members.items() if len(marks) > 1 and "M" not in marks}
    return tuple(replace(column, one_of=column.one_of if column.one_of in binding else None) for column in columns)


def _merged(own: dict[str, Any], shared: list[dict[str, Any]]) -> dict[str, Any]:
    """A column that a feed declares over a shared one: its own words first, the shared headers still accepted."""
    if not shared:
        return own
    heads = [*own.get("aliases", ()), shared[0]["header"], *shared[0]["aliases"]]
    return {**shared[0], **own, "aliases": [head for head in dict.fromkeys(heads) if head != own["header"]]}


def _group(name: str, mark: str | Mapping[str, str]) -> list[dict[str, Any]]:
    """Columns of a shared group under a mark: ``!`` as listed, `` `` starred O+, ``?`` all O, or one mark by column."""
    found = []
    for column, entry in _shared("groups")["groups"][name].items():
        rest = mark if isinstance(mark, str) else mark.get("*")
        requirement = mark.get(column) if not isinstance(mark, str) else None
        if requirement is None and rest is not None:
            weaker = "O+" if rest == "" and entry.get("starred") else "O"
            requirement = entry["req"] if rest == "!" else weaker
        if requirement is not None:
            plain = {key: value for key, value in entry.items() if key != "starred"}
            found.append({"aliases": [], **plain, "name": column, "group": name, "req": requirement})
    return found


def _column(entry: Mapping[str, Any], sector: str) -> Column:
    spec = dict(entry)
    words: dict[str, str] = spec.pop("words", {})
    extra = dict(spec.pop("extra", {}))
    codes = None
    if "codes" in spec:
        name = spec.pop("codes")
        codes = _indicator_list(sector) if name == "indicators" else code_list(name)
        if codes.keeps_words:
            extra["keep_word"] = True
        codes = _with_words(codes, words)
    elif words:
        extra["words"] = words
    if "stand_in" in extra:
        extra["stand_in"] = tuple(head for name in extra["stand_in"] for head in _headers(name))
    for name in ("aliases", "inverse"):
        spec[name] = tuple(spec.get(name, ()))
    for name in ("low", "high"):
        if name in spec:
            spec[name] = Decimal(str(spec[name]))
    unknown = set(spec) - _COLUMN_FIELDS
    if unknown:
        raise KeyError(f"{spec['name']}: {sorted(unknown)}")
    spec.setdefault("vaulted", spec["type"] == "id")
    return Column(**spec, codes=codes, extra=extra)


def _headers(path: str) -> tuple[str, ...]:
    """Headers of a shared column named ``GROUP.column``."""
    group, column = path.split(".")
    entry = _shared("groups")["groups"][group][column]
    return (entry["header"], *entry["aliases"])


def _with_words(codes: CodeList, words: Mapping[str, str]) -> CodeList:
    extended = [
        replace(code, aliases=(*code.aliases, *(word for word, target in words.items() if target == code.code)))
        for code in codes.codes
    ]
    return replace(codes, codes=tuple(extended))


def _indicator_list(sector: str) -> CodeList:
    return CodeList("indicators", tuple(Code(item.code, item.name) for item in indicators(sector)))


def _unit_check(sector: str) -> RowCheck:
    """A figure must be sent in its own unit: households are never converted into persons."""
    allowed = " or ".join(f"(indicator = '{item.code}' and unit = '{item.unit}')" for item in indicators(sector))
    return RowCheck(
        "R_CODE_UNKNOWN", f"unit is not null and not ({allowed})", ("unit",), "单位与该指标的单位不同，不能换算"
    )


def _checks(item: Mapping[str, Any], columns: tuple[Column, ...]) -> list[RowCheck]:
    spec = _custom(item)
    named = tuple(spec["columns"])
    sql = item.get("query") or _out_of_order(named, columns)
    return [RowCheck(item["name"], " ".join(sql.split()), named, item["description"], spec.get("windowed", False))]


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
