"""What is pushed as a correction: per department, with before, after and evidence; confirmed by the returned list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.outbox.corrections import LAYOUT
from connectors.outbox.reply_list import HEAD_ROW
from connectors.warehouse import open_database
from tests.builders.publications import Office, a_finding
from tests.builders.replies import return_list

pytestmark = pytest.mark.slow
FOUND, ANSWERED, NEXT = date(2020, 5, 4), date(2020, 5, 6), date(2020, 5, 8)

FINDINGS = (
    a_finding(1, rule_id="R001", detail="medical/enrolments.name", expected="测甲", actual="测申", value_class="name"),
    a_finding(1, rule_id="R006", detail="medical/enrolments.name_differs", expected="测甲", actual="测申",
              value_class="name"),
    a_finding(2, rule_id="R001", detail="medical/enrolments.id_no", expected="证件号码与建档立卡一致",
              actual="经认定为同一人,证件号码不同或无效"),
    a_finding(3, rule_id="R002", subject_type="indicator", subject_key="ins_rate|610099", expected="0.950000(19/20)",
              actual="0.9"),
    a_finding(4),
    a_finding(5, rule_id="R001", detail="registry/persons.ins_basic", owner="registry", expected="是", actual="否",
              evidence="registry-persons-1#Sheet1!8", counter_evidence="medical-enrolments-1#Sheet1!6"),
    a_finding(6, rule_id="R015", detail="birth_differs", owner="registry", expected="出生日期与证件号码一致",
              actual="出生日期与证件号码不符", evidence="registry-persons-1#Sheet1!9", counter_evidence=None),
    a_finding(7, rule_id="R121", detail="register_copy", owner="registry", expected="在校生状况与学籍一致",
              actual="系统内为非在校生,学籍名册中在学", evidence="registry-persons-1#Sheet1!10", counter_evidence=None),
    a_finding(8, rule_id="R147", detail="care_amount", owner="civil_affairs", counter_evidence=None, evidence=None,
              expected="护理补贴按标准发放(65.00元/月)", actual="残疾等级1,生活补贴0元,护理补贴130.00元"),
)  # fmt: skip
"""A name and a number that the officer linked, a total, a person who is not insured; three faults of the register's."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The first night of those findings."""
    office = Office.make(tmp_path / "home")
    office.deliver("registry-persons-1", "registry/persons", date(2020, 5, 3))
    office.night(FOUND, FINDINGS)
    return office


def _lines(office: Office, sector: str) -> dict[str, dict[str, Any]]:
    """Attribute → line of a department's list."""
    sheet = openpyxl.load_workbook(office.workbook(sector, "数据更正单"))[LAYOUT.sheet]
    header, *rows = list(sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True))
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows if any(row)}


def _told(office: Office, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    con = open_database(office.settings.published / "issues" / "issues.duckdb", read_only=True)
    try:
        return con.execute(f"select {columns} from masked.issue_corrections where {where} order by issue_id").fetchall()
    finally:
        con.close()


def _return_list(office: Office, sector: str, answers: dict[str, dict[str, str]]) -> str:
    """Fill in a department's list of corrections and drop it back; returns the status of the file."""
    book = office.workbook(sector, "数据更正单")
    return_list(office.settings.home, sector, book, LAYOUT, answers, key="更正项目")
    [landed] = office.home.ingest(ANSWERED)
    return landed.status


PEOPLE = {"经办人": "测经办", "审核人": "测审核", "回复日期": "2020-05-06"}


def test_each_department_is_told_before_after_and_where(office: Office) -> None:
    medical = _lines(office, "medical")
    assert {name: (line["改前"], line["改后"]) for name, line in medical.items()} == {
        "姓名": ("测申", "测甲"),
        "证件号码": ("经认定为同一人,证件号码不同或无效", "**************0011"),
        "部门自报数": ("0.9", "0.950000(19/20)"),
    }
    assert (medical["姓名"]["来源文件"], medical["姓名"]["行号"]) == ("medical-enrolments-1.xlsx", "2")
    assert (medical["姓名"]["更正依据"], medical["姓名"]["确认情况"]) == ("身份信息以建档立卡为准", "待确认")


def test_the_register_is_told_its_own_faults(office: Office) -> None:
    registry = _lines(office, "registry")
    assert {name: (line["改后"], line["更正依据"]) for name, line in registry.items()} == {
        "参加基本医疗保险": ("是", "行业事实以行业数据为准"),
        "出生日期": ("1968-07-05", "以证件号码为准"),
        "在校生状况": ("在校(以学籍为准)", "行业事实以行业数据为准"),
    }
    assert {line["来源文件"] for line in registry.values()} == {"registry-persons-1.xlsx"}
    assert _lines(office, "civil_affairs")["重度残疾人护理补贴金额"]["改后"] == "护理补贴按标准发放(65.00元/月)"


def test_a_returned_list_confirms_and_the_data_prove_it(office: Office) -> None:
    fixed = {"办理结果": "已更正", "更正后的值": "测甲", "更正日期": "2020-05-06", **PEOPLE}
    promised = {"办理结果": "正在办理", "完成进度": "0%", **PEOPLE}
    assert _return_list(office, "medical", {"姓名": fixed, "部门自报数": promised}) == "accepted"
    office.night(ANSWERED, FINDINGS)
    said = "attribute, acknowledged_on, acknowledged_as, acknowledged_by, applied_on"
    assert _told(office, said, "owner = 'medical' and acknowledged_on is not null") == [
        ("姓名", ANSWERED, "fixed", "测**", None),
        ("部门自报数", ANSWERED, "in_progress", "测**", None),
    ]
    assert _lines(office, "medical")["姓名"]["确认情况"] == "部门已报更正 2020-05-06"
    con = open_database(office.settings.published / "issues" / "issues.duckdb", read_only=True)
    rates = con.execute(
        "select corrections, pushed, acknowledged, round(acknowledged_rate, 2) from masked.issue_correction_rates"
        " where owner = 'medical'"
    ).fetchall()
    con.close()
    assert rates == [(3, 3, 2, 0.67)]
    office.night(NEXT, FINDINGS[2:])
    assert _told(office, "attribute, before, after, applied_on", "attribute = '姓名'") == [
        ("姓名", "测**", "测**", NEXT),
    ]
    assert "姓名" not in _lines(office, "medical")


def test_another_value_after_the_answer_has_to_be_confirmed_again(office: Office) -> None:
    assert (
        _return_list(office, "medical", {"部门自报数": {"办理结果": "正在办理", "完成进度": "0%", **PEOPLE}})
        == "accepted"
    )
    office.night(ANSWERED, FINDINGS)
    assert _told(office, "acknowledged_on", "attribute = '部门自报数'") == [(ANSWERED,)]
    office.night(NEXT, [*FINDINGS[:3], FINDINGS[3] | {"expected": "0.900000(18/20)", "actual": "0.8"}, *FINDINGS[4:]])
    assert _told(office, "acknowledged_on, after", "attribute = '部门自报数'") == [(None, "0.900000(18/20)")]
    assert _lines(office, "medical")["部门自报数"]["确认情况"] == "待确认"
