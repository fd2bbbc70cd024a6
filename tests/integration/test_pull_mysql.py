"""Rows of a real MariaDB (MySQL's protocol) come the same way as those of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.receiving.pull import DELIVERED, MISCONFIGURED, UNAVAILABLE, UNCHANGED
from tests.builders.mariadb import PACKAGE, Mariadb, is_there, mariadb
from tests.builders.pulling import county, pull_one, sources
from tests.integration.landing_home import Home, id_no, name

pytestmark = pytest.mark.skipif(not is_there(), reason=f"needs a MySQL server: apt-get install {PACKAGE}")

SOURCE = """
[sources.yibao]
kind = "sql"
feed = "medical/enrolments"
period = "2020"
area_code = "610099"
table = "roster"
watermark = "changed_at"
overlap = "1h"
batch_rows = 5
[sources.yibao.columns]
"村" = "village"
"姓名" = "name"
"身份证号" = "id_no"
"参保状态" = "state"
"个人缴费金额（元）" = "paid"
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Mariadb]:
    with mariadb() as running:
        running.run(
            "create table county.roster (village varchar(20), name varchar(20), id_no varchar(18), state varchar(20),"
            " paid decimal(10,2), changed_at datetime(6))"
        )
        yield running


def test_a_demand_for_encryption_that_is_not_understood_is_not_left_out(
    home: Home, server: Mariadb, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(server, range(3), 0)
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO", f"{server.uri}{'&' if '?' in server.uri else '?'}ssl_mode=VERIFY_CA")
    result = pull_one(home.settings)
    assert (result.outcome, "ssl_mode" in str(result.error)) == (MISCONFIGURED, True), result


@pytest.fixture
def home(tmp_path: Path, server: Mariadb, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO", server.uri)
    server.run("delete from county.roster")
    made = county(tmp_path / "home")
    sources(made.settings, SOURCE)
    return made


def insert(server: Mariadb, numbers: range, minute: int) -> None:
    server.run(
        *(
            f"insert into county.roster values ('甲山村', '{name(number)}', '{id_no(number)}', '已参保', 280.10,"
            f" '2020-07-01 12:{minute:02d}:00.123456')"
            for number in numbers
        )
    )


def test_rows_land_and_late_ones_follow(home: Home, server: Mariadb) -> None:
    insert(server, range(12), 30)
    assert pull_one(home.settings).rows == 12
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_in"]) == ("accepted", 12), landed
    assert home.ask("select distinct paid_self from raw.medical__enrolments") == [("280.10",)]
    assert pull_one(home.settings).outcome == UNCHANGED
    insert(server, range(12, 14), 10)
    result = pull_one(home.settings)
    assert (result.outcome, result.rows) == (DELIVERED, 2)


def test_the_pull_only_reads(home: Home, server: Mariadb) -> None:
    insert(server, range(3), 0)
    server.run(
        "drop function if exists county.spoil",
        "create function county.spoil() returns int deterministic begin delete from county.roster; return 1; end",
    )
    query = 'query = "select r.*, county.spoil() as x from (select 1 as one) o join county.roster r"'
    sources(home.settings, SOURCE.replace('table = "roster"', query).replace('"paid"', '"x"'))
    assert pull_one(home.settings).outcome == UNAVAILABLE
    sources(home.settings, SOURCE)
    assert pull_one(home.settings).rows == 3
