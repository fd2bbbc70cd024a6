"""A source that drips is given up in time, whatever kind it is: the others are asked, and it is asked again."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline import policy
from pipeline.receiving.pull import DELIVERED, UNAVAILABLE, UNCHANGED, Pulled, pull
from tests.builders import postgres, sshd
from tests.builders.pulling import DAY, SECRET, county, kept, sources
from tests.builders.slow_line import dripping_line
from tests.builders.web import Answer, web
from tests.integration.landing_home import Home, enrolments

LONGEST_SECONDS = 2.0
GIVEN_UP_SECONDS = 15.0
COLUMNS = '[sources.slow.columns]\n"身份证号" = "id_no"\n"姓名" = "name"\n'
RECORDS = [{"id_no": f"{number:018}", "name": "测甲"} for number in range(200)]
QUICK = """
[sources.quick]
kind = "sql"
feed = "medical/enrolments"
table = "roster"
period = "2020"
[sources.quick.columns]
"身份证号" = "id_no"
"姓名" = "name"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    with sqlite3.connect(tmp_path / "quick.db") as con:
        con.execute("create table roster (id_no text, name text)")
        con.execute("insert into roster values ('1', '测甲')")
    monkeypatch.setenv("AIRFLOW_CONN_QUICK", json.dumps({"conn_type": "sqlite", "schema": str(tmp_path / "quick.db")}))
    return county(tmp_path / "home")


def both(home: Home, slow: str) -> tuple[Pulled, Pulled, float]:
    """What became of a slow source, of the quick one behind it, and the seconds for both."""
    sources(home.settings, f'[sources.slow]\nfeed = "medical/enrolments"\nperiod = "2020"\n{slow}\n{QUICK}')
    began = time.monotonic()
    first, second = pull(home.settings, pulled_on=DAY, longest_seconds=LONGEST_SECONDS)
    return first, second, time.monotonic() - began


def expect_given_up(first: Pulled, second: Pulled, seconds: float) -> None:
    assert (first.outcome, first.files) == (UNAVAILABLE, ()), first
    assert "pull_source_minutes" in str(first.error), first.error
    assert second.outcome in (DELIVERED, UNCHANGED), second
    assert seconds < GIVEN_UP_SECONDS
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


@contextmanager
def a_web_server() -> Iterator[int]:
    with web() as server:
        server.answer = lambda _: Answer(json.dumps(RECORDS).encode())
        yield server.port


@pytest.mark.parametrize("after", [0, 400], ids=["headers", "body"])
def test_a_web_server_that_drips(home: Home, after: int) -> None:
    block = 'kind = "http"\nurl = "http://127.0.0.1:{port}/roster"\n' + COLUMNS
    with a_web_server() as port:
        with dripping_line(port, after) as slow:
            expect_given_up(*both(home, block.format(port=slow)))
        assert both(home, block.format(port=port))[0].outcome == DELIVERED


@pytest.mark.skipif(postgres.programs() is None, reason=f"needs a database: apt-get install {postgres.PACKAGE}")
def test_a_database_that_drips_and_one_that_thinks_for_ever(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres.postgres() as server:
        server.run("create table roster (id_no text, name text)")
        server.run("insert into roster values (%s, %s)", [(one["id_no"], one["name"]) for one in RECORDS])
        with dripping_line(server.port, 3_000) as slow:
            monkeypatch.setenv("AIRFLOW_CONN_SLOW", server.uri(port=slow))
            expect_given_up(*both(home, 'kind = "sql"\ntable = "roster"\n' + COLUMNS))
        monkeypatch.setenv("AIRFLOW_CONN_SLOW", server.uri())
        sleeps = "select id_no, name from roster, (select pg_sleep(60)) as sleeps"
        expect_given_up(*both(home, f'kind = "sql"\nquery = "{sleeps}"\n' + COLUMNS))
        assert both(home, 'kind = "sql"\ntable = "roster"\n' + COLUMNS)[0].outcome == DELIVERED
    assert SECRET not in kept(home.settings)


@pytest.mark.skipif(not sshd.PROGRAM.exists(), reason=f"needs an SSH server: apt-get install {sshd.PACKAGE}")
@pytest.mark.parametrize("after", [100, 40_000], ids=["login", "file"])
def test_an_sftp_server_that_drips(home: Home, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    with sshd.sshd() as server:
        (server.folder / "610099_202006_医保参保缴费_增量.csv").write_text(enrolments(1_500), encoding="utf-8")
        key = server.host_key.partition("]:")[2].partition(" ")[2]
        block = (
            f'kind = "sftp"\nfolder = "{server.folder}"\nstable_seconds = 0\n'
            f'known_hosts = ["[127.0.0.1]:{{port}} {key}"]\n'
        )
        with dripping_line(server.port, after) as slow:
            said = {**json.loads(server.connection()), "port": slow}
            monkeypatch.setenv("AIRFLOW_CONN_SLOW", json.dumps(said))
            expect_given_up(*both(home, block.format(port=slow)))
        monkeypatch.setenv("AIRFLOW_CONN_SLOW", server.connection())
        assert both(home, block.format(port=server.port))[0].outcome == DELIVERED


def test_how_long_is_a_policy_value(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    true_value = policy.value

    def value(param_id: str, *about: object) -> object:
        asked.append(param_id)
        return true_value(param_id, *about)  # type: ignore[arg-type]

    monkeypatch.setattr(policy, "value", value)
    sources(home.settings, QUICK)
    assert [one.outcome for one in pull(home.settings, pulled_on=DAY)] == [DELIVERED]
    assert asked == ["pull_source_minutes"]
    assert (true_value("pull_source_minutes", home.settings.county, DAY) or 0) > 0
