"""How two records are compared and weighed: settings read from data, and the form in which Splink wants them.

Data in: a settings file (identity/settings.yaml for the county; another set of fields and blocks for other data).
Data out: a frozen :class:`Model`, and Splink's settings dictionary.
Not here: counting m and u (identity/training.py) and running Splink (identity/matching.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

SETTINGS = Path(__file__).with_name("settings.yaml")


@dataclass(frozen=True)
class Level:
    """One way in which the values of a field agree; ``sql`` is None for "in no other way"."""

    code: str
    zh: str
    sql: str | None
    m: float
    u: float


@dataclass(frozen=True)
class Field:
    """A field that both sides have."""

    name: str
    kind: str
    zh: str
    is_fixed: bool
    """m and u are not counted on exact links."""
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Model:
    """Everything that decides a weight."""

    fields: tuple[Field, ...]
    blocks: tuple[str, ...]
    training: Mapping[str, float]
    expected_share: float
    least_weight: float
    per_row: int
    words: tuple[tuple[float, str], ...]

    def field(self, name: str) -> Field:
        """The field of that name."""
        return next(field for field in self.fields if field.name == name)

    def word(self, weight: float) -> str:
        """A weight in words."""
        return next(word for least, word in self.words if weight >= least)


def load(path: Path = SETTINGS, base: Path = SETTINGS) -> Model:
    """The model of a settings file; what it does not say stands in ``base``."""
    said: dict[str, Any] = yaml.safe_load(base.read_text(encoding="utf-8"))
    said |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return Model(
        fields=tuple(_field(said["kinds"], name, entry) for name, entry in said["fields"].items()),
        blocks=tuple(said["blocks"]),
        training=said["training"],
        expected_share=float(said["proposals"]["expected_share"]),
        least_weight=float(said["proposals"]["least_weight"]),
        per_row=int(said["proposals"]["per_row"]),
        words=tuple((float(word["from"]), str(word["zh"])) for word in said["words"]),
    )


def _field(kinds: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> Field:
    kind = kinds[entry["kind"]]
    levels = tuple(
        Level(
            level["code"],
            level["zh"],
            level["sql"].replace("{f}", name) if "sql" in level else None,
            float(level["m"]),
            float(level["u"]),
        )
        for level in kind["levels"]
    )
    return Field(name, entry["kind"], entry.get("zh", kind["zh"]), bool(kind.get("fixed", False)), levels)


def with_counts(model: Model, counts: Mapping[tuple[str, str], tuple[float, float]]) -> Model:
    """The model with m and u of ``counts``, by field and level."""
    fields = tuple(
        replace(
            field,
            levels=tuple(
                replace(level, m=counts[field.name, level.code][0], u=counts[field.name, level.code][1])
                if (field.name, level.code) in counts
                else level
                for level in field.levels
            ),
        )
        for field in model.fields
    )
    return replace(model, fields=fields)


def odds_before(model: Model, population: int) -> float:
    """Probability that a row is about a given one of ``population`` people, before looking."""
    return min(model.expected_share / max(population, 1), 0.5)


def splink_settings(model: Model, population: int) -> dict[str, Any]:
    """The settings as Splink wants them."""
    return {
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "source_dataset_column_name": "source_dataset",
        "probability_two_random_records_match": odds_before(model, population),
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.block_{place} = r.block_{place}"} for place in range(len(model.blocks))
        ],
        "comparisons": [_comparison(field) for field in model.fields],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }


def _comparison(field: Field) -> dict[str, Any]:
    """Levels of a field: nothing known on one side says nothing."""
    unknown = {
        "sql_condition": f"{field.name}_l is null or {field.name}_r is null",
        "label_for_charts": "缺",
        "is_null_level": True,
    }
    known = [
        {
            "sql_condition": level.sql or "ELSE",
            "label_for_charts": level.zh,
            "m_probability": level.m,
            "u_probability": level.u,
        }
        for level in field.levels
    ]
    return {"output_column_name": field.name, "comparison_levels": [unknown, *known]}
