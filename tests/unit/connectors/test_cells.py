"""Single cells: the test vectors of feeds.md section 4."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract import Column, code_list
from connectors.intake.cell_ids import check_digit, is_valid
from connectors.intake.cells import Environment, Tag, blank, read_cell

ENV = Environment(dt.date(2020, 7, 3))


def a_column(kind: Any, req: Any = "O", **facts: Any) -> Column:
    return Column("field", "列", kind, req, "O", "", **facts)


def read(text: str, column: Column, kind: str = "t", tag: Tag | None = None) -> tuple[str | None, set[str]]:
    cell = read_cell(text, kind, column, ENV, tag or Tag())
    return cell.value, set(cell.codes)


DATES = [
    ("2019-09-30", "t", "2019-09-30", set()),
    ("2019/9/30", "t", "2019-09-30", set()),
    ("2019.9.30", "t", "2019-09-30", set()),
    ("2019年9月30日", "t", "2019-09-30", set()),
    ("2019年9月30号", "t", "2019-09-30", set()),
    ("20190930", "t", "2019-09-30", set()),
    ("2019-9-30 08:15:00", "t", "2019-09-30", set()),
    ("2019-09-30T00:00:00", "t", "2019-09-30", set()),
    ("二〇一九年九月三十日", "t", "2019-09-30", set()),
    ("二〇一九年十二月二十一日", "t", "2019-12-21", set()),
    ("20190930", "n", "2019-09-30", set()),
    ("2019-09-30", "d", "2019-09-30", set()),
    ("43738", "n", "2019-09-30", {"W_DATE_SERIAL"}),
    ("43738", "t", "2019-09-30", {"W_DATE_SERIAL"}),
    ("43738.5", "n", "2019-09-30", {"W_DATE_SERIAL"}),
    ("2019-9", "t", "2019-09-01", {"W_DATE_PART"}),
    ("2019年9月", "t", "2019-09-01", {"W_DATE_PART"}),
    ("201909", "n", "2019-09-01", {"W_DATE_PART"}),
    ("2019.10", "t", "2019-10-01", {"W_DATE_PART"}),
    ("2019.1", "t", "2019-01-01", {"W_DATE_PART"}),
    ("2019.9", "n", "2019-09-01", {"W_DATE_PART"}),
    ("2019.11", "n", "2019-11-01", {"W_DATE_PART"}),
    ("2019.1", "n", None, {"W_DATE_AMBIGUOUS"}),
    ("2019", "t", "2019-01-01", {"W_DATE_PART"}),
    ("2019年", "t", "2019-01-01", {"W_DATE_PART"}),
    ("19.9.30", "t", "2019-09-30", {"W_DATE_2DIGIT"}),
    ("65-3-12", "t", "1965-03-12", {"W_DATE_2DIGIT"}),
    ("2019-02-30", "t", None, {"W_VALUE_DROPPED:R_DATE_INVALID"}),
    ("2019.13", "t", None, {"W_VALUE_DROPPED:R_DATE_INVALID"}),
    ("30/9/2019", "t", None, {"W_VALUE_DROPPED:R_DATE_INVALID"}),
    ("2019年9月下旬", "t", None, {"W_VALUE_DROPPED:R_DATE_INVALID"}),
    ("1899-12-31", "t", None, {"W_VALUE_DROPPED:R_DATE_INVALID"}),
    ("2020-07-04", "t", None, {"W_VALUE_DROPPED:R_DATE_FUTURE"}),
]


@pytest.mark.parametrize(("text", "kind", "value", "codes"), DATES)
def test_dates(text: str, kind: str, value: str | None, codes: set[str]) -> None:
    assert read(text, a_column("date"), kind) == (value, codes)


def test_bad_date_in_a_mandatory_column_is_its_own_code() -> None:
    assert read("2019.1", a_column("date", "M"), "n") == (None, {"R_DATE_INVALID"})
    assert read("2019-02-30", a_column("date", "M")) == (None, {"R_DATE_INVALID"})


@pytest.mark.parametrize("text", ["长期", "至今", "9999-12-31", "2099-12-31"])
def test_open_ends_are_null(text: str) -> None:
    assert read(text, a_column("date", event=False, open_end=True)) == (None, set())


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("2019年9月", "2019-09", set()),
        ("2019-09-30", "2019-09", set()),
        ("2019", "2019-01", {"W_DATE_PART"}),
    ],
)
def test_months(text: str, value: str, codes: set[str]) -> None:
    assert read(text, a_column("month")) == (value, codes)


MONEY = [
    ("280", "280.00", set()),
    ("280.00", "280.00", set()),
    ("280元", "280.00", set()),
    ("￥280", "280.00", set()),
    ("1,280.50", "1280.50", set()),
    ("0.5万元", "5000.00", {"G_UNIT_CONVERTED"}),
    ("0.5万", "5000.00", {"G_UNIT_CONVERTED"}),
    ("(280.00)", "-280.00", set()),
    ("280.005", "280.01", {"W_AMOUNT_ROUNDED"}),
    ("约300", None, {"W_VALUE_DROPPED:R_AMOUNT_INVALID"}),
    ("二百八十元", None, {"W_VALUE_DROPPED:R_AMOUNT_INVALID"}),
    ("280/年", None, {"W_VALUE_DROPPED:R_AMOUNT_INVALID"}),
]


@pytest.mark.parametrize(("text", "value", "codes"), MONEY)
def test_money(text: str, value: str | None, codes: set[str]) -> None:
    assert read(text, a_column("money", negative=True)) == (value, codes)


def test_negative_money_is_dropped_where_it_is_not_allowed() -> None:
    assert read("-500", a_column("money")) == (None, {"W_VALUE_DROPPED:R_AMOUNT_NEGATIVE"})
    assert read("-500", a_column("money", "M")) == (None, {"R_AMOUNT_NEGATIVE"})


def test_binary_noise_is_rounded_silently() -> None:
    assert read("280.30000000000001", a_column("money"), "n") == ("280.30", set())


def test_header_unit_is_weaker_than_the_cell() -> None:
    assert read("280元", a_column("money"), tag=Tag("万元")) == ("280.00", set())
    assert read("0.028", a_column("money"), tag=Tag("万元")) == ("280.00", {"G_UNIT_CONVERTED"})


def test_blank_money() -> None:
    column = a_column("money", blank0=True)
    assert blank(column, ENV).value == "0.00"
    assert read("/", column) == ("0.00", {"W_BLANK_AS_ZERO"})
    assert read("无", column) == ("0.00", set())
    assert read("不详", column) == (None, {"W_UNKNOWN_WORD"})


@pytest.mark.parametrize("text", ["3", "3.0", "3人", "３"])
def test_whole_numbers(text: str) -> None:
    assert read(text, a_column("int")) == ("3", set())


@pytest.mark.parametrize("text", ["三", "3-4", "3.5"])
def test_no_whole_numbers(text: str) -> None:
    assert read(text, a_column("int", "M")) == (None, {"R_NUMBER_INVALID"})


def test_range() -> None:
    assert read("21", a_column("int", low=Decimal(1), high=Decimal(20))) == ("21", {"W_RANGE"})


YES = "是 有 已 √ ✓ ☑ Y YES TRUE 1 符合 合格 达标 安全 已参加 已验收 基本达标".split()  # noqa: SIM905
NO = "否 无 未 × ✗ ☐ X N NO FALSE 0 2 不符合 不合格 不达标 不安全 未参加".split()  # noqa: SIM905


@pytest.mark.parametrize(("text", "value"), [*((text, "1") for text in YES), *((text, "0") for text in NO)])
def test_yes_and_no(text: str, value: str) -> None:
    assert read(text, a_column("yn")) == (value, set())
    assert read(text, a_column("yn"), tag=Tag(inverse=True)) == ("0" if value == "1" else "1", set())


def test_neither_yes_nor_no() -> None:
    assert read("不涉及", a_column("yn")) == (None, set())
    assert read("○", a_column("yn")) == (None, {"W_VALUE_DROPPED:R_CODE_UNKNOWN"})


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [("85%", "0.85", set()), ("0.85", "0.85", set()), ("95", "0.95", {"W_PERCENT_ASSUMED"}), ("1", "1", set())],
)
def test_per_cent(text: str, value: str, codes: set[str]) -> None:
    assert read(text, a_column("pct")) == (value, codes)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("户主", "t", "01"), ("1", "n", "01"), ("01", "t", "01"), ("之 子", "t", "03"), ("儿子（长子）", "t", "03")],
)
def test_codes(text: str, kind: str, value: str) -> None:
    assert read(text, a_column("code", codes=code_list("CL-REL")), kind) == (value, set())


def test_several_codes_in_one_cell() -> None:
    column = a_column("code", codes=code_list("CL-CLASS"), multi=True)
    assert read("建档立卡、低保", column) == ("jd,dibao", set())
    assert read("建档立卡、月亮", column) == ("jd", {"W_VALUE_DROPPED:R_CODE_UNKNOWN"})


@pytest.mark.parametrize(
    "text", ["", "  ", "/", "\\", "-", "--", "—", "——", "－", "／", "NULL", "N/A", "暂无", "无", "#N/A"]
)
def test_blanks(text: str) -> None:
    assert read(text, a_column("text")) == (None, set())
    assert read(text, a_column("text", "M")) == (None, {"R_REQUIRED_BLANK"})


def test_numbers_that_are_texts() -> None:
    household = Column("hh_no", "户编号", "hhno", "M", "I", "")
    assert read("90000000001", household, "n") == ("90000000001", {"W_NUMERIC_TEXT"})
    assert read("9000000000123456", household, "n") == (None, {"R_KEY_MISSING"})
    account = Column("account_no", "银行账号", "text", "O", "I", "", vaulted=True)
    assert read("6217000000000000001", account, "n") == (None, {"W_ACCOUNT_NUMERIC"})
    phone = Column("phone", "联系电话", "text", "O", "I", "", vaulted=True)
    assert read("13800001111", phone, "n") == ("13800001111", set())
    assert read("12345", phone) == (None, {"W_VALUE_DROPPED:R_NUMBER_INVALID"})


def test_check_digit_of_the_standard() -> None:
    assert check_digit("11010519491231002") == "X"
    assert is_valid("11010519491231002X")
    assert not is_valid("110105194912310020")


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("测 甲一", "测甲一", {"W_NAME_CLEANED"}),
        ("阿合.测丙一", "阿合·测丙一", {"W_NAME_CLEANED"}),
        ("阿合•测丙一", "阿合·测丙一", {"W_NAME_CLEANED"}),
        ("测甲一（已故）", "测甲一", {"W_NAME_CLEANED"}),
        ("测〓一", "测〓一", {"W_NAME_RARE"}),
        ("John Smith", "JohnSmith", {"W_NAME_CLEANED"}),
        ("测甲1", None, {"R_NAME_INVALID"}),
        ("？？", None, {"R_NAME_INVALID"}),
    ],
)
def test_names(text: str, value: str | None, codes: set[str]) -> None:
    assert read(text, Column("name", "姓名", "name", "M", "I", "")) == (value, codes)
