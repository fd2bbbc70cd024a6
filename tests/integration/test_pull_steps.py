"""The pull by command and by DAG: exit codes, and red where somebody has to act."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowFailException
from typer.testing import CliRunner

from dags import pull as pull_dag
from pipeline.cli import app
from tests.builders.pulling import free_port

GOOD = """
[sources.roster]
kind = "sql"
feed = "medical/enrolments"
table = "roster"
[sources.roster.columns]
"姓名" = "name"
"""
BAD = '[sources.bad]\nkind = "sql"\nfeed = "medical/enrolments"\n'
AWAY = GOOD.replace("sources.roster", "sources.away")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import sqlite3

    with sqlite3.connect(tmp_path / "source.db") as con:
        con.execute("create table roster (name text)")
        con.execute("insert into roster values ('测甲')")
    monkeypatch.setenv("ONETABLE_HOME", str(tmp_path))
    monkeypatch.setenv(
        "AIRFLOW_CONN_ROSTER", json.dumps({"conn_type": "sqlite", "schema": str(tmp_path / "source.db")})
    )
    monkeypatch.setenv("AIRFLOW_CONN_AWAY", f"postgres://u:p@127.0.0.1:{free_port()}/x")
    (tmp_path / "county.toml").write_text('today = "2020-06-30"\n')
    return tmp_path


def run(home: Path, text: str | None, *options: str) -> tuple[int, str]:
    if text is not None:
        (home / "connections.toml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["pull", *options])
    return result.exit_code, result.output


def test_the_command_tells_what_became_of_each_source(home: Path) -> None:
    assert run(home, None)[0] == 0
    code, output = run(home, GOOD, "--json")
    [told] = json.loads(output)
    assert (code, told["outcome"], told["rows"], told["files"]) == (0, "delivered", 1, ["roster.000001.csv"])
    assert [path.name for path in sorted((home / "ingest/medical/enrolments").iterdir())] == ["roster.000001.csv"]
    assert run(home, GOOD + BAD)[0] == 1
    assert run(home, GOOD + BAD, "--name", "roster")[0] == 0
    assert run(home, GOOD, "--name", "nobody")[0] == 2
    assert run(home, "[sources")[0] == 2


def test_the_dag_reads_airflow_connections_and_is_red_only_where_somebody_has_to_act(home: Path) -> None:
    pull_sources = pull_dag.dag.get_task("pull_sources").python_callable
    pull_sources()
    (home / "connections.toml").write_text(GOOD, encoding="utf-8")
    pull_sources()
    assert [*(home / "ingest/medical/enrolments").glob("*.csv")]
    (home / "connections.toml").write_text(BAD + GOOD, encoding="utf-8")
    with pytest.raises(AirflowFailException, match="bad"):
        pull_sources()
    (home / "connections.toml").write_text(BAD + AWAY + GOOD, encoding="utf-8")
    with pytest.raises(RuntimeError, match="away"):
        pull_sources()
    assert pull_dag.airflow_connection("no_such_connection") is None


def test_the_dag_runs_one_at_a_time_and_never_catches_up() -> None:
    assert (pull_dag.dag.max_active_runs, pull_dag.dag.catchup) == (1, False)
