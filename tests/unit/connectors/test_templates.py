"""The blank workbooks: a clerk can fill them in, and what is filled in can be read back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import openpyxl
import pytest

from connectors.contract import Feed, feeds, load_feed
from connectors.intake.header_text import clean_header, without_bracket
from connectors.outbox.templates import example_of, header_text, template_columns, words_of, write_template
from pipeline.receiving.templates import write_templates

HEADER_ROW = 3


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = write_templates(tmp_path_factory.mktemp("templates"))
    return {feed.name: path for feed, path in zip(feeds(), paths, strict=True)}


def headers_in(path: Path) -> list[str]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [str(cell.value) for cell in sheet[HEADER_ROW]]


def test_every_feed_has_its_own_template(written: dict[str, Path]) -> None:
    assert len(set(written.values())) == len(feeds())
    assert all(path.exists() for path in written.values())


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_every_required_column_is_offered_and_marked(feed: Feed, written: dict[str, Path]) -> None:
    found = headers_in(written[feed.name])
    for column in feed.columns:
        if column.req == "M":
            assert header_text(column) in found
            assert header_text(column).startswith("*")
        if column.req == "C":
            assert header_text(column) in found


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_each_printed_header_is_understood_when_the_file_comes_back(feed: Feed, written: dict[str, Path]) -> None:
    known = {clean_header(head): c.name for c in feed.columns for head in (c.header, *c.aliases)}
    for printed, column in zip(headers_in(written[feed.name])[1:], template_columns(feed), strict=True):
        text = clean_header(printed)
        assert known.get(text, known.get(without_bracket(text))) == column.name


def test_the_form_of_the_enrolment_template(written: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(written["medical/enrolments"])
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("数据", "visible"),
        ("填写说明", "visible"),
        ("代码表", "hidden"),
    ]
    sheet = book["数据"]
    assert sheet["A1"].value == "医保参保缴费花名册"
    assert (sheet["A2"].value, sheet["D2"].value) == ("填报单位", "填报日期")
    assert sheet.max_row == HEADER_ROW
    assert headers_in(written["medical/enrolments"])[:3] == ["序号", "*姓名", "*证件号码"]


def test_ids_and_codes_are_typed_as_text(tmp_path: Path) -> None:
    feed = load_feed("housing", "retrofits")
    path = tmp_path / "retrofits.xlsx"
    write_template(feed, path)
    sheet = openpyxl.load_workbook(path)["数据"]
    runs = sheet.column_dimensions.values()
    for place, column in enumerate(template_columns(feed), start=2):
        if column.type in {"id", "hhno", "code"} or column.name == "account_no":
            look = next(run.number_format for run in runs if run.min <= place <= run.max)
            assert look == "@", column.name


def test_a_code_column_drops_down_the_official_words(written: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(written["civil_affairs/tekun"])
    place = headers_in(written["civil_affairs/tekun"]).index("*供养方式") + 1
    cell = f"{openpyxl.utils.get_column_letter(place)}{HEADER_ROW + 1}"
    rule = next(rule for rule in book["数据"].data_validations.dataValidation if cell in rule.sqref)
    sheet_name, area = rule.formula1.split("!")
    assert [row[0].value for row in book[sheet_name][area.replace("$", "")]] == ["分散供养", "集中供养"]


def test_a_column_that_takes_several_words_has_no_drop_down(written: dict[str, Path]) -> None:
    path = written["registry/persons"]
    place = headers_in(path).index("健康状况") + 1
    cell = f"{openpyxl.utils.get_column_letter(place)}{HEADER_ROW + 1}"
    rules = openpyxl.load_workbook(path)["数据"].data_validations.dataValidation
    assert not any(cell in rule.sqref for rule in rules)


def test_the_guide_explains_each_column(written: dict[str, Path]) -> None:
    guide = openpyxl.load_workbook(written["registry/households"])["填写说明"]
    lines = {row[0]: row[1:] for row in guide.iter_rows(values_only=True)}
    meaning, duty, manner, words, example = lines["脱贫属性"]
    assert meaning
    assert duty == "必填"
    assert manner == "从下拉框里选一个"
    assert "未脱贫" in str(words)
    assert example == "已脱贫(享受政策)"


def test_every_example_can_be_chosen_from_its_drop_down() -> None:
    for feed in feeds():
        for column in template_columns(feed):
            offered = words_of(column)
            if offered and column.example and not column.multi and "suggest" not in column.extra:
                assert example_of(column) in offered, f"{feed.name}.{column.name}"


def test_a_list_that_grows_offers_every_word_for_what_happened_to_a_row() -> None:
    columns = [column for feed in feeds() for column in template_columns(feed) if column.name == "op"]
    assert columns
    assert {words_of(column) for column in columns} == {("新增", "更正", "撤销")}


def test_the_same_template_has_the_same_bytes(tmp_path: Path) -> None:
    feed = load_feed("water", "household_water")
    sums = set()
    for name in ("one.xlsx", "two.xlsx"):
        write_template(feed, tmp_path / name)
        sums.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(sums) == 1
