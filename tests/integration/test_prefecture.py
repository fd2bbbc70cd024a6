"""Two counties of one prefecture in one home: each county's numbers stay its own, the prefecture's are their sums."""

from __future__ import annotations

from datetime import date

import pytest

from expectations.gate import check_landing
from pipeline import settings as home
from pipeline.night.reconcile import reconcile
from pipeline.publication import reports
from pipeline.questions import work_lists
from pipeline.questions.number_rows import members
from pipeline.receiving import ingest
from pipeline.scoring.score import score
from pipeline.settings import Settings
from simulator.prefecture import simulate_prefecture

pytestmark = pytest.mark.slow

DAY = date(2020, 6, 30)
FIRST, SECOND, PREFECTURE = "610099", "610098", "6100"


@pytest.fixture(scope="module")
def prefecture(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("prefecture")
    simulate_prefecture(folder, counties=2, seed=63, households=60, as_of=DAY, corrupt=0.1)
    settings = home.load(folder)
    landed = ingest.ingest_waiting(settings, received_on=DAY, landing_gate=check_landing)
    assert {item.status for item in landed} <= {"accepted", "accepted_with_errors"}
    assert reconcile(settings, DAY).outcome == "published"
    return settings


def _numbers(settings: Settings) -> dict[tuple[str, str], tuple[int, int | None]]:
    rows = reports.query_published(settings, None, "select * from masked.indicators where status = 'ok'")
    return {(row["indicator"], row["area_code"]): (row["numerator"], row["denominator"]) for row in rows}


def test_every_number_of_the_prefecture_is_the_sum_of_its_counties(prefecture: Settings) -> None:
    numbers = _numbers(prefecture)
    indicators = {indicator for indicator, _ in numbers}
    assert len(indicators) > 40
    for indicator in indicators:
        first, second, both = (numbers[indicator, area] for area in (FIRST, SECOND, PREFECTURE))
        assert both[0] == first[0] + second[0], indicator
        assert both[1] == (None if first[1] is None else first[1] + (second[1] or 0)), indicator
    assert all(numbers["jd_persons", area][0] > 0 for area in (FIRST, SECOND))


def test_each_county_and_the_prefecture_have_the_findings_numbers_cards_and_lists_they_were_made_with(
    prefecture: Settings,
) -> None:
    found = score(prefecture, prefecture.home / "truth")
    assert min(found["rules"][rule]["expected"] for rule in ("R086", "R143")) > 0
    assert {code: line for code, line in found["rules"].items() if (line["recall"], line["precision"]) != (1, 1)} == {}
    assert found["links"]["wrong"] == found["links"]["missed"] == 0
    for part in ("indicators", "cards", "lists"):
        assert found[part]["compared"] > 0, part
        assert found[part]["different"] == 0, part


def test_the_rows_behind_the_prefecture_number_are_those_of_both_counties(prefecture: Settings) -> None:
    numbers = _numbers(prefecture)
    rows = members(prefecture, "ins_paid_persons")
    assert len(rows) == numbers["ins_paid_persons", PREFECTURE][0]
    by_county = {code: sum(row["area_code"].startswith(code) for row in rows) for code in (FIRST, SECOND)}
    assert by_county == {code: numbers["ins_paid_persons", code][0] for code in (FIRST, SECOND)}


def test_cards_lists_and_villages_hold_both_counties(prefecture: Settings) -> None:
    villages = reports.query_published(
        prefecture,
        None,
        "select substr(area_code, 1, 6) as county, count(*) as n from masked.one_table_village group by 1",
    )
    assert {row["county"] for row in villages} == {FIRST, SECOND}
    counted = {row["list_id"]: row["subjects"] for row in work_lists.counts(prefecture)}
    numbers = _numbers(prefecture)
    assert counted["card_red"] == numbers["card_red", PREFECTURE][0]
