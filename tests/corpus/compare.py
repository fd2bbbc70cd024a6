"""Compares a result with an expectation in the form of docs/feeds.md section 2.

Data in: two mappings. Data out: lines that say what differs.
Not here: reading files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """What differs; rows and counts of a refused file are not compared."""
    names = ["received_on", "status", "reasons"]
    if expected["status"] not in ("refused", "duplicate", "nil"):
        names += ["rows", "counts"]
    lines = []
    for name in names:
        mine, theirs = _plain(found[name]), _plain(expected[name])
        if mine == theirs:
            continue
        if isinstance(mine, dict) and isinstance(theirs, dict):
            keys = sorted({*mine, *theirs})
            lines += [f"{name} {k}: {mine.get(k)} ≠ {theirs.get(k)}" for k in keys if mine.get(k) != theirs.get(k)]
        else:
            lines.append(f"{name}: {mine} ≠ {theirs}")
    return lines


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
