"""The DAGs keep what the runbook promises, and cost nothing to parse."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import WeightRule
from airflow.sdk.exceptions import AirflowFailException

from connectors.contract import SECTORS
from dags import housekeeping, ingest, pull, reconcile
from pipeline.candidate.gate import GateFailedError
from pipeline.night import reconcile as steps
from service.standing import DAG_COUNT

DAGS = [*(getattr(ingest, f"ingest_{sector}") for sector in SECTORS), reconcile.dag, housekeeping.dag]
WRITES_NOTHING_TO_DUCKDB = {"announce_rows", "announce_replies", "report_failed_files", "document_run"}


@pytest.mark.parametrize("dag", DAGS, ids=lambda dag: dag.dag_id)
def test_one_run_at_a_time_and_no_catching_up(dag: Any) -> None:
    assert dag.max_active_runs == 1
    assert dag.catchup is False


@pytest.mark.parametrize("dag", DAGS, ids=lambda dag: dag.dag_id)
def test_whoever_writes_duckdb_takes_its_only_slot(dag: Any) -> None:
    assert {task.task_id for task in dag.tasks if task.pool != "duckdb"} <= WRITES_NOTHING_TO_DUCKDB


def test_a_burst_lands_register_first_and_a_night_that_has_begun_is_finished() -> None:
    def weight(dag: Any, task: str) -> int:
        assert dag.get_task(task).weight_rule == WeightRule.ABSOLUTE
        return dag.get_task(task).priority_weight

    register = weight(ingest.ingest_registry, "ingest_files")
    others = {weight(getattr(ingest, f"ingest_{sector}"), "ingest_files") for sector in SECTORS[1:]}
    begin = weight(reconcile.dag, "build_candidate")
    finishing = ("gate_candidate", "publish_table", "update_ledger", "push_mismatches")
    finish = {weight(reconcile.dag, task) for task in finishing}
    assert begin < min(others) <= max(others) < register < min(finish)


def test_parsing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from dags import ingest, reconcile, housekeeping;"
        "print({'duckdb', 'great_expectations', 'dbt', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip().endswith("set()")


def test_the_service_is_ready_when_every_dag_is_known() -> None:
    assert len({*DAGS, pull.dag}) == DAG_COUNT


@pytest.mark.parametrize("dag", [reconcile.dag, housekeeping.dag], ids=lambda dag: dag.dag_id)
def test_what_a_restart_of_the_service_cuts_off_is_tried_again(dag: Any) -> None:
    for task in dag.tasks:
        assert task.retries == 2
        assert 60 <= task.retry_delay.total_seconds() <= 300


RUN = {"run_id": "0123abcd", "as_of": "2020-06-30", "outcome": "built"}


def called(task_id: str) -> Any:
    return reconcile.dag.get_task(task_id).python_callable


def test_a_page_that_was_not_written_turns_the_night_red(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONETABLE_HOME", str(tmp_path))
    pages = {"gx": {"seconds": 1.0, "error": None}, "index": {"seconds": 0.1, "error": None}}
    monkeypatch.setattr(steps, "document_run", lambda *_: {"pages": pages})
    called("document_run")(RUN)
    pages["index"]["error"] = "OSError"
    with pytest.raises(RuntimeError, match="index"):
        called("document_run")(RUN)


@pytest.mark.parametrize("error", [None, "OSError"])
def test_a_held_night_is_told_on_the_pages_and_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: str | None
) -> None:
    monkeypatch.setenv("ONETABLE_HOME", str(tmp_path))
    written: list[dict[str, Any]] = []

    def held(*_: Any) -> None:
        raise GateFailedError({"passed": False, "checks": []})

    def document_run(_: Any, run: dict[str, Any]) -> dict[str, Any]:
        written.append(run)
        return {"pages": {"gx": {"seconds": 1.0, "error": error}}}

    monkeypatch.setattr(steps, "gate_candidate", held)
    monkeypatch.setattr(steps, "document_run", document_run)
    with pytest.raises(AirflowFailException, match="未通过发布关口"):
        called("gate_candidate")(RUN)
    assert written == [RUN]


def a_run(run_type: str, logical_date: datetime | None = None, as_of: str | None = None) -> dict[str, Any]:
    return {"params": {"as_of": as_of}, "dag_run": SimpleNamespace(run_type=run_type, logical_date=logical_date)}


def test_the_day_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "county.toml").write_text('today = "2020-06-30"\n', encoding="utf-8")
    monkeypatch.setenv("ONETABLE_HOME", str(tmp_path))
    one_in_the_morning = datetime(2020, 4, 30, 17, tzinfo=UTC)
    assert reconcile.day_of(a_run("manual", one_in_the_morning, as_of="2020-03-31")) == date(2020, 3, 31)
    assert reconcile.day_of(a_run("backfill", one_in_the_morning)) == date(2020, 5, 1)
    assert reconcile.day_of(a_run("scheduled", one_in_the_morning)) == date(2020, 6, 30)
    assert reconcile.day_of(a_run("asset_triggered")) == date(2020, 6, 30)
