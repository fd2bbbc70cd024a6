"""Policy values that somebody proposes: what cannot be used is refused, what would decide nothing says so."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from pipeline.questions.proposed_values import ValuesError, put

COUNTY, DAY = "610099", date(2020, 7, 1)
SEED = """param_id,area_prefix,valid_from,valid_to,value,unit,origin,note
line,,,,4000,元,ours,
line,6100,,,4100,元,ours,
begins,,,,2020-07-01,日期,ours,
hard,,,,true,是否,ours,
basis,,,,balance,口径,ours,
unset,,,,,比例,ours,
"""


def proposed(folder: Path, *lines: str, head: str = "param_id,area_prefix,valid_from,valid_to,value") -> list[bool]:
    """Which of the lines decide anything."""
    seed, values = folder / "seed.csv", folder / "values.csv"
    seed.write_text(SEED, encoding="utf-8")
    values.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return [bool(row["is_in_force"]) for row in put(seed, values, COUNTY, DAY)]


def test_a_row_for_the_county_takes_the_place_of_the_wider_one(tmp_path: Path) -> None:
    assert proposed(tmp_path, "line,610099,,,4200", "unset,,,,0.9") == [True, True]
    with (tmp_path / "seed.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["param_id"] == "line"]
    assert [(row["area_prefix"], row["value"], row["unit"]) for row in rows] == [
        ("", "4000", "元"), ("6100", "4100", "元"), ("610099", "4200", "元"),
    ]  # fmt: skip


def test_a_row_of_a_part_of_the_county_decides_there(tmp_path: Path) -> None:
    assert proposed(tmp_path, "line,610099101,,,4200", "line,610099101,2021-01-01,,4300") == [True, False]


@pytest.mark.parametrize("line", ["line,,,,4200", "line,6101,,,4200", "line,610099,2020-08-01,,4200"])
def test_rows_that_decide_nothing_are_no_preview(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValuesError, match="都不生效"):
        proposed(tmp_path, line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("line,610099,,,abc", "line 的值须是数字"),
        ("line,610099,,,NaN", "line 的值须是数字"),
        ("begins,610099,,,2020-13-01", "begins 的值须是日期"),
        ("hard,610099,,,yes", "true 或 false"),
        ("basis,610099,,,1", "文字"),
        ("line,610099,2020-13-01,,1", "起止日期"),
        ("line,甲县,,,1", "区划代码"),
        ("happiness,,,,1", "没有这样的政策参数"),
        ("line,610099,,4200", "列数不同"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ValuesError, match=said):
        proposed(tmp_path, line)


def test_two_rows_for_one_place_and_a_column_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValuesError, match="只留一行"):
        proposed(tmp_path, "line,610099,,,4200", "line,610099,,,4300")
    with pytest.raises(ValuesError, match="没有这样的列:area"):
        proposed(tmp_path, "line,610099,4200", head="param_id,area,value")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_bytes("param_id,value,note\nline,1,预演\n".encode("gb18030"))
    (tmp_path / "seed.csv").write_text(SEED, encoding="utf-8")
    with pytest.raises(ValuesError, match="UTF-8"):
        put(tmp_path / "seed.csv", tmp_path / "values.csv", COUNTY, DAY)
