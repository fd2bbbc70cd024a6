"""What an officer asks of the ledger and what is printed: tables, commands, the leadership's page, whole histories."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from connectors.outbox import corrections, issues
from connectors.outbox.reply_list import Layout
from pipeline.cli import app
from pipeline.ledger import officers
from pipeline.ledger.dates import terms
from pipeline.ledger.night import LEDGER, opened, withdraw_after
from tests.builders.publications import Office, a_finding
from tests.builders.replies import return_list

pytestmark = pytest.mark.slow
FOUND, MOVED, ANSWERED, LATE = date(2020, 5, 4), date(2020, 5, 6), date(2020, 5, 8), date(2020, 6, 5)
PEOPLE = {"经办人": "测经办", "审核人": "测审核"}
HEALTH, HOMES, PEOPLE_IN_NEED = "健康脱贫不落一家", "搬迁不落一宅", "真贫不落一人"
"""Categories of D3."""
FINDINGS = (
    a_finding(1),
    a_finding(2),
    a_finding(3, area_code="610099102201"),
    a_finding(4, rule_id="R107", owner="housing", evidence=None),
    a_finding(5, rule_id="R001", detail="medical/enrolments.name", expected="测甲", actual="测申", value_class="name"),
)  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Five issues; one is moved to another department, explained there and signed; a month later most are overdue."""
    office = Office.make(tmp_path_factory.mktemp("views") / "home")
    office.deliver("registry-persons-1", "registry/persons", date(2020, 5, 3))
    office.night(FOUND, FINDINGS)
    issue = _id(office, "P1")
    _answer(office, "medical", issue, {"办理结果": "非本部门职责", "转办单位": "教育"}, MOVED)
    office.night(MOVED, FINDINGS)
    _answer(office, "education", issue, {"办理结果": "已说明", "情况说明": "在外地就读参保"}, ANSWERED)
    office.night(ANSWERED, FINDINGS)
    officers.decide(office.settings, [officers.Asked(issue, officers.Verdict.ACCEPT, "测复核", "属实")], ANSWERED)
    office.night(LATE, [*FINDINGS[:3], FINDINGS[4]])
    return office


def _answer(office: Office, sector: str, issue: str, said: dict[str, str], on: date) -> None:
    words = {**PEOPLE, "回复日期": on.isoformat(), **said}
    return_list(office.settings.home, sector, office.workbook(sector), issues.LAYOUT, {issue: words})
    [landed] = office.home.ingest(on)
    assert (landed.status, landed.counts["rows_ok"]) == ("accepted", 1)


def _id(office: Office, subject: str) -> str:
    [row] = [row for row in _asked(office, "issues") if row["subject_key"] == subject]
    return str(row["issue_id"])


def _asked(office: Office, *words: str) -> Any:
    done = CliRunner().invoke(app, [*words, "--json"], env={"ONETABLE_HOME": str(office.settings.home)})
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _exported(office: Office, table: str) -> list[dict[str, str]]:
    path = office.settings.published / "issues" / "export" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_command_answers_by_department_area_state_and_date(office: Office) -> None:
    def subjects(*words: str) -> list[str]:
        return sorted(row["subject_key"] for row in _asked(office, "issues", *words))

    assert subjects() == ["P1", "P2", "P3", "P5"]
    assert subjects("--dept", "medical") == ["P2", "P3", "P5"]
    assert subjects("--dept", "education") == ["P1"]
    assert subjects("--area", "610099102") == ["P3"]
    assert subjects("--state", "verified") == ["P1"]
    assert subjects("--state", "cleared") == ["P4"]
    assert subjects("--overdue", "--dept", "medical", "--area", "610099101") == ["P2", "P5"]


def test_an_issue_keeps_its_history_when_it_moves(office: Office) -> None:
    told = _asked(office, "issue", _id(office, "P1"))
    assert [(event["kind"], event["sector"]) for event in told["events"] if event["kind"] != "seen"] == [
        ("found", "medical"),
        ("pushed", "medical"),
        ("replied", "medical"),
        ("transferred", "medical"),
        ("pushed", "education"),
        ("replied", "education"),
        ("signed", "education"),
        ("overdue_noticed", "education"),
    ]
    now = told["issue"]
    assert (now["found_owner"], now["owner"], now["state"], now["is_overdue"]) == (
        "medical", "education", "verified", True,
    )  # fmt: skip


def test_the_summary_by_department_township_category_and_state_adds_up(office: Office) -> None:
    counted: Counter[tuple[str, ...]] = Counter()
    for row in _exported(office, "issue_summary"):
        place = (row["owner"], row["township_code"], row["category"], row["state"], row["is_overdue"])
        counted[place] += int(row["issues"])
    assert counted == {
        ("education", "610099101", HEALTH, "verified", "true"): 1,
        ("housing", "610099101", HOMES, "cleared", "false"): 1,
        ("medical", "610099101", HEALTH, "pushed", "true"): 1,
        ("medical", "610099101", PEOPLE_IN_NEED, "pushed", "true"): 1,
        ("medical", "610099102", HEALTH, "pushed", "true"): 1,
    }


def test_every_event_says_who_when_and_on_what_ground(office: Office) -> None:
    with opened(office.settings) as con:
        events = con.execute(
            f"select kind, on_date, who, before, after, source, source_sha256 from {LEDGER}.events order by event_seq"
        ).fetchall()
        chained = con.execute(f"select count(*), count(chain_sha256) from {LEDGER}.batches").fetchall()
    assert events
    for kind, on, who, before, after, source, sha256 in events:
        assert on is not None, kind
        assert who, kind
        if kind in ("found", "cleared", "replied", "transferred"):
            assert before or after, kind
        if kind in ("replied", "transferred"):
            assert source, kind
            assert sha256, kind
    assert chained[0][0] == chained[0][1]


@pytest.mark.parametrize(
    ("name", "layout", "who"), [("问题清单", issues.LAYOUT, "D"), ("数据更正单", corrections.LAYOUT, "C")]
)
def test_a_pushed_list_prints_on_a4_with_the_person_beside_the_reply(
    office: Office, name: str, layout: Layout, who: str
) -> None:
    sheet = openpyxl.load_workbook(office.workbook("medical", name))[layout.sheet]
    first = chr(ord(who) - 1)
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$3", f"${first}:${who}")
    assert sheet.freeze_panes == f"{chr(ord(who) + 1)}4"
    last = openpyxl.utils.get_column_letter(layout.printed)
    assert sheet.print_area.endswith(f"$A$1:${last}${sheet.max_row}")


def test_the_leadership_has_one_page_with_charts(office: Office) -> None:
    book = openpyxl.load_workbook(office.workbook("registry", "问题销号情况"))
    [sheet] = book.worksheets
    assert len(sheet._charts) == 2
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight or 1) == (1, 1)


def test_many_decisions_of_one_workbook_are_taken_all_or_none(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    findings = [a_finding(number) for number in range(1, 4)]
    office.night(FOUND, findings)
    said = {"办理结果": "已说明", "情况说明": "已核实", "回复日期": MOVED.isoformat(), **PEOPLE}
    ids = {number: _id(office, f"P{number}") for number in range(1, 4)}
    return_list(
        office.settings.home, "medical", office.workbook("medical"), issues.LAYOUT, dict.fromkeys(ids.values(), said)
    )
    [landed] = office.home.ingest(MOVED)
    assert landed.counts["rows_ok"] == 3
    office.night(MOVED, findings)
    accept, refuse = ({"复核结论": word, "复核人": "测复核", "复核意见": "依据材料"} for word in ("同意", "不同意"))
    signed_by_the_handler = {**accept, "复核人": "测经办"}
    first = _review(office, {ids[1]: accept, ids[2]: signed_by_the_handler})
    assert (first.status, "复核人不得是" in str(first.error)) == ("refused", True)
    second = _review(office, {ids[1]: accept, ids[2]: refuse, ids[3]: accept})
    assert (second.status, second.error) == ("accepted", "已接收 3 条复核，新增 3 条")
    third = _review(office, {ids[1]: accept, ids[2]: refuse, ids[3]: accept})
    assert (third.status, third.error) == ("accepted", "已接收 3 条复核，新增 0 条")
    office.night(ANSWERED, findings)
    assert {subject: state for subject, (state, _) in office.states().items()} == {
        "P1": "verified", "P2": "pushed", "P3": "verified",
    }  # fmt: skip


def test_an_answer_on_the_day_of_the_refusal_is_not_asked_for_again(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    office.night(FOUND, [a_finding(1)])
    issue = _id(office, "P1")
    _answer(office, "medical", issue, {"办理结果": "已说明", "情况说明": "在外地参保"}, MOVED)
    office.night(MOVED, [a_finding(1)])
    officers.decide(office.settings, [officers.Asked(issue, officers.Verdict.REFUSE, "测复核", "没有材料")], MOVED)
    _answer(office, "medical", issue, {"办理结果": "已说明", "情况说明": "在外地参保，附证明"}, ANSWERED)
    assert office.night(ANSWERED, [a_finding(1)]).counts == {"replied": 1}
    assert office.states() == {"P1": ("replied", "medical")}
    [waiting] = list(openpyxl.load_workbook(office.workbook("registry", "问题复核清单"))["待复核"].iter_rows(min_row=4))
    assert "在外地参保，附证明" in [cell.value for cell in waiting]


def test_the_same_words_in_the_list_pushed_after_a_refusal_are_an_answer_and_in_an_old_list_are_none(
    tmp_path: Path,
) -> None:
    office = Office.make(tmp_path / "home")
    findings = [a_finding(1), a_finding(2)]
    office.night(FOUND, findings)
    first, second = _id(office, "P1"), _id(office, "P2")
    said = {"办理结果": "已说明", "情况说明": "在外地参保", "回复日期": ""}
    _answer(office, "medical", first, said, MOVED)
    office.night(MOVED, findings)
    old = office.workbook("medical").read_bytes()
    officers.decide(office.settings, [officers.Asked(first, officers.Verdict.REFUSE, "测复核", "没有材料")], MOVED)
    office.night(ANSWERED, findings)
    assert office.states()["P1"] == ("pushed", "medical")
    new = office.workbook("medical").read_bytes()
    assert new != old
    both = {issue: {**PEOPLE, **said} for issue in (first, second)}
    for number, content in ((1, old), (2, new), (3, old)):
        office.workbook("medical").write_bytes(content)
        return_list(office.settings.home, "medical", office.workbook("medical"), issues.LAYOUT, both, mark=str(number))
        [landed] = office.home.ingest(ANSWERED + timedelta(days=number))
        assert (landed.status, landed.counts["rows_ok"]) == ("accepted", 2)
        counts = office.night(ANSWERED + timedelta(days=number), findings).counts
        assert counts.get("replied", 0) == (1 if number < 3 else 0)
        office.workbook("medical").write_bytes(content)
        states = office.states()
        assert (states["P1"][0], states["P2"][0]) == ("pushed" if number == 1 else "replied", "replied")


@pytest.mark.parametrize(
    ("verdict", "state"), [(officers.Verdict.ACCEPT, "verified"), (officers.Verdict.REFUSE, "pushed")]
)
def test_what_an_officer_has_decided_is_not_asked_again_after_a_rollback(
    tmp_path: Path, verdict: officers.Verdict, state: str
) -> None:
    office = Office.make(tmp_path / "home")
    findings = [a_finding(1), a_finding(2)]
    office.night(FOUND, findings)
    first, second = _id(office, "P1"), _id(office, "P2")
    said = {**PEOPLE, "办理结果": "已说明", "情况说明": "在外地参保"}
    book = office.workbook("medical")
    return_list(office.settings.home, "medical", book, issues.LAYOUT, {first: said, second: said})
    office.home.ingest(MOVED)
    office.night(MOVED, findings)
    officers.decide(office.settings, [officers.Asked(first, verdict, "测复核", "已核对")], MOVED)
    for day in (1, 2):
        assert withdraw_after(office.settings, f"one_table-{FOUND}", "测操作")
        office.night(MOVED + timedelta(days=day), findings)
        states = office.states()
        assert (states["P1"], states["P2"]) == ((state, "medical"), ("replied", "medical"))
    told = [event for event in _asked(office, "issue", first)["events"] if event["kind"] in ("signed", "returned")]
    assert {(event["on_date"], event["who"]) for event in told} == {(MOVED.isoformat(), told[0]["who"])}
    _answer(office, "medical", first, {"办理结果": "已说明", "情况说明": "已在本县参保"}, ANSWERED + timedelta(days=1))
    office.night(ANSWERED + timedelta(days=1), findings)
    assert office.states()["P1"] == ("replied", "medical"), "another answer needs another look"


def test_an_old_workbook_of_reviews_decides_about_no_newer_explanation(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    findings = [a_finding(1), a_finding(2)]
    office.night(FOUND, findings)
    ids = [_id(office, f"P{number}") for number in (1, 2)]
    for issue in ids:
        _answer(office, "medical", issue, {"办理结果": "已说明", "情况说明": "在外地\n参保"}, MOVED)
    office.night(MOVED, findings)
    accept, refuse = ({"复核结论": word, "复核人": "测复核", "复核意见": "依据材料"} for word in ("同意", "不同意"))
    old = office.workbook("registry", "问题复核清单").read_bytes()
    assert _review(office, {ids[0]: refuse}).error == "已接收 1 条复核，新增 1 条"
    _answer(office, "medical", ids[0], {"办理结果": "已说明", "情况说明": "已在本县参保"}, ANSWERED)
    office.night(ANSWERED, findings)
    newer = office.workbook("registry", "问题复核清单").read_bytes()
    office.workbook("registry", "问题复核清单").write_bytes(old)
    told = _review(office, {ids[0]: refuse, ids[1]: accept})
    assert told.error == "已接收 2 条复核，新增 1 条；另有 1 条的说明已经改写，请按最新的问题复核清单复核"
    office.workbook("registry", "问题复核清单").write_bytes(newer)
    assert _review(office, {ids[0]: accept}).error == "已接收 1 条复核，新增 1 条"
    office.night(LATE, findings)
    assert {subject: state for subject, (state, _) in office.states().items()} == {"P1": "verified", "P2": "verified"}


def _review(office: Office, decided: dict[str, dict[str, str]]) -> Any:
    """Fill in the office's workbook of reviews and drop it back, over one that was refused; what was said of it."""
    book = openpyxl.load_workbook(office.workbook("registry", "问题复核清单"))
    sheet = book["待复核"]
    headers = [cell.value for cell in sheet[3]]
    for line in range(4, sheet.max_row + 1):
        for header, text in decided.get(str(sheet.cell(line, 1).value), {}).items():
            sheet.cell(line, headers.index(header) + 1).value = text
    content = io.BytesIO()
    book.save(content)
    office.home.drop("registry/reviews", "复核.xlsx", content.getvalue())
    [landed] = office.home.ingest(ANSWERED)
    return landed


def test_slow_progress_is_asked_about_once_until_it_keeps_up(tmp_path: Path) -> None:
    """R069: 30 days to fix and a margin of a fifth: on day 6 nothing is asked yet, on day 7 it is."""
    office = Office.make(tmp_path / "home")
    findings = [a_finding(1), a_finding(2)]
    office.night(FOUND, findings)
    issue = _id(office, "P1")
    reminder = office.settings.outbox / "medical" / "610099_医保整改提醒.xlsx"
    assert "slow_asked" not in office.night(FOUND + timedelta(days=6), findings).counts
    assert office.night(FOUND + timedelta(days=7), findings).counts["slow_asked"] == 2
    sheet = openpyxl.load_workbook(reminder)["进度较慢"]
    assert "作出书面说明" in str(sheet["A2"].value)
    _answer(office, "medical", issue, {"办理结果": "正在办理", "完成进度": "50%"}, FOUND + timedelta(days=8))
    assert "slow_asked" not in office.night(FOUND + timedelta(days=8), findings).counts
    asked = [row[0].value for row in openpyxl.load_workbook(reminder)["进度较慢"].iter_rows(min_row=4)]
    assert asked == [_id(office, "P2")]


def test_who_has_explained_or_mended_is_not_asked_why_it_is_slow(tmp_path: Path) -> None:
    """R069 asks for a word in writing: it is there, and what was mended waits for data only."""
    office = Office.make(tmp_path / "home")
    findings = [a_finding(number) for number in (1, 2, 3)]
    office.night(FOUND, findings)
    mended = {"办理结果": "已更正", "更正后的值": "代缴", "更正日期": MOVED.isoformat()}
    _answer(office, "medical", _id(office, "P1"), {"办理结果": "已说明", "情况说明": "在外地参保"}, MOVED)
    _answer(office, "medical", _id(office, "P2"), mended, MOVED)
    assert office.night(LATE - timedelta(days=10), findings).counts["slow_asked"] == 1
    book = openpyxl.load_workbook(office.settings.outbox / "medical" / "610099_医保整改提醒.xlsx")
    assert [row[0].value for row in book["进度较慢"].iter_rows(min_row=4)] == [_id(office, "P3")]


def test_the_calendar_of_the_review_says_what_was_listed_explained_and_cleared_in_time(tmp_path: Path) -> None:
    """D3: lists by 9-14, reviewed or explained by 9-24, cleared by 9-30."""
    office = Office.make(tmp_path / "home")
    first = [a_finding(1), a_finding(2)]
    office.night(date(2019, 9, 10), first)
    office.night(date(2019, 9, 16), [*first, a_finding(3)])
    _answer(office, "medical", _id(office, "P1"), {"办理结果": "已说明", "情况说明": "已核实"}, date(2019, 9, 20))
    office.night(date(2019, 9, 20), [*first, a_finding(3)])
    office.night(date(2019, 9, 28), [a_finding(1), a_finding(3)])
    office.night(date(2019, 10, 1), [a_finding(1), a_finding(3)])
    [row] = _exported(office, "issue_calendar")
    assert row == {
        "stage_id": "d3_review", "owner": "medical",
        "list_by": "2019-09-14", "reply_by": "2019-09-24", "clear_by": "2019-09-30",
        "issues": "3", "listed_in_time": "2", "listed_late": "1", "incomplete": "1",
        "answered_in_time": "1", "answered_late": "2", "cleared_in_time": "1", "cleared_late": "2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule_id", "days", "found", "due", "stage"),
    [
        ("R081", 30, date(2020, 3, 15), date(2020, 4, 14), "d4_consolidate"),
        ("R081", 30, date(2020, 6, 20), date(2020, 6, 30), "d4_consolidate"),
        ("R015", 15, date(2020, 6, 20), date(2020, 7, 5), None),
        ("R081", 30, date(2020, 7, 1), date(2020, 7, 31), "d4_decisive"),
        ("R081", 30, date(2019, 9, 2), date(2019, 9, 30), "d3_review"),
        ("R081", 30, date(2019, 10, 1), date(2019, 10, 31), None),
    ],
)
def test_what_is_due_when_follows_the_stages_of_the_documents(
    rule_id: str, days: int, found: date, due: date, stage: str | None
) -> None:
    assert terms("610099", found).due(rule_id, days, found) == (due, stage)


def test_a_workbook_says_which_rules_of_the_department_did_not_run_and_why(tmp_path: Path) -> None:
    office = Office.make(tmp_path / "home")
    office.night(
        FOUND, [a_finding(1)], not_run={"R107": "缺少数据:housing/appraisals", "R111": "名单未提供:易地搬迁台账"}
    )
    book = openpyxl.load_workbook(office.workbook("housing"))
    told = [[cell.value for cell in row] for row in book[issues.NOT_RUN].iter_rows(min_row=issues.HEAD_ROW + 1)]
    assert told[0] == list(issues.NOT_RUN_HEADERS)
    assert [row[2] for row in told[1:] if row[0] == "R107"] == ["缺少数据:housing/appraisals"]
    assert issues.NOT_RUN not in openpyxl.load_workbook(office.workbook("medical")).sheetnames
