"""What each department owed, and whether it came in time: marts.deliveries."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, rows
from tests.builders.landed import County, deliver

ROSTER, CLAIMS = "medical/enrolments", "medical/inpatient_claims"
DIBAO, SURVEY, PUPILS = "civil_affairs/dibao", "water/household_water", "education/enrolments"
NIGHT = date(2020, 8, 20)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """A county from June to the twentieth of August; (feed, period) → its line."""
    folder: Path = tmp_path_factory.mktemp("deliveries")
    county = County()
    county.household("H01", ("测甲一", "1965-03-12"))
    people = county.rows[ROSTER]
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, date(2020, 6, 10), except_feeds=[ROSTER, DIBAO, SURVEY, PUPILS])
        deliver(con, ROSTER, people, received_on=date(2020, 6, 28), period="202006")
        deliver(con, ROSTER, people, received_on=date(2020, 8, 3), period="202007", status="refused")
        deliver(con, ROSTER, people, received_on=date(2020, 8, 9), period="202007")
        deliver(con, CLAIMS, [], received_on=date(2020, 7, 5), period="202006", status="nil", mode="increment")
        deliver(con, CLAIMS, [], received_on=date(2020, 8, 4), period="202007", mode="correction")
        held = deliver(con, DIBAO, [], received_on=date(2020, 8, 5), period="202007", status="held")
        freed = deliver(con, DIBAO, [], received_on=date(2020, 8, 12), period="202007")
        con.execute(
            "update meta.submissions set released_by = '测放行', sha256 = ? where submission_id = ?", [held, freed]
        )
        deliver(con, SURVEY, county.rows[SURVEY], received_on=date(2020, 7, 3), period="2020")
        deliver(con, PUPILS, county.rows.get(PUPILS, []), received_on=date(2020, 7, 20), period="2020")
    candidate = build(folder, folder / "warehouse.duckdb", NIGHT)
    lines = rows(candidate, "select *, sector || '/' || entity as feed from marts.deliveries")
    return {(line["feed"], line["period"]): line for line in lines}


def test_a_file_by_the_due_day_is_on_time_and_one_after_it_is_late(found: dict[tuple[str, str], Any]) -> None:
    june, july = found[ROSTER, "202006"], found[ROSTER, "202007"]
    assert (june["delivery_state"], june["due_on"]) == ("on_time", date(2020, 7, 5))
    assert (july["delivery_state"], july["received_on"], july["refused_count"]) == ("late", date(2020, 8, 9), 1)


def test_a_nil_report_is_on_time_like_any_other_and_a_correction_is_no_delivery(
    found: dict[tuple[str, str], Any],
) -> None:
    assert (found[CLAIMS, "202006"]["delivery_state"], found[CLAIMS, "202006"]["is_nil"]) == ("on_time", True)
    assert found[CLAIMS, "202007"]["delivery_state"] == "missing"


def test_what_never_came_is_missing_after_the_grace_and_awaited_before_it_is_due(
    found: dict[tuple[str, str], Any],
) -> None:
    assert found["civil_affairs/tekun", "202006"]["delivery_state"] == "missing"
    assert found["civil_affairs/tekun", "202008"]["delivery_state"] == "awaited"


def test_nothing_is_owed_for_periods_due_before_the_service_began(found: dict[tuple[str, str], Any]) -> None:
    assert (ROSTER, "202005") not in found
    assert (ROSTER, "202004") not in found


def test_a_file_that_was_held_came_in_on_the_day_it_was_sent(found: dict[tuple[str, str], Any]) -> None:
    july = found[DIBAO, "202007"]
    assert (july["delivery_state"], july["received_on"], july["refused_count"]) == ("on_time", date(2020, 8, 5), 0)


def test_a_file_for_the_year_is_one_for_every_part_of_it_that_had_begun(found: dict[tuple[str, str], Any]) -> None:
    assert [found[SURVEY, period]["delivery_state"] for period in ("202006", "202007", "202008")] == [
        "on_time", "on_time", "awaited",
    ]  # fmt: skip
    assert found[PUPILS, "2020S"]["delivery_state"] == "on_time"


def test_the_rates_are_shares_of_what_the_department_had_to_send(found: dict[tuple[str, str], Any]) -> None:
    """July: roster late, claims and visits missing; the department's totals are not required."""
    july = found[ROSTER, "202007"]
    assert float(july["on_time_rate"]) == 0
    assert float(july["completeness_rate"]) == pytest.approx(1 / 3, abs=1e-6)
    assert found[ROSTER, "202008"]["on_time_rate"] is None
