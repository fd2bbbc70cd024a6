"""The history of deliveries and the proof of receipt, as an operator and a department ask for them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors import originals
from connectors.files import sha256_of
from connectors.warehouse import WarehouseBusyError
from pipeline.publication import reports
from pipeline.receiving.deliveries import receipt, submissions
from pipeline.receiving.release import release
from tests.integration.landing_home import Home, enrolments

FEED = "medical/enrolments"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.make(tmp_path / "home").with_villages()


def test_a_later_full_file_supersedes_an_earlier_one_and_a_late_one_for_an_old_period_does_not(home: Home) -> None:
    for month, count in (("05", 30), ("06", 31), ("04", 29)):
        home.drop(FEED, f"610099_2020{month}_医保参保缴费_全量.csv", enrolments(count))
        [landed] = home.ingest()
        assert landed.status == "accepted"
    may, june, april = submissions(home.settings, FEED)
    assert [one["period"] for one in (may, june, april)] == ["202005", "202006", "202004"]
    assert (may["superseded_by"], june["superseded_by"]) == (june["submission_id"], None)
    assert april["superseded_by"] == may["submission_id"]
    [shown] = [one for one in reports.feed_status(home.settings, date(2020, 7, 3)) if one["entity"] == "enrolments"
               and one["sector"] == "medical"]  # fmt: skip
    assert (shown["period"], shown["submission_id"]) == ("202006", june["submission_id"])


def test_a_held_file_says_as_what_it_was_released(home: Home) -> None:
    home.drop(FEED, "610099_202005_医保参保缴费_全量.csv", enrolments(40))
    home.ingest()
    home.drop(FEED, "610099_202006_医保参保缴费_全量.csv", enrolments(22))
    [landed] = home.ingest()
    assert landed.status == "held"
    released = release(
        home.settings, str(landed.submission_id), by="测放行", reason="确已减少", received_on=date(2020, 7, 4)
    )
    [_, held, again] = submissions(home.settings, FEED)
    assert held["released_as"] == again["submission_id"] == released.submission_id
    assert (again["released_by"], again["released_reason"]) == ("测放行", "确已减少")


def test_a_receipt_can_be_checked_by_file_and_by_hash_until_the_original_is_damaged(home: Home, tmp_path: Path) -> None:
    kept = tmp_path / "自留一份.csv"
    kept.write_text(enrolments(30))
    home.drop(FEED, "610099_202006_医保参保缴费_全量.csv", kept.read_bytes())
    [landed] = home.ingest()
    sha256 = sha256_of(kept)
    for asked in (str(kept), sha256, sha256[:8]):
        found = receipt(home.settings, asked)
        assert found is not None
        assert (found["is_received"], found["is_intact"], found["sha256"]) == (True, True, sha256)
        assert [one["submission_id"] for one in found["submissions"]] == [landed.submission_id]
    originals.stored(home.settings.originals, sha256).write_text("改过")
    damaged = receipt(home.settings, sha256)
    assert damaged is not None
    assert not damaged["is_intact"]


def test_a_file_that_never_came_has_no_receipt(home: Home, tmp_path: Path) -> None:
    other = tmp_path / "其他.csv"
    other.write_text("别的")
    found = receipt(home.settings, str(other))
    assert found is not None
    assert (found["is_received"], found["is_intact"]) == (False, False)
    assert receipt(home.settings, str(tmp_path / "没有.csv")) is None


def test_a_file_in_the_wrong_folder_is_told_the_right_one(home: Home) -> None:
    lines = ["乡镇,村,姓名,身份证号,低保证号,户主姓名,与户主关系,享受保障人数,低保种类,月保障金额,户月保障金额"]
    lines += ["甲镇,甲山村,测甲一,610099196503120112,DB6100990001,测甲一,户主,1,农村,210,210"]
    home.drop(FEED, "610099_202006_低保花名册_全量.csv", "\n".join(lines))
    [landed] = home.ingest()
    assert landed.reasons == ("F_WRONG_FEED",)
    [answer] = [path for path in landed.answers if path.name.endswith("_回执.xlsx")]
    from openpyxl import load_workbook

    texts = [str(cell) for row in load_workbook(answer).active.iter_rows(values_only=True) for cell in row if cell]
    assert any("ingest/civil_affairs/dibao" in text for text in texts)


def test_status_waits_for_a_writer_and_then_says_who_is_in_the_way(home: Home) -> None:
    """It is no fault of the disk that another process writes."""
    hurried = replace(home.settings, wait_seconds=0.5)
    writing = (
        "import sys; from pathlib import Path; from connectors.warehouse import open_warehouse\n"
        "with open_warehouse(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", writing, str(home.settings.warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusyError, match="正被另一进程使用"):
            reports.feed_status(hurried, date(2020, 7, 3))
        other.communicate()
    assert reports.feed_status(hurried, date(2020, 7, 3))
