"""The pull DAG in a real Airflow reads its login from an Airflow connection, and the login stays there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.postgres import PACKAGE, postgres, programs
from tests.builders.pulling import SECRET

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(programs() is None, reason=f"needs a PostgreSQL server: apt-get install {PACKAGE}"),
]

SOURCE = """
[sources.roster]
kind = "sql"
feed = "medical/enrolments"
connection = "roster_db"
table = "roster"
[sources.roster.columns]
"姓名" = "name"
"""
NIGHT = """
import os, sys
from pipeline.settings import load
from service.environment import airflow_environment, prepare_home
settings = load()
prepare_home(settings.home)
os.environ.update(airflow_environment(settings.home, os.environ))
from service.database import prepare_database
prepare_database()
from airflow.models import Connection
from airflow.settings import Session
with Session() as session:
    session.add(Connection(conn_id="roster_db", conn_type="postgres", host="127.0.0.1", port=int(sys.argv[1]),
                           login="county", schema="county", password=sys.stdin.read()))
    session.commit()
from dags import pull
sys.exit(pull.dag.test().state != "success")
"""


def test_a_login_of_airflow_opens_the_source_and_shows_nowhere(tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text(SOURCE, encoding="utf-8")
    variables = {**os.environ, "ONETABLE_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    with postgres() as server:
        server.run("create table roster (name text)")
        server.run("insert into roster values (%s)", [("测甲",)])
        command = [sys.executable, "-c", NIGHT, str(server.port)]
        done = subprocess.run(
            command, input=SECRET, env=variables, capture_output=True, text=True, timeout=600, check=False
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert (tmp_path / "ingest/medical/enrolments/roster.000001.csv").is_file()
    assert SECRET not in done.stdout + done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
