"""An error workbook as a clerk uses it: she mends what is marked, saves it, and drops it back as it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.intake.row_report import HEADERS, LINKS
from tests.integration.landing_home import Home, enrolments, id_no, name

FEED = "medical/enrolments"
ROSTER = "610099_202006_医保参保缴费_全量"
HEADER = (
    "乡镇",
    "村",
    "姓名",
    "身份证号",
    "人员属性",
    "参保年度",
    "参保状态",
    "个人缴费金额（元）",
    "资助金额（元）",
    "缴费时间",
)
KEYS = "select distinct id_key from raw.medical__enrolments"
TOP = 4
"""Title, facts, what to do, header."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.make(tmp_path / "home").with_villages()


def row(number: int, **changes: object) -> list[object]:
    """A good row of the roster, some of its cells replaced."""
    good = ("甲镇", "甲山村", name(number), id_no(number), None, "2020", "代缴", 0, 280, "2020-02-20")
    return [changes.get(header, value) for header, value in zip(HEADER, good, strict=True)]


def roster(rows: list[list[object]], sheet: str = "花名册") -> Workbook:
    book = Workbook()
    book.active.title = sheet
    book.active.append(HEADER)
    for cells in rows:
        book.active.append(cells)
    return book


def content(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def deliver(home: Home, book: Workbook, file_name: str = f"{ROSTER}.xlsx") -> tuple[str, Path]:
    """Drop a workbook; returns its status and its error workbook."""
    home.drop(FEED, file_name, content(book))
    [landed] = home.ingest()
    [errors] = [path for path in landed.answers if path.name.endswith("_错误明细.xlsx")]
    return landed.status, errors


def cell_of(sheet: Worksheet, header: str, row_no: int, header_row: int = TOP) -> openpyxl.cell.cell.Cell:
    column = next(cell.column for cell in sheet[header_row] if cell.value == header)
    return sheet.cell(row_no, column)


def send_back(home: Home, book: Workbook, file_name: str) -> tuple[str, tuple[str, ...]]:
    home.drop(FEED, file_name, content(book))
    [landed] = home.ingest()
    return landed.status, landed.reasons


def mode_of_last(home: Home) -> object:
    return home.ask("select mode from meta.submissions order by seq desc limit 1")[0][0]


def one_numeric_id() -> Workbook:
    """Thirty persons; the id of one of them has become a number."""
    return roster([*(row(number) for number in range(29)), row(29, 身份证号=int(id_no(29)[:17] + "0"))])


def test_the_wrong_cell_is_marked_in_the_senders_own_columns_and_says_how_to_mend_it(home: Home) -> None:
    _, errors = deliver(home, one_numeric_id())
    book = openpyxl.load_workbook(errors)
    assert book.sheetnames == ["错误明细", "花名册"]
    sheet = book["花名册"]
    assert [cell.value for cell in sheet[TOP]] == [*HEADER, *LINKS]
    wrong, right = cell_of(sheet, "身份证号", TOP + 1), cell_of(sheet, "姓名", TOP + 1)
    assert right.value == name(29)
    assert (wrong.border.left.style, right.border.left.style) == ("thick", "thin")
    assert "证件号码为数值格式已失真" in wrong.comment.text
    assert right.comment is None
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A5", "A4:L5")


def test_mended_on_its_own_sheet_it_is_a_correction_without_a_code_and_no_good_row_is_lost(home: Home) -> None:
    assert deliver(home, one_numeric_id())[0] == "accepted_with_errors"
    before = set(home.ask(KEYS))
    errors = next(home.settings.outbox.rglob("*_错误明细.xlsx"))
    book = openpyxl.load_workbook(errors)
    cell_of(book["花名册"], "身份证号", TOP + 1).value = id_no(29)
    assert send_back(home, book, errors.name) == ("accepted", ())
    assert mode_of_last(home) == "correction"
    after = set(home.ask(KEYS))
    assert before < after
    assert len(after) == 30


def test_a_row_that_was_taken_in_but_is_doubtful_comes_back_for_mending_too(home: Home) -> None:
    doubtful = row(29, 参保状态=None, 缴费时间=None)
    status, errors = deliver(home, roster([*(row(number) for number in range(29)), doubtful]))
    assert status == "accepted"
    book = openpyxl.load_workbook(errors)
    cell = cell_of(book["花名册"], "参保状态", TOP + 1)
    assert cell.border.left.style == "dashed"
    assert "参保状态和缴费时间都没有填" in cell.comment.text
    cell.value = "代缴"
    assert send_back(home, book, errors.name) == ("accepted", ())
    assert mode_of_last(home) == "correction"
    assert home.ask("select count(*) from raw.medical__enrolments where ins_state is null") == [(1,)]
    assert len(home.ask(KEYS)) == 30


def test_mended_on_the_line_that_names_the_cell_it_counts_as_well(home: Home) -> None:
    _, errors = deliver(home, one_numeric_id())
    book = openpyxl.load_workbook(errors)
    cell_of(book["错误明细"], "身份证号", 2, header_row=1).value = id_no(29)
    assert send_back(home, book, errors.name) == ("accepted", ())
    assert len(home.ask(KEYS)) == 30


def test_the_sheet_of_lines_alone_is_enough(home: Home) -> None:
    _, errors = deliver(home, one_numeric_id())
    book = openpyxl.load_workbook(errors)
    del book["花名册"]
    cell_of(book["错误明细"], "身份证号", 2, header_row=1).value = id_no(29)
    assert send_back(home, book, errors.name) == ("accepted", ())
    assert mode_of_last(home) == "correction"


def test_a_row_with_two_faults_has_two_lines_and_comes_back_once(home: Home) -> None:
    faulty = row(9, 姓名="", 身份证号="6100991965****0112")
    _, errors = deliver(home, roster([*(row(number) for number in range(9)), faulty]))
    book = openpyxl.load_workbook(errors)
    lines = {line[2]: number for number, line in enumerate(book["错误明细"].iter_rows(values_only=True), start=1)}
    cell_of(book["错误明细"], "姓名", lines["姓名"], header_row=1).value = name(9)
    cell_of(book["错误明细"], "身份证号", lines["身份证号"], header_row=1).value = id_no(9)
    del book["花名册"]
    assert send_back(home, book, errors.name) == ("accepted", ())
    assert len(home.ask(KEYS)) == 10


def test_sent_back_unmended_the_row_is_rejected_again(home: Home) -> None:
    """A number must not become a readable identifier by passing through our own workbook."""
    _, errors = deliver(home, one_numeric_id())
    book = openpyxl.load_workbook(errors)
    book.properties.title = "未改"
    assert send_back(home, book, errors.name) == ("accepted_with_errors", ())
    assert home.ask("select code from meta.row_codes order by all") == [("R_ID_NUMERIC",), ("R_ID_NUMERIC",)]


def test_under_the_name_of_the_full_file_it_still_corrects_only(home: Home) -> None:
    """Three rows under the name of a full snapshot would end all the others."""
    _, errors = deliver(home, one_numeric_id())
    book = openpyxl.load_workbook(errors)
    cell_of(book["花名册"], "身份证号", TOP + 1).value = id_no(29)
    assert send_back(home, book, f"{ROSTER}.xlsx") == ("accepted", ())
    assert mode_of_last(home) == "correction"


def test_saved_as_text_the_sheet_for_mending_is_taken_too(home: Home) -> None:
    _, errors = deliver(home, one_numeric_id())
    sheet = openpyxl.load_workbook(errors)["花名册"]
    cell_of(sheet, "身份证号", TOP + 1).value = id_no(29)
    stream = io.StringIO()
    csv.writer(stream).writerows(sheet.iter_rows(values_only=True))
    home.drop(FEED, "改好.csv", stream.getvalue())
    [landed] = home.ingest()
    assert (landed.status, landed.reasons) == ("accepted", ())
    assert mode_of_last(home) == "correction"


def test_a_file_refused_for_too_many_errors_comes_back_whole_and_counts_as_itself(home: Home) -> None:
    rows = [row(number, **({"身份证号": "6100991965****0112"} if number < 10 else {})) for number in range(30)]
    status, errors = deliver(home, roster(rows))
    assert status == "refused"
    book = openpyxl.load_workbook(errors)
    sheet = book["花名册"]
    assert sheet.max_row == TOP + 30
    for number in range(10):
        cell_of(sheet, "身份证号", TOP + 1 + number).value = id_no(number)
    assert send_back(home, book, errors.name) == ("accepted", ())
    assert mode_of_last(home) == "full"
    assert len(home.ask(KEYS)) == 30


def test_merged_headers_and_sheets_named_after_a_township_are_kept(home: Home) -> None:
    book = Workbook()
    book.active.title = "乙镇"
    book.active.append(("村", "参保人", None, "参保", None, None, None))
    book.active.append((None, "姓名", "身份证号", "参保年度", "参保状态", "个人缴费金额（元）", "缴费时间"))
    book.active.merge_cells("A1:A2")
    book.active.merge_cells("B1:C1")
    book.active.merge_cells("D1:G1")
    for number in range(10):
        masked = "6100991965****0112" if number == 4 else id_no(number)
        book.active.append(("乙河村", name(number), masked, "2020", "代缴", 0, "2020-02-20"))
    status, errors = deliver(home, book)
    assert status == "accepted_with_errors"
    back = openpyxl.load_workbook(errors)
    cell_of(back["乙镇"], "身份证号", TOP + 1).value = id_no(4)
    status, _ = send_back(home, back, errors.name)
    assert status == "accepted"
    assert home.ask("select distinct village_code from raw.medical__enrolments") == [("610099102201",)]


def test_a_csv_roster_comes_back_on_a_sheet_called_corrections(home: Home) -> None:
    home.drop(FEED, f"{ROSTER}.csv", enrolments(30, masked=1))
    [landed] = home.ingest()
    [errors] = [path for path in landed.answers if path.name.endswith("_错误明细.xlsx")]
    assert openpyxl.load_workbook(errors).sheetnames == ["错误明细", "更正报送"]
    assert tuple(cell.value for cell in openpyxl.load_workbook(errors)["错误明细"][1])[: len(HEADERS)] == HEADERS
