"""Files of a real sshd end in the warehouse: only from the server that is known, whole, and each once."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.receiving.pull import DELIVERED, MISCONFIGURED, UNAVAILABLE, UNCHANGED
from tests.builders.pulling import county, free_port, kept, pull_elsewhere, pull_one, sources
from tests.builders.sshd import PACKAGE, PROGRAM, Sshd, cut_line, sshd
from tests.integration.landing_home import Home, enrolments, id_no, name

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"needs an SSH server: apt-get install {PACKAGE}")

NAME = "610099_202006_医保参保缴费_增量.csv"


@pytest.fixture(scope="module")
def running() -> Iterator[Sshd]:
    with sshd() as server:
        yield server


@pytest.fixture
def server(running: Sshd) -> Sshd:
    for path in running.folder.iterdir():
        path.unlink()
    (running.base / "sftp.log").write_text("")
    return running


@pytest.fixture
def home(tmp_path: Path, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", server.connection())
    made = county(tmp_path / "home")
    configure(made, server)
    return made


def configure(home: Home, server: Sshd, more: str = "", host_key: str = "", pattern: str = "*.csv") -> None:
    sources(
        home.settings,
        f"""
        [sources.yibao]
        kind = "sftp"
        feed = "medical/enrolments"
        connection = "yibao_sftp"
        folder = "{server.folder}"
        pattern = "{pattern}"
        known_hosts = ["{host_key or server.host_key}"]
        stable_seconds = 0.3
        {more}
        """,
    )


def offer(server: Sshd, content: str, file_name: str = NAME) -> Path:
    path = server.folder / file_name
    path.write_text(content, encoding="utf-8")
    return path


def waiting(home: Home) -> list[str]:
    return sorted(path.name for path in (home.settings.ingest / "medical/enrolments").glob("*"))


def test_a_file_lands_under_its_own_name_and_stays_on_the_server(home: Home, server: Sshd) -> None:
    offered = offer(server, enrolments(12))
    result = pull_one(home.settings)
    assert (result.outcome, result.files) == (DELIVERED, (NAME,)), result
    [landed] = home.ingest()
    assert (landed.status, landed.counts["rows_ok"]) == ("accepted", 12), landed
    assert home.ask("select mode, period from meta.submissions where sector = 'medical'") == [("increment", "202006")]
    assert offered.exists()
    assert pull_one(home.settings).outcome == UNCHANGED
    assert len(server.reads()) == 1


def test_a_new_version_lands_and_a_touched_file_does_not(home: Home, server: Sshd) -> None:
    offered = offer(server, enrolments(5))
    pull_one(home.settings)
    home.ingest()
    offered.touch()
    assert pull_one(home.settings).outcome == UNCHANGED
    offer(server, enrolments(7))
    assert pull_one(home.settings).outcome == DELIVERED
    assert [item.counts["rows_ok"] for item in home.ingest()] == [7]


def test_a_file_that_still_waits_is_never_replaced(home: Home, server: Sshd) -> None:
    own = home.drop("medical/enrolments", NAME, enrolments(5))
    offer(server, enrolments(7))
    assert pull_one(home.settings).outcome == UNCHANGED
    assert own.read_text(encoding="utf-8") == enrolments(5)
    home.ingest()
    assert pull_one(home.settings).outcome == DELIVERED
    assert [item.counts["rows_ok"] for item in home.ingest()] == [7]


@pytest.mark.parametrize("kind", ["impostor", "nobody"])
def test_a_server_with_another_host_key_is_refused_before_login(home: Home, server: Sshd, kind: str) -> None:
    offer(server, enrolments(3))
    other = " ".join((server.base / "impostor.pub").read_text().split()[:2])
    host = f"[127.0.0.1]:{server.port}" if kind == "impostor" else "[elsewhere.example]:22"
    configure(home, server, host_key=f"{host} {other}")
    result = pull_one(home.settings)
    assert (result.outcome, waiting(home)) == (MISCONFIGURED, [])
    assert "主机公钥" in str(result.error)
    assert server.reads() == []


def test_without_any_host_key_the_block_is_refused(home: Home, server: Sshd) -> None:
    text = (home.settings.home / "connections.toml").read_text()
    sources(home.settings, "\n".join(line for line in text.splitlines() if "known_hosts" not in line))
    result = pull_one(home.settings)
    assert (result.outcome, "known_hosts" in str(result.error)) == (MISCONFIGURED, True)


def test_host_keys_may_stand_in_a_file_of_the_home(home: Home, server: Sshd) -> None:
    offer(server, enrolments(3))
    (home.settings.home / "known_hosts").write_text(server.host_key)
    text = (home.settings.home / "connections.toml").read_text()
    lines = ["known_hosts_file = 'known_hosts'" if "known_hosts" in line else line for line in text.splitlines()]
    sources(home.settings, "\n".join(lines))
    assert pull_one(home.settings).outcome == DELIVERED


def test_a_killed_download_goes_on_where_it_stopped(home: Home, server: Sshd) -> None:
    content = enrolments(100) + "".join(f"{number},{'x' * 4000}\n" for number in range(500))
    offer(server, content)
    assert pull_elsewhere(home.settings, "pull_downloading:5") == -9
    [partial] = (home.settings.work / "pull" / "yibao").glob("*.part")
    there = partial.stat().st_size
    assert 0 < there < len(content.encode())
    assert waiting(home) == []
    (server.base / "sftp.log").write_text("")
    assert pull_one(home.settings).outcome == DELIVERED
    assert (home.settings.ingest / "medical/enrolments" / NAME).read_text(encoding="utf-8") == content
    [(_, read)] = server.reads()
    assert read <= len(content.encode()) - there + (1 << 16)
    assert [*(home.settings.work / "pull" / "yibao").iterdir()] == []


def test_a_broken_line_is_gone_on_with_at_the_next_pull(
    home: Home, server: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = enrolments(100) + "".join(f"{number},{'x' * 4000}\n" for number in range(1000))
    offer(server, content)
    with cut_line(server.port, after=2_000_000) as port:
        monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", server.connection().replace(str(server.port), str(port)))
        configure(home, server, host_key=server.host_key.replace(str(server.port), str(port)))
        assert (pull_one(home.settings).outcome, waiting(home)) == (UNAVAILABLE, [])
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", server.connection())
    configure(home, server)
    [partial] = (home.settings.work / "pull" / "yibao").glob("*.part")
    there = partial.stat().st_size
    assert 0 < there < len(content.encode())
    (server.base / "sftp.log").write_text("")
    assert pull_one(home.settings).outcome == DELIVERED
    assert (home.settings.ingest / "medical/enrolments" / NAME).read_text(encoding="utf-8") == content
    [(_, read)] = server.reads()
    assert read <= len(content.encode()) - there + (1 << 16)


@pytest.mark.parametrize("damage", ["torn", "other version"])
def test_a_partial_that_does_not_fit_is_fetched_anew(home: Home, server: Sshd, damage: str) -> None:
    content = enrolments(100) + "".join(f"{number},{'x' * 4000}\n" for number in range(500))
    offer(server, content)
    assert pull_elsewhere(home.settings, "pull_downloading:5") == -9
    if damage == "torn":
        [partial] = (home.settings.work / "pull" / "yibao").glob("*.part")
        with partial.open("r+b") as stream:
            stream.seek(-100, 2)
            stream.write(b"\x00" * 100)
    else:
        content = content.replace("x", "y")
        offer(server, content)
    assert pull_one(home.settings).outcome == DELIVERED
    assert (home.settings.ingest / "medical/enrolments" / NAME).read_text(encoding="utf-8") == content


@pytest.mark.parametrize("point", ["pull_delivered", "pull_before_note", "pull_noted"])
@pytest.mark.parametrize("is_taken", [True, False])
def test_killed_around_delivery_the_rows_are_in_once(home: Home, server: Sshd, point: str, is_taken: bool) -> None:
    offer(server, enrolments(9))
    assert pull_elsewhere(home.settings, point) == -9
    first = home.ingest() if is_taken else []
    pull_one(home.settings)
    landed = [*first, *home.ingest()]
    assert landed[0].status == "accepted"
    assert {item.status for item in landed[1:]} <= {"duplicate"}
    assert home.ask("select count(*), count(distinct row_key) from raw.medical__enrolments") == [(9, 9)]


def test_unfinished_hidden_and_foreign_names_stay(home: Home, server: Sshd) -> None:
    for file_name in (f"{NAME}.part", f".{NAME}", f"{NAME}.filepart", f"~${NAME}", "notes.pdf", f"{NAME}.tmp"):
        offer(server, enrolments(2), file_name)
    configure(home, server, pattern="*[!f]")
    (server.folder / "link.csv").symlink_to(server.base / "client")
    (server.folder / "folder.csv").mkdir()
    try:
        assert (pull_one(home.settings).outcome, waiting(home)) == (UNCHANGED, [])
    finally:
        (server.folder / "folder.csv").rmdir()


def test_a_growing_file_waits_until_it_stands_still(home: Home, server: Sshd) -> None:
    path = offer(server, enrolments(3))
    stop = threading.Event()

    def write() -> None:
        with path.open("a", encoding="utf-8") as stream:
            while not stop.wait(0.05):
                stream.write("#")
                stream.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.1)
        assert (pull_one(home.settings).outcome, waiting(home), server.reads()) == (UNCHANGED, [], [])
    finally:
        stop.set()
        writer.join()
    offer(server, enrolments(4))
    assert pull_one(home.settings).outcome == DELIVERED


def test_the_side_file_of_the_sender_weighs_more_than_the_block(home: Home, server: Sshd) -> None:
    offer(server, enrolments(3), "roster.csv")
    offer(server, json.dumps({"period": "202005"}), "roster.csv.meta.json")
    configure(home, server, 'period = "202006"\nmode = "增量"\narea_code = "610099"')
    assert pull_one(home.settings).outcome == DELIVERED
    [landed] = home.ingest()
    assert landed.status == "accepted", landed
    assert home.ask("select mode, period from meta.submissions where sector = 'medical'") == [("increment", "202005")]


def test_files_leave_the_server_only_where_the_block_orders_it(home: Home, server: Sshd) -> None:
    configure(home, server, "deletes_remote = true")
    offered, other = offer(server, enrolments(3)), offer(server, "x", "other.txt")
    assert pull_one(home.settings).outcome == DELIVERED
    assert (offered.exists(), other.exists()) == (False, True)
    assert [item.status for item in home.ingest()] == ["accepted"]


def test_a_file_that_is_too_large_holds_up_no_other(home: Home, server: Sshd) -> None:
    configure(home, server, "max_bytes = 1000")
    offer(server, enrolments(50), "610099_202006_一_增量.csv")
    offer(server, enrolments(3, first=60), "610099_202006_二_增量.csv")
    told = pull_one(home.settings)
    assert (told.outcome, waiting(home)) == (MISCONFIGURED, ["610099_202006_二_增量.csv"])
    assert "max_bytes" in str(told.error)
    assert pull_one(home.settings).outcome == MISCONFIGURED, "it is told until somebody mends it"
    configure(home, server)
    assert pull_one(home.settings).outcome == DELIVERED
    assert len(waiting(home)) == 2


def test_what_cannot_be_reached_and_what_has_to_be_mended(
    home: Home, server: Sshd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    offer(server, enrolments(3))
    told = [pull_one(home.settings)]
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", server.connection("stranger"))
    told.append(pull_one(home.settings))
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", server.connection().replace(str(server.port), str(free_port())))
    told.append(pull_one(home.settings))
    monkeypatch.setenv("AIRFLOW_CONN_YIBAO_SFTP", server.connection())
    text = (home.settings.home / "connections.toml").read_text()
    sources(home.settings, text.replace(str(server.folder), str(server.folder / "gone")))
    told.append(pull_one(home.settings))
    assert [item.outcome for item in told] == [DELIVERED, MISCONFIGURED, UNAVAILABLE, MISCONFIGURED], told
    everything = caplog.text + kept(home.settings) + str(told)
    secret = json.loads(server.connection())["extra"]["private_key"].splitlines()[2]
    for canary in (secret, id_no(1), name(1)):
        assert canary not in everything


def test_a_name_in_gb18030_lands_readable_and_holds_up_no_other(home: Home, server: Sshd) -> None:
    configure(home, server, "deletes_remote = true")
    name = "610099_202007_医保参保缴费_增量.csv"
    offer(server, enrolments(2, first=50), os.fsdecode(name.encode("gb18030")))
    offer(server, '{"period": "202006"}', os.fsdecode(f"{name}.meta.json".encode("gb18030")))
    offer(server, enrolments(3))
    assert pull_one(home.settings).outcome == DELIVERED
    assert waiting(home) == [NAME, name, f"{name}.meta.json"]
    assert [path.name for path in server.folder.glob("*.csv")] == []
    assert pull_one(home.settings).outcome == UNCHANGED
