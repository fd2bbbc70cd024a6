"""Builds the columns of one feed: its own properties, and those of the shared groups it names.

Data in: an ODCS schema node, the marks of the shared groups. Data out: :class:`Column` values in contract order.
Not here: anything of a feed beside its columns (:mod:`connectors.contract.files`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from connectors.contract.model import Code, CodeList, Column
from connectors.contract.shared import code_list, indicators, shared

_COLUMN_FIELDS = {item.name for item in fields(Column)}


def custom(node: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping under the custom property ``feed`` of a schema, property or quality item."""
    for item in node.get("customProperties", ()):
        if item["property"] == "feed":
            return dict(item["value"])
    return {}


def columns_of(schema: Mapping[str, Any], groups: Mapping[str, Any], sector: str) -> tuple[Column, ...]:
    """The columns of a feed: shared ones first, then its own, the group TAIL last.

    A property with the name of a shared column takes over what it does not say itself and stands at its own place.
    """
    own = [
        {
            "name": item["name"],
            "header": item["businessName"],
            "type": item["physicalType"],
            "pd": item["classification"],
            "description": item["description"],
            **({"example": item["examples"][0]} if item.get("examples") else {}),
            **custom(item),
        }
        for item in schema["properties"]
    ]
    names = {item["name"] for item in own}
    common = [entry for name, mark in groups.items() for entry in _group(name, mark)]
    own = [_merged(item, [entry for entry in common if entry["name"] == item["name"]]) for item in own]
    lead = [entry for entry in common if entry["group"] != "TAIL" and entry["name"] not in names]
    tail = [entry for entry in common if entry["group"] == "TAIL" and entry["name"] not in names]
    examples = _figure_examples(sector) if "indicator" in names else {}
    entries = [{**entry, **examples.get(entry["name"], {})} for entry in (*lead, *own, *tail)]
    return _settled(tuple(_column(entry, sector) for entry in entries))


def _figure_examples(sector: str) -> dict[str, dict[str, str]]:
    """Examples for one figure of the sector, a rate where it has one, so that the columns fit together."""
    figure = next((item for item in indicators(sector) if item.unit == "percent"), indicators(sector)[0])
    is_rate = figure.unit == "percent"
    unit = next(code.word for code in code_list("CL-UNIT").codes if code.code == figure.unit)
    found = {
        "indicator": figure.code,
        "indicator_name": figure.name,
        "unit": unit,
        "value": "66.67" if is_rate else "4",
    }
    counts = {"numerator": "4", "denominator": "6"} if is_rate else {"numerator": "", "denominator": ""}
    return {name: {"example": example} for name, example in (found | counts).items()}


def _settled(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Drops one-of groups that bind nothing: a single member, or a member that must be filled in any case."""
    members: dict[str, list[str]] = {}
    for column in columns:
        if column.one_of:
            members.setdefault(column.one_of, []).append(column.req)
    binding = {name for name, marks in members.items() if len(marks) > 1 and "M" not in marks}
    return tuple(replace(column, one_of=column.one_of if column.one_of in binding else None) for column in columns)


def _merged(own: dict[str, Any], common: list[dict[str, Any]]) -> dict[str, Any]:
    """A column that a feed declares over a shared one: its own words first, the shared headers still accepted."""
    if not common:
        return own
    heads = [*own.get("aliases", ()), common[0]["header"], *common[0]["aliases"]]
    return {**common[0], **own, "aliases": [head for head in dict.fromkeys(heads) if head != own["header"]]}


def _group(name: str, mark: str | Mapping[str, str]) -> list[dict[str, Any]]:
    """Columns of a shared group under a mark: ``!`` as listed, `` `` starred O+, ``?`` all O, or one mark by column."""
    found = []
    for column, entry in shared("groups")["groups"][name].items():
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
    extra = dict(spec.pop("extra", {}))
    codes = _codes(spec, extra, sector)
    if extra.get("suggest") == "indicators":
        extra["suggest"] = tuple(item.name for item in indicators(sector))
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


def _codes(spec: dict[str, Any], extra: dict[str, Any], sector: str) -> CodeList | None:
    """The code list of a column, with the words that only this column accepts; takes its keys out of ``spec``."""
    words: dict[str, str] = spec.pop("words", {})
    name = spec.pop("codes", None)
    if name is None:
        if words:
            extra["words"] = words
        return None
    if name == "indicators":
        return CodeList("indicators", tuple(Code(item.code, item.name) for item in indicators(sector)))
    codes = code_list(name)
    if codes.keeps_words:
        extra["keep_word"] = True
    return _with_words(codes, words)


def _headers(path: str) -> tuple[str, ...]:
    """Headers of a shared column named ``GROUP.column``."""
    group, column = path.split(".")
    entry = shared("groups")["groups"][group][column]
    return (entry["header"], *entry["aliases"])


def _with_words(codes: CodeList, words: Mapping[str, str]) -> CodeList:
    extended = [
        replace(code, aliases=(*code.aliases, *(word for word, target in words.items() if target == code.code)))
        for code in codes.codes
    ]
    return replace(codes, codes=tuple(extended))
