"""Mess cases of the departments' files: medical insurance, housing, education, dibao, water, own figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake_bench import Case, check_case
from tests.integration.test_intake_registry import merge

MEDICAL, APPRAISALS, RETROFITS = "medical/enrolments", "housing/appraisals", "housing/retrofits"
EDUCATION, DIBAO = "education/enrolments", "civil_affairs/dibao"
SUPPLIES, WATER, FIGURES = "water/village_supplies", "water/household_water", "medical/department_totals"


def people(count: int, masked: int) -> tuple[tuple[int, dict[str, Any]], ...]:
    """Further insured people; the first ``masked`` of them with masked ids."""
    from connectors.intake.cell_ids import check_digit

    found = []
    for index in range(count):
        first17 = f"61009919800101{index:03d}"
        number = "6100991980****0112" if index < masked else first17 + check_digit(first17)
        found.append((4, {"身份证号": number, "姓名": "测甲一"}))
    return tuple(found)


def formula(cell: str) -> Any:
    def dress(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["Sheet1"].write_formula(cell, "=1+1", None, "")

    return dress


MEDICAL_CASES = [
    Case("state blank but paid", MEDICAL, {(2, "参保状态"): ""}, values={"ins_state": [None, "unpaid", "paid"]}),
    Case("both blank", MEDICAL, {(2, "参保状态"): "", (2, "缴费时间"): ""}, codes={2: {"W_COND_MISSING"}}),
    Case(
        "declined but paid", MEDICAL, {(2, "参保状态"): "自愿放弃", (2, "未参保原因"): "x"}, codes={2: {"W_CONFLICT"}}
    ),
    Case("numeric id", MEDICAL, {(3, "身份证号"): 610099196807050221}, codes={3: {"R_ID_NUMERIC"}}),
    Case(
        "same id and year twice", MEDICAL, add=((4, {"参保状态": "停保"}),), codes={4: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}
    ),
    Case(
        "two schemes",
        MEDICAL,
        new=("险种",),
        add=((4, {"险种": "职工医保"}),),
        values={"scheme": [None, None, None, "employee"]},
    ),
    Case("amount with a year", MEDICAL, {(2, "个人缴费金额（元）"): "280元/年"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case("blank amount", MEDICAL, {(2, "个人缴费金额（元）"): ""}, codes={2: {"W_BLANK_AS_ZERO"}}),
    Case(
        "amount in ten thousands",
        MEDICAL,
        {(row, "个人缴费金额（元）"): "0.028" for row in (2, 3, 4)},
        rename={"个人缴费金额（元）": "个人缴费金额（万元）"},
        reasons={"G_UNIT_CONVERTED"},
        values={"paid_self": ["280.00"] * 3},
    ),
    Case(
        "unit not stated",
        MEDICAL,
        {(row, "个人缴费金额（元）"): "0.028" for row in range(2, 8)},
        rename={"个人缴费金额（元）": "个人缴费金额"},
        add=people(3, 0),
        reasons={"G_UNIT_SUSPECT"},
        codes={row: {"W_RANGE", "W_AMOUNT_ROUNDED"} for row in range(2, 8)},
        values={"paid_self": ["0.03"] * 6},
    ),
    Case("year before", MEDICAL, {(2, "参保年度"): "2019"}, codes={2: {"R_PERIOD_MISMATCH", "W_RANGE"} - {"W_RANGE"}}),
    Case(
        "dead in brackets",
        MEDICAL,
        {(2, "姓名"): "测甲一（已故）"},
        codes={2: {"W_NAME_CLEANED"}},
        values={"name": ["测甲一", "测甲二", "阿合·测丙一"]},
    ),
    Case(
        "title of another year",
        MEDICAL,
        above=(("2019年度城乡居民医保参保花名册",),),
        status="refused",
        reasons={"F_META_CONFLICT"},
    ),
    Case(
        "title of the same year",
        MEDICAL,
        above=(("2020年度城乡居民医保参保花名册",), ("填报单位：测试县医保局", "", "单位：元")),
        values={"paid_self": ["0.00", "0.00", "250.00"]},
    ),
    Case("6 of 25 masked", MEDICAL, add=people(22, 6), status="refused", reasons={"F_REJECT_RATIO"}),
    Case("4 of 25 masked", MEDICAL, add=people(22, 4), codes={row: {"R_ID_MASKED"} for row in range(5, 9)}),
    Case("everybody", MEDICAL, {(2, "人员属性"): "一般居民"}, values={"person_class": ["normal", "jd", "jd"]}),
    Case(
        "formula without value, mandatory",
        MEDICAL,
        {(2, "姓名"): ""},
        dress=formula("D2"),
        codes={2: {"R_REQUIRED_BLANK"}},
    ),
    Case(
        "formula without value, optional",
        MEDICAL,
        {(2, "缴费时间"): ""},
        dress=formula("K2"),
        codes={2: {"W_FORMULA_BLANK"}},
    ),
    Case("example row", MEDICAL, add=((4, {"序号": "", "乡镇": "[示例]测某"}),), reasons={"G_EXAMPLE_ROW"}, skipped=1),
    Case("area in no source", MEDICAL, name="202006_医保参保缴费_全量", reasons={"G_AREA_DEFAULTED"}),
    Case(
        "future period", MEDICAL, name="610099_202012_医保参保缴费_全量", status="refused", reasons={"F_FUTURE_PERIOD"}
    ),
    Case(
        "closed period", MEDICAL, facts={"closed_periods": ("202006",)}, status="refused", reasons={"F_PERIOD_CLOSED"}
    ),
    Case(
        "another county",
        MEDICAL,
        name="620101_202006_医保参保缴费_全量",
        status="refused",
        reasons={"F_AREA_FORBIDDEN"},
    ),
    Case(
        "numeric cells",
        MEDICAL,
        {(4, "个人缴费金额（元）"): 250, (4, "参保年度"): 2020, (4, "缴费时间"): 20200115},
        values={"paid_on": ["2020-02-20", None, "2020-01-15"]},
    ),
    Case("unknown column", MEDICAL, {(2, "鞋码"): "40"}, new=("鞋码",), reasons={"G_EXTRA_COLUMN"}),
    Case(
        "special insurance adds a record",
        MEDICAL,
        {(2, "是否参加特惠保"): "是"},
        new=("是否参加特惠保",),
        codes={2: {"W_DERIVED"}},
        values={"scheme": [None, "special", None, None]},
    ),
]

HOUSING_CASES = [
    Case("grade on another scale", APPRAISALS, {(3, "鉴定等级"): "二级危房"}, codes={3: {"W_VALUE_DROPPED"}}),
    Case("full-width grade", APPRAISALS, {(2, "鉴定等级"): "Ｃ"}, values={"grade": ["C", "B", "D"]}),
    Case("small grade", APPRAISALS, {(2, "鉴定等级"): "c级"}, values={"grade": ["C", "B", "D"]}),
    Case("two grades", APPRAISALS, {(3, "鉴定等级"): "C/D"}, codes={3: {"W_VALUE_DROPPED"}}),
    Case("no date of appraisal", APPRAISALS, {(4, "鉴定日期"): ""}, codes={4: {"W_COND_MISSING"}}),
    Case("suspect without grade", APPRAISALS, {(2, "鉴定等级"): ""}),
    Case("no household key", APPRAISALS, {(2, "户编号"): "", (2, "户主身份证号"): ""}, codes={2: {"R_KEY_MISSING"}}),
    Case(
        "masked head id is the key",
        APPRAISALS,
        {(2, "户编号"): "", (2, "户主身份证号"): "6100991965****0112"},
        codes={2: {"R_ID_MASKED"}},
    ),
    Case(
        "village merged",
        APPRAISALS,
        {(3, "行政村"): "", (3, "乡镇"): ""},
        keep=(2, 3),
        dress=merge("A2:A3=甲镇", "B2:B3=甲山村"),
        codes={3: {"W_MERGED_FILLED"}},
    ),
    Case(
        "certified without a way",
        APPRAISALS,
        {(4, "安全住房保障方式"): ""},
        codes={4: {"W_CONFLICT", "W_COND_MISSING"}},
    ),
    Case("area of a hall", APPRAISALS, {(2, "住房面积"): "12000"}, new=("住房面积",), codes={2: {"W_RANGE"}}),
    Case("decade", APPRAISALS, {(2, "建造年代"): "80年代"}, new=("建造年代",), codes={2: {"W_VALUE_DROPPED"}}),
    Case(
        "two houses on one day", APPRAISALS, add=((2, {"鉴定等级": "D级"}),), codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}
    ),
    Case("footer", APPRAISALS, add=((0, {"乡镇": "审核人：测审核   2020年6月30日"}),), skipped=1),
    Case("accepted before completed", RETROFITS, {(2, "验收日期"): "2020-04-01"}, codes={2: {"W_DATE_ORDER"}}),
    Case(
        "standard in ten thousands",
        RETROFITS,
        {(2, "补助标准（元）"): "1", (3, "补助标准（元）"): "3.0", (4, "补助标准（元）"): "1.2"},
        rename={"补助标准（元）": "补助标准（万元）"},
        reasons={"G_UNIT_CONVERTED"},
        values={"due_amt": ["10000.00", "30000.00", "12000.00"]},
    ),
    Case(
        "unit suspect",
        RETROFITS,
        {(row, "补助标准（元）"): "3" for row in range(2, 7)},
        rename={"补助标准（元）": "补助标准"},
        add=((4, {"档案编号": "WG20200004"}), (4, {"档案编号": "WG20200005"})),
        reasons={"G_UNIT_SUSPECT"},
        codes={row: {"W_RANGE"} for row in range(2, 7)},
    ),
    Case(
        "two payments in a row",
        RETROFITS,
        {
            (2, "第一次拨付金额"): "5000",
            (2, "第一次拨付时间"): "2020-05-01",
            (2, "第二次拨付金额"): "5000",
            (2, "第二次拨付时间"): "2020-06-01",
        },
        drop=("兑付日期", "兑付金额（元）", "兑付单号"),
        new=("第一次拨付时间", "第一次拨付金额", "第二次拨付时间", "第二次拨付金额"),
        codes={2: {"W_DERIVED"}},
        values={"payment_no": ["1", "2", None, None], "paid_amt": ["5000.00", "5000.00", None, None]},
    ),
    Case("bare number 3", RETROFITS, {(2, "工程进度"): "3"}, values={"progress": ["3", "4", "1"]}),
    Case(
        "accepted but only begun",
        RETROFITS,
        {(4, "验收日期"): "2020-06-12", (4, "竣工日期"): "2020-06-01"},
        codes={4: {"W_CONFLICT"}},
    ),
    Case("month of start", RETROFITS, {(2, "开工日期"): "2020年3月"}, codes={2: {"W_DATE_PART"}}),
    Case("month in words", RETROFITS, {(2, "开工日期"): "三月份"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case("paid on without amount", RETROFITS, {(2, "兑付金额（元）"): ""}, codes={2: {"W_COND_MISSING"}}),
    Case(
        "numeric account",
        RETROFITS,
        {(2, "一卡通账号"): 6217000000000000001},
        new=("一卡通账号",),
        codes={2: {"W_ACCOUNT_NUMERIC"}},
        values={"account_no": [None, None, None]},
    ),
    Case("two batch years", RETROFITS, add=((2, {"档案编号": "WG20190001", "改造年度": "2019"}),)),
    Case(
        "two amounts, no number",
        RETROFITS,
        {(2, "兑付单号"): ""},
        add=((2, {"兑付单号": "", "兑付金额（元）": "5000"}),),
        codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}},
    ),
    Case(
        "no progress and no start",
        RETROFITS,
        drop=("工程进度", "开工日期"),
        status="refused",
        reasons={"F_HEADER_MISSING"},
    ),
    Case(
        "subtotal and total",
        RETROFITS,
        add=((0, {"乡镇": "小计", "补助标准（元）": "1"}), (0, {"乡镇": "合计", "补助标准（元）": "1"})),
        reasons={"G_TOTAL_MISMATCH"},
        skipped=2,
    ),
    Case(
        "values of a project differ",
        RETROFITS,
        add=((2, {"兑付单号": "DF02", "危房等级": "D级"}),),
        codes={2: {"W_GROUP_CONFLICT"}, 5: {"W_GROUP_CONFLICT"}},
    ),
]

EDUCATION_CASES = [
    Case(
        "taught at home, no status",
        EDUCATION,
        {(3, "就学状态"): ""},
        codes={3: {"W_DERIVED"}},
        values={"status": ["in", "home", "drop"]},
    ),
    Case("dropped out without cause", EDUCATION, {(4, "辍学原因"): ""}, codes={4: {"W_COND_MISSING"}}),
    Case("in school with a cause", EDUCATION, {(2, "辍学原因"): "厌学"}, codes={2: {"W_CONFLICT"}}),
    Case("no evidence", EDUCATION, {(4, "佐证材料编号"): "-"}, codes={4: {"W_COND_MISSING"}}),
    Case("number of another pupil", EDUCATION, {(2, "学籍号"): "G610099200809010338"}, codes={2: {"W_CONFLICT"}}),
    Case("two schools", EDUCATION, add=((2, {"学校名称": "测试县第二小学"}),)),
    Case("school year form", EDUCATION, {(2, "学期"): "2019-2020学年第二学期"}, values={"term": ["2020S"] * 3}),
    Case("another term", EDUCATION, {(2, "学期"): "2019秋"}, codes={2: {"R_PERIOD_MISMATCH"}}),
    Case("stage not in the list", EDUCATION, {(2, "学段"): "九年一贯制"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case("blank id", EDUCATION, {(2, "身份证号"): ""}, codes={2: {"R_REQUIRED_BLANK"}}),
    Case(
        "unknown status with school", EDUCATION, {(2, "就学状态"): "优秀"}, codes={2: {"W_VALUE_DROPPED", "W_DERIVED"}}
    ),
    Case(
        "two columns of one title",
        EDUCATION,
        rename={"户主姓名": "姓名"},
        status="refused",
        reasons={"F_HEADER_AMBIGUOUS"},
    ),
]

DIBAO_CASES = [
    Case(
        "amount from the household",
        DIBAO,
        {(2, "月保障金额"): "", (3, "月保障金额"): "", (4, "月保障金额"): ""},
        codes={row: {"W_DERIVED"} for row in (2, 3, 4)},
        values={"monthly_amt": ["210.00"] * 3},
    ),
    Case("heads only", DIBAO, drop=("姓名", "身份证号码"), status="refused", reasons={"F_HEADER_MISSING"}),
    Case("one row of three", DIBAO, {(2, "户月保障金额"): ""}, keep=(2,), codes={2: {"W_GROUP_CONFLICT"}}),
    Case(
        "serial month",
        DIBAO,
        {(2, "救助开始日期"): 43282},
        codes={2: {"W_DATE_SERIAL"}},
        values={"from_month": ["2018-07"] * 3},
    ),
    Case(
        "ends before it begins",
        DIBAO,
        {(2, "救助开始日期"): "202001", (2, "救助结束日期"): "201912"},
        new=("救助结束日期",),
        codes={2: {"R_INTERVAL"}},
    ),
    Case("totals first", DIBAO, keep=(2, 3, 4), add=((0, {"乡镇": "合计 1 户 3 人", "月保障金额": "630"}),), skipped=1),
    Case("unknown column", DIBAO, new=("保障人数-分解-重点保障人数",), reasons={"G_EXTRA_COLUMN"}),
    Case(
        "same case and id twice",
        DIBAO,
        {(row, "户月保障金额"): "" for row in (2, 3, 4)} | {(row, "享受保障人数"): "4" for row in (2, 3, 4)},
        add=((2, {"月保障金额": "200", "户月保障金额": "", "享受保障人数": "4"}),),
        codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}},
    ),
    Case(
        "case number merged",
        DIBAO,
        {(3, "低保证号"): "", (4, "低保证号"): ""},
        dress=merge("C2:C4=DB6100990001"),
        codes={3: {"W_MERGED_FILLED"}, 4: {"W_MERGED_FILLED"}},
    ),
    Case("urban", DIBAO, {(row, "低保种类"): "城市" for row in (2, 3, 4)}, values={"kind": ["urban"] * 3}),
    Case("from by month", DIBAO, {(2, "救助开始日期"): "2018年7月"}, values={"from_month": ["2018-07"] * 3}),
    Case("file month before the start", DIBAO, {(2, "救助开始日期"): "202007"}, codes={2: {"W_CONFLICT"}}),
]

WATER_CASES = [
    Case(
        "half a pass",
        SUPPLIES,
        {(2, "水质检测结果"): "基本达标"},
        codes={2: {"W_UNKNOWN_WORD"}},
        values={"result": [None, "bad", "none"]},
    ),
    Case("pass without date", SUPPLIES, {(2, "检测日期"): ""}, codes={2: {"W_COND_MISSING"}}),
    Case(
        "one village unknown",
        SUPPLIES,
        {(2, "供水村庄"): "甲山村、丁家村"},
        codes={2: {"W_VALUE_DROPPED"}},
        values={"villages_served": ["610099101201", "610099102201", "610099102201"]},
    ),
    Case("kind not in the list", SUPPLIES, {(2, "工程类型"): "小水厂"}, codes={2: {"W_VALUE_DROPPED"}}),
    Case(
        "per cent assumed",
        SUPPLIES,
        {(2, "供水保证率"): "95"},
        new=("供水保证率",),
        codes={2: {"W_PERCENT_ASSUMED"}},
        values={"guarantee": ["0.95", None, None]},
    ),
    Case("month of test", SUPPLIES, {(2, "检测日期"): "2020/05"}, codes={2: {"W_DATE_PART"}}),
    Case(
        "two results on a day",
        SUPPLIES,
        add=((2, {"水质检测结果": "不达标", "不合格指标": "浑浊度"}),),
        codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}},
    ),
    Case("failed without items", SUPPLIES, {(3, "不合格指标"): "—"}, codes={3: {"W_COND_MISSING"}}),
    Case(
        "two seasons",
        SUPPLIES,
        {
            (2, "枯水期检测日期"): "2020-01-10",
            (2, "枯水期结果"): "达标",
            (2, "丰水期检测日期"): "2020-06-10",
            (2, "丰水期结果"): "达标",
        },
        drop=("检测日期", "水质检测结果"),
        keep=(2,),
        new=("枯水期检测日期", "枯水期结果", "丰水期检测日期", "丰水期结果"),
        codes={2: {"W_DERIVED"}},
        values={"tested_on": ["2020-01-10", "2020-06-10"]},
    ),
    Case("access blank", WATER, {(3, "取水方便"): ""}, codes={3: {"W_COND_MISSING"}}),
    Case(
        "inverse header",
        WATER,
        {(3, "无异色异味"): "否"},
        rename={"无异色异味": "水有异味"},
        keep=(2, 3),
        values={"no_odour": [None, "1"]},
    ),
    Case(
        "half access",
        WATER,
        {(3, "取水方便"): "基本达标"},
        rename={"取水方便": "方便程度"},
        values={"access_ok": [None, "1", "1"], "access_ok_word": [None, "基本达标", "√"]},
    ),
    Case("spring", WATER, {(3, "供水方式"): "山泉水"}, values={"mode": ["central", "dispersed", "dispersed"]}),
    Case("tap water", WATER, {(2, "供水方式"): "自来水"}, values={"mode": ["central", "dispersed", "dispersed"]}),
    Case("well", WATER, {(3, "供水方式"): "井"}, codes={3: {"R_CODE_UNKNOWN"}}),
    Case("passed with a cross", WATER, {(4, "评定结论"): "达标"}, codes={4: {"W_CONFLICT"}}),
    Case("circle", WATER, {(3, "水量充足"): "○"}, codes={3: {"W_VALUE_DROPPED", "W_COND_MISSING"}}),
    Case("central without works", WATER, {(2, "供水工程代码"): ""}, codes={2: {"W_COND_MISSING"}}),
    Case("no such date", WATER, {(2, "评定日期"): "2020-13-05"}, codes={2: {"R_DATE_INVALID"}}),
    Case("after receipt", WATER, {(2, "评定日期"): "2020-07-04"}, codes={2: {"R_DATE_FUTURE"}}),
    Case("no date", WATER, {(2, "评定日期"): ""}, codes={2: {"R_REQUIRED_BLANK"}}),
    Case("surveyed twice", WATER, add=((2, {"评定日期": "2020-05-30"}),), codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}),
]

FIGURE_CASES = [
    Case(
        "by name",
        FIGURES,
        drop=("指标代码",),
        values={"indicator": ["ins_rate", "ins_unpaid_persons", "ins_paid_persons"]},
    ),
    Case("unknown name", FIGURES, {(2, "指标名称"): "医保完成率"}, drop=("指标代码",), codes={2: {"R_CODE_UNKNOWN"}}),
    Case("quotient differs", FIGURES, {(2, "分母"): "5"}, codes={2: {"W_SUM_MISMATCH"}}),
    Case(
        "per cent",
        FIGURES,
        {(2, "数值"): "98.5", (2, "分子"): "", (2, "分母"): ""},
        values={"value": ["0.985", "1", "2"]},
    ),
    Case(
        "no unit",
        FIGURES,
        {(2, "数值"): "98.5", (2, "单位"): "", (2, "分子"): "", (2, "分母"): ""},
        codes={2: {"W_PERCENT_ASSUMED"}},
        values={"value": ["0.985", "1", "2"]},
    ),
    Case(
        "ratio with per cent",
        FIGURES,
        {(2, "数值"): "0.985", (2, "分子"): "", (2, "分母"): ""},
        codes={2: {"W_PERCENT_ASSUMED"}},
        values={"value": ["0.985", "1", "2"]},
    ),
    Case("households for persons", FIGURES, {(3, "单位"): "户"}, codes={3: {"R_CODE_UNKNOWN"}}),
    Case(
        "two values",
        FIGURES,
        {(2, "数值"): "98.5", (2, "分子"): "", (2, "分母"): ""},
        add=((2, {"数值": "98.6", "分子": "", "分母": ""}),),
        codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}},
    ),
    Case("one value twice", FIGURES, add=((2, {}),), codes={5: {"W_DUP_ROW"}}),
    Case(
        "old definition",
        FIGURES,
        {(2, "口径版本"): "v0"},
        facts={"definition_version": "v1"},
        reasons={"G_OLD_DEFINITION"},
    ),
    Case("another month", FIGURES, {(2, "期间"): "2020年5月"}, codes={2: {"R_PERIOD_MISMATCH"}}),
    Case("about sixty", FIGURES, {(2, "数值"): "约60"}, codes={2: {"R_NUMBER_INVALID"}}),
    Case("area by name", FIGURES, drop=("行政区划编码",), values={"area_code": ["610099", "610099101", "610099102"]}),
]


@pytest.mark.parametrize(
    "case",
    [*MEDICAL_CASES, *HOUSING_CASES, *EDUCATION_CASES, *DIBAO_CASES, *WATER_CASES, *FIGURE_CASES],
    ids=lambda case: f"{case.feed.split('/')[1]}: {case.label}",
)
def test_department_file(tmp_path: Path, case: Case) -> None:
    check_case(tmp_path, case)
