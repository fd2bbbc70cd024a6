"""What two more authors who knew the specification only expected: stored values, and what real programs write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders.biff import Formula, build_biff
from tests.integration.intake_bench import column, edited, example, read, to_csv, to_xlsx

MEDICAL, CLAIMS, HOUSEHOLDS = "medical/enrolments", "medical/inpatient_claims", "registry/households"
VILLAGES = "registry/villages"


@pytest.mark.parametrize("residue", [-1.8189894035458565e-12, -2.8421709430404007e-14, 1e-10])
def test_what_a_formula_leaves_of_nothing_is_nothing(tmp_path: Path, residue: float) -> None:
    found = read(tmp_path, CLAIMS, to_xlsx({"表": edited(CLAIMS, (2, "押金", residue))}))
    assert found.codes.get("表!2") is None
    assert found.values("deposit")[0] == ("0.00",)


@pytest.mark.parametrize(
    ("members", "stored"),
    [(2.9999999999999996, "3"), (1.0000000000000002, "1"), ("3.0000000000000004", "3"), (2.5, None), ("2.01", None)],
)
def test_a_whole_number_may_carry_the_noise_of_its_formula(
    tmp_path: Path, members: float | str, stored: str | None
) -> None:
    found = read(tmp_path, HOUSEHOLDS, to_xlsx({"表": edited(HOUSEHOLDS, (2, "人数", members))}))
    if stored is None:
        assert found.codes["表!2"] == {"R_NUMBER_INVALID"}
    else:
        assert (found.codes.get("表!2"), found.values("member_count")[0]) == (None, (stored,))


@pytest.mark.parametrize(("sent", "stored"), [(".50", "0.50"), ("\u2212320", None), ("-.50", None)])
def test_amounts_as_databases_and_typesetters_write_them(tmp_path: Path, sent: str, stored: str | None) -> None:
    found = read(tmp_path, CLAIMS, to_csv(edited(CLAIMS, (2, "押金", sent))))
    assert found.values("deposit")[0] == (stored,)
    assert found.codes.get("csv!2") == (None if stored else {"W_VALUE_DROPPED"})


def test_a_formula_that_gave_an_empty_text_has_a_stored_value(tmp_path: Path) -> None:
    rows = edited(CLAIMS, (2, "押金", Formula("")), (3, "押金", Formula(None)))
    found = read(tmp_path, CLAIMS, build_biff([("表", [[cell or None for cell in row] for row in rows], True)]))
    assert found.values("deposit")[:2] == [("0.00",), (None,)]
    assert found.codes["表!2"] == {"W_BLANK_AS_ZERO"}
    assert found.codes["表!3"] == {"W_FORMULA_BLANK"}


@pytest.mark.parametrize("sent", ["20200601081500", "202006010815", "2020年6月1日 8时15分", "2020-06-01 08:15:00"])
def test_a_time_of_day_is_cut_in_whatever_form(tmp_path: Path, sent: str) -> None:
    found = read(tmp_path, CLAIMS, to_csv(edited(CLAIMS, (2, "入院日期", sent))))
    assert (found.codes.get("csv!2"), found.values("admitted_on")[0]) == (None, ("2020-06-01",))


def test_a_number_that_only_looks_like_a_time_is_no_date(tmp_path: Path) -> None:
    found = read(tmp_path, CLAIMS, to_csv(edited(CLAIMS, (2, "入院日期", "20200601991500"))))
    assert found.codes["csv!2"] == {"R_DATE_INVALID"}


@pytest.mark.parametrize(
    "sent",
    ["长期", "至 今", "2099-12-31 00:00:00", "2099-12-31T00:00:00", "2099年12月31日", "２０９９－１２－３１",
     "2099.12.31", "9999年12月31日", "9999-12-31 00:00:00", "99991231"],
)  # fmt: skip
def test_an_open_end_is_open_however_it_is_written(tmp_path: Path, sent: str) -> None:
    for feed, field in (("medical/chronic_visits", "contract_to"), (VILLAGES, "valid_to")):
        rows = [[*row] for row in example(feed)]
        header = {"contract_to": "协议到期日期", "valid_to": "撤销日期"}[field]
        rows = [[*row, text] for row, text in zip(rows, [header, sent, *[""] * len(rows)], strict=False)]
        found = read(tmp_path, feed, to_csv(rows))
        assert "csv!2" not in found.codes, found.codes
        assert found.values(field)[0] == (None,)


def test_the_code_of_a_county_or_township_does_not_hide_the_village(tmp_path: Path) -> None:
    rows = [[*row] for row in example(MEDICAL)]
    codes = ["行政村编码", "610099", "610099101", "610099102"]
    found = read(tmp_path, MEDICAL, to_csv([[*row, code] for row, code in zip(rows, codes, strict=True)]))
    assert [value for (value,) in found.values("village_code")][:2] == ["610099101201", "610099101201"]
    assert found.codes["csv!2"] == {"W_AREA_NAME"}


def test_a_code_that_is_at_odds_with_the_village_is_told(tmp_path: Path) -> None:
    rows = [[*row, "行政村编码" if number == 0 else "610099102"] for number, row in enumerate(example(MEDICAL))]
    found = read(tmp_path, MEDICAL, to_csv(rows[:2]))
    assert found.codes["csv!2"] == {"W_AREA_NAME", "W_CONFLICT"}
    assert found.values("village_code") == [("610099101201",)]


def test_the_code_of_a_township_alone_is_no_village(tmp_path: Path) -> None:
    for feed, outcome in ((HOUSEHOLDS, "R_AREA_UNKNOWN"), (MEDICAL, None)):
        at = column(feed, "行政村" if feed == HOUSEHOLDS else "村")
        rows = [[*row, "610099101"] for row in example(feed)[:2]]
        rows[0][-1], rows[1][at] = "行政村编码", ""
        found = read(tmp_path, feed, to_csv(rows))
        assert found.codes.get("csv!2", set()) == ({outcome} if outcome else set())


def test_a_guarded_number_with_a_blank_behind_it_was_cleaned(tmp_path: Path) -> None:
    found = read(tmp_path, MEDICAL, to_csv(edited(MEDICAL, (2, "身份证号", "'610099196503120112 "))))
    assert found.codes["csv!2"] == {"W_TEXT_GUARD", "W_ID_CLEANED"}


@pytest.mark.parametrize("line", ["单位（万元）", "（单位：万元）", "单位：万元", "金额单位(万元)"])
def test_the_unit_may_stand_in_brackets_without_a_colon(tmp_path: Path, line: str) -> None:
    rows = edited(CLAIMS, (2, "押金", "0.02"))
    found = read(tmp_path, CLAIMS, to_xlsx({"表": [["住院报销明细"], [line], *rows]}))
    assert "G_UNIT_CONVERTED" in found.reasons
    assert ("200.00",) in found.values("deposit")


def test_a_year_as_a_table_of_numbers_writes_it(tmp_path: Path) -> None:
    found = read(tmp_path, MEDICAL, to_csv(edited(MEDICAL, (2, "参保年度", "2020.0"))))
    assert (found.codes.get("csv!2"), found.values("ins_year")[0]) == (None, ("2020",))


@pytest.mark.parametrize(("where", "is_told"), [("XFA:XFD", False), ("B:B", True)])
def test_only_what_stands_in_a_hidden_column_is_worth_a_word(tmp_path: Path, where: str, is_told: bool) -> None:
    def hide(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["表"].set_column(where, None, None, {"hidden": True})

    found = read(tmp_path, MEDICAL, to_xlsx({"表": example(MEDICAL)}, hide))
    assert ("G_HIDDEN" in found.reasons) is is_told


@pytest.mark.parametrize(("row", "is_told"), [(30, False), (2, True)])
def test_only_what_stands_in_a_hidden_row_is_worth_a_word(tmp_path: Path, row: int, is_told: bool) -> None:
    def hide(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["表"].set_row(row, None, None, {"hidden": True})

    found = read(tmp_path, MEDICAL, to_xlsx({"表": example(MEDICAL)}, hide))
    assert ("G_HIDDEN" in found.reasons) is is_told
