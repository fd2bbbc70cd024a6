"""One home with a running Airflow, as the tests of the standing service look at it.

Data in: a home folder and Airflow's own API on loopback. Data out: what runs, logs, publications and waiting files say.
Fixtures are in conftest.py; what is expected of the service stands in the tests.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import SECTORS
from service.standing import api, running, tail

START_SECONDS = 120
BURST_SECONDS = 360
SECOND_FILE_SECONDS = 180


class Standing:
    """One home with a running Airflow."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.said: list[str] = []

    def api(self, path: str, **arguments: Any) -> dict[str, Any]:
        record = running(self.home)
        assert record, "the service is not running\n" + tail(self.home / "airflow" / "service")
        return api(self.home, record["url"], "GET", path, **arguments)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        return self.api(f"dags/{dag_id}/dagRuns", params={"limit": 100})["dag_runs"]

    def asset_runs(self, dag_id: str) -> list[dict[str, Any]]:
        return [run for run in self.runs(dag_id) if run["run_type"] == "asset_triggered"]

    def task_log(self, dag_id: str, task_id: str) -> str:
        logs = (self.home / "airflow" / "logs").glob(f"dag_id={dag_id}/*/task_id={task_id}/*.log")
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(logs))

    def export(self, table: str) -> list[dict[str, str]]:
        path = self.home / "published" / "current" / "export" / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "published" / "current" / "manifest.json").read_text())
        return found

    def wait_until(self, what: str, is_so: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if is_so():
                return
            time.sleep(2)
        pytest.fail(f"after {seconds} s still not: {what}\n{self.report()}", pytrace=False)

    def report(self) -> str:
        """What an engineer wants to see of a night that did not end."""
        lines = [tail(self.home / "airflow" / "service")]
        for dag in ["reconcile", *(f"ingest_{sector}" for sector in SECTORS)]:
            lines += [f"{run['dag_run_id']} {run['state']}" for run in self.runs(dag)]
        for log in sorted((self.home / "airflow" / "logs").glob("dag_id=*/*/task_id=*/*.log")):
            text = log.read_text(encoding="utf-8")
            if '"level":"error"' in text:
                lines += [f"--- {log.parent}", text[-3000:]]
        return "\n".join(lines)

    def has_caught_up(self) -> bool:
        """The night that a new service finds missed has been run, on an empty home, and has published nothing."""
        runs = self.runs("reconcile")
        return bool(runs) and all(run["state"] == "success" for run in runs) and not (self.home / "published").exists()

    def is_settled(self, nights: int) -> bool:
        """Nothing waits, and that many reconciliations woken by files have ended well."""
        waiting = [path for path in (self.home / "ingest").rglob("*") if path.is_file()]
        runs = self.asset_runs("reconcile")
        failed = [run for run in runs if run["state"] == "failed"]
        assert not failed, self.report()
        return not waiting and len([run for run in runs if run["state"] == "success"]) == nights


def onetable(home: Path, *words: str) -> str:
    environment = {**os.environ, "ONETABLE_HOME": str(home)}
    command = [sys.executable, "-m", "pipeline.cli", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode in {0, 1}, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def drop(source: Path, target: Path) -> None:
    """As an upload does it: under a name that is ignored, then renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    shutil.copyfile(source, unfinished)
    unfinished.rename(target)
