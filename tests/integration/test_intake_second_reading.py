"""What three authors who knew the specification only expected, where the intake once answered otherwise."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake_bench import Rows, example, read, to_csv, to_xlsx

CHRONIC, MEDICAL, DIBAO = "medical/chronic_visits", "medical/enrolments", "civil_affairs/dibao"
TOTALS, DISABILITY, TERMS = "medical/department_totals", "civil_affairs/disability", "education/enrolments"
NIL = [
    ["填报单位", "报送内容", "期间", "零报告", "确认清空", "原因说明", "填报人", "审核人", "填报日期"],
    ["测试县民政局", "农村低保花名册", "2020年6月", "是", "否", "无", "测经办", "测审核", "2020-07-03"],
]


def edited(feed: str, edits: dict[tuple[int, str], Any], *, drop: tuple[str, ...] = ()) -> Rows:
    """The clean example with other cells; rows as a spreadsheet numbers them, row 1 for another header."""
    rows = example(feed)
    header = list(rows[0])
    for (row, column), value in edits.items():
        while len(rows) < row:
            rows.append([""] * len(header))
        rows[row - 1][header.index(column)] = value
    kept = [place for place, name in enumerate(header) if name not in drop]
    return [[row[place] for place in kept] for row in rows]


def visits(child: str) -> Rows:
    """A list of contracts with two visits under one heading."""
    upper = ["乡镇", "村", "姓名", "身份证号", "病种", "签约日期", "随访日期", ""]
    lower = ["", "", "", "", "", "", f"第一{child}", f"第二{child}"]
    person = ["甲镇", "甲山村", "测甲一", "610099196503120112", "高血压", "2020-01-05", "2020-03-12", "2020-06-11"]
    other = ["甲镇", "甲水村", "测乙一", "610099195001200441", "高血压", "2020-01-05", "2020-03-20", "无"]
    return [upper, lower, person, other]


@pytest.mark.parametrize("child", ["次随访", "次随访日期", "季度随访时间", "次"])
@pytest.mark.parametrize("container", ["csv", "merged", "merged downwards"])
def test_visits_below_one_heading_are_all_read(tmp_path: Path, child: str, container: str) -> None:
    rows = visits(child)

    def merge(_: Any, sheets: Any) -> None:
        sheets["随访"].merge_range(0, 6, 0, 7, rows[0][6])
        for column in range(6 if container == "merged downwards" else 0):
            sheets["随访"].merge_range(0, column, 1, column, rows[0][column])

    body = to_csv(rows) if container == "csv" else to_xlsx({"随访": rows}, merge)
    found = read(tmp_path, CHRONIC, body, "610099_202006_慢病签约随访_全量")
    assert found.status == "accepted"
    assert [day for (day,) in found.values("visit_on::varchar")] == ["2020-03-12", "2020-06-11", "2020-03-20"]
    sheet = "csv" if container == "csv" else "随访"
    assert found.codes == {f"{sheet}!3": {"W_DERIVED"}}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("upright", [False, True])
def test_a_nil_report_is_one_with_every_delimiter(tmp_path: Path, delimiter: str, upright: bool) -> None:
    rows = [list(pair) for pair in zip(*NIL, strict=True)] if upright else NIL
    found = read(tmp_path, DIBAO, to_csv(rows, delimiter=delimiter), "610099_202006_低保花名册_零报告")
    assert (found.status, found.reasons) == ("nil", set())


def test_a_nil_report_whose_reviewer_is_not_known_yet_is_unsigned(tmp_path: Path) -> None:
    rows = [NIL[0], [*NIL[1][:7], "待定", NIL[1][8]]]
    assert read(tmp_path, DIBAO, to_csv(rows), "610099_202006_低保花名册_零报告").reasons == {"F_NIL_UNSIGNED"}


def test_a_file_without_a_row_is_told_as_before(tmp_path: Path) -> None:
    assert read(tmp_path, DIBAO, b"\r\n\r\n", "610099_202006_低保花名册_全量").reasons == {"F_HEADER_NOT_FOUND"}


def test_an_empty_text_is_a_result_of_a_formula(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    place = rows[0].index("备注") if "备注" in rows[0] else len(rows[0])
    rows = [[*row[:place], text, *row[place + 1 :]] for row, text in zip(rows, ["备注", "", "", ""], strict=False)]

    def formulas(_: Any, sheets: Any) -> None:
        sheets["表"].write_formula(1, place, '=IF(1=1,"","x")', None, "")

    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(to_xlsx({"表": rows}, formulas))) as made, zipfile.ZipFile(body, "w") as saved:
        for part in made.namelist():  # a spreadsheet program says that the result is a text
            saved.writestr(part, re.sub(rb'(<c r="[A-Z]+2")(><f>IF)', rb'\1 t="str"\2', made.read(part)))
    found = read(tmp_path, MEDICAL, body.getvalue())
    assert "W_FORMULA_BLANK" not in set().union(*found.codes.values())


@pytest.mark.parametrize("word", ["", "/", "—", "——", "-"])
def test_a_word_for_nothing_in_the_id_leaves_a_total_a_total(tmp_path: Path, word: str) -> None:
    rows = edited(DIBAO, {})
    header = rows[0]
    rows += [["合计" if place == 0 else "" for place, _ in enumerate(header)] for _ in range(1)]
    rows[-1][next(place for place, name in enumerate(header) if "证" in name and "号" in name)] = word
    found = read(tmp_path, DIBAO, to_csv(rows))
    assert (found.status, found.counts["rows_skipped"], found.counts["rows_in"]) == ("accepted", 1, len(rows) - 2)


def test_rows_that_only_a_merged_township_fills_are_blank(tmp_path: Path) -> None:
    rows = [["序号", *row] for row in example(MEDICAL)]
    rows[0][0] = "序号"
    for number, row in enumerate(rows[1:], start=1):
        row[0] = str(number)
    rows += [["8", *[""] * (len(rows[0]) - 1)], ["9", *[""] * (len(rows[0]) - 1)]]
    town = rows[0].index("乡镇")

    def merge(_: Any, sheets: Any) -> None:
        sheets["表"].merge_range(len(rows) - 3, town, len(rows) - 1, town, rows[-3][town])

    found = read(tmp_path, MEDICAL, to_xlsx({"表": rows}, merge))
    assert (found.counts["rows_rejected"], found.counts["rows_skipped"]) == (0, 2)


def test_village_and_group_in_one_column_are_the_village(tmp_path: Path) -> None:
    rows = example(MEDICAL)
    place = rows[0].index("村")
    rows[0][place] = "村组"
    for row in rows[1:]:
        row[place] += "三组"
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert "G_OPTIONAL_MISSING" not in found.reasons
    assert {code for (code,) in found.values("village_code")} <= {"610099101201", "610099101202", "610099102201"}


@pytest.mark.parametrize(
    ("certificate", "status", "codes"),
    [
        ("61009919680705022142", "accepted", {"W_DERIVED"}),
        ("61009919680705022042", "accepted", {"W_DERIVED", "W_ID_CHECK"}),
        ("6100991968****022142", "accepted_with_errors", {"R_ID_MASKED"}),
    ],
)
def test_an_id_taken_from_a_certificate_is_read_as_an_id(
    tmp_path: Path, certificate: str, status: str, codes: set[str]
) -> None:
    rows = edited(DISABILITY, {(2, "身份证号码"): "", (2, "残疾人证号"): certificate})
    found = read(tmp_path, DISABILITY, to_csv(rows))
    assert (found.status, found.codes["csv!2"]) == (status, codes)
    statuses = {row[0]: row[1] for row in found.values("row_no", "id_status")}
    assert statuses.get(2) == {"accepted": "invalid" if "W_ID_CHECK" in codes else "valid"}.get(status)


@pytest.mark.parametrize(
    ("feed", "columns", "name"),
    [
        ("water/village_supplies", ("农村供水工程代码", "农村供水工程名称", "检测日期"), "610099_2020_集中供水点_撤销"),
        (TOTALS, ("指标代码", "行政区划编码", "行政区划", "期间"), "610099_202006_自报汇总_撤销"),
        (TOTALS, ("指标名称", "行政区划", "期间"), "610099_202006_自报汇总_撤销"),
        (DISABILITY, ("残疾人证号", "姓名"), "610099_202006_残疾人_撤销"),
    ],
)
def test_a_withdrawal_needs_the_columns_of_its_key_only(
    tmp_path: Path, feed: str, columns: tuple[str, ...], name: str
) -> None:
    rows = example(feed)
    if feed == TOTALS:
        rows = [
            rows[0],
            [
                "ins_unpaid_persons",
                "参合未缴费人数",
                "610099",
                "测试县",
                "2020年6月",
                "3",
                "人",
                "",
                "",
                "v1",
                "测经办",
            ],
        ]
    kept = [rows[0].index(column) for column in columns]
    found = read(tmp_path, feed, to_csv([[row[place] for place in kept] for row in rows]), name)
    assert found.status == "accepted"
    assert found.counts["rows_rejected"] == 0


@pytest.mark.parametrize(("word", "code"), [("春季", "W_VALUE_DROPPED"), ("不详", "W_UNKNOWN_WORD")])
def test_a_term_that_cannot_be_read_is_the_files(tmp_path: Path, word: str, code: str) -> None:
    rows = example(TERMS)
    rows = [["学期", *row] if "学期" not in rows[0] else row for row in rows]
    place = rows[0].index("学期")
    for row in rows[1:]:
        row[place] = word
    rows[0][place] = "学期"
    found = read(tmp_path, TERMS, to_csv(rows), "610099_2020春_学籍_全量")
    assert found.status == "accepted"
    assert all(code in codes for codes in found.codes.values())
    assert {term for (term,) in found.values("term")} == {"2020S"}


@pytest.mark.parametrize(
    ("value", "unit", "wanted"), [("98.5%", "%", 0.985), ("0.5%", "%", 0.005), ("98.5%", "", 0.985)]
)
def test_a_rate_with_its_sign_leaves_no_doubt(tmp_path: Path, value: str, unit: str, wanted: float) -> None:
    rows = [example(TOTALS)[0], ["ins_rate", "", "610099", "测试县", "2020年6月", value, unit, "", "", "v1", "测经办"]]
    found = read(tmp_path, TOTALS, to_csv(rows))
    assert (found.status, found.codes) == ("accepted", {})
    assert [float(rate) for (rate,) in found.values("value")] == [wanted]


def test_a_number_that_is_no_rate_has_no_per_cent(tmp_path: Path) -> None:
    rows = [
        example(TOTALS)[0],
        ["ins_unpaid_persons", "", "610099", "测试县", "2020年6月", "3%", "人", "", "", "v1", "测经办"],
    ]
    assert read(tmp_path, TOTALS, to_csv(rows)).codes == {"csv!2": {"R_NUMBER_INVALID"}}


@pytest.mark.parametrize(("word", "wanted"), [("√", "jd"), ("1", "jd"), ("×", "normal"), ("是", "jd")])
def test_who_is_registered_is_ticked(tmp_path: Path, word: str, wanted: str) -> None:
    rows = example(MEDICAL)
    place = rows[0].index("人员属性")
    rows[0][place] = "是否建档立卡"
    for row in rows[1:]:
        row[place] = word
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert found.codes == {}
    assert {value for (value,) in found.values("person_class")} == {wanted}


@pytest.mark.parametrize("other", ["户主-身份证号", "监护人-身份证号"])
def test_the_number_of_the_head_is_not_the_students(tmp_path: Path, other: str) -> None:
    rows = example(TERMS)
    place = rows[0].index(next(name for name in rows[0] if name.startswith(("身份证", "证件号"))))
    rows = [[*row, "610099196503120112"] for row in rows]
    wanted = sorted(row[place] for row in rows[1:])
    rows[0][place], rows[0][-1] = "学生-身份证号", other
    found = read(tmp_path, TERMS, to_csv(rows))
    assert (found.status, "G_EXTRA_COLUMN" in found.reasons) == ("accepted", True)
    assert sorted(number for (number,) in found.values("id_no")) == wanted


def test_a_heads_own_name_in_two_parts_stays_the_first_choice(tmp_path: Path) -> None:
    feed = "housing/appraisals"
    rows = [[*row, "测另名"] for row in example(feed)]
    place = rows[0].index("户主姓名")
    wanted = sorted(row[place] for row in rows[1:])
    rows[0][place], rows[0][-1] = "户主-姓名", "户主名称"
    found = read(tmp_path, feed, to_csv(rows))
    assert sorted(name for (name,) in found.values("head_name")) == wanted


def test_payments_side_by_side_are_one_record_each(tmp_path: Path) -> None:
    header = [
        "姓名",
        "身份证号",
        "资助项目",
        "第一批发放金额",
        "第一批发放日期",
        "第二批发放金额",
        "第二批发放日期",
        "营养餐金额",
    ]
    paid = ["测甲三", "610099200809010337", "寄宿生生活补助", "250", "2020-04-01", "250", "2020-06-01", "400"]
    found = read(tmp_path, "education/aid_payments", to_csv([header, paid]), "610099_2020春_学生资助_增量")
    assert (found.status, found.codes) == ("accepted", {"csv!2": {"W_DERIVED"}})
    board = ("board", "250.00", "1", "2020-04-01"), ("board", "250.00", "2", "2020-06-01")
    values = sorted(tuple(map(str, row)) for row in found.values("programme", "paid_amt", "pay_no", "paid_on"))
    assert [row for row in values if row[0] == "board"] == list(board)
    assert [row for row in values if row[0] != "board"] == [("meal", "400.00", "None", "None")]


def test_a_programme_beside_the_others_needs_no_date(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "资助项目", "资助金额", "营养餐金额"]
    rows = [header, ["测甲三", "610099200809010337", "寄宿生生活补助", "250", "400"]]
    found = read(tmp_path, "education/aid_payments", to_csv(rows), "610099_2020春_学生资助_增量")
    assert sorted(tuple(map(str, row)) for row in found.values("programme", "paid_amt")) == [
        ("board", "250.00"),
        ("meal", "400.00"),
    ]


def test_the_unit_in_a_heading_above_counts(tmp_path: Path) -> None:
    feed = "housing/retrofits"
    lower = example(feed)[0]
    place = [index for index, name in enumerate(lower) if name.startswith(("补助标准", "兑付金额"))]
    lower = [name.partition("（")[0] for name in lower]
    upper = ["补助资金（万元）" if index in place else name for index, name in enumerate(lower)]
    body = [[("1" if index in place and cell else cell) for index, cell in enumerate(row)] for row in example(feed)[1:]]

    def merge(_: Any, sheets: Any) -> None:
        for column, name in enumerate(lower):
            if column not in place:
                sheets["表"].merge_range(0, column, 1, column, name)

    found = read(tmp_path, feed, to_xlsx({"表": [upper, lower, *body]}, merge))
    assert "G_UNIT_CONVERTED" in found.reasons
    assert {str(amount) for (amount,) in found.values("due_amt") if amount is not None} == {"10000.00"}
