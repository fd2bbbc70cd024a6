"""Every workbook that leaves the house opens in Excel and WPS without being repaired."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.contract import feeds
from connectors.outbox.issues import LAYOUT
from connectors.outbox.reply_list import FIRST_ROW
from connectors.outbox.templates import write_template
from tests.builders.publications import Office, a_finding
from tests.builders.replies import return_list
from tests.builders.xlsx_rules import broken_rules
from tests.integration.landing_home import Home, enrolments

pytestmark = pytest.mark.slow
FOUND = date(2020, 5, 4)
PEOPLE = {"经办人": "测经办", "审核人": "测审核", "回复日期": "2020-05-06"}
_MANY = 230
"""More lines than are written one by one."""


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lists, reminders, corrections, reviews and the leadership's page of an office with many issues and odd texts."""
    office = Office.make(tmp_path_factory.mktemp("office") / "home")
    office.deliver("registry-persons-1", "registry/persons", FOUND)
    odd = ["=1+1", "<b>&\x01", "长" * 400, "名\n二行", "'", "−"]
    findings = [
        a_finding(number, actual=odd[number % len(odd)], title=f"参保{odd[number % len(odd)]}")
        for number in range(1, _MANY)
    ]
    findings.append(a_finding(1, rule_id="R001", detail="medical/enrolments.name", expected="测甲", actual="测申",
                              value_class="name"))  # fmt: skip
    office.night(FOUND, findings)
    [issue] = _issues(office, "P3")
    answer = {"办理结果": "已说明", "情况说明": "已核实", "佐证材料编号": "ZL01", **PEOPLE}
    return_list(office.settings.home, "medical", office.workbook("medical"), LAYOUT, {issue: answer})
    [landed] = office.home.ingest(FOUND + timedelta(days=60))
    assert landed.counts["rows_ok"] == 1
    office.night(FOUND + timedelta(days=61), findings)
    return office.settings.outbox


def _issues(office: Office, subject: str) -> list[str]:
    from pipeline.ledger.night import opened, state_after

    with opened(office.settings) as con:
        state_after(con)
        found = con.execute("select issue_id from issue_state where subject_key = ? and rule_id = 'R081'", [subject])
        return [str(issue) for (issue,) in found.fetchall()]


def test_every_workbook_of_the_outbox_keeps_the_rules(outbox: Path) -> None:
    books = sorted(outbox.rglob("*.xlsx"))
    kinds = ("问题清单", "数据更正单", "整改提醒", "问题复核清单", "问题销号情况", "回执")
    assert [kind for kind in kinds if not any(kind in book.name for book in books)] == []
    assert {book.name: broken_rules(book) for book in books if broken_rules(book)} == {}


def test_receipt_and_error_workbook_keep_the_rules(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home").with_villages()
    home.drop("medical/enrolments", "名册.csv", enrolments(40, masked=2).encode())
    [landed] = home.ingest()
    books = [path for path in landed.answers if path.suffix == ".xlsx"]
    assert len(books) == 2
    assert {book.name: broken_rules(book) for book in books if broken_rules(book)} == {}


def test_every_blank_workbook_keeps_the_rules(tmp_path: Path) -> None:
    for feed in feeds():
        path = tmp_path / f"{feed.table}.xlsx"
        write_template(feed, path)
        assert broken_rules(path) == [], feed.name


def test_what_breaks_a_rule_is_told(outbox: Path, tmp_path: Path) -> None:
    [book] = (outbox / "medical").glob("*问题清单.xlsx")
    drop_down = '"' + ",".join(["很长的选项"] * 60) + '"'
    changes = (
        ("xl/worksheets/sheet1.xml", "<sheetProtection", "<pageMargins/><sheetProtection", "out of order"),
        ("xl/worksheets/sheet1.xml", '"已更正', drop_down[:-1] + ",", "a drop-down list is"),
        ("xl/worksheets/sheet1.xml", f'<row r="{FIRST_ROW + 1}"', '<row r="2"', "row 2 after row"),
        ("xl/workbook.xml", 'name="汇总"', 'name="问题清单"', "two sheets of one name"),
        ("xl/workbook.xml", 'name="汇总"', f'name="{"汇" * 32}"', "its name"),
    )
    for place, (part, before, after, said) in enumerate(changes):
        path = tmp_path / f"{place}.xlsx"
        with zipfile.ZipFile(book) as source, zipfile.ZipFile(path, "w") as target:
            for name in source.namelist():
                text = source.read(name)
                if name == part:
                    assert before in text.decode(), said
                    text = text.decode().replace(before, after, 1).encode()
                target.writestr(name, text)
        assert any(said in told for told in broken_rules(path)), (said, broken_rules(path))
