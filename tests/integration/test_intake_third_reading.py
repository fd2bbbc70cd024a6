"""What three more authors who knew the specification only expected, where the intake once answered otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builders.biff import Number, build_biff
from tests.integration.intake_bench import Rows, column, edited, example, read, to_csv, to_xlsx

MEDICAL, DISABILITY, VILLAGES = "medical/enrolments", "civil_affairs/disability", "registry/villages"
TOTALS, RETROFITS, DIBAO = "medical/department_totals", "housing/retrofits", "civil_affairs/dibao"
LONG = ["乡镇", "村", "姓名", "身份证号码", "残疾人证号", "残疾类别", "残疾等级", "评定日期", "享受补贴起始月份",
        "停发月份", "是否死亡", "补贴类型", "补贴金额"]  # fmt: skip
PERSON = [
    "甲镇",
    "甲山村",
    "测甲二",
    "610099196807050221",
    "61009919680705022142",
    "肢体",
    "二级",
    "2016-04-12",
    "201801",
]


def footer(feed: str, cells: dict[str, str]) -> list[str]:
    row = [""] * len(example(feed)[0])
    for name, text in cells.items():
        row[column(feed, name)] = text
    return row


def long_rows(*rows: tuple[str, str, str, str]) -> bytes:
    """Rows of one person: month of the end, dead or not, kind, amount."""
    return to_csv([LONG, *([*PERSON, *row] for row in rows)])


def test_rows_of_a_long_list_are_one_record_and_each_is_checked(tmp_path: Path) -> None:
    found = read(tmp_path, DISABILITY, long_rows(("", "否", "护理", "65"), ("", "是", "生活", "70")))
    assert (found.status, found.staged.joined) == ("accepted", 1)
    assert found.codes == {"csv!3": {"W_CONFLICT", "W_DERIVED"}}
    assert found.values("care_amt", "living_amt") == [("65.00", "70.00")]


def test_a_rejected_row_of_a_long_list_takes_no_other_with_it(tmp_path: Path) -> None:
    found = read(tmp_path, DISABILITY, long_rows(("201701", "否", "护理", "65"), ("", "否", "生活", "70")))
    assert (found.status, found.staged.joined) == ("accepted_with_errors", 0)
    assert found.codes == {"csv!2": {"R_INTERVAL"}}
    assert found.values("care_amt", "living_amt") == [(None, "70.00")]


def test_a_certificate_in_scientific_form_is_no_certificate(tmp_path: Path) -> None:
    found = read(tmp_path, DISABILITY, to_csv(edited(DISABILITY, (2, "残疾人证号", "6.10099E+19"))))
    assert found.codes == {"csv!2": {"R_ID_NUMERIC"}}


@pytest.mark.parametrize(("feed", "name"), [(VILLAGES, "行政区划编码"), (TOTALS, "指标代码")])
def test_a_total_may_stand_in_the_column_of_codes(tmp_path: Path, feed: str, name: str) -> None:
    rows = example(feed)
    found = read(tmp_path, feed, to_csv([rows[0], footer(feed, {name: "合 计"}), *rows[1:]]))
    assert (found.status, found.counts["rows_skipped"]) == ("accepted", 1)


def test_a_former_code_that_is_none_is_dropped(tmp_path: Path) -> None:
    rows = [
        [*row, text] for row, text in zip(example(VILLAGES), ["合并前村编号", "旧村", "610099101203", ""], strict=True)
    ]
    found = read(tmp_path, VILLAGES, to_csv(rows))
    assert found.codes == {"csv!2": {"W_VALUE_DROPPED"}}
    assert found.values("prev_code") == [(None,), ("610099101203",), (None,)]


def test_a_blank_part_of_the_key_is_what_it_stands_for(tmp_path: Path) -> None:
    header, first, *_ = example(MEDICAL)
    rows = [[*header, "险种"], [*first, ""], [*first, "居民医保"]]
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert (found.codes, found.counts["rows_dup"]) == ({"csv!3": {"W_DUP_ROW"}}, 1)


def test_a_day_that_stands_twice_in_a_row_leaves_the_row_accepted(tmp_path: Path) -> None:
    header = ["乡镇", "村", "姓名", "身份证号", "病种", "签约日期", "第一次随访日期", "第二次随访日期"]
    row = ["甲镇", "甲山村", "测甲一", "610099196503120112", "高血压", "2020-01-05", "2020-03-12", "2020-03-12"]
    found = read(tmp_path, "medical/chronic_visits", to_csv([header, row]), "610099_202006_慢病签约随访_全量")
    assert (found.counts["rows_dup"], found.counts["rows_warn"]) == (0, 1)
    assert len(found.values("visit_on")) == 1


def test_the_day_of_payment_is_asked_for_beside_the_state(tmp_path: Path) -> None:
    place = column(MEDICAL, "缴费时间")
    rows = [[*row[:place], *row[place + 1 :]] for row in example(MEDICAL)]
    assert "G_OPTIONAL_MISSING" in read(tmp_path, MEDICAL, to_csv(rows)).reasons


SHORT = ["乡镇", "村", "姓名", "身份证号", "参保年度", "参保状态", "缴费时间"]
INSURED = ["甲镇", "甲山村", "测甲一", "610099196503120112", "2020", "已参保"]


def test_a_list_of_few_rows_in_an_old_workbook_is_counted_from_its_own_day(tmp_path: Path) -> None:
    body = build_biff([("表", [SHORT, [*INSURED, Number(42419)]], True)], date1904=True, is_short=True)
    found = read(tmp_path, MEDICAL, body)
    assert found.codes == {"表!2": {"W_DATE_SERIAL"}}
    assert found.values("paid_on") == [("2020-02-20",)]


def test_a_list_of_few_rows_in_an_old_workbook_with_a_password_is_told_so(tmp_path: Path) -> None:
    body = build_biff([("表", [SHORT, [*INSURED, "2020-02-20"]], True)], is_encrypted=True, is_short=True)
    assert read(tmp_path, MEDICAL, body).reasons == {"F_ENCRYPTED"}


def test_a_list_of_few_rows_in_biff5_keeps_its_letters(tmp_path: Path) -> None:
    body = build_biff([("表", [SHORT, [*INSURED, "2020-02-20"]], True)], version=5, is_short=True)
    assert read(tmp_path, MEDICAL, body).values("name") == [("测甲一",)]


@pytest.mark.parametrize("mark", ["\u00ad", "\u200b", "\u200e", "\u202a", "\u202c", "\u2060", "\u2069", "\ufeff"])
def test_what_nobody_sees_is_no_part_of_a_number_or_a_header(tmp_path: Path, mark: str) -> None:
    rows = edited(MEDICAL, (2, "身份证号", f"{mark}610099196503120112{mark}"))
    rows[0] = [f"{mark}{text}{mark}" for text in rows[0]]
    found = read(tmp_path, MEDICAL, to_xlsx({"表": rows}))
    assert found.codes == {"表!2": {"W_ID_CLEANED"}}
    homes = edited("registry/households", (2, "户编号", f"90000000001{mark}"))
    assert read(tmp_path, "registry/households", to_xlsx({"表": homes})).codes.get("表!2", set()) <= {"W_ID_CLEANED"}


UPPER = ["行政区划", "", "参保人", "", "参保", "", "缴费"]


@pytest.mark.parametrize("title", [[], [["2020年度城乡居民医保参保花名册"]]])
def test_every_printed_page_may_repeat_all_rows_of_the_header(tmp_path: Path, title: Rows) -> None:
    paid = [*INSURED, "2020-02-20"]
    other = [*INSURED[:2], "测甲二", "610099196807050221", *INSURED[4:], "2020-02-20"]
    width = len(SHORT)
    top = [[*row, *[""] * (width - len(row))] for row in [*title, UPPER, SHORT]]
    found = read(tmp_path, MEDICAL, to_xlsx({"表": [*top, paid, *top, other]}))
    assert (found.status, found.counts["rows_in"], found.counts["rows_skipped"]) == ("accepted", 2, len(top))


@pytest.mark.parametrize("numbers", ["{}", "({})", "（{}）"])
def test_the_columns_numbers_below_a_repeated_header_are_no_row(tmp_path: Path, numbers: str) -> None:
    header, first, *others = example(MEDICAL)
    numbered = [numbers.format(place) for place, _ in enumerate(header, start=1)]
    rows = [header, numbered, first, header, numbered, *others]
    found = read(tmp_path, MEDICAL, to_csv(rows))
    assert (found.status, found.counts["rows_skipped"]) == ("accepted", 3)


@pytest.mark.parametrize(
    ("feed", "cells"),
    [
        (MEDICAL, {"乡镇": "填表人：测经办", "身份证号": "审核人：测审核"}),
        (MEDICAL, {"参保年度": "填报日期：2020-07-01"}),
        (DIBAO, {"乡镇": "制表人：测制表", "低保证号": "审核人：测审核", "户主": "联系电话：029-12345678"}),
    ],
)
def test_a_signature_is_none_less_for_standing_in_a_column_of_the_key(
    tmp_path: Path, feed: str, cells: dict[str, str]
) -> None:
    found = read(tmp_path, feed, to_csv([*example(feed), footer(feed, cells)]))
    assert (found.status, found.counts["rows_skipped"]) == ("accepted", 1)


@pytest.mark.parametrize(
    "cell", ["(单位：万元)", "（单位：万元）", "2020年度参保花名册（单位：万元）", "金额单位：万元"]
)
def test_the_unit_may_stand_in_brackets(tmp_path: Path, cell: str) -> None:
    rows = [[*SHORT, "个人缴费金额"], [*INSURED, "2020-02-20", "0.028"]]
    found = read(tmp_path, MEDICAL, to_csv([[cell], *rows]))
    assert "G_UNIT_CONVERTED" in found.reasons
    assert found.values("paid_self") == [("280.00",)]


def test_a_title_before_the_unit_still_says_the_period(tmp_path: Path) -> None:
    rows = [["2019年度参保花名册（单位：元）"], SHORT, [*INSURED, "2020-02-20"]]
    assert read(tmp_path, MEDICAL, to_csv(rows)).reasons == {"F_META_CONFLICT"}


@pytest.mark.parametrize("second", [["单位：元"], []])
def test_each_sheet_has_the_unit_of_its_own_line(tmp_path: Path, second: list[str]) -> None:
    header, first, other, *_ = example(RETROFITS)
    place = column(RETROFITS, "补助标准")

    def with_amount(row: list[Any], amount: str) -> list[Any]:
        return [*row[:place], amount, *row[place + 1 :]]

    header = with_amount(header, "补助标准")
    sheets = {
        "甲镇": [["单位：万元"], header, with_amount(first, "1")],
        "乙镇": [second, header, with_amount(other, "10000")],
    }
    found = read(tmp_path, RETROFITS, to_xlsx(sheets))
    assert "G_UNIT_CONVERTED" in found.reasons
    assert {amount for (amount,) in found.values("due_amt")} == {"10000.00"}


def test_a_heading_over_several_columns_is_the_header_of_none(tmp_path: Path) -> None:
    header, *rows = example(DIBAO)
    upper = [*header, "保障人数", ""]
    lower = [*([""] * len(header)), "合计", "重点保障人数"]

    def merge(_: Any, sheets: Any) -> None:
        sheets["表"].merge_range(0, len(header), 0, len(header) + 1, "保障人数")

    body = to_xlsx({"表": [upper, lower, *([*row, "1", "0"] for row in rows)]}, merge)
    found = read(tmp_path, DIBAO, body)
    assert "F_HEADER_AMBIGUOUS" not in found.reasons
    assert found.status == "accepted"
