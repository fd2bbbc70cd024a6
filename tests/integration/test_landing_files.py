"""Landing as a department and an operator see it: what becomes of each file that is dropped."""

from __future__ import annotations

import os
import threading
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline import audit
from pipeline.receiving.release import ReleaseError, release
from tests.integration.landing_home import Home, enrolments, id_no

ROSTER = "610099_202006_医保参保缴费_全量.csv"
FEED = "medical/enrolments"
ROWS = "select count(*) from raw.medical__enrolments"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.make(tmp_path / "home").with_villages()


def sheet_text(path: Path) -> str:
    sheet = load_workbook(path).worksheets[0]
    return "\n".join(str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None)


def test_an_accepted_file_is_loaded_answered_and_taken_away(home: Home) -> None:
    dropped = home.drop(FEED, ROSTER, enrolments(30))
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_in"]) == ("accepted", 30)
    assert home.ask(ROWS) == [(30,)]
    assert not dropped.exists()
    receipt = next(path for path in landed.answers if path.name.endswith("_回执.xlsx"))
    assert "已接收" in sheet_text(receipt)
    assert receipt.parent == home.settings.outbox / "medical"


def test_rejected_rows_come_back_with_the_senders_own_columns(home: Home) -> None:
    home.drop(FEED, ROSTER, enrolments(30, masked=2))
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_rejected"]) == ("accepted_with_errors", 2)
    [errors] = [path for path in landed.answers if path.name.endswith("_错误明细.xlsx")]
    rows = list(load_workbook(errors)["错误明细"].iter_rows(values_only=True))
    assert rows[0][:8] == ("工作表", "行号", "列名", "原值", "级别", "原因代码", "说明", "如何修改")
    assert "姓名" in rows[0][8:]
    worst = rows[1]
    assert worst[4:6] == ("退回", "R_ID_MASKED")
    assert "测壬" in worst[8:]


def test_the_same_bytes_under_another_name_change_nothing_and_say_so(home: Home) -> None:
    home.drop(FEED, ROSTER, enrolments(30))
    home.ingest()
    home.drop(FEED, "改了名字_202006.csv", enrolments(30))
    [again] = home.ingest()
    assert (again.status, again.reasons) == ("duplicate", ("G_DUPLICATE_FILE",))
    assert home.ask(ROWS) == [(30,)]
    assert len({path.name for path in home.settings.outbox.glob("medical/*_回执.xlsx")}) == 2


def test_a_file_that_cannot_be_read_is_answered_and_stops_no_other(home: Home) -> None:
    home.drop(FEED, "a_202006.xlsx", b"PK\x03\x04" + b"\0" * 64)
    home.drop(FEED, "b_202006.pdf", b"%PDF-1.4 nothing")
    home.drop(FEED, "c_202006.csv", enrolments(0))
    home.drop(FEED, ROSTER, enrolments(30))
    landed = {item.file_name: item for item in home.ingest()}
    assert {name: item.status for name, item in landed.items()} == {
        "a_202006.xlsx": "refused",
        "b_202006.pdf": "refused",
        "c_202006.csv": "refused",
        ROSTER: "accepted",
    }
    for name, reason in (("a_202006.xlsx", "F_CORRUPT"), ("b_202006.pdf", "F_TYPE"), ("c_202006.csv", "F_EMPTY")):
        assert landed[name].reasons == (reason,)
        [receipt] = [path for path in landed[name].answers if path.name.endswith("_回执.xlsx")]
        text = sheet_text(receipt)
        assert "未接收，整份退回" in text
        assert reason in text


def test_a_file_of_another_county_is_returned_and_loads_nothing(home: Home) -> None:
    home.drop(FEED, "620101_202006_医保参保缴费_全量.csv", enrolments(30))
    [landed] = home.ingest()
    assert (landed.status, landed.reasons) == ("refused", ("F_AREA_FORBIDDEN",))
    assert home.ask(ROWS) == [(0,)]
    assert home.ask("select status, reasons from meta.submissions where entity = 'enrolments'") == [
        ("refused", ["F_AREA_FORBIDDEN"])
    ]
    [receipt] = [path for path in landed.answers if path.name.endswith("_回执.xlsx")]
    assert "未接收，整份退回" in sheet_text(receipt)
    assert "不在本单位范围内" in sheet_text(receipt)


def test_a_landing_gate_that_fails_or_raises_keeps_the_file_for_the_next_try(home: Home) -> None:
    class Verdict:
        passed = False

    def gate_that_raises(*_: object, **__: object) -> object:
        raise ValueError(id_no(1))

    dropped = home.drop(FEED, ROSTER, enrolments(30))
    for gate in (lambda *_, **__: Verdict(), gate_that_raises):
        [landed] = home.ingest(landing_gate=gate)
        assert landed.status == "failed"
        assert id_no(1) not in str(landed.error)
        assert dropped.exists()
        assert home.ask(ROWS) == [(0,)]
    [landed] = home.ingest()
    assert landed.status == "accepted"


def test_links_pipes_and_files_with_two_names_are_not_opened(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text(enrolments(3))
    folder = home.settings.ingest / FEED
    folder.mkdir(parents=True)
    (folder / "link.csv").symlink_to(outside)
    os.mkfifo(folder / "pipe.csv")
    os.link(outside, folder / "second_name.csv")
    landed = home.ingest()
    assert [(item.file_name, item.status, item.reasons) for item in landed] == [
        (name, "refused", ("F_TYPE",)) for name in ("link.csv", "pipe.csv", "second_name.csv")
    ]
    assert home.ask("select count(*) from meta.submissions") == [(1,)]


def test_office_leftovers_are_ignored_and_files_in_no_feeds_folder_are_told(home: Home) -> None:
    for name in ("~$a.xlsx", ".hidden.csv", "b.csv.part", "c.tmp", "Thumbs.db"):
        home.drop(FEED, name, "x")
    home.drop("medical", "lost.csv", "x")
    [landed] = home.ingest()
    assert (landed.feed, landed.file_name, landed.status) == ("medical", "lost.csv", "left")


def test_a_side_file_travels_with_its_file(home: Home) -> None:
    home.drop(FEED, "roster.csv", enrolments(30))
    side = home.drop(FEED, "roster.csv.meta.json", '{"period": "202006", "area_code": "610099"}')
    [landed] = home.ingest()
    assert landed.status == "accepted"
    assert not side.exists()
    assert home.ask("select period from meta.submissions where entity = 'enrolments'") == [("202006",)]


def test_a_file_much_shorter_than_the_last_is_held_until_a_named_person_releases_it(home: Home) -> None:
    home.drop(FEED, ROSTER, enrolments(60))
    home.ingest()
    home.drop(FEED, "610099_202007_医保参保缴费_全量.csv", enrolments(20))
    [held] = home.ingest()
    assert (held.status, held.reasons) == ("held", ("H_ROW_DROP",))
    assert home.ask(ROWS) == [(60,)]
    assert held.submission_id is not None
    day = date(2020, 7, 6)
    with pytest.raises(ReleaseError):
        release(home.settings, held.submission_id, by=" ", reason="迁出", received_on=day)
    released = release(home.settings, held.submission_id, by="测主任", reason="迁出", received_on=day)
    assert released.status == "accepted"
    [line] = [event for event in audit.show(home.settings) if event["event"] == "release"]
    assert (line["facts"]["held"], line["facts"]["reason"]) == (held.submission_id, "迁出")
    assert home.ask(ROWS) == [(80,)]
    assert home.ask("select status, received_on from meta.submissions where entity = 'enrolments' order by seq") == [
        ("accepted", date(2020, 7, 3)),
        ("held", date(2020, 7, 3)),
        ("accepted", day),
    ]
    assert home.ask("select * from meta.releases") == [(held.submission_id, "测主任", "迁出", day)]
    with pytest.raises(ReleaseError):
        release(home.settings, held.submission_id, by="测主任", reason="迁出", received_on=day)


def test_a_file_that_changes_while_it_is_taken_waits(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = home.drop(FEED, ROSTER, enrolments(30))

    def still_writing(_: float) -> None:
        dropped.write_text(enrolments(31))

    monkeypatch.setattr("pipeline.receiving.ingest.time.sleep", still_writing)
    growing = Home(type(home.settings)(**{**vars(home.settings), "settle_seconds": 0.1}))
    assert growing.ingest() == []
    assert dropped.exists()
    [landed] = home.ingest()
    assert landed.counts["rows_in"] == 31


def test_while_files_settle_the_gate_gets_ready_and_only_then(home: Home) -> None:
    started = threading.Event()
    assert home.ingest(meanwhile=started.set) == []
    assert not started.is_set()
    home.drop(FEED, ROSTER, enrolments(30))
    home.ingest(meanwhile=started.set)
    assert started.wait(timeout=60)
