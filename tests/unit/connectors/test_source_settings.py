"""connections.toml: what is right is read, what is wrong is said in both languages, and secrets are turned away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from connectors.sources.config import HttpSpec, SftpSpec, Source, SqlSpec, read_sources
from connectors.sources.errors import ConfigurationError
from connectors.sources.login import Login, resolve

COLUMNS = '\n[sources.a.columns]\n"姓名" = "name"\n'
SQL = '[sources.a]\nkind = "sql"\nfeed = "medical/enrolments"\ntable = "t"\n'
SFTP = (
    '[sources.a]\nkind = "sftp"\nfeed = "water/household_water"\nfolder = "/out"\nknown_hosts = ["h ssh-ed25519 A"]\n'
)
HTTP = '[sources.a]\nkind = "http"\nfeed = "registry/persons"\nurl = "https://example.org/x"\n'


def source(text: str) -> Source:
    found = read_sources(text)["a"]
    assert isinstance(found, Source), found
    return found


def problem(text: str) -> str:
    found = read_sources(text)["a"]
    assert isinstance(found, ConfigurationError), found
    return str(found)


def test_each_kind_is_read() -> None:
    sql = source(SQL + 'watermark = "w"\noverlap = "90m"\nconnection = "db"' + COLUMNS)
    assert isinstance(sql.spec, SqlSpec)
    assert (sql.kind, sql.connection, sql.spec.overlap, sql.stated) == (
        "sql",
        "db",
        timedelta(minutes=90),
        {"mode": "增量"},
    )
    sftp, http = source(SFTP), source(HTTP + COLUMNS)
    assert (sftp.kind, sftp.connection, isinstance(sftp.spec, SftpSpec)) == ("sftp", "a", True)
    assert (http.kind, isinstance(http.spec, HttpSpec)) == ("http", True)


def test_a_period_may_follow_the_day_of_the_pull() -> None:
    found = source(SQL + 'period = "{yyyy}{mm}"\nmode = "全量"' + COLUMNS)
    assert found.side(date(2020, 7, 3)) == {"mode": "全量", "period": "202007"}


def test_a_block_that_is_switched_off_is_left_out() -> None:
    assert read_sources("[sources.a]\nenabled = false\n") == {"a": None}


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (SQL, "缺少字段对照", "columns"),
        (SQL + 'query = "select 1"' + COLUMNS, "必须且只能写一个", "exactly one"),
        (SQL.replace("medical/enrolments", "medical/persons") + COLUMNS, "没有这个报表", "no such feed"),
        (SQL.replace('"sql"', '"ftp"') + COLUMNS, "只能是", "must be one of"),
        (SQL + 'watermrk = "w"' + COLUMNS, "是否为“watermark”", "did you mean 'watermark'"),
        (SQL + 'overlap = "2 weeks"' + COLUMNS, "整数或时长", "a number or a time"),
        (SQL + 'watermark = "w"\nmode = "全量"' + COLUMNS, "不能是全量", "drop everybody else"),
        (SQL + 'overlap = "2h"' + COLUMNS, "没有可重读的部分", "without a watermark"),
        (SQL + "batch_rows = 0" + COLUMNS, "应为 1 到", "from 1 to"),
        (SQL + 'mode = "零报告"' + COLUMNS, "只能是", "must be one of"),
        (SQL + 'period = "{yyyy}/{mm}x"' + COLUMNS, "写法不对", "no period"),
        (SQL + 'password = "x"' + COLUMNS, "不写在文件里", "secrets belong"),
        (HTTP + 'params = { api_key = "x" }' + COLUMNS, "不写在文件里", "secrets belong"),
        (SFTP.replace("known_hosts", "#"), "主机公钥", "host key"),
        (HTTP.replace("https", "http") + COLUMNS, "只接受 https", "https only"),
        (HTTP.replace("https://", "https://u:p@") + COLUMNS, "不能有用户名和口令", "no login"),
        (HTTP + 'paging = "page"' + COLUMNS, "最后一页", "last page"),
        (HTTP + 'paging = "cursor"' + COLUMNS, "下一页标记", "cursor"),
        (HTTP + 'format = "csv"\npaging = "cursor"\ncursor = "x"' + COLUMNS, "csv 只支持", "csv has no"),
        (SQL + 'connection = "x y"' + COLUMNS, "写法不对", "form"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(text: str, zh: str, en: str) -> None:
    message = problem(text)
    assert message.startswith("connections.toml [sources.a]")
    assert zh in message
    assert en in message


def test_every_problem_of_a_block_is_told_at_once_and_stops_no_other_block() -> None:
    found = read_sources('[sources.bad]\nkind = "sql"\nfeed = "x"\nfoo = 1\n' + SQL + COLUMNS)
    assert isinstance(found["a"], Source)
    assert all(word in str(found["bad"]) for word in ("feed", "foo", "columns", "table"))


@pytest.mark.parametrize("text", ["[sources.a", "kind = 1", "sources = 3", "[other]\nx = 1"])
def test_a_file_that_cannot_be_read_at_all(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"connections\.toml"):
        read_sources(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://u%40x:p%2F%3Aw@db.example:5433/county?sslmode=require",
        '{"conn_type": "postgres", "login": "u@x", "password": "p/:w", "host": "db.example", "port": 5433,'
        ' "schema": "county", "extra": {"sslmode": "require"}}',
        '{"conn_type": "postgres", "login": "u@x", "password": "p/:w", "host": "db.example", "port": "5433",'
        ' "schema": "county", "extra": "{\\"sslmode\\": \\"require\\"}"}',
        "postgres://u%40x:p%2F%3Aw@db.example:5433/county?__extra__=%7B%22sslmode%22%3A%20%22require%22%7D",
    ],
)
def test_a_connection_in_each_of_airflows_forms(text: str) -> None:
    login = resolve("db", {"db": text}.get)
    assert login == Login("postgres", "db.example", 5433, "u@x", "p/:w", "county", {"sslmode": "require"})
    assert "p/:w" not in repr(login)


@pytest.mark.parametrize("text", [None, "", "{", "just words", '{"port": "x"}', "[]", "postgres://h:port/x"])
def test_a_connection_that_is_missing_or_unreadable_is_named_but_not_shown(text: str | None) -> None:
    with pytest.raises(ConfigurationError, match="“db”") as caught:
        resolve("db", lambda _: text)
    assert not text or text not in str(caught.value)
