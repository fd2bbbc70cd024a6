"""Everything that a clerk may read is Chinese: messages, mends, headers, receipts, notes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
import pipeline
from connectors.contract import feeds, reasons

ALLOWED = {
    "xlsx", "csv", "UTF", "PDF", "ID", "m", "m2", "m3", "X", "x", "A", "B", "C", "D", "v1", "ingest", "sha256", "JSON",
    "N", "Ⅱ", "Ⅰ", "Ⅲ", "Ⅳ", "G", "H",
}  # fmt: skip
"""File formats, folder names a clerk sees, grades of houses, letters of student numbers."""
OFFICERS = ("identities", "reviews")
"""Workbooks for data officers, who also use the command line."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OF_PROGRAMS = re.compile(
    r"select |\bcase\b|\bwhen\b|regexp|insert into|\\[ds]|\(\?|[\[\]&]|\.json|\.xlsx|\bin \(|\bnot in\b|\bas \b"
)
"""SQL, patterns, printing codes and file endings."""
_FILLED = re.compile(r"\{\w+\}")
_FEWEST_HAN = 3
_HAN = re.compile(r"[一-鿿]")
_SOURCES = [
    *sorted((Path(connectors.__file__).parent / "intake").glob("*.py")),
    *(path for path in sorted((Path(connectors.__file__).parent / "outbox").glob("*.py")) if path.stem not in OFFICERS),
    *(
        Path(pipeline.__file__).parent / f"{name}.py"
        for name in ("receiving/answer", "receiving/attempts", "receiving/ingest", "receiving/release", "cli/checked")
    ),
]


def foreign(text: str) -> set[str]:
    """Latin words that no clerk needs to know."""
    return {word for word in _WORD.findall(_FILLED.sub("", text)) if word not in ALLOWED}


def literals(path: Path) -> Iterator[str]:
    """Texts with Han letters in a module; docstrings and what is put into them at run time left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    loose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if (
            is_text
            and len(_HAN.findall(node.value)) >= _FEWEST_HAN
            and id(node) not in documented | loose
            and not _OF_PROGRAMS.search(node.value)
        ):
            yield node.value


@pytest.mark.parametrize("reason", reasons().values(), ids=lambda reason: reason.code)
def test_a_reason_is_said_in_chinese_and_ends_with_what_to_do(reason: object) -> None:
    zh, mend = reason.zh, reason.mend_zh  # type: ignore[attr-defined]
    assert foreign(zh + mend) == set()
    assert mend.endswith("。")
    assert "主键" not in mend
    assert len(mend) >= len("金额已四舍五入到分，请核对。") - 6


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_headers_descriptions_and_row_checks_are_chinese(feed: object) -> None:
    for check in feed.checks:  # type: ignore[attr-defined]
        assert foreign(check.description) == set(), check.description
    for column in feed.columns:  # type: ignore[attr-defined]
        assert _HAN.search(column.header), column.name
        assert foreign(column.header) == set(), column.header
        assert foreign(column.description) == set(), column.description


@pytest.mark.parametrize("source", _SOURCES, ids=lambda path: path.name)
def test_texts_in_the_code_hold_no_foreign_word(source: Path) -> None:
    for text in literals(source):
        assert foreign(text) == set(), text
