"""Records behind a real web server end in the warehouse: all pages or none, with patience that has an end."""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sources import landing
from connectors.sources.config import HttpSpec
from connectors.sources.errors import FeedUnavailableError
from connectors.sources.http import pull_http
from connectors.sources.login import Login
from pipeline.receiving.pull import DELIVERED, MISCONFIGURED, UNAVAILABLE, UNCHANGED
from tests.builders.pulling import SECRET, county, kept, pull_elsewhere, pull_one, sources
from tests.builders.web import Answer, Asked, Web, web
from tests.integration.landing_home import Home, enrolments, id_no, name

PAGE = 10
COLUMNS = """
[sources.yibao.columns]
"乡镇" = "town"
"村" = "village"
"姓名" = "person.name"
"身份证号" = "person.id"
"参保年度" = "year"
"参保状态" = "state"
"个人缴费金额（元）" = "paid"
"缴费时间" = "paid_on"
"""
BY_TOTAL = 'paging = "page"\nsize_param = "size"\npage_size = 10\ntotal = "meta.total"'
BY_SIZE = 'paging = "page"\nsize_param = "size"\npage_size = 10'
BY_SHORT = f"{BY_SIZE}\nshort_page_ends = true"
BY_PAGES = 'paging = "page"\ntotal_pages = "meta.pages"'
BY_FLAG = 'paging = "page"\nhas_more = "meta.more"'
BY_CURSOR = 'paging = "cursor"\ncursor = "meta.next"\ntotal = "meta.total"'
BY_LINK = 'paging = "link"'


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return county(tmp_path / "home")


def configure(home: Home, server: Web, more: str, columns: str = COLUMNS) -> None:
    sources(
        home.settings,
        f"""
        [sources.yibao]
        kind = "http"
        feed = "medical/enrolments"
        url = "{server.url}"
        period = "202006"
        mode = "增量"
        area_code = "610099"
        backoff_seconds = 0.01
        {more}
        {columns}
        """,
    )


def record(number: int) -> dict[str, Any]:
    person = {"name": name(number), "id": id_no(number)}
    paid = {"paid": 280.10, "paid_on": "2020-02-20"}
    return {"town": "甲镇", "village": "甲山村", "person": person, "year": 2020, "state": "已参保", **paid}


def paged(count: int) -> Callable[[Asked], Answer]:
    """A server that pages ``count`` records in every way at once."""

    def answer(asked: Asked) -> Answer:
        first = int(asked.query.get("cursor") or (int(asked.query.get("page", "1")) - 1) * PAGE)
        following = first + PAGE
        meta: dict[str, Any] = {"total": count, "pages": -(-count // PAGE), "more": following < count}
        meta["next"] = str(following) if following < count else None
        rows = [record(number) for number in range(first, min(following, count))]
        link = {"Link": f'<?page={following // PAGE + 1}>; rel="next", <?page=1>; rel="first"'}
        body = json.dumps({"meta": meta, "data": {"items": rows}}, ensure_ascii=False).encode()
        return Answer(body, headers=link if following < count else {})

    return answer


def spoilt(at: int, bad: Answer, count: int = 25, times: int = 10_000) -> Callable[[Asked], Answer]:
    """As :func:`paged`, but requests from number ``at`` on are answered badly, ``times`` times."""
    seen = [0]
    good = paged(count)

    def answer(asked: Asked) -> Answer:
        seen[0] += 1
        return bad if at <= seen[0] < at + times else good(asked)

    return answer


def waiting(home: Home) -> list[Path]:
    return sorted((home.settings.ingest / "medical/enrolments").glob("*.csv"))


@pytest.mark.parametrize("paging", [BY_TOTAL, BY_SIZE, BY_SHORT, BY_PAGES, BY_FLAG, BY_CURSOR, BY_LINK])
@pytest.mark.parametrize("count", [25, 20])
def test_all_pages_become_one_file(home: Home, server: Web, paging: str, count: int) -> None:
    server.answer = paged(count)
    configure(home, server, paging + '\nrecords = "data.items"')
    result = pull_one(home.settings)
    assert (result.outcome, result.rows, result.files) == (DELIVERED, count, ("yibao.000001.csv",)), result
    needed = -(-count // PAGE) + (paging is BY_SIZE or (paging is BY_SHORT and count % PAGE == 0))
    assert len(server.asked) == needed
    [path] = waiting(home)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[3] for line in lines[2:]] == [id_no(number) for number in range(count)]
    assert pull_one(home.settings).outcome == UNCHANGED


@pytest.mark.parametrize("most", [4, 10])
def test_pages_that_the_server_cuts_shorter_than_asked_are_all_read(home: Home, server: Web, most: int) -> None:
    """A server that gives at most ``most`` at once, and fewer where what it filters out lay on the page."""

    def answer(asked: Asked) -> Answer:
        first = (int(asked.query["page"]) - 1) * most
        rows = [record(number) for number in range(first, min(first + most, 25)) if number != 1]
        return Answer(json.dumps({"data": {"items": rows}}, ensure_ascii=False).encode())

    server.answer = answer
    configure(home, server, BY_SIZE + '\nrecords = "data.items"')
    result = pull_one(home.settings)
    assert (result.outcome, result.rows) == (DELIVERED, 24), result


def test_a_page_of_csv_without_even_a_header_is_the_end(home: Home, server: Web) -> None:
    content = enrolments(8).encode()
    server.answer = lambda asked: Answer(content if asked.query["page"] == "1" else b"")
    configure(home, server, f'format = "csv"\n{BY_SIZE}', columns="")
    result = pull_one(home.settings)
    assert (result.outcome, len(server.asked)) == (DELIVERED, 2), result


def test_records_reach_the_warehouse_with_their_decimals(home: Home, server: Web) -> None:
    server.answer = paged(25)
    configure(home, server, BY_TOTAL + '\nrecords = "data.items"')
    pull_one(home.settings)
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_in"]) == ("accepted", 25), landed
    assert home.ask("select distinct paid_self from raw.medical__enrolments") == [("280.10",)]
    assert home.ask("select mode, period from meta.submissions where sector = 'medical'") == [("increment", "202006")]


@pytest.mark.parametrize(
    "bad",
    [
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(status=503),
        Answer(status=500, body=b"trace"),
        Answer(b'{"data": {"items": []}}', cut=5),
        Answer(b'{"data": {"items": []}}', cut=5, is_chunked=True),
    ],
    ids=["429", "503", "500", "truncated", "chunk missing"],
)
def test_a_passing_fault_is_got_over_and_a_lasting_one_delivers_nothing(home: Home, server: Web, bad: Answer) -> None:
    configure(home, server, BY_TOTAL + '\nrecords = "data.items"\nattempts = 3')
    server.answer = spoilt(2, bad)
    result = pull_one(home.settings)
    assert (result.outcome, waiting(home), len(server.asked)) == (UNAVAILABLE, [], 4)
    server.answer = spoilt(3, bad, times=2)
    result = pull_one(home.settings)
    assert (result.outcome, result.rows) == (DELIVERED, 25)
    assert [item.counts["rows_ok"] for item in home.ingest()] == [25]


def test_retry_after_is_kept(home: Home, server: Web) -> None:
    configure(home, server, BY_TOTAL + '\nrecords = "data.items"')
    server.answer = spoilt(1, Answer(status=429, headers={"Retry-After": "1"}), times=1)
    began = time.monotonic()
    assert pull_one(home.settings).outcome == DELIVERED
    assert time.monotonic() - began >= 1


def test_a_server_that_asks_for_too_long_a_wait_is_left_at_once(home: Home, server: Web) -> None:
    configure(home, server, BY_TOTAL + '\nrecords = "data.items"')
    server.answer = lambda _: Answer(status=503, headers={"Retry-After": "7200"})
    began = time.monotonic()
    result = pull_one(home.settings)
    assert (result.outcome, len(server.asked), "7200" in str(result.error)) == (UNAVAILABLE, 1, True)
    assert time.monotonic() - began < 30


def test_pauses_grow_vary_and_have_a_bound(home: Home, server: Web) -> None:
    server.answer = lambda _: Answer(status=503)
    spec = HttpSpec(server.url, columns={"姓名": "name"}, attempts=12, backoff_seconds=1)
    pauses: list[float] = []
    at = landing.desk(home.settings.home, "yibao", "medical/enrolments", {})
    with pytest.raises(FeedUnavailableError):
        pull_http(spec, Login(), at, home.settings.home, pauses.append)
    assert len(pauses) == 11
    assert all(min(2.0**n, 60) / 2 <= pause <= min(2.0**n, 60) for n, pause in enumerate(pauses))
    assert len(set(pauses[6:])) > 1


def test_retry_after_as_a_date_is_read_by_the_servers_own_clock(home: Home, server: Web) -> None:
    dates = {"Retry-After": "Fri, 03 Jul 2020 08:01:30 GMT"}
    server.answer = spoilt(1, Answer(status=503, headers=dates), times=1)
    spec = HttpSpec(server.url, columns={"姓名": "person.name"}, records="data.items", max_wait_seconds=1)
    at = landing.desk(home.settings.home, "yibao", "medical/enrolments", {})
    assert pull_http(spec, Login(), at, home.settings.home, lambda _: None).rows == PAGE


def test_the_rate_is_kept(home: Home, server: Web) -> None:
    server.answer = paged(25)
    configure(home, server, BY_TOTAL + '\nrecords = "data.items"\nrequests_per_minute = 120')
    began = time.monotonic()
    assert pull_one(home.settings).rows == 25
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"total": 26}, UNAVAILABLE),
        ({"total": 24}, UNAVAILABLE),
        ({"total": None}, UNAVAILABLE),
    ],
)
def test_pages_that_do_not_add_up_deliver_nothing(
    home: Home, server: Web, change: dict[str, Any], outcome: str
) -> None:
    good = paged(25)

    def answer(asked: Asked) -> Answer:
        document = json.loads(good(asked).body)
        document["meta"].update(change)
        return Answer(json.dumps(document).encode())

    server.answer = answer
    configure(home, server, BY_CURSOR + '\nrecords = "data.items"')
    assert (pull_one(home.settings).outcome, waiting(home)) == (outcome, [])


def test_a_list_that_grows_while_it_is_read_is_whole_at_the_end(home: Home, server: Web) -> None:
    counts = iter([25, 25, 31, 31, 31, 31, 31])
    server.answer = lambda asked: paged(next(counts))(asked)
    configure(home, server, BY_CURSOR + '\nrecords = "data.items"')
    assert pull_one(home.settings).rows == 31


@pytest.mark.parametrize("paging", [BY_SIZE, BY_CURSOR, BY_LINK])
def test_pages_without_end_are_noticed(home: Home, server: Web, paging: str) -> None:
    body = json.loads(paged(25)(Asked("", {"page": "1"}, {})).body)
    body["meta"]["next"] = "same"
    server.answer = lambda _: Answer(json.dumps(body).encode(), headers={"Link": f'<{server.url}?p=2>; rel="next"'})
    configure(home, server, paging + '\nrecords = "data.items"')
    assert pull_one(home.settings).outcome in (MISCONFIGURED, UNAVAILABLE)
    assert (len(server.asked) <= 3, waiting(home)) == (True, [])


def test_a_next_page_on_another_server_is_not_asked(home: Home, server: Web) -> None:
    body = paged(25)(Asked("", {}, {})).body
    with web() as other:
        server.answer = lambda _: Answer(body, headers={"Link": f'<{other.url}>; rel="next"'})
        configure(home, server, BY_LINK + '\nrecords = "data.items"')
        assert pull_one(home.settings).outcome == MISCONFIGURED
        assert other.asked == []


def test_csv_streams_as_it_is_and_unsized_answers_are_refused(home: Home, server: Web) -> None:
    content = enrolments(40).encode("gb18030")
    server.answer = lambda _: Answer(content, is_sized=False)
    configure(home, server, 'format = "csv"', columns="")
    assert (pull_one(home.settings).outcome, waiting(home)) == (MISCONFIGURED, [])
    server.answer = lambda _: Answer(content, cut=100)
    assert (pull_one(home.settings).outcome, waiting(home)) == (UNAVAILABLE, [])
    server.answer = lambda _: Answer(content)
    assert pull_one(home.settings).outcome == DELIVERED
    assert waiting(home)[0].read_bytes() == content
    assert [item.counts["rows_ok"] for item in home.ingest()] == [40]
    configure(home, server, 'format = "csv"\nallow_unsized = true', columns="")
    server.answer = lambda _: Answer(enrolments(41).encode(), is_sized=False)
    assert pull_one(home.settings).outcome == DELIVERED


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_csv_that_returns_to_an_earlier_state_is_no_duplicate(home: Home, server: Web, encoding: str) -> None:
    configure(home, server, 'format = "csv"', columns="")
    for count in (40, 41, 40):
        content = enrolments(count).encode(encoding)
        server.answer = lambda _, content=content: Answer(content)  # type: ignore[misc]
        assert pull_one(home.settings).outcome == DELIVERED
        [landed] = home.ingest()
        assert (landed.status, landed.counts["rows_in"]) == ("accepted", count), landed
    assert pull_one(home.settings).outcome == UNCHANGED


def test_csv_pages_are_joined_under_one_header(home: Home, server: Web) -> None:
    head, *rows = enrolments(25).splitlines(keepends=True)

    def answer(asked: Asked) -> Answer:
        first = (int(asked.query["page"]) - 1) * PAGE
        return Answer((head + "".join(rows[first : first + PAGE])).encode())

    server.answer = answer
    configure(home, server, BY_SIZE + '\nformat = "csv"', columns="")
    assert pull_one(home.settings).rows == 25
    assert waiting(home)[0].read_text(encoding="utf-8").partition("\n")[2] == head + "".join(rows)
    assert [item.counts["rows_ok"] for item in home.ingest()] == [25]


@pytest.mark.parametrize(
    "change",
    [{"person": {"name": "测甲", "id": 610099196503120112}}, {"town": ["甲镇"]}, {"person": {"name": "测甲"}}],
    ids=["id as a number", "a list", "a field that no record has"],
)
def test_fields_that_cannot_be_used_deliver_nothing(home: Home, server: Web, change: dict[str, Any]) -> None:
    rows = [{**record(number), **change} for number in range(3)]
    server.answer = lambda _: Answer(json.dumps(rows).encode())
    configure(home, server, "")
    assert (pull_one(home.settings).outcome, waiting(home)) == (MISCONFIGURED, [])


@pytest.mark.parametrize("auth", ["basic", "bearer", "header"])
def test_logins_go_where_they_belong_and_nowhere_else(
    home: Home, server: Web, auth: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    word = "Geheim-42"
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO", f"http://county:{word}@unused")
    configure(home, server, f'auth = "{auth}"\nrecords = "data.items"\nattempts = 1')
    server.answer = paged(5)
    told = [pull_one(home.settings)]
    for status in (401, 503, 302):
        server.answer = lambda _, status=status: Answer(status=status, headers={"Location": "/login"})  # type: ignore[misc]
        told.append(pull_one(home.settings))
    assert [item.outcome for item in told] == [DELIVERED, MISCONFIGURED, UNAVAILABLE, MISCONFIGURED]
    sent = server.asked[0].headers
    assert {"basic": "Basic Y291bnR5OkdlaGVpbS00Mg==", "bearer": f"Bearer {word}", "header": None}[auth] == sent.get(
        "authorization"
    )
    assert (sent.get("x-api-key") == word) == (auth == "header")
    everything = caplog.text + kept(home.settings) + str(told)
    for canary in (word, "Y291bnR5", id_no(1), name(1)):
        assert canary not in everything


@pytest.mark.parametrize("point", ["pull_side_placed", "pull_delivered", "pull_before_note", "pull_noted"])
def test_killed_around_delivery_the_rows_are_in_once(home: Home, server: Web, point: str) -> None:
    server.answer = paged(25)
    configure(home, server, BY_TOTAL + '\nrecords = "data.items"')
    assert pull_elsewhere(home.settings, point) == -9
    first = home.ingest()
    pull_one(home.settings)
    statuses = [item.status for item in (*first, *home.ingest())]
    assert statuses in (["accepted"], ["accepted", "duplicate"])
    assert home.ask("select count(*), count(distinct row_key) from raw.medical__enrolments") == [(25, 25)]


def test_a_login_in_the_address_or_in_the_block_is_refused(home: Home, server: Web) -> None:
    for line in (f'url = "http://county:{SECRET}@127.0.0.1/x"', f'token = "{SECRET}"'):
        configure(home, server, line if line.startswith("token") else "")
        if line.startswith("url"):
            text = (home.settings.home / "connections.toml").read_text()
            sources(home.settings, text.replace(f'url = "{server.url}"', line))
        result = pull_one(home.settings)
        assert (result.outcome, server.asked) == (MISCONFIGURED, [])
        assert SECRET not in str(result)


def test_a_packed_answer_that_breaks_off_inside_delivers_nothing(home: Home, server: Web) -> None:
    packed = gzip.compress(enrolments(4000).encode())
    configure(home, server, 'format = "csv"\nattempts = 1', columns="")
    server.answer = lambda _: Answer(packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"})
    result = pull_one(home.settings)
    assert (result.outcome, waiting(home)) == (UNAVAILABLE, []), result
    server.answer = lambda _: Answer(packed, headers={"Content-Encoding": "gzip"})
    assert pull_one(home.settings).outcome == DELIVERED
    assert waiting(home)[0].read_bytes() == enrolments(4000).encode()


def test_a_page_of_words_in_place_of_the_list_delivers_nothing(home: Home, server: Web) -> None:
    page = Answer("<html><body>请重新登录</body></html>".encode(), headers={"Content-Type": "text/html"})
    server.answer = lambda _: page
    for form, columns in (("csv", ""), ("json", COLUMNS)):
        configure(home, server, f'format = "{form}"\nattempts = 1', columns=columns)
        result = pull_one(home.settings)
        assert (result.outcome, waiting(home)) == (UNAVAILABLE, []), result
        assert "网页" in str(result.error)


def test_an_answer_without_a_body_is_not_called_a_redirect(home: Home, server: Web) -> None:
    configure(home, server, "")
    server.answer = lambda _: Answer(status=204)
    result = pull_one(home.settings)
    assert (result.outcome, "204" in str(result.error)) == (MISCONFIGURED, True)
    assert "转到别处" not in str(result.error)
