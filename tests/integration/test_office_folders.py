"""Workbooks that officers put into their folders: whatever is wrong with one, nothing else waits for it."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from connectors.intake.readers.filled import filled_lines
from connectors.intake.readers.grid import UnreadableError
from connectors.outbox.identities import CASE_HEADERS, DECISION_HEADERS
from pipeline.decisions import files as decision_files
from pipeline.ledger import review_files
from tests.integration.landing_home import Home, enrolments

HEADER = [CASE_HEADERS[0], *DECISION_HEADERS]
ROSTER = "610099_202006_医保_全量.csv"


def workbook(*rows: list[str], title: str = "待核实", empty: str = "", hidden: str = "") -> bytes:
    """A filled workbook, with an empty and a hidden sheet if they have a name."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if empty:
        book.create_sheet(empty)
    if hidden:
        sheet = book.create_sheet(hidden)
        sheet.append(HEADER)
        sheet.append(["x"] * len(HEADER))
        sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.make(tmp_path / "home").with_villages()


@pytest.mark.parametrize("extra", [{}, {"empty": "Sheet2"}, {"hidden": "码表"}, {"empty": "Sheet2", "hidden": "码表"}])
def test_sheets_that_are_empty_or_hidden_are_not_read(tmp_path: Path, extra: dict[str, str]) -> None:
    path = tmp_path / "filled.xlsx"
    path.write_bytes(workbook(["说明"], HEADER, ["P1", *("甲" for _ in DECISION_HEADERS)], **extra))
    lines = filled_lines(path, tmp_path, lambda cells: cells >= set(HEADER))
    assert [line[HEADER[0]] for line in lines] == ["P1"]


@pytest.mark.parametrize("rows", [[], [["姓名", "决定"], ["测甲", "同一人"]]])
def test_a_workbook_without_our_header_is_not_one_of_ours(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "other.xlsx"
    path.write_bytes(workbook(*rows))
    with pytest.raises(UnreadableError, match="F_HEADER_NOT_FOUND"):
        filled_lines(path, tmp_path, lambda cells: cells >= set(HEADER))


@pytest.mark.parametrize("folder", [decision_files.FOLDER, review_files.FOLDER])
@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 half", b"no workbook", workbook(["a"]), workbook()],
    ids=["0", "cut", "text", "other", "empty"],
)
def test_what_is_no_workbook_of_ours_is_told_and_the_departments_files_are_in(
    home: Home, folder: tuple[str, str], content: bytes
) -> None:
    home.drop("/".join(folder), "核实.xlsx", content)
    home.drop("medical/enrolments", ROSTER, enrolments(3))
    roster, told = home.ingest()
    assert roster.status == "accepted"
    assert (told.feed, told.status) == ("/".join(folder), "refused")
    assert "请在下发的工作簿里填写" in str(told.error)
    assert home.files("ingest").keys() == {"/".join([*folder, "核实.xlsx"])}


def test_a_fault_of_ours_over_one_workbook_stops_no_other(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def broken(path: Path, *_: object) -> list[object]:
        seen.append(path)
        if len(seen) == 1:
            raise ValueError("610099196503120112")
        return []

    monkeypatch.setattr(decision_files, "read_workbook", broken)
    for name in ("一.xlsx", "二.xlsx"):
        home.drop("/".join(decision_files.FOLDER), name, workbook(HEADER, [name]))
    first, second = home.ingest()
    assert (first.status, first.error) == ("refused", "未接收：处理时出错（ValueError），文件保留，下次重试")
    assert (second.status, second.error) == ("accepted", "已接收 0 条决定，新增 0 条")
    assert len([name for name in home.files("outbox") if name.endswith("决定回执.xlsx")]) == 2
    monkeypatch.undo()
    assert [landed.status for landed in home.ingest()] == ["accepted"]
    assert home.files("ingest") == {}
