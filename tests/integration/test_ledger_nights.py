"""What nights of the ledger leave behind: rollbacks, notices, delta marks, corrections, the office's page."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.outbox.issues import HEAD_ROW, LAYOUT, SHEET
from connectors.warehouse import open_database
from pipeline import audit
from pipeline.ledger import officers
from pipeline.ledger.dates import Terms, terms
from pipeline.ledger.dictionary import PUBLISHED
from pipeline.ledger.night import LEDGER, opened, state_after, withdraw_after
from pipeline.ledger.proof import check_ledger
from pipeline.ledger.questions import Which, history, issue_counts, list_issues, show_evidence
from pipeline.office_files import keep_evidence
from pipeline.upkeep.fsck import fsck
from tests.builders.publications import Office, a_finding
from tests.builders.replies import return_list

pytestmark = pytest.mark.slow
FOUND = date(2020, 5, 4)


def after(days: int) -> date:
    return FOUND + timedelta(days=days)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Three issues, found on the first night."""
    office = Office.make(tmp_path / "home")
    office.night(FOUND, [a_finding(number) for number in (1, 2, 3)])
    return office


def _rows(path: Path, name: str = SHEET, head: int = HEAD_ROW + 1) -> list[dict[str, Any]]:
    header, *rows = list(openpyxl.load_workbook(path)[name].iter_rows(min_row=head, values_only=True))
    return [dict(zip(header, row, strict=True)) for row in rows if any(row)]


def _published(office: Office, sql: str) -> list[tuple[Any, ...]]:
    con = open_database(office.settings.published / "issues" / "issues.duckdb", read_only=True)
    try:
        return con.execute(sql).fetchall()
    finally:
        con.close()


def test_a_night_that_is_rolled_back_leaves_no_trace_in_the_state(office: Office) -> None:
    with opened(office.settings) as con:
        state_after(con)
        before = con.execute("select * from issue_state order by issue_id").fetchall()
    office.night(after(1), [a_finding(1), a_finding(9)])
    assert office.states()["P2"] == ("cleared", "medical")
    assert withdraw_after(office.settings, f"one_table-{FOUND}", "测操作") == (2,)
    with opened(office.settings) as con:
        assert state_after(con) == FOUND
        assert con.execute("select * from issue_state order by issue_id").fetchall() == before
    office.night(after(2), [a_finding(number) for number in (1, 2, 3)])
    assert _published(office, "select max(round), count(*) from masked.issues") == [(1, 3)]


def test_the_same_issues_next_night_keep_their_workbook_and_only_what_is_new_is_marked(office: Office) -> None:
    first = office.workbook("medical")
    assert {row["本次变化"] for row in _rows(first)} == {"新增"}
    office.night(after(1), [a_finding(number) for number in (1, 2, 3, 4)])
    assert office.workbook("medical") == first
    assert [row["本次变化"] for row in _rows(first) if row["行号"] == "5"] == ["新增"]
    assert {row["本次变化"] for row in _rows(first) if row["行号"] != "5"} == {None}


def test_a_department_is_reminded_before_the_date_and_told_after_it(office: Office) -> None:
    due = terms("610099", FOUND).due("R081", 30, FOUND)[0]
    assert due == date(2020, 6, 3)
    findings = [a_finding(number) for number in (1, 2, 3)]
    reminder = office.settings.outbox / "medical" / "610099_医保整改提醒.xlsx"
    office.night(after(10), findings)
    assert set(openpyxl.load_workbook(reminder).sheetnames) == {"进度较慢"}
    done = office.night(due - timedelta(days=2), findings)
    assert done.counts["reminded"] == 3
    assert "即将到期" in openpyxl.load_workbook(reminder).sheetnames
    done = office.night(due + timedelta(days=1), findings)
    assert done.counts["overdue_noticed"] == 3
    assert [row["问题编号"] for row in _rows(reminder, "已逾期", 3)]
    assert "overdue_noticed" not in office.night(due + timedelta(days=2), findings).counts


def test_working_days_leave_out_weekends_and_holidays_and_count_working_saturdays() -> None:
    found = terms("610099", FOUND)
    working = Terms("working", 3, found.slow_margin, None, (), found.holidays)
    assert working.after(date(2020, 4, 30), 1) == date(2020, 5, 6)
    assert working.after(date(2020, 5, 8), 1) == date(2020, 5, 9)
    assert found.after(date(2020, 4, 30), 1) == date(2020, 5, 1)


def test_what_is_found_in_the_review_of_2019_is_due_when_the_review_ends() -> None:
    found = terms("610099", date(2019, 9, 10))
    assert found.due("R081", 30, date(2019, 9, 10)) == (date(2019, 9, 30), "d3_review")
    assert found.due("R102", 7, date(2019, 9, 10)) == (date(2019, 9, 17), "d3_review")


def test_an_answer_is_due_before_the_issue_is(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    office.night(date(2019, 9, 20), [a_finding(1)])
    top = next(openpyxl.load_workbook(office.workbook("medical"))[SHEET].iter_rows(min_row=2, values_only=True))
    assert "回复截止日期：2019-09-24" in top
    office.night(date(2019, 9, 25), [a_finding(1)])
    late = office.settings.outbox / "medical" / "610099_医保整改提醒.xlsx"
    assert len(_rows(late, "逾期未回复", 3)) == 1
    assert _published(office, "select is_reply_late, is_overdue from masked.issues") == [(True, False)]


def test_an_officer_cannot_sign_what_is_not_to_be_signed(office: Office) -> None:
    issue = list_issues(office.settings)[0]["issue_id"]
    for asked, said in (
        (officers.Asked(issue, officers.Verdict.ACCEPT, "测复核", "同意"), "没有待复核的说明"),
        (officers.Asked(issue, officers.Verdict.WAIVE, "测复核", "暂缓", until=FOUND), "今后的到期日"),
        (officers.Asked("R081-0", officers.Verdict.RESUME, "测复核", "恢复"), "没有编号为"),
        (officers.Asked(issue, officers.Verdict.OWNER, "", "裁定", owner="water"), "须写明复核人"),
    ):
        with pytest.raises(officers.OfficerError, match=said):
            officers.decide(office.settings, [asked], after(1))


def test_an_issue_tells_its_whole_history_and_names_who_answers(office: Office) -> None:
    issue = str(list_issues(office.settings, Which(dept="medical"))[0]["issue_id"])
    officers.assign(office.settings, "medical", "610099", "测责任", "测经办", after(1))
    officers.decide(
        office.settings,
        [officers.Asked(issue, officers.Verdict.WAIVE, "测复核", "等待鉴定", until=after(3))],
        after(1),
    )
    office.night(after(2), [a_finding(number) for number in (1, 2, 3)])
    told = history(office.settings, issue)
    assert told is not None
    assert [event["kind"] for event in told["events"]] == ["found", "pushed", "waived"]
    assert (told["issue"]["state"], told["issue"]["owner_person"]) == ("waived", "测**")
    assert [(row["state"], row["issues"]) for row in issue_counts(office.settings)] == [("pushed", 2), ("waived", 1)]
    assert {row["责任人"] for row in _rows(office.workbook("medical"))} == {"测责任"}
    assert len(_rows(office.workbook("medical"))) == 2


def test_a_row_of_a_file_is_one_issue_however_often_the_file_is_sent_again(office: Office) -> None:
    def row_of(submission: str, row: int) -> dict[str, object]:
        place = f"{submission}#Sheet1!{row}"
        return a_finding(7, rule_id="R006", detail="medical/enrolments.labelled_jd", subject_type="record",
                         subject_key=place, evidence=place)  # fmt: skip

    con = open_database(office.settings.warehouse, read_only=False)
    for number, row in ((1, 40), (2, 55)):
        con.execute(
            "insert into raw.medical__enrolments by name select ? as submission_id, 'Sheet1' as sheet,"
            " ?::integer as row_no, 0 as sub_no, 'K7' as row_key",
            [f"medical-enrolments-{number}", row],
        )
    con.close()
    office.night(after(1), [row_of("medical-enrolments-1", 40)])
    office.deliver("medical-enrolments-2", "medical/enrolments", after(2))
    office.night(after(2), [row_of("medical-enrolments-2", 55)])
    found = _published(office, "select round, is_open, subject_key from masked.issues where rule_id = 'R006'")
    assert found == [(1, True, "medical-enrolments-2#Sheet1!55")]
    with opened(office.settings) as con:
        kinds = con.execute(f"select kind from {LEDGER}.events where rule_id = 'R006' order by event_seq").fetchall()
    assert kinds == [("found",), ("seen",)]


def test_a_changed_event_is_found_by_the_check_of_the_stores(office: Office) -> None:
    assert list(check_ledger(office.settings)) == []
    con = open_database(office.settings.warehouse, read_only=False)
    con.execute("update ledger.events set due_on = '2021-01-01' where kind = 'found'")
    con.close()
    assert list(check_ledger(office.settings)) == [
        "问题台账第 1 批与其校验链不符",
        "问题台账第 1 批重新计算的结果与当晚不符",
    ]


def test_the_officers_tables_count_what_was_new_still_there_and_fixed(office: Office) -> None:
    office.night(after(1), [a_finding(number) for number in (2, 3, 4)])
    office.night(after(40), [a_finding(number) for number in (1, 3, 4)])
    runs = "select as_of, new_issues, still_open, fixed, reopened from masked.issue_runs order by batch_seq"
    assert _published(office, runs) == [
        (FOUND, 3, 0, 0, 0),
        (after(1), 1, 2, 1, 0),
        (after(40), 1, 2, 1, 1),
    ]
    league = (
        "select open_issues, overdue, cleared, reopened, median_days from masked.issue_league where unit = 'medical'"
    )
    assert _published(office, league) == [(3, 2, 2, 1, 20.5)]
    ageing = "select days, open_issues, overdue from masked.issue_ageing order by days"
    assert _published(office, ageing) == [("0-7", 1, 0), ("31-60", 2, 2)]
    burn = "select as_of, open_issues, cleared from masked.issue_burndown where stage_id = 'd4_consolidate' order by 1"
    assert _published(office, burn) == [(FOUND, 3, 0), (after(1), 3, 1), (after(40), 3, 2)]
    recurrence = "select cases, recurred from masked.issue_recurrence"
    assert _published(office, recurrence) == [(4, 1)]
    page = office.workbook("registry", "问题销号情况")
    assert [row["未销号"] for row in _rows(page, "问题销号情况", 4) if row["单位"] == "医保"] == [3]
    assert len(openpyxl.load_workbook(page)["问题销号情况"]._charts) == 2


def test_a_file_of_evidence_lies_sealed_in_the_vault_and_is_shown_for_a_reason(office: Office, tmp_path: Path) -> None:
    paper, content = tmp_path / "鉴定报告.pdf", b"%PDF the dwelling was looked at"
    paper.write_bytes(content)
    issue = str(list_issues(office.settings, Which(dept="medical"))[0]["issue_id"])
    kept = officers.Evidence(paper.name, keep_evidence(office.settings, paper))
    asked = officers.Asked(issue, officers.Verdict.WAIVE, "测复核", "等待鉴定", until=after(9), evidence=kept)
    officers.decide(office.settings, [asked], after(1))
    signed = audit.show(office.settings)[-1]
    assert (signed["event"], signed["facts"]["issue"], signed["facts"]["evidence"]) == ("sign_off", issue, kept.sha256)
    office.night(after(2), [a_finding(number) for number in (1, 2, 3)])
    stored = office.settings.originals / kept.sha256[:2] / kept.sha256
    assert content not in stored.read_bytes()
    told = history(office.settings, issue)
    assert told is not None
    assert [(one["name"], one["sha256"], one["is_kept"]) for one in told["evidence"]] == [
        (paper.name, hashlib.sha256(content).hexdigest(), True)
    ]
    [shown] = show_evidence(office.settings, issue, tmp_path / "out", "测查看", "复查")
    assert shown.read_bytes() == content
    assert [event["event"] for event in audit.show(office.settings)][-1] == "unmasked_read"
    assert (office.settings.state / "raw" / "officers").exists()
    stored.unlink()
    assert f"原件缺失：{kept.sha256[:12]}" in fsck(office.settings)


def test_a_delivery_that_returned_an_issue_is_no_file_of_evidence(office: Office, tmp_path: Path) -> None:
    """Whoever asks for the evidence of one issue does not get a whole roster in clear."""
    paper = tmp_path / "说明#1.pdf"
    paper.write_bytes(b"%PDF")
    [issue] = [str(row["issue_id"]) for row in list_issues(office.settings) if row["subject_key"] == "P1"]
    said = {
        "办理结果": "已更正",
        "更正后的值": "代缴",
        "更正日期": "2020-05-05",
        "经办人": "测经办",
        "审核人": "测审核",
    }
    return_list(office.settings.home, "medical", office.workbook("medical"), LAYOUT, {issue: said})
    assert [landed.status for landed in office.home.ingest(after(1))] == ["accepted"]
    office.night(after(1), [a_finding(1)])
    office.deliver("medical-enrolments-2", "medical/enrolments", after(2))
    assert office.night(after(2), [a_finding(1, evidence="medical-enrolments-2#Sheet1!2")]).counts["returned"] == 1
    kept = officers.Evidence(paper.name, keep_evidence(office.settings, paper))
    asked = officers.Asked(issue, officers.Verdict.WAIVE, "测复核", "等待鉴定", until=after(9), evidence=kept)
    officers.decide(office.settings, [asked], after(2))
    office.night(after(3), [a_finding(1, evidence="medical-enrolments-2#Sheet1!2")])
    told = history(office.settings, issue)
    assert told is not None
    assert [one["name"] for one in told["evidence"]] == [paper.name]


def test_every_table_and_column_of_the_publication_is_in_the_dictionary(office: Office) -> None:
    told = _published(office, "select table_name, column_name from duckdb_columns() where schema_name = 'masked'")
    described = {(table, column) for table, (_, _, columns) in PUBLISHED.items() for column in columns}
    assert set(told) == described


def test_both_sides_of_a_difference_see_it_from_the_start(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    office.deliver("registry-persons-1", "registry/persons", FOUND)
    office.night(FOUND, [a_finding(1, actual="未缴费的秘密")])
    [line] = _rows(office.workbook("registry"), "涉及本单位")
    assert (line["由谁办理"], line["本单位文件"], line["本单位行号"]) == ("医保", "registry-persons-1.xlsx", "7")
    assert "未缴费的秘密" not in str(line)
    assert _rows(office.workbook("registry")) == []


def test_the_other_side_is_not_told_why_an_explanation_was_refused(tmp_path: Path) -> None:
    """P13: an officer's reason is free text about what one department wrote."""
    office = Office.make(tmp_path / "home")
    office.deliver("registry-persons-1", "registry/persons", FOUND)
    office.night(FOUND, [a_finding(1)])
    [issue] = [str(row["issue_id"]) for row in list_issues(office.settings)]
    said = {"办理结果": "已说明", "情况说明": "重病在外就医", "经办人": "测经办", "审核人": "测审核"}
    return_list(office.settings.home, "medical", office.workbook("medical"), LAYOUT, {issue: said})
    assert [landed.status for landed in office.home.ingest(after(1))] == ["accepted"]
    office.night(after(1), [a_finding(1)])
    refused = officers.Asked(issue, officers.Verdict.REFUSE, "测复核", "重病证明缺失")
    officers.decide(office.settings, [refused], after(1))
    office.night(after(40), [a_finding(1)])
    [own] = _rows(office.workbook("medical"))
    assert own["办理情况"] == "已推送，待回复，已逾期；说明未获同意：重病证明缺失"
    [line] = _rows(office.workbook("registry"), "涉及本单位")
    assert line["对方办理情况"] == "已推送，待回复，已逾期"


def test_more_issues_than_a_workbook_holds_go_to_one_workbook_per_township(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ledger.workbooks.MAX_ROWS", 2)
    office = Office.make(tmp_path / "home")
    findings = [a_finding(number) for number in (1, 2)]
    office.night(FOUND, [*findings, a_finding(3, area_code="610099102201")])
    names = sorted(path.name for path in (office.settings.outbox / "medical").glob("*问题清单.xlsx"))
    assert names == ["610099101_医保问题清单.xlsx", "610099102_医保问题清单.xlsx"]
    office.night(after(1), findings)
    assert office.workbook("medical").name == "610099_医保问题清单.xlsx"
