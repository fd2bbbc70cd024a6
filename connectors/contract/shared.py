"""What all contracts share: column groups, code lists, reason codes, the figures that departments report.

Data in: ``contracts/shared/{groups,codes,reasons}.yaml``. Data out: frozen values, each file read once per process.
Not here: single feeds (:mod:`connectors.contract.files`) and their columns (:mod:`connectors.contract.columns`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from connectors.contract.model import Code, CodeList, Indicator, Reason

CONTRACTS = Path(__file__).parent.with_name("contracts")


@lru_cache
def document(path: Path) -> dict[str, Any]:
    """One YAML file as a mapping."""
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    if not isinstance(loaded, dict):
        raise TypeError(f"{path.name}: a mapping is expected")
    return loaded


def shared(name: str) -> dict[str, Any]:
    """One file of ``contracts/shared`` by its stem."""
    return document(CONTRACTS / "shared" / f"{name}.yaml")


@lru_cache
def code_lists() -> Mapping[str, CodeList]:
    """Every code list of feeds.md section 8.2 by name (``CL-REL`` …)."""
    return {name: _code_list(name, entry) for name, entry in shared("codes")["lists"].items()}


def code_list(name: str) -> CodeList:
    """The code list called ``name``; KeyError if there is none."""
    return code_lists()[name]


def _code_list(name: str, entry: Mapping[str, Any]) -> CodeList:
    lists = shared("codes")["lists"]
    codes = []
    for code, spec in entry["codes"].items():
        words = [str(word) for word in spec["words"]]
        for other, members in spec.get("words_of", {}).items():
            words += [str(word) for member in members for word in lists[other]["codes"][member]["words"]]
        also_offered = tuple(words[1 : spec.get("offered", 1)])
        codes.append(Code(code, words[0], tuple(dict.fromkeys(words[1:])), spec.get("warns"), also_offered))
    return CodeList(name, tuple(codes), entry.get("keeps_unknown_words", False), entry.get("keeps_words", False))


@lru_cache
def reasons() -> Mapping[str, Reason]:
    """Every reason code of feeds.md section 7."""
    return {code: Reason(code, **entry) for code, entry in shared("reasons")["reasons"].items()}


@lru_cache
def indicators(sector: str | None = None) -> tuple[Indicator, ...]:
    """The figures that departments report, of one sector or of all."""
    found = tuple(Indicator(code, **entry) for code, entry in shared("codes")["indicators"].items())
    return tuple(item for item in found if sector in (None, item.sector))
