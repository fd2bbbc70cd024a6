"""A file that the service cannot land is put aside after three tries; withdrawals of unknown records are rejected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from connectors import machine_faults
from connectors.files import make_folder
from connectors.intake.readers import excel
from connectors.warehouse import DatabaseError, open_work
from pipeline import wake
from pipeline.receiving.release import ReleaseError, release
from pipeline.upkeep.fsck import fsck
from tests.integration.intake_examples import EXAMPLES
from tests.integration.landing_home import DAY, Home, enrolments
from tests.torture.county import workbook

NAME = "610099_202006_医保参保缴费_全量.csv"


class Refusing:
    """A landing gate that lets nothing in."""

    passed = False


def refuse(*_: object, **__: object) -> Refusing:
    return Refusing()


def break_down(*_: object, **__: object) -> None:
    raise OSError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.make(tmp_path / "home").with_villages()


def test_after_three_tries_the_file_is_held_and_says_so(home: Home) -> None:
    home.drop("medical/enrolments", NAME, enrolments(25))
    for _ in range(2):
        [landed] = home.ingest(landing_gate=refuse)
        assert landed.status == "failed"
    [landed] = home.ingest(landing_gate=refuse)
    assert (landed.status, landed.reasons) == ("held", ())
    assert home.files("ingest") == {}
    [(period, note)] = home.ask("select period, note from meta.submissions where status = 'held'")
    assert (period, note) == ("202006", "未通过入库关口，试了 3 次都没有入库，已暂缓，由数据专员处理")
    [receipt] = [name for name in home.files("outbox") if name.endswith("回执.xlsx") and "医保" in name]
    sheet = load_workbook(home.settings.outbox / receipt)["回执"]
    text = "".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    assert "已收到，暂缓入库" in text
    assert "未通过入库关口" in text
    assert "若漏报" not in text
    assert home.ingest(landing_gate=refuse) == []
    assert fsck(home.settings) == []


def test_a_named_person_releases_it_once_the_gate_lets_it_in(home: Home) -> None:
    home.drop("medical/enrolments", NAME, enrolments(25))
    for _ in range(3):
        [landed] = home.ingest(landing_gate=refuse)
    assert landed.submission_id is not None
    with pytest.raises(ReleaseError, match="未通过入库关口"):
        release(home.settings, landed.submission_id, by="测主任", reason="核实", received_on=DAY, landing_gate=refuse)
    news = wake.folder(home.settings) / "medical"
    news.unlink(missing_ok=True)
    released = release(home.settings, landed.submission_id, by="测主任", reason="关口已修", received_on=DAY)
    assert news.is_file(), "the night is not asked for"
    assert released.status == "accepted"
    assert home.ask("select count(*) from raw.medical__enrolments") == [(25,)]


def test_the_same_bytes_may_come_again_after_being_put_aside(home: Home) -> None:
    home.drop("medical/enrolments", NAME, enrolments(25))
    for _ in range(3):
        home.ingest(landing_gate=refuse)
    home.drop("medical/enrolments", NAME, enrolments(25))
    [landed] = home.ingest()
    assert landed.status == "accepted"


def test_a_fault_of_the_machine_never_puts_a_file_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.drop("medical/enrolments", NAME, enrolments(25))
    monkeypatch.setattr("pipeline.receiving.landing.read_file", break_down)
    assert {home.ingest()[0].status for _ in range(4)} == {"failed"}
    monkeypatch.undo()
    assert home.ingest()[0].status == "accepted"


def test_a_full_disk_under_the_reading_of_a_workbook_is_not_the_workbooks_fault(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "reading"
    for full in ("0.arrow", "book.json"):
        make_folder(folder)
        (folder / full).symlink_to("/dev/full")
        (tmp_path / "book.xlsx").write_bytes(workbook(tmp_path, enrolments(25)))
        with open_work() as con, pytest.raises(OSError, match="No space left") as caught:
            excel.read_excel(tmp_path / "book.xlsx", con, folder)
        assert machine_faults.reason(caught.value) == "磁盘空间不足"
        shutil.rmtree(folder)


def test_a_workbook_whose_reading_the_system_kills_is_kept_and_at_last_put_aside(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the kernel does when memory runs out: the real limits of ours end the child by another signal."""
    killed = tmp_path / "killed.py"
    killed.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setattr(excel, "_CHILD", killed)
    home.drop("medical/enrolments", NAME.replace("csv", "xlsx"), workbook(tmp_path, enrolments(25)))
    said = "读取表格的进程被系统中止（多半是内存不足）"
    for _ in range(2):
        [landed] = home.ingest()
        assert (landed.status, landed.error) == ("failed", f"{said}，文件保留，下次重试")
    assert home.ingest()[0].status == "held"
    assert home.ask("select note from meta.submissions where status = 'held'") == [
        (f"{said}，试了 3 次都没有入库，已暂缓，由数据专员处理",)
    ]


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("copy (select 1) to '/dev/full'", "磁盘空间不足"),
        ("select * from 'absent.csv'", "磁盘读写失败"),
        ("selec", None),
    ],
)
def test_what_duckdb_says_of_the_machine_is_told_apart(statement: str, wanted: str | None) -> None:
    with open_work() as con, pytest.raises(DatabaseError) as caught:
        con.execute(statement)
    assert machine_faults.reason(caught.value) == wanted


def test_only_stored_records_can_be_withdrawn(home: Home) -> None:
    claims = EXAMPLES["medical/inpatient_claims"]
    home.drop("medical/inpatient_claims", "610099_202006_住院报销明细_增量.csv", claims)
    home.drop("medical/inpatient_claims", "610099_202006_住院报销明细_撤销.csv", "结算ID\nJS2020060001\nJS2020069999\n")
    first, second = home.ingest()
    assert (first.status, second.status) == ("accepted", "accepted_with_errors")
    assert home.ask("select row_no, code from meta.row_codes where code like 'R%'") == [(3, "R_WITHDRAW_NOT_FOUND")]
    assert home.ask("select count(*) from raw.medical__inpatient_claims where op = 'withdraw'") == [(1,)]
    again = "结算ID\nJS2020060001\nJS2020060002\n"
    home.drop("medical/inpatient_claims", "610099_202006_住院报销明细_撤销_2.csv", again)
    [third] = home.ingest()
    assert third.status == "accepted_with_errors"
    assert home.ask(
        f"select row_no, code from meta.row_codes where code like 'R%' and submission_id = '{third.submission_id}'"
    ) == [(2, "R_WITHDRAW_NOT_FOUND")]


def test_a_key_that_a_later_full_list_no_longer_holds_is_not_stored(home: Home) -> None:
    home.drop("medical/enrolments", "610099_202005_医保参保缴费_全量.csv", enrolments(3))
    home.drop("medical/enrolments", "610099_202006_医保参保缴费_全量.csv", enrolments(2, first=1))
    home.ingest()
    ids = [line.split(",")[4] for line in enrolments(3).splitlines()[1:]]
    body = "身份证号,参保年度\n" + "".join(f"{number},2020\n" for number in ids)
    home.drop("medical/enrolments", "610099_202006_医保参保缴费_撤销.csv", body)
    [landed] = home.ingest()
    assert landed.counts["rows_rejected"] == 1
    assert home.ask("select row_no from meta.row_codes where code = 'R_WITHDRAW_NOT_FOUND'") == [(2,)]
