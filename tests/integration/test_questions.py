"""What a data officer asks of one published county: the rows behind numbers, lists, previews, changes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import ingest, number_rows, reports, work_lists
from pipeline import settings as home
from pipeline.cli import app
from pipeline.reconcile import reconcile
from pipeline.settings import Settings
from simulator import simulate

pytestmark = pytest.mark.slow

AS_OF = date(2020, 6, 30)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small county with one night behind it."""
    folder = tmp_path_factory.mktemp("county")
    simulate(folder, seed=11, households=120, as_of=AS_OF, corrupt=0.3)
    settings = home.load(folder)
    ingest.ingest_waiting(settings, received_on=AS_OF)
    assert reconcile(settings, AS_OF).outcome == "published"
    return settings


def asked(settings: Settings, *arguments: str, expect: int = 0) -> Any:
    """The JSON that one command prints."""
    done = CliRunner().invoke(app, [*arguments, "--json"], env={"ONETABLE_HOME": str(settings.home)})
    assert done.exit_code == expect, done.output
    return json.loads(done.stdout) if done.stdout else None


def test_as_many_rows_stand_behind_every_number_as_it_says(county: Settings) -> None:
    numbers = [row for row in reports.indicators(county) if row["area_level"] == "county"]
    computed = [row for row in numbers if row["status"] == "ok"]
    assert len(computed) > 30
    for row in computed:
        for part in number_rows.PARTS:
            listed = number_rows.members(county, row["indicator"], part=part)
            assert len(listed) == (row[part] or 0), (row["indicator"], part)
            assert len({(one["subject_type"], one["subject_key"]) for one in listed}) == len(listed)


def test_the_rows_behind_a_number_are_masked_and_those_of_a_township_are_its_own(county: Settings) -> None:
    township = next(
        row["area_code"] for row in reports.indicators(county, "jd_persons") if row["area_level"] == "township"
    )
    listed = asked(county, "number", "jd_persons", "--rows", "--area", township)
    (told,) = [row for row in asked(county, "number", "jd_persons", "--area", township) if row["area_code"] == township]
    assert len(listed) == told["numerator"]
    assert all(one["area_code"].startswith(township) and one["subject_label"][1:3] == "**" for one in listed)


def test_a_number_that_does_not_exist_or_has_no_feed_is_refused_with_a_reason(county: Settings) -> None:
    with pytest.raises(number_rows.UnknownIndicatorError, match="没有指标"):
        number_rows.members(county, "happiness")
    asked(county, "number", "happiness", "--rows", expect=2)


def test_every_household_in_scope_has_one_card_and_is_on_its_list(county: Settings) -> None:
    cards = {row["indicator"]: row["numerator"] for row in reports.indicators(county) if row["area_level"] == "county"}
    listed = {row["list_id"]: row["subjects"] for row in asked(county, "lists")}
    on_lists: set[str] = set()
    for card in ("card_red", "card_yellow", "card_green", "card_blue", "card_review"):
        rows = work_lists.rows(county, card)
        assert len(rows) == cards[card] == listed.get(card, 0)
        subjects = {row["subject_key"] for row in rows}
        assert not subjects & on_lists
        on_lists |= subjects


def test_a_list_made_of_a_rule_holds_that_rule_s_subjects_with_reason_and_age(county: Settings) -> None:
    overdue = {row["subject_key"] for row in reports.mismatches(county, rule="R104")}
    rows = asked(county, "lists", "dangerous_house")
    assert overdue
    assert {row["subject_key"] for row in rows} == overdue
    assert all(row["reason"] and row["age_days"] >= 0 and row["subject_label"][1:3] == "**" for row in rows)
