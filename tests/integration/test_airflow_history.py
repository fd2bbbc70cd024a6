"""What Airflow remembers of old runs goes when the service starts; what it needs to go on stays."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.database import HISTORY_DAYS
from service.environment import REPOSITORY, airflow_environment, airflow_home, prepare_home

OLD = datetime.now(UTC) - timedelta(days=HISTORY_DAYS + 1)
FRESH = datetime.now(UTC) - timedelta(days=HISTORY_DAYS - 1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    prepare_home(home)
    assert prepare(home) == (0, "")
    return home


def prepare(home: Path) -> tuple[int, str]:
    """As ``make up`` does it before any part starts."""
    done = subprocess.run(
        [sys.executable, "-m", "service.database"],
        env=airflow_environment(home, os.environ),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def database(home: Path) -> sqlite3.Connection:
    con = sqlite3.connect(airflow_home(home) / "airflow.db")
    con.execute("pragma foreign_keys = on")
    return con


def a_run(con: sqlite3.Connection, dag: str, name: str, began: datetime) -> None:
    at = began.strftime("%Y-%m-%d %H:%M:%S.%f")
    con.execute(
        "insert into dag_run (dag_id, run_id, run_type, run_after, start_date, logical_date, state)"
        " values (?, ?, 'scheduled', ?, ?, ?, 'success')",
        [dag, name, at, at, at],
    )
    con.execute(
        "insert into task_instance (id, task_id, dag_id, run_id, try_number, pool, pool_slots, start_date, state)"
        " values (?, 'ingest', ?, ?, 1, 'duckdb', 1, ?, 'success')",
        [f"{dag}{name}", dag, name, at],
    )
    con.execute("insert into log (dttm, dag_id, event) values (?, ?, 'success')", [at, dag])


def test_old_runs_go_and_the_last_of_each_dag_stays(home: Path) -> None:
    con = database(home)
    with con:
        for name, began in (("older", OLD - timedelta(days=1)), ("old", OLD), ("fresh", FRESH)):
            a_run(con, "ingest_water", name, began)
        a_run(con, "housekeeping", "older", OLD - timedelta(days=1))
        a_run(con, "housekeeping", "old", OLD)
        con.execute(
            "insert into trigger (classpath, kwargs, created_date) values ('dags.triggers.FilesWaiting', '{}', ?)",
            [OLD.strftime("%Y-%m-%d %H:%M:%S.%f")],
        )
    assert prepare(home) == (0, "")
    runs = con.execute("select dag_id, run_id from dag_run order by dag_id").fetchall()
    assert runs == [("housekeeping", "old"), ("ingest_water", "fresh")]
    assert con.execute("select dag_id, run_id from task_instance").fetchall() == [("ingest_water", "fresh")]
    assert con.execute("select count(*) from log where event = 'success'").fetchall() == [(1,)]
    assert con.execute("select count(*) from trigger").fetchall() == [(1,)], "the folders are still watched"


def test_old_logs_go_with_their_folders(home: Path) -> None:
    logs = airflow_home(home) / "logs"
    old, fresh = logs / "dag_id=a" / "run_id=1" / "attempt=1.log", logs / "dag_id=a" / "run_id=2" / "attempt=1.log"
    for path, began in ((old, OLD), (fresh, FRESH)):
        path.parent.mkdir(parents=True)
        path.write_text("ended", encoding="utf-8")
        os.utime(path, (began.timestamp(), began.timestamp()))
    (logs / "latest").symlink_to(fresh.parent)
    assert prepare(home) == (0, "")
    assert not old.parent.exists()
    assert fresh.exists()
    assert (logs / "latest").is_symlink()


def test_a_past_that_cannot_be_forgotten_is_said_and_stops_nothing(home: Path) -> None:
    con = database(home)
    with con:
        a_run(con, "ingest_housing", "older", OLD - timedelta(days=1))
        a_run(con, "ingest_housing", "old", OLD)
        con.execute("create trigger kept before delete on dag_run begin select raise(abort, 'kept'); end")
    try:
        code, said = prepare(home)
    finally:
        con.execute("drop trigger kept")
    assert code == 0
    assert said.startswith(f"runs of more than {HISTORY_DAYS} days ago could not all be removed")
