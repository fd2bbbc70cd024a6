"""The reminder a department finds in its outbox when something it owes has not come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from openpyxl import load_workbook

from connectors.warehouse import open_work
from pipeline.night.remind import remind
from tests.integration.landing_home import Home

NIGHT = date(2020, 8, 20)
_LINE = "insert into \"full\".deliveries values ('medical', ?, ?, '610099', ?, ?, ?, ?, ?, ?)"


def lines_of(book: Path) -> list[tuple[object, ...]]:
    return list(load_workbook(book)["报送提醒"].iter_rows(min_row=5, values_only=True))


def reminded(tmp_path: Path, *lines: tuple[object, ...]) -> list[Path]:
    home = Home.make(tmp_path / "home")
    con = open_work()
    con.execute('create schema "full"')
    con.execute(
        'create table "full".deliveries (sector varchar, entity varchar, title varchar, area_code varchar,'
        " period varchar, due_on date, received_on date, delivery_state varchar, is_required boolean,"
        " refused_count bigint)"
    )
    con.execute(
        'create table "full".one_table_village as select'
        " '610099101001' as area_code, '甲山村' as village_name,"
        " '610099101' as township_code, '天明镇' as township_name"
    )
    for line in lines:
        con.execute(_LINE, list(line))
    remind(home.settings, con, NIGHT)
    con.close()
    return sorted(home.settings.outbox.rglob("*报送提醒*.xlsx"))


def test_what_is_missing_stands_first_and_says_where_to_put_it(tmp_path: Path) -> None:
    [book] = reminded(
        tmp_path,
        ("enrolments", "医保参保缴费花名册", "202007", date(2020, 8, 5), date(2020, 8, 9), "late", True, 0),
        ("chronic_visits", "慢病签约随访", "202007", date(2020, 8, 5), None, "missing", True, 2),
    )
    first, second = lines_of(book)
    assert (first[0], first[4], first[5]) == ("慢病签约随访", "缺报", "ingest/medical/chronic_visits")
    assert "零报告" in str(first[6])
    assert "收到过 2 份" in str(first[6])
    assert second[4] == "迟报(已收到)"
    assert first[1] == "测试县（610099）"


def test_nobody_is_reminded_of_what_is_not_due_not_required_or_long_settled(tmp_path: Path) -> None:
    assert not reminded(
        tmp_path,
        ("enrolments", "医保参保缴费花名册", "202008", date(2020, 9, 5), None, "awaited", True, 0),
        ("department_totals", "医保自报汇总", "202006", date(2020, 7, 5), None, "missing", False, 0),
        ("enrolments", "医保参保缴费花名册", "202005", date(2020, 6, 5), date(2020, 6, 9), "late", True, 0),
    )
