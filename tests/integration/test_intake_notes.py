"""What a sender is told of a workbook besides reason codes: hidden sheets by name, macros that were not run."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import load_feed
from connectors.outbox.templates import write_template
from tests.integration.intake_bench import example, read, to_csv, to_xlsx

MEDICAL = "medical/enrolments"


def test_hidden_sheets_are_named_and_macros_are_told(tmp_path: Path) -> None:
    def dress(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["旧花名册"].hide()
        book.add_vba_project(io.BytesIO(bytes(512)), is_stream=True)

    body = to_xlsx({"花名册": example(MEDICAL), "旧花名册": example(MEDICAL)}, dress)
    result = read(tmp_path, MEDICAL, body).staged.result
    assert result.status == "accepted"
    hidden, macros = result.notes
    assert hidden.startswith("隐藏的工作表没有读取：旧花名册。")
    assert "宏没有运行" in macros
    assert "notes" not in result.to_json()


@pytest.mark.parametrize("body", [to_csv(example(MEDICAL)), to_xlsx({"Sheet1": example(MEDICAL)})])
def test_nothing_is_said_of_a_plain_file(tmp_path: Path, body: bytes) -> None:
    assert read(tmp_path, MEDICAL, body).staged.result.notes == ()


def test_the_hidden_sheet_of_our_own_template_is_not_mentioned(tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    write_template(load_feed(*MEDICAL.split("/")), path)
    assert read(tmp_path, MEDICAL, path.read_bytes()).staged.result.notes == ()
