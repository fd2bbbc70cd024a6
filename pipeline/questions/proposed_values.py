"""The policy values that somebody proposes, put into a copy of the seed: only what can be used and would be in force.

Data in: a csv file in the form of the seed, a copy of the seed, the home's county, the day. Data out: the changed copy
and the rows proposed. A row that would change nothing says so: "nobody flips" would read as an answer.
Not here: what follows from the values (preview.py), which value is in force (pipeline/policy.py).
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pipeline import policy

Row = dict[str, str]
_KEY = ("param_id", "area_prefix", "valid_from")
_KINDS = {"number": "数字", "date": "日期", "yes_no": "true 或 false", "word": "文字"}


class ValuesError(Exception):
    """The file of values cannot be used; the message is Chinese and says why."""


def put(seed: Path, values: Path, county: str, day: date) -> list[dict[str, object]]:
    """Replace the rows of ``seed`` that have the same parameter, area and start; add the others.

    Returns:
        The proposed rows, each with ``is_in_force``: whether it decides anything here on ``day``.

    Raises:
        ValuesError: the file or a row of it cannot be used, or no row is in force.
    """
    with seed.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        names, old = list(reader.fieldnames or ()), list(reader)
    rows = _read(values, names)
    known = {row["param_id"]: row for row in old}
    _check(rows, old)
    proposed = [
        {name: row.get(name) or "" for name in names}
        | {"unit": row.get("unit") or known[row["param_id"]]["unit"], "origin": "ours", "note": "预演"}
        for row in rows
    ]
    keys = {_key(row) for row in proposed}
    kept = [row for row in old if _key(row) not in keys]
    with seed.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*kept, *proposed])
    in_force = [_is_in_force(row, [*kept, *proposed], county, day) for row in proposed]
    if not any(in_force):
        raise ValuesError(f"这些值 {day} 在本地({county})都不生效:另有区划更具体或生效更晚的行,或不在起止日期之内。")
    return [
        {name: row[name] for name in (*_KEY, "valid_to", "value")} | {"is_in_force": decides}
        for row, decides in zip(proposed, in_force, strict=True)
    ]


def _read(values: Path, names: list[str]) -> list[Row]:
    try:
        with values.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            rows, heads = list(reader), list(reader.fieldnames or ())
    except UnicodeDecodeError:
        raise ValuesError(f"{values.name} 须存为 UTF-8 编码的 csv。") from None
    except (OSError, csv.Error) as problem:
        raise ValuesError(f"读不了 {values.name}:{type(problem).__name__}。") from None
    if not rows or not {"param_id", "value"} <= set(heads):
        raise ValuesError("参数文件至少要有 param_id、value 两列和一行数据。")
    if strange := [head for head in heads if head not in names]:
        raise ValuesError(f"参数文件中没有这样的列:{'、'.join(strange)};有 {'、'.join(names)}。")
    if any(None in row or None in row.values() for row in rows):
        raise ValuesError("参数文件中有的行与表头的列数不同。")
    return rows


def _check(rows: list[Row], old: list[Row]) -> None:
    """Raise unless every row can be used."""
    if unknown := sorted({row["param_id"] for row in rows} - {row["param_id"] for row in old}):
        raise ValuesError(f"没有这样的政策参数:{'、'.join(unknown)}。")
    if len({_key(row) for row in rows}) < len(rows):
        raise ValuesError("同一参数、地区和生效日期有两行,请只留一行。")
    for row in rows:
        kinds = {_kind(one["value"]) for one in old if one["param_id"] == row["param_id"] and one["value"]}
        if row["value"] and kinds and _kind(row["value"]) not in kinds:
            raise ValuesError(f"{row['param_id']} 的值须是{'或'.join(_KINDS[kind] for kind in sorted(kinds))}。")
        if any(row.get(name) and _kind(row[name]) != "date" for name in ("valid_from", "valid_to")):
            raise ValuesError(f"{row['param_id']} 的起止日期须写成 年-月-日。")
        if row.get("area_prefix") and not row["area_prefix"].isdecimal():
            raise ValuesError(f"{row['param_id']} 的 area_prefix 须写区划代码。")


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row.get(part) or "" for part in _KEY)


def _kind(value: str) -> str:
    if value in ("true", "false"):
        return "yes_no"
    try:
        return "number" if Decimal(value).is_finite() else "word"
    except InvalidOperation:
        pass
    try:
        return "date" if date.fromisoformat(value).isoformat() == value else "word"
    except ValueError:
        return "word"


def _is_in_force(row: Row, seed: list[Row], county: str, day: date) -> bool:
    """Whether ``row`` gives the value of its area, or of the county where its area is larger."""
    area = max(row["area_prefix"], county, key=len)
    same = [policy.parameter(one) for one in seed if one["param_id"] == row["param_id"] and one["value"]]
    return policy.in_force(same, area, day) == policy.parameter(row)
