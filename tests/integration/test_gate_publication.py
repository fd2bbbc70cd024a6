"""What holds a publication back, and what only flags it."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations import gate as gates
from pipeline.night.reconcile import RunReport, reconcile
from pipeline.publication import publish
from tests.integration.candidate_builder import (
    AS_OF,
    CANARY_ID,
    CANARY_NAME,
    a_home,
    a_mismatch,
    a_person,
    a_project,
    a_submission,
    an_indicator,
    good_marts,
    quick_build,
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _without_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.candidate.build.build", quick_build)


def a_night(tmp_path: Path, marts: dict) -> tuple[RunReport, object]:
    settings = a_home(tmp_path)
    a_submission(settings, "medical-enrolments-000000000001")
    return reconcile(settings, AS_OF, project=a_project(tmp_path, marts)), settings


def failed(report: RunReport) -> set[str]:
    return {one["name"] for one in report.gate["checks"] if not one["success"] and one["severity"] == "critical"}


def test_good_marts_are_published(tmp_path: Path) -> None:
    report, settings = a_night(tmp_path, good_marts())
    assert report.outcome == "published"
    assert not failed(report)
    assert publish.current(settings) is not None


@pytest.mark.parametrize(
    ("table", "row", "check"),
    [
        ("one_table_person", a_person(1), "marts.one_table_person.key"),
        ("one_table_person", a_person(3, household_key="H9"), "marts.one_table_person.household"),
        ("one_table_person", a_person(3), "marts.one_table_person.indicator"),
        ("mismatches", a_mismatch(3, owner=None), "marts.mismatches.owner_filled"),
        ("mismatches", a_mismatch(3, verdict="pass"), "marts.mismatches.verdict"),
        ("mismatches", a_mismatch(3, rule_id="R999"), "marts.mismatches.known_rule"),
        ("mismatches", a_mismatch(3, actual=f"号码{CANARY_ID}有误"), "marts.mismatches_text.no_resident_id"),
        ("indicators", an_indicator("610099102", 1), "marts.indicators_county.children_sum_to_parent"),
        ("indicators", an_indicator("610099101202", 1), "marts.indicators_township.children_sum_to_parent"),
        (
            "indicators",
            an_indicator("610099101201", 3, 2, indicator="x"),
            "marts.indicators_rates.within_0_1",
        ),
        (
            "indicators",
            an_indicator("610099101201", 0, 0, indicator="x", value="0"),
            "marts.indicators_rates.value_null_iff_empty",
        ),
        (
            "indicators",
            an_indicator("610099101201", None, None, indicator="x", status="not_run", value="0.5"),
            "marts.indicators.not_run_has_no_value",
        ),
    ],
)
def test_a_broken_promise_holds_the_publication(tmp_path: Path, table: str, row: dict, check: str) -> None:
    marts = good_marts()
    marts[table].append(row)
    report, settings = a_night(tmp_path, marts)
    assert report.outcome == "held"
    assert check in failed(report)
    assert publish.current(settings) is None


def test_a_rule_that_fails_nearly_everybody_holds_the_publication(tmp_path: Path) -> None:
    marts = good_marts()
    marts["mismatches"].append(a_mismatch(3, subject_key=f"{2:032x}"))
    report, _ = a_night(tmp_path, marts)
    assert "marts.mismatches_share.fail" in failed(report)


def test_a_missing_feed_only_flags(tmp_path: Path) -> None:
    marts = good_marts()
    marts["feed_status"][0]["is_missing"] = True
    report, _ = a_night(tmp_path, marts)
    assert report.outcome == "published"
    flagged = {one["name"] for one in report.gate["checks"] if not one["success"]}
    assert flagged == {"marts.feed_status.missing"}


def test_a_mart_that_is_not_there_is_a_failure_not_a_pass(tmp_path: Path) -> None:
    marts = good_marts()
    del marts["rule_status"]
    report, settings = a_night(tmp_path, marts)
    assert report.outcome == "held"
    assert "marts.rule_status.key" in failed(report)
    assert publish.current(settings) is None


def test_a_gate_that_raises_holds_the_publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(_: object) -> None:
        raise RuntimeError(CANARY_ID)

    monkeypatch.setattr(gates.publication, "suite", explode)
    report, settings = a_night(tmp_path, good_marts())
    assert report.outcome == "held"
    assert failed(report) == {"publication.run"}
    assert publish.current(settings) is None
    assert CANARY_ID not in (settings.state / "last_run.json").read_text()


def test_a_held_run_keeps_the_last_publication(tmp_path: Path) -> None:
    _, settings = a_night(tmp_path, good_marts())
    before = publish.current(settings)
    marts = good_marts()
    marts["one_table_person"].append(a_person(1))
    a_submission(settings, "medical-enrolments-000000000009", seq=2)
    held = reconcile(settings, AS_OF, project=a_project(tmp_path, marts))
    assert held.outcome == "held"
    assert publish.current(settings) == before
    assert not list(settings.work.glob("candidate-*"))


def test_what_the_gate_keeps_names_nobody(tmp_path: Path) -> None:
    marts = good_marts()
    marts["one_table_person"].append(a_person(1))
    marts["mismatches"].append(a_mismatch(3, actual=CANARY_ID))
    _, settings = a_night(tmp_path, marts)
    kept = "".join(path.read_text() for path in settings.state.rglob("*.json"))
    assert "marts.one_table_person.key" in kept
    assert CANARY_NAME not in kept
    assert CANARY_ID not in kept
