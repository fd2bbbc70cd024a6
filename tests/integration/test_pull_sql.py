"""Rows of a real PostgreSQL end in the warehouse: each once, late ones too, whenever the pull is killed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.receiving.pull import DELIVERED, MISCONFIGURED, UNAVAILABLE, UNCHANGED, pull
from tests.builders.postgres import PACKAGE, Postgres, postgres, programs
from tests.builders.pulling import DAY, SECRET, county, free_port, kept, pull_elsewhere, pull_one, sources
from tests.integration.landing_home import Home, id_no, name

pytestmark = pytest.mark.skipif(programs() is None, reason=f"needs a PostgreSQL server: apt-get install {PACKAGE}")

NOON = datetime(2020, 7, 1, 12, tzinfo=UTC)
SOURCE = """
[sources.yibao]
kind = "sql"
feed = "medical/enrolments"
connection = "yibao_db"
period = "{yyyy}"
area_code = "610099"
department = "县医保局"
"""
TABLE = SOURCE + 'table = "roster"\nwatermark = "changed_at"\noverlap = "2h"\nbatch_rows = 7\n'
COLUMNS = """
[sources.yibao.columns]
"乡镇" = "town"
"村" = "village"
"姓名" = "name"
"身份证号" = "id_no"
"参保年度" = "ins_year"
"参保状态" = "state"
"个人缴费金额（元）" = "paid_self"
"资助金额（元）" = "paid_gov"
"缴费时间" = "paid_on"
"""
DISTINCT = "select count(*), count(distinct row_key) from raw.medical__enrolments"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_DB", server.uri())
    server.run("drop table if exists roster")
    server.run(
        "create table roster (town text, village text, name text, id_no text, ins_year int, state text,"
        " paid_self numeric(10,2), paid_gov numeric(10,2), paid_on date, changed_at timestamptz)"
    )
    made = county(tmp_path / "home")
    sources(made.settings, TABLE + COLUMNS)
    return made


def insert(server: Postgres, numbers: range, changed_at: datetime | None, paid: str = "280.00") -> None:
    rows: list[tuple[object, ...]] = [
        ("甲镇", "甲山村", name(number), id_no(number), 2020, "已参保", paid, "0", "2020-02-20", changed_at)
        for number in numbers
    ]
    server.run("insert into roster values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", rows)


def dropped(home: Home) -> list[str]:
    """Data lines of what waits, over all files."""
    folder = home.settings.ingest / "medical/enrolments"
    files = sorted(path for path in folder.glob("*.csv"))
    return [line for path in files for line in path.read_text(encoding="utf-8").splitlines()[2:]]


def test_every_row_lands_and_an_unchanged_table_brings_no_file(home: Home, server: Postgres) -> None:
    insert(server, range(30), NOON)
    result = pull_one(home.settings)
    assert (result.outcome, result.rows, result.files) == (DELIVERED, 30, ("yibao.000001.csv",))
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_ok"]) == ("accepted", 30), landed
    assert home.ask("select mode, area_code, period from meta.submissions where sector = 'medical'") == [
        ("increment", "610099", "2020")
    ]
    assert pull_one(home.settings).outcome == UNCHANGED
    assert home.ingest() == []


def test_changed_and_late_rows_come_and_the_rest_of_the_overlap_does_not(home: Home, server: Postgres) -> None:
    insert(server, range(20), NOON)
    pull_one(home.settings)
    home.ingest()
    insert(server, range(20, 22), NOON + timedelta(hours=1))
    insert(server, range(22, 23), NOON - timedelta(minutes=90))
    server.run(
        f"update roster set paid_self = 300, changed_at = '{NOON + timedelta(minutes=5)}' where id_no = '{id_no(3)}'"
    )
    assert pull_one(home.settings).rows == 4
    assert {line.split(",")[3] for line in dropped(home)} == {id_no(number) for number in (20, 21, 22, 3)}
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_in"]) == ("accepted", 4)
    assert home.ask(DISTINCT) == [(24, 23)]
    assert pull_one(home.settings).outcome == UNCHANGED


def test_a_row_later_than_the_overlap_is_beyond_reach_and_one_without_a_mark_is_not(
    home: Home, server: Postgres
) -> None:
    insert(server, range(5), NOON)
    pull_one(home.settings)
    insert(server, range(5, 6), NOON - timedelta(hours=3))
    assert pull_one(home.settings).outcome == UNCHANGED
    insert(server, range(6, 7), None)
    assert pull_one(home.settings).rows == 1
    assert pull_one(home.settings).outcome == UNCHANGED


def test_a_mistyped_future_time_does_not_end_the_reading(home: Home, server: Postgres) -> None:
    insert(server, range(5), NOON)
    insert(server, range(5, 6), datetime(2099, 1, 1, tzinfo=UTC))
    assert pull_one(home.settings).rows == 6
    insert(server, range(6, 8), NOON + timedelta(hours=1))
    assert pull_one(home.settings).rows == 2
    assert pull_one(home.settings).outcome == UNCHANGED


@pytest.mark.parametrize("point", ["pull_side_placed", "pull_delivered", "pull_before_note", "pull_noted"])
def test_killed_anywhere_nothing_is_lost_and_nothing_doubled(home: Home, server: Postgres, point: str) -> None:
    insert(server, range(10), NOON)
    assert pull_elsewhere(home.settings, point) == -9
    first = home.ingest()
    insert(server, range(10, 12), NOON + timedelta(minutes=1))
    assert pull_one(home.settings).outcome == DELIVERED
    second = home.ingest()
    assert [item.status for item in (*first, *second)] == ["accepted"] * (1 if point == "pull_side_placed" else 2)
    [(_, distinct)] = home.ask(DISTINCT)
    assert distinct == 12
    assert [*home.settings.work.joinpath("pull").rglob("*.csv")] == []


def test_the_same_bytes_after_a_kill_are_a_duplicate(home: Home, server: Postgres) -> None:
    insert(server, range(10), NOON)
    assert pull_elsewhere(home.settings, "pull_before_note") == -9
    [first] = home.ingest()
    pull_one(home.settings)
    [second] = home.ingest()
    assert (first.status, second.status) == ("accepted", "duplicate")
    assert home.ask(DISTINCT) == [(10, 10)]


def test_a_row_that_goes_back_to_an_earlier_state_lands_again(home: Home, server: Postgres) -> None:
    insert(server, range(1), NOON, paid="280.00")
    for hour, paid in enumerate(("300.00", "280.00"), start=1):
        assert pull_one(home.settings).rows == 1
        assert [item.status for item in home.ingest()] == ["accepted"]
        server.run(f"update roster set paid_self = {paid}, changed_at = '{NOON + timedelta(hours=hour)}'")
    assert pull_one(home.settings).rows == 1
    assert [item.status for item in home.ingest()] == ["accepted"]
    paid_by_turn = (
        "select paid_self from raw.medical__enrolments join meta.submissions using (submission_id) order by seq"
    )
    assert home.ask(paid_by_turn) == [("280.00",), ("300.00",), ("280.00",)]


def test_a_backlog_of_pulls_lands_in_their_order(home: Home, server: Postgres) -> None:
    insert(server, range(3), NOON)
    pull_one(home.settings)
    server.run(f"update roster set paid_self = 300, changed_at = '{NOON + timedelta(hours=1)}'")
    assert pull_one(home.settings).files == ("yibao.000002.csv",)
    assert [item.status for item in home.ingest()] == ["accepted", "accepted"]
    latest = "select paid_self from raw.medical__enrolments join meta.submissions using (submission_id) where seq = "
    assert set(home.ask(latest + "(select max(seq) from meta.submissions)")) == {("300.00",)}


def test_a_query_with_colons_and_percent_signs(home: Home, server: Postgres) -> None:
    insert(server, range(4), NOON)
    query = "select r.*, paid_on::text as paid from roster r where name like '测%' and '10:30' <> ':x';"
    sources(home.settings, SOURCE + f'query = "{query}"\n' + COLUMNS.replace('"paid_on"', '"paid"'))
    result = pull_one(home.settings)
    assert (result.outcome, result.rows) == (DELIVERED, 4), result
    assert pull_one(home.settings).outcome == UNCHANGED


def test_an_asked_for_column_more_reads_everything_again(home: Home, server: Postgres) -> None:
    insert(server, range(4), NOON)
    pull_one(home.settings)
    sources(home.settings, TABLE + COLUMNS + '"备注" = "state"\n')
    assert pull_one(home.settings).rows == 4


def test_integer_watermark(home: Home, server: Postgres) -> None:
    insert(server, range(4), NOON)
    server.run("alter table roster add column serial bigserial")
    text = TABLE.replace("changed_at", "serial").replace('"2h"', "2") + COLUMNS
    sources(home.settings, text)
    assert pull_one(home.settings).rows == 4
    insert(server, range(4, 6), NOON)
    assert pull_one(home.settings).rows == 2
    sources(home.settings, text.replace("overlap = 2", 'overlap = "2h"'))
    result = pull_one(home.settings)
    assert result.outcome == MISCONFIGURED
    assert "overlap" in str(result.error)


def test_the_pull_only_reads(home: Home, server: Postgres) -> None:
    server.run("create or replace function spoil() returns int language sql as 'delete from roster returning 1'")
    insert(server, range(4), NOON)
    sources(home.settings, SOURCE + 'query = "select roster.*, spoil() as x from roster"\n' + COLUMNS)
    assert pull_one(home.settings).outcome != DELIVERED
    sources(home.settings, TABLE + COLUMNS)
    assert pull_one(home.settings).rows == 4


@pytest.mark.parametrize("end", ["cut off", "too slow"])
def test_a_reading_that_breaks_off_delivers_nothing_and_is_made_up_for(home: Home, server: Postgres, end: str) -> None:
    insert(server, range(40), NOON)
    slow = SOURCE + "timeout_seconds = 1\n" * (end == "too slow") + 'watermark = "changed_at"\nbatch_rows = 5\n'
    sources(home.settings, slow + 'query = "select r.*, pg_sleep(0.1) from roster r"\n' + COLUMNS)
    others = "pid <> pg_backend_pid() and backend_type = 'client backend'"
    cut = f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"
    knife = threading.Timer(1.5, server.run, [cut if end == "cut off" else "select 1"])
    knife.start()
    result = pull_one(home.settings)
    knife.join()
    assert (result.outcome, dropped(home)) == (UNAVAILABLE, []), result
    assert [*(home.settings.work / "pull").rglob("*.csv")] == []
    sources(home.settings, TABLE + COLUMNS)
    assert pull_one(home.settings).rows == 40


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (("roster", "no_such_table"), MISCONFIGURED),
        (('"name"', '"no_such_column"'), MISCONFIGURED),
        (("yibao_db", "nobody"), MISCONFIGURED),
    ],
)
def test_what_the_operator_has_to_mend(home: Home, change: tuple[str, str], outcome: str) -> None:
    sources(home.settings, (TABLE + COLUMNS).replace(*change))
    result = pull_one(home.settings)
    assert result.outcome == outcome
    assert dropped(home) == []


def test_no_login_and_no_value_in_logs_errors_and_notes(
    home: Home, server: Postgres, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    insert(server, range(3), NOON)
    told = [pull_one(home.settings)]
    server.run("alter table roster drop column paid_gov")
    told.append(pull_one(home.settings))
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_DB", server.uri(password="wrong-" + SECRET))
    told.append(pull_one(home.settings))
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_DB", server.uri(port=free_port()))
    told.append(pull_one(home.settings))
    assert [item.outcome for item in told] == [DELIVERED, MISCONFIGURED, MISCONFIGURED, UNAVAILABLE]
    everything = caplog.text + kept(home.settings) + str(told)
    assert "yibao" in everything
    for canary in (SECRET, id_no(1), name(1), "county:"):
        assert canary not in everything


def test_one_bad_source_stops_no_other(home: Home, server: Postgres) -> None:
    insert(server, range(3), NOON)
    bad = '[sources.bad]\nkind = "sql"\nfeed = "medical/nothing"\npassword = "x"\n'
    sources(home.settings, bad + TABLE + COLUMNS)
    results = pull(home.settings, pulled_on=DAY)
    assert [(item.name, item.outcome) for item in results] == [("bad", MISCONFIGURED), ("yibao", DELIVERED)]
    assert "password" in str(results[0].error)


def test_fifty_thousand_rows_without_time_zone_stream_through(home: Home, server: Postgres) -> None:
    server.run("alter table roster alter column changed_at type timestamp")
    server.run(
        "insert into roster select '甲镇', '甲山村', '测甲', lpad(n::text, 18, '9'), 2020, '已参保', 280, 0,"
        " date '2020-02-20', timestamp '2020-07-01' + n * interval '1 millisecond' from generate_series(1, 50000) n"
    )
    sources(home.settings, TABLE.replace("batch_rows = 7", "batch_rows = 5000") + COLUMNS)
    assert pull_one(home.settings).rows == 50_000
    assert len(dropped(home)) == 50_000
    assert pull_one(home.settings).outcome == UNCHANGED
