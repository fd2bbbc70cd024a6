"""Header texts, header search, periods and places, without any file."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.contract import load_feed
from connectors.intake.header_text import clean_header, flatten, forms, unit_of
from connectors.intake.headers import find_header, missing
from connectors.intake.meta import from_name
from connectors.intake.periods import find_period, parse_period
from connectors.intake.places import build_places, code_level


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (" 姓 名 ", "姓名"),
        ("*姓名：", "姓名"),
        ("1.姓名", "姓名"),
        ("（一）姓名", "姓名"),
        ("一、姓名", "姓名"),
        ("本次总费用①=②+③", "本次总费用"),
        ("面积（M２）", "面积(m2)"),
        ("一卡通账号", "一卡通账号"),
    ],
)
def test_header_texts_are_cleaned(text: str, cleaned: str) -> None:
    assert clean_header(text) == cleaned


def test_unit_in_a_bracket() -> None:
    assert unit_of(clean_header("补助标准（万元）")) == "万元"
    assert unit_of(clean_header("县(市、区、旗)")) is None


def test_forms_of_a_path() -> None:
    assert forms(("学生", "姓名")) == ["学生-姓名", "学生姓名", "姓名"]


def test_blank_upper_cells_take_the_text_on_their_left() -> None:
    assert flatten([["学生", None, "学校"], ["姓名", "证号", None]], is_merged=False) == [
        ("学生", "姓名"),
        ("学生", "证号"),
        ("学校",),
    ]


def test_the_alias_listed_first_wins() -> None:
    feed = load_feed("medical", "enrolments")
    header = find_header([["姓名", "身份证号", "村", "参保情况", "参保状态", "缴费时间"]], (), feed)
    assert header is not None
    assert header.index_of("ins_state") == 4
    assert header.unknown == (3,)
    assert missing(header.names(), feed) == []


def test_fewer_than_three_fields_are_no_header() -> None:
    assert find_header([["乡镇", "应参保", "已参保", "参保率"]], (), load_feed("medical", "department_totals")) is None


@pytest.mark.parametrize(
    ("text", "canonical", "first", "last"),
    [
        ("2020", "2020", "2020-01-01", "2020-12-31"),
        ("202006", "202006", "2020-06-01", "2020-06-30"),
        ("2020-06", "202006", "2020-06-01", "2020-06-30"),
        ("2020年6月", "202006", "2020-06-01", "2020-06-30"),
        ("20200630", "20200630", "2020-06-30", "2020-06-30"),
        ("2020-06-30", "20200630", "2020-06-30", "2020-06-30"),
        ("2020Q2", "2020Q2", "2020-04-01", "2020-06-30"),
        ("2020年第二季度", "2020Q2", "2020-04-01", "2020-06-30"),
        ("2020H1", "2020H1", "2020-01-01", "2020-06-30"),
        ("2020春", "2020S", "2020-02-01", "2020-08-31"),
        ("2019秋", "2019A", "2019-09-01", "2020-01-31"),
        ("2019-2020学年第一学期", "2019A", "2019-09-01", "2020-01-31"),
        ("2019-2020学年第二学期", "2020S", "2020-02-01", "2020-08-31"),
    ],
)
def test_periods(text: str, canonical: str, first: str, last: str) -> None:
    period = parse_period(text)
    assert period is not None
    assert (period.text, period.start, period.end) == (
        canonical,
        dt.date.fromisoformat(first),
        dt.date.fromisoformat(last),
    )


def test_period_inside_a_title() -> None:
    found = find_period("测试县2019-2020学年第二学期学籍名册")
    assert found is not None
    assert found.text == "2020S"
    assert find_period("测试县人员名册") is None


def test_tokens_of_a_file_name() -> None:
    source = from_name("610099_2019-2020学年第一学期_学籍就学状态_更正_2.xlsx")
    assert (source.area, source.period and source.period.text, source.mode) == ("610099", "2019A", "correction")


@pytest.mark.parametrize(
    ("code", "cut"),
    [
        ("61009910120100220", "610099101201"),
        ("610099101000", "610099101"),
        ("610099000000", "610099"),
        ("610000", "6100"),
    ],
)
def test_area_codes_are_cut_to_their_level(code: str, cut: str) -> None:
    assert code_level(code) == cut


def test_villages_by_name() -> None:
    places = build_places(
        [
            ("610099101", "甲镇", None, None),
            ("610099102", "乙镇", None, None),
            ("610099101201", "新村", None, None),
            ("610099102201", "新村", "610099102299", "旧村"),
        ]
    )
    inside = places.by_name("新村村委会", places.township("甲镇人民政府", "610099"), "610099")
    assert inside is not None
    assert (inside.area, inside.codes) == ("610099101201", ())
    several = places.by_name("新村", None, "610099")
    assert several is not None
    assert several.codes == ("R_AREA_AMBIGUOUS",)
    former = places.by_name("旧村", None, "610099")
    assert former is not None
    assert former.codes == ("W_AREA_NAME", "W_AREA_OLD")
    assert places.by_name("丁家村", None, "610099") is None
