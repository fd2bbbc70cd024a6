"""Mess cases of hospital claims, chronic visits, pupils' aid, tekun and disability files."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.warehouse import Connection
from tests.integration.intake_bench import Case, check_case, example, read, to_csv, to_xlsx

CLAIMS, VISITS, AID = "medical/inpatient_claims", "medical/chronic_visits", "education/aid_payments"
TEKUN, DISABLED = "civil_affairs/tekun", "civil_affairs/disability"

CASES = [
    Case("layers beyond the total", CLAIMS, {(2, "基本医疗报销"): "5300.00"}, codes={2: {"W_SUM_MISMATCH"}}),
    Case(
        "special layer blank",
        CLAIMS,
        {(2, "特惠保金额"): "/", (2, "个人自付"): "1400.00"},
        codes={2: {"W_BLANK_AS_ZERO"}},
    ),
    Case(
        "discharged before admitted",
        CLAIMS,
        {(2, "入院日期"): "2020-06-10", (2, "出院日期"): "2020-06-01"},
        codes={2: {"R_INTERVAL"}},
    ),
    Case("negative without reversal", CLAIMS, {(2, "医疗费总额"): "-8000"}, codes={2: {"R_AMOUNT_NEGATIVE"}}),
    Case("serial date", CLAIMS, {(4, "出院日期"): 44006}, codes={4: {"W_DATE_SERIAL"}}),
    Case("one settlement twice", CLAIMS, add=((2, {}),), codes={5: {"W_DUP_ROW"}}),
    Case("one settlement, two contents", CLAIMS, add=((2, {"押金": "1"}),), codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}),
    Case(
        "place not in the list",
        CLAIMS,
        {(2, "医药机构地点类别"): "外地"},
        codes={2: {"W_VALUE_DROPPED", "W_COND_MISSING"}},
    ),
    Case(
        "two illnesses",
        VISITS,
        {(2, "病种"): "高血压、糖尿病"},
        codes={2: {"W_DERIVED"}},
        values={"disease": ["htn", "dm", "htn", "dm"]},
    ),
    Case("a tick for a date", VISITS, {(2, "随访日期"): "√"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case("visit after receipt", VISITS, {(2, "随访日期"): "2020-09-11"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case("other illness", VISITS, {(2, "病种"): "痛风"}, values={"disease": ["other", "htn", "dm"]}),
    Case("visit before the contract", VISITS, {(2, "签约日期"): "2020-04-01"}, codes={2: {"W_DATE_ORDER"}}),
    Case(
        "visit of last year",
        VISITS,
        {(2, "随访日期"): "2019-12-20", (2, "签约日期"): "2019-01-05"},
        codes={2: {"R_PERIOD_MISMATCH"}},
    ),
    Case(
        "visits side by side",
        VISITS,
        {(2, "第一次随访日期"): "2020-03-12", (2, "第二次随访日期"): "2020-06-11"},
        drop=("随访日期",),
        new=("第一次随访日期", "第二次随访日期"),
        keep=(2,),
        codes={2: {"W_DERIVED"}},
        values={"visit_on": ["2020-03-12", "2020-06-11"]},
    ),
    Case("one day, two kinds", VISITS, add=((2, {"随访方式": "电话"}),), codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}),
    Case(
        "two programmes side by side",
        AID,
        {(2, "营养餐金额"): "400"},
        new=("营养餐金额",),
        keep=(2,),
        codes={2: {"W_DERIVED"}},
        values={"programme": ["board", "meal"], "paid_amt": ["500.00", "400.00"]},
    ),
    Case("equal payments", AID, keep=(2,), add=((2, {}),), codes={3: {"W_DUP_ROW"}}),
    Case(
        "two payments of a batch",
        AID,
        {(2, "发放批次"): ""},
        keep=(2,),
        add=((2, {"资助金额（元）": "250", "发放批次": ""}),),
        codes={2: {"R_DUP_KEY"}, 3: {"R_DUP_KEY"}},
    ),
    Case("two batches", AID, keep=(2,), add=((2, {"资助金额（元）": "250", "发放批次": "2"}),)),
    Case("money back", AID, {(2, "资助金额（元）"): "-500"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case("programme not in the list", AID, {(2, "资助项目"): "爱心捐助"}, codes={2: {"R_CODE_UNKNOWN"}}),
    Case(
        "other programme", AID, {(2, "资助项目"): "其他（爱心捐助）"}, values={"programme": ["other", "meal", "disab"]}
    ),
    Case("more than due", AID, {(2, "资助金额（元）"): "600"}, codes={2: {"W_SUM_MISMATCH"}}),
    Case(
        "term nowhere", AID, drop=("学期",), name="610099_学生资助_增量", status="refused", reasons={"F_PERIOD_MISSING"}
    ),
    Case("institution 无", TEKUN, {(3, "供养机构"): "无"}, codes={3: {"W_COND_MISSING"}}),
    Case("first grade of care", TEKUN, {(2, "护理等级"): "一档"}, values={"care_level": ["g1", "full", "self"]}),
    Case("care not in the list", TEKUN, {(2, "护理等级"): "重度"}, codes={2: {"W_VALUE_DROPPED", "W_COND_MISSING"}}),
    Case(
        "standard by the year",
        TEKUN,
        {(row, "基本生活标准（元/月）"): "5760" for row in (2, 3, 4)},
        rename={"基本生活标准（元/月）": "供养标准（元/年）"},
        codes={row: {"W_DERIVED"} for row in (2, 3, 4)},
        values={"live_amt": ["480.00"] * 3},
    ),
    Case(
        "ends before it begins",
        TEKUN,
        {(2, "终止供养年月"): "2015-01"},
        new=("终止供养年月",),
        codes={2: {"R_INTERVAL"}},
    ),
    Case("id blank, certificate there", DISABLED, {(2, "身份证号码"): ""}, codes={2: {"W_DERIVED"}}),
    Case("level contradicts", DISABLED, {(2, "残疾等级"): "三级"}, codes={2: {"W_CONFLICT"}}),
    Case("numeric certificate", DISABLED, {(2, "残疾人证号"): 6.10099e19}, codes={2: {"R_ID_NUMERIC"}}),
    *(
        Case(f"{what} certificate, no id", DISABLED, {(2, "身份证号码"): "", (2, "残疾人证号"): cell}, codes={2: codes})
        for what, cell, codes in (
            ("scientific", "6.10099E+19", {"R_ID_NUMERIC"}),
            ("numeric", 6.10099e19, {"R_ID_NUMERIC"}),
            ("no", "", {"R_REQUIRED_BLANK", "R_KEY_MISSING"}),
        )
    ),
    Case(
        "long layout",
        DISABLED,
        {(2, "补贴类型"): "生活", (2, "补贴金额"): "65"},
        drop=("生活补贴（金额）", "护理补贴（金额）"),
        new=("补贴类型", "补贴金额"),
        keep=(2,),
        add=((2, {"补贴类型": "护理", "补贴金额": "60"}),),
        codes={3: {"W_DERIVED"}},
        values={"living_amt": ["65.00"], "care_amt": ["60.00"]},
    ),
    Case(
        "one kind twice",
        DISABLED,
        {(2, "补贴类型"): "护理", (2, "补贴金额"): "65"},
        drop=("生活补贴（金额）", "护理补贴（金额）"),
        new=("补贴类型", "补贴金额"),
        keep=(2,),
        add=((2, {"补贴类型": "护理", "补贴金额": "65"}),),
        codes={2: {"R_DUP_KEY"}, 3: {"R_DUP_KEY"}},
    ),
    Case(
        "level in words",
        DISABLED,
        {(2, "残疾等级"): "重度"},
        codes={2: {"W_VALUE_DROPPED", "W_DERIVED"}},
        values={"level": ["2", "1", "4"]},
    ),
    Case("dead with an amount", DISABLED, {(2, "是否死亡"): "是"}, new=("是否死亡",), codes={2: {"W_CONFLICT"}}),
    Case("reissued certificate", DISABLED, {(2, "残疾人证号"): "61009919680705022142B"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed.split('/')[1]}: {case.label}")
def test_further_file(tmp_path: Path, case: Case) -> None:
    check_case(tmp_path, case)


def test_sheets_say_how_people_are_supported(tmp_path: Path) -> None:
    rows = example(TEKUN)
    without = [[cell for index, cell in enumerate(row) if index != 5] for row in rows]
    found = read(
        tmp_path, TEKUN, to_xlsx({"分散": [without[0], without[1], without[3]], "集中": [without[0], without[2]]})
    )
    assert set(map(frozenset, found.codes.values())) == {frozenset({"W_DERIVED"})}
    assert "G_MULTI_SHEET" in found.reasons
    assert sorted(found.values("mode")) == [("central",), ("scattered",), ("scattered",)]


REPLIES = "medical/replies"
REPLY_CASES = [
    Case("no reply yet", REPLIES, {(2, "办理结果"): ""}, skipped=1),
    Case("mended without date", REPLIES, {(2, "更正日期"): ""}, codes={2: {"R_REQUIRED_BLANK"}}),
    Case(
        "one column sorted alone",
        REPLIES,
        {(2, "姓名"): "测丙二", (3, "姓名"): "测甲二"},
        codes={2: {"R_PUSH_MISALIGNED"}, 3: {"R_PUSH_MISALIGNED"}},
    ),
    Case(
        "id typed anew",
        REPLIES,
        {(2, "证件号码"): 610099196807050221},
        codes={2: {"R_ID_NUMERIC", "R_PUSH_MISALIGNED"}},
    ),
    Case("agreed", REPLIES, {(2, "办理结果"): "同意"}, codes={2: {"R_CODE_UNKNOWN"}}),
    Case("with a full stop", REPLIES, {(2, "办理结果"): "已更正。"}, codes={2: {"R_CODE_UNKNOWN"}}),
    Case(
        "bare per cent",
        REPLIES,
        {(4, "完成进度"): "60"},
        codes={4: {"W_PERCENT_ASSUMED"}},
        values={"progress_pct": [None, None, "0.6"]},
    ),
    Case("unsigned", REPLIES, {(2, "经办人"): "", (2, "审核人"): ""}, codes={2: {"R_REQUIRED_BLANK"}}),
    Case("row typed under the list", REPLIES, add=((2, {"问题编号": ""}),), codes={5: {"R_REQUIRED_BLANK"}}),
    Case("token column removed", REPLIES, drop=("校验码",), status="refused", reasons={"F_HEADER_MISSING"}),
]


@pytest.mark.parametrize("case", REPLY_CASES, ids=lambda case: case.label)
def test_reply(tmp_path: Path, case: Case) -> None:
    check_case(tmp_path, case)


def test_replies_to_issues_that_are_cleared_or_unknown(tmp_path: Path) -> None:
    def push(con: Connection) -> None:
        con.execute("create table pushed_issues (issue_id varchar, sector varchar, is_cleared boolean)")
        con.execute("insert into pushed_issues values ('R081-610099-20200615-00001', 'medical', false)")
        con.execute("insert into pushed_issues values ('R088-610099-20200615-00002', 'medical', true)")

    found = read(tmp_path, REPLIES, to_csv(example(REPLIES)), prepare=push)
    assert found.codes == {"csv!3": {"R_ISSUE_CLOSED"}, "csv!4": {"R_REF_UNKNOWN"}}
