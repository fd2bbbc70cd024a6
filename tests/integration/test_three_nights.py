"""One county over three nights: lists that come late or never, a register that changes, and the past as it was.

Every expected line follows from the script below by the calendar (due on the 5th, ten days of grace, data no older than
the longer of a month and 31 days and the grace), never from what an earlier build said.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, rows
from tests.builders.landed import HILL, RIVER, WATER, County, deliver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = date(2020, 6, 30), date(2020, 7, 31), date(2020, 8, 20)
ADULT = "1965-03-12"
SURVEY, ROSTER, DIBAO = "water/household_water", "medical/enrolments", "civil_affairs/dibao"
NEVER = (
    "registry/edge_households", "medical/inpatient_claims", "medical/chronic_visits", "housing/retrofits",
    "civil_affairs/tekun", "civil_affairs/disability",
)  # fmt: skip
"""Monthly lists that nobody ever sends."""
MODELS = "rule_r004_one_board rule_r007_delivered_in_time rule_r008_changes_accounted_for int_indicators dibao_monthly"


def _county() -> County:
    county = County()
    for code, people in ((HILL, "60"), (WATER, "25"), (RIVER, "15")):
        county.find("registry/villages", area_code=code)["pop_total"] = people
    county.household("H01", ("测甲一", ADULT), attr="dibao")
    county.household("H02", ("测乙一", ADULT), village=WATER)
    county.household("H03", ("测丙一", ADULT), village=RIVER)
    county.allowance("DB01", "测甲一")
    county.allowance("DB02", "测丙一", village=RIVER)
    return county


def _night(folder: Path, night: date) -> dict[str, Any]:
    """What the three rules, the numbers and the trend say on a night."""
    candidate = build(folder, folder / "warehouse.duckdb", night, only=MODELS)
    found: dict[str, Any] = {}
    for rule, model in (("R004", "one_board"), ("R007", "delivered_in_time"), ("R008", "changes_accounted_for")):
        query = f"select detail, verdict, subject_key, owner from rules.rule_{rule.lower()}_{model}"
        found[rule] = {tuple(line.values()) for line in rows(candidate, query)}
    query = "select indicator, area_code, numerator, denominator, unknown from intermediate.int_indicators"
    found["numbers"] = {tuple(line.values()) for line in rows(candidate, query)}
    query = "select month, people, rural_people, change_people from marts.dibao_monthly order by month"
    found["trend"] = [tuple(line.values()) for line in rows(candidate, query)]
    return found


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The nights as they went, and the second computed again after the third."""
    folder, county = tmp_path_factory.mktemp("nights"), _county()
    warehouse, told = folder / "warehouse.duckdb", county.rows
    homes, people = told["registry/households"], told["registry/persons"]
    seen: dict[str, dict[str, Any]] = {}
    with open_warehouse(warehouse) as con:
        county.deliver_all(con, date(2020, 6, 28), except_feeds=[SURVEY])
    seen["first"] = _night(folder, FIRST)
    with open_warehouse(warehouse) as con:
        deliver(con, SURVEY, told[SURVEY], received_on=date(2020, 7, 9), period="202006")
        # H03 is gone without a word, H02 is poor again and nobody has said why
        left = [homes[0], {**homes[1], "status": "not_out", "exit_year": None}]
        deliver(con, "registry/households", left, received_on=date(2020, 7, 28))
        deliver(con, "registry/persons", people[:2], received_on=date(2020, 7, 28))
    seen["second"] = _night(folder, SECOND)
    with open_warehouse(warehouse) as con:
        deliver(con, ROSTER, told[ROSTER], received_on=date(2020, 8, 9), period="202007")
        deliver(con, SURVEY, told[SURVEY], received_on=date(2020, 8, 5), period="202007")
        deliver(con, DIBAO, told[DIBAO][:1], received_on=date(2020, 8, 4), period="202007")
        back = [homes[0], {**homes[1], "status": "relapsed", "exit_year": None}, homes[2]]
        deliver(con, "registry/households", back, received_on=date(2020, 8, 4))
        deliver(con, "registry/persons", people, received_on=date(2020, 8, 4))
    seen["third"] = _night(folder, THIRD)
    seen["second again"] = _night(folder, SECOND)
    return seen


def _missing(month: str, *feeds: str) -> set[tuple[str, str, str, str]]:
    return {("missing", "fail", f"{feed}|610099|{month}", feed.partition("/")[0]) for feed in feeds}


def _late(month: str, feed: str) -> tuple[str, str, str, str]:
    return ("late", "fail", f"{feed}|610099|{month}", feed.partition("/")[0])


def test_lists_are_late_after_their_day_and_missing_after_the_grace(season: dict[str, dict[str, Any]]) -> None:
    assert season["first"]["R007"] == set()
    assert season["second"]["R007"] == _missing("202006", *NEVER) | {_late("202006", SURVEY)}
    assert season["third"]["R007"] == (
        _missing("202006", *NEVER)
        | _missing("202007", *NEVER, "housing/appraisals")
        | {_late("202006", SURVEY), _late("202007", ROSTER)}
    )


def test_a_list_that_nobody_renews_falls_behind_the_date_of_the_board(season: dict[str, dict[str, Any]]) -> None:
    assert season["first"]["R004"] == season["second"]["R004"] == set()
    assert season["third"]["R004"] == {("", "fail", "housing/appraisals", "housing")}


def test_a_household_that_vanishes_or_falls_back_is_told_until_the_register_says_why(
    season: dict[str, dict[str, Any]],
) -> None:
    assert season["first"]["R008"] == season["third"]["R008"] == set()
    june = "registry-households-0004#Sheet1"
    """The list of June is the fourth of that day; below its header H02 is row 3 and H03 row 4."""
    assert season["second"]["R008"] == {
        ("vanished", "warn", f"{june}!4", "registry"),
        ("poor_again", "fail", f"{june}!3", "registry"),
    }


def _number(night: dict[str, Any], indicator: str) -> list[tuple[Any, ...]]:
    return [line[2:4] for line in night["numbers"] if line[:2] == (indicator, "610099")]


def test_numbers_follow_the_register_and_a_past_day_computes_to_the_same(
    season: dict[str, dict[str, Any]],
) -> None:
    assert [_number(season[night], "jd_hh") for night in ("first", "second", "third")] == [
        [(3, None)], [(2, None)], [(3, None)],
    ]  # fmt: skip
    assert [_number(season[night], "not_out_persons") for night in ("first", "second", "third")] == [
        [(0, None)], [(1, None)], [(0, None)],
    ]  # fmt: skip
    assert season["second again"] == season["second"]


def test_the_allowance_is_told_month_by_month_as_far_as_a_night_knew(season: dict[str, dict[str, Any]]) -> None:
    assert season["first"]["trend"] == season["second"]["trend"] == [("2020-06", 2, 100, None)]
    assert season["third"]["trend"] == [("2020-06", 2, 100, None), ("2020-07", 1, 100, -1)]
    assert _number(season["third"], "dibao_rural_rate") == [(1, 100)]
