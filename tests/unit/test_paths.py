"""Every file of this repository that a document, a docstring or a comment names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "connectors",
    "dags",
    "dbt_project",
    "docs",
    "expectations",
    "identity",
    "pipeline",
    "service",
    "simulator",
    "tests",
)
NAMED = re.compile(rf"(?<![\w./<>-])(?:{'|'.join(FOLDERS)})/[\w./-]+\.(?:py|sql|ya?ml|csv|md|c|j2|lock)\b")
LEFT_OUT = {"target", "logs", "__pycache__", "documents"}
EXAMPLES = {"dbt_project/models/rules/rule_r900_card_known.sql"}
"""A rule that README adds."""


def texts() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".md", ".py", ".sql", ".yml", ".yaml", ".toml"} and not LEFT_OUT & set(path.parts):
                yield path


def test_every_file_that_is_named_is_there() -> None:
    named = {
        (str(path.relative_to(ROOT)), found)
        for path in texts()
        for found in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 100
    assert {(where, found) for where, found in named if found not in EXAMPLES and not (ROOT / found).exists()} == set()
