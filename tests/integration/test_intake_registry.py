"""Mess cases of the register's files: households, persons, edge households, villages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake_bench import AREAS, Case, check_case

HOUSEHOLDS, PERSONS = "registry/households", "registry/persons"
EDGE, VILLAGES = "registry/edge_households", "registry/villages"


def merge(*ranges: str) -> Any:
    def dress(book: Any, sheets: Mapping[str, Any]) -> None:
        plain = book.add_format({})
        for item in ranges:
            area, text = item.split("=")
            sheets["Sheet1"].merge_range(area, text, plain)

    return dress


def forty(count: int) -> tuple[tuple[int, dict[str, Any]], ...]:
    return tuple((3, {"户编号": f"9100000{index:04d}"}) for index in range(count))


CASES = [
    Case(
        "out without policy word",
        HOUSEHOLDS,
        {(2, "脱贫属性"): "已脱贫"},
        codes={2: {"W_UNKNOWN_WORD"}},
        values={"status": ["out_unknown", "not_out", "out_policy"]},
    ),
    Case(
        "numeric household number",
        HOUSEHOLDS,
        {(2, "户编号"): 90000000001},
        codes={2: {"W_NUMERIC_TEXT"}},
        values={"hh_no": ["90000000001", "90000000002", "90000000003"]},
    ),
    Case(
        "numeric head id is dropped",
        HOUSEHOLDS,
        {(2, "户主证件号码"): 610099196503120000},
        codes={2: {"W_VALUE_DROPPED"}},
        values={"head_id_no": [None, "610099195001200441", "61009919791130103X"]},
    ),
    Case(
        "same household twice",
        HOUSEHOLDS,
        add=((2, {"人均纯收入（元）": "4600"}),),
        codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}},
    ),
    Case(
        "income in ten thousands",
        HOUSEHOLDS,
        {(2, "人均纯收入（元）"): "0.45", (3, "人均纯收入（元）"): "0.389", (4, "人均纯收入（元）"): "0.612"},
        rename={"人均纯收入（元）": "人均纯收入（万元）"},
        reasons={"G_UNIT_CONVERTED"},
        values={"npc": ["4500.00", "3890.00", "6120.00"]},
    ),
    Case(
        "village with its kind",
        HOUSEHOLDS,
        {(2, "行政村"): "甲山村村民委员会"},
        values={"village_code": ["610099101201", "610099101202", "610099102201"]},
    ),
    Case(
        "village without township", HOUSEHOLDS, {(2, "行政村"): "甲山", (2, "乡(镇)"): ""}, codes={2: {"W_AREA_NAME"}}
    ),
    Case("unknown village", HOUSEHOLDS, {(2, "行政村"): "丁家村"}, codes={2: {"R_AREA_UNKNOWN"}}),
    Case("out without year", HOUSEHOLDS, {(2, "脱贫年度"): "/"}, codes={2: {"W_COND_MISSING"}}),
    Case("not out with year", HOUSEHOLDS, {(3, "脱贫年度"): "2018"}, codes={3: {"W_CONFLICT"}}),
    Case(
        "township and village merged",
        HOUSEHOLDS,
        {
            (row, column): value
            for row in (2, 3, 4)
            for column, value in (("乡(镇)", "甲镇" if row == 2 else ""), ("行政村", "甲山村" if row == 2 else ""))
        },
        dress=merge("C2:C4=甲镇", "D2:D4=甲山村"),
        codes={3: {"W_MERGED_FILLED"}, 4: {"W_MERGED_FILLED"}},
        values={"village_code": ["610099101201"] * 3},
    ),
    Case(
        "totals differ", HOUSEHOLDS, add=((0, {"序号": "合计", "人数": "7"}),), reasons={"G_TOTAL_MISMATCH"}, skipped=1
    ),
    Case("totals agree", HOUSEHOLDS, add=((0, {"序号": "合计", "人数": "6"}),), skipped=1),
    Case("attribute column missing", HOUSEHOLDS, drop=("贫困户属性",), status="refused", reasons={"F_HEADER_MISSING"}),
    Case(
        "half the rows of last time",
        HOUSEHOLDS,
        add=forty(17),
        facts={"previous": {"610099": 40}},
        status="held",
        reasons={"H_ROW_DROP"},
    ),
    Case("released", HOUSEHOLDS, add=forty(17), facts={"previous": {"610099": 40}, "released": True}),
    Case(
        "head by 姓名 and 证件号码",
        HOUSEHOLDS,
        rename={"户主姓名": "姓名", "户主证件号码": "证件号码"},
        values={"head_name": ["测甲一", "测乙一", "阿合·测丙一"]},
    ),
    Case("exit year outside the range", HOUSEHOLDS, {(2, "脱贫年度"): "2013"}, codes={2: {"W_RANGE", "W_DATE_ORDER"}}),
    Case("blank village", HOUSEHOLDS, {(2, "行政村"): ""}, codes={2: {"R_REQUIRED_BLANK"}}),
    Case("blank household number", HOUSEHOLDS, {(2, "户编号"): ""}, codes={2: {"R_REQUIRED_BLANK"}}),
    Case(
        "blank money is null", HOUSEHOLDS, {(2, "人均纯收入（元）"): ""}, values={"npc": [None, "3890.00", "6120.00"]}
    ),
    Case(
        "15 digits",
        PERSONS,
        {(2, "证件号码"): "610099500120044", (2, "性别"): ""},
        keep=(2,),
        codes={2: {"W_ID_15"}},
        values={"id_no": ["610099195001200441"], "id_status": ["valid"], "id_birth_date": ["1950-01-20"]},
    ),
    Case(
        "15 digits as number",
        PERSONS,
        {(2, "证件号码"): 610099500120044, (2, "性别"): ""},
        keep=(2,),
        codes={2: {"W_ID_15", "W_ID_NUMERIC15"}},
    ),
    Case("numeric id", PERSONS, {(2, "证件号码"): 610099196503120112}, keep=(2,), codes={2: {"R_ID_NUMERIC"}}),
    Case("scientific id", PERSONS, {(2, "证件号码"): "6.10099E+17"}, keep=(2,), codes={2: {"R_ID_NUMERIC"}}),
    Case(
        "bad check digit",
        PERSONS,
        {(2, "证件号码"): "610099196503120110"},
        keep=(2,),
        codes={2: {"W_ID_CHECK"}},
        values={"id_status": ["invalid"]},
    ),
    Case(
        "blank id",
        PERSONS,
        {(2, "证件号码"): ""},
        keep=(2,),
        codes={2: {"W_ID_BLANK"}},
        values={"id_status": ["missing"]},
    ),
    Case("unknown id", PERSONS, {(2, "证件号码"): "不详"}, keep=(2,), codes={2: {"W_ID_BLANK", "W_UNKNOWN_WORD"}}),
    Case("placeholder id", PERSONS, {(2, "证件号码"): "111111111111111111"}, keep=(2,), codes={2: {"W_ID_BLANK"}}),
    Case("masked id", PERSONS, {(2, "证件号码"): "6100991965****0112"}, keep=(2,), codes={2: {"R_ID_MASKED"}}),
    Case(
        "small x",
        PERSONS,
        {(2, "证件号码"): "61009919791130103x", (2, "性别"): ""},
        keep=(2,),
        codes={2: {"W_ID_CLEANED"}},
        values={"id_no": ["61009919791130103X"]},
    ),
    Case("spaced id", PERSONS, {(2, "证件号码"): " 610099 19650312 0112"}, keep=(2,), codes={2: {"W_ID_CLEANED"}}),
    Case(
        "full-width id",
        PERSONS,
        {(2, "证件号码"): "６１００９９１９６５０３１２０１１２"},
        keep=(2,),
        codes={2: {"W_ID_CLEANED"}},
        values={"id_no": ["610099196503120112"]},
    ),
    Case("no such division", PERSONS, {(2, "证件号码"): "990099196503120118"}, keep=(2,), codes={2: {"W_ID_DIVISION"}}),
    Case(
        "text guard",
        PERSONS,
        {(2, "证件号码"): "'610099196503120112"},
        keep=(2,),
        codes={2: {"W_TEXT_GUARD"}},
        values={"id_no": ["610099196503120112"]},
    ),
    Case(
        "formula guard",
        PERSONS,
        {(2, "证件号码"): '="610099196503120112"'},
        keep=(2,),
        codes={2: {"W_TEXT_GUARD"}},
        values={"id_no": ["610099196503120112"]},
    ),
    Case("sex contradicts", PERSONS, {(2, "性别"): "女"}, keep=(2,), codes={2: {"W_ID_SEX"}}, values={"sex": ["1"]}),
    Case(
        "birth contradicts",
        PERSONS,
        {(2, "出生日期"): "1965-03-21"},
        new=("出生日期",),
        keep=(2,),
        codes={2: {"W_ID_DOB"}},
        values={"birth": ["1965-03-12"]},
    ),
    Case(
        "full-width stop in a name",
        PERSONS,
        {(2, "姓名"): "阿合．测丙一"},
        keep=(2,),
        codes={2: {"W_NAME_CLEANED"}},
        values={"name": ["阿合·测丙一"], "name_norm": ["阿合·测丙一"]},
    ),
    Case("unreadable letter", PERSONS, {(2, "姓名"): "测?一"}, keep=(2,), codes={2: {"W_NAME_RARE"}}),
    Case("digit in a name", PERSONS, {(2, "姓名"): "测甲1"}, keep=(2,), codes={2: {"R_NAME_INVALID"}}),
    Case("relation 21", PERSONS, {(2, "与户主关系"): "21"}, keep=(2,), codes={2: {"R_CODE_UNKNOWN"}}),
    Case("relation word", PERSONS, {(2, "与户主关系"): "同居"}, keep=(2,), codes={2: {"R_CODE_UNKNOWN"}}),
    Case(
        "niece",
        PERSONS,
        {(2, "与户主关系"): "之侄女"},
        keep=(2,),
        values={"relation": ["99"], "relation_word": ["之侄女"]},
    ),
    Case(
        "healthy and disabled",
        PERSONS,
        {(2, "健康状况"): "健康、残疾"},
        keep=(2,),
        codes={2: {"W_CONFLICT"}},
        values={"health": ["01,04"]},
    ),
    Case("14 months of work", PERSONS, {(2, "务工时间(月)"): "14"}, keep=(2,), codes={2: {"W_RANGE"}}),
    Case("work in words", PERSONS, {(2, "务工时间(月)"): "外出"}, keep=(2,), codes={2: {"W_VALUE_DROPPED"}}),
    Case(
        "one person in two households",
        PERSONS,
        keep=(2,),
        add=((2, {"户编号": "90000000002", "人编号": "9000000000201"}),),
    ),
    Case("equal rows", PERSONS, keep=(2,), add=((2, {}),), codes={3: {"W_DUP_ROW"}}),
    Case(
        "two equal rows and one that differs",
        PERSONS,
        keep=(2,),
        add=((2, {}), (2, {"民族": "回族"})),
        codes={2: {"R_DUP_KEY"}, 3: {"R_DUP_KEY"}, 4: {"R_DUP_KEY"}},
    ),
    Case("kind not in the list", EDGE, {(2, "监测对象类别"): "边缘"}, keep=(2,), codes={2: {"R_CODE_UNKNOWN"}}),
    Case("kind by alias", EDGE, {(2, "监测对象类别"): "边缘户"}, keep=(2,), values={"hh_kind": ["edge"]}),
    Case(
        "incomes differ in a household",
        EDGE,
        {(3, "人均纯收入（元）"): "4700"},
        codes={2: {"W_GROUP_CONFLICT"}, 3: {"W_GROUP_CONFLICT"}},
        values={"npc": ["4800.00", "4800.00", "5000.00"]},
    ),
    Case("cleared on without cleared", EDGE, {(2, "风险消除时间"): "2020-06-20"}, keep=(2,), codes={2: {"W_CONFLICT"}}),
    Case(
        "serial date",
        EDGE,
        {(2, "识别监测时间"): 43910},
        keep=(2,),
        codes={2: {"W_DATE_SERIAL"}},
        values={"identified_on": ["2020-03-20"]},
    ),
    Case(
        "year and month",
        EDGE,
        {(2, "识别监测时间"): "2020.3"},
        keep=(2,),
        codes={2: {"W_DATE_PART"}},
        values={"identified_on": ["2020-03-01"], "identified_on_precision": ["month"]},
    ),
    Case("note under the list", EDGE, add=((0, {"乡(镇)": "注：以上为档外边缘户"}),), skipped=1),
    Case("empty template", EDGE, keep=(), status="refused", reasons={"F_EMPTY"}),
    Case("measures by column", EDGE, keep=(2, 4), values={"measures": ["产业帮扶", "公益性岗位"]}),
    Case("member without household number", EDGE, drop=("户编号",), codes={3: {"W_DERIVED"}}),
    Case(
        "member before any head",
        EDGE,
        {(2, "与户主关系"): "配偶"},
        drop=("户编号",),
        keep=(2, 4),
        codes={2: {"R_KEY_MISSING"}},
    ),
    Case("numeric area code", VILLAGES, {(2, "行政区划编码"): 610099101201}),
    Case(
        "17 digits",
        VILLAGES,
        {(2, "行政区划编码"): "61009910120100220"},
        values={"area_code": ["610099101201", "610099101202", "610099102201"]},
    ),
    Case(
        "township row",
        VILLAGES,
        keep=(2,),
        add=((0, {"行政区划编码": "610099101", "村": "甲镇"}),),
        values={"area_code": ["610099101201", "610099101"]},
    ),
    Case(
        "township row by 乡(镇)",
        VILLAGES,
        keep=(2,),
        add=((0, {"行政区划编码": "610099101", "乡(镇)": "甲镇"}),),
        values={"area_name": ["甲山村", "甲镇"]},
    ),
    Case("merged village", VILLAGES, {(2, "村属性"): "合并村"}, codes={2: {"W_VALUE_DROPPED", "W_COND_MISSING"}}),
    Case(
        "two former villages",
        VILLAGES,
        {(2, "合并前村编号"): "610099101211"},
        new=("合并前村编号",),
        add=((2, {"合并前村编号": "610099101212"}),),
    ),
    Case("another province", VILLAGES, {(2, "行政区划编码"): "620000101201"}, codes={2: {"R_AREA_OUTSIDE"}}),
    Case("poor village without year", VILLAGES, {(2, "计划出列年度"): ""}, codes={2: {"W_COND_MISSING"}}),
    Case("same code twice", VILLAGES, add=((2, {"总户数": "213"}),), codes={2: {"R_DUP_KEY"}, 5: {"R_DUP_KEY"}}),
    Case(
        "exit year only",
        VILLAGES,
        {(2, "出列时间"): "2018"},
        codes={2: {"W_DATE_PART"}},
        values={"exited_on": ["2018-01-01", None, None]},
    ),
    Case(
        "former code",
        HOUSEHOLDS,
        {(2, "行政村编码"): "610099101299"},
        new=("行政村编码",),
        keep=(2,),
        areas=[*AREAS, ("610099101201", 12, "610099101", "甲山村", "610099101299", "甲旧村")],
        codes={2: {"W_AREA_OLD"}},
        values={"village_code": ["610099101201"]},
    ),
    Case(
        "former code of two villages",
        HOUSEHOLDS,
        {(2, "行政村编码"): "610099101299"},
        new=("行政村编码",),
        keep=(2,),
        areas=[
            *AREAS,
            ("610099101201", 12, "610099101", "甲山村", "610099101299", "甲旧村"),
            ("610099101202", 12, "610099101", "甲水村", "610099101299", "甲旧村"),
        ],
        codes={2: {"R_AREA_AMBIGUOUS"}},
    ),
    Case(
        "township contradicts village",
        HOUSEHOLDS,
        {(2, "乡(镇)"): "乙镇"},
        keep=(2,),
        codes={2: {"W_AREA_NAME", "W_CONFLICT"}},
    ),
    Case(
        "date cell",
        HOUSEHOLDS,
        {(2, "首次识别时间"): dt.date(2014, 12, 31)},
        keep=(2,),
        values={"first_identified": ["2014-12-31"]},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed.split('/')[1]}: {case.label}")
def test_register_file(tmp_path: Path, case: Case) -> None:
    check_case(tmp_path, case)
