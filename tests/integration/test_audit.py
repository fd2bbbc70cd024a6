"""The audit log: what it records, that any tampering shows, and that a kill or a race breaks nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import audit as chain
from connectors import faults
from pipeline import audit
from pipeline.settings import Settings
from tests.integration.landing_home import Home, enrolments, id_no

AT = datetime(2020, 7, 3, 1, 0, tzinfo=UTC)
_FORK = multiprocessing.get_context("fork")


def place(folder: Path) -> chain.Place:
    return chain.Place(
        folder / "audit" / "audit.jsonl", folder / "keys" / "audit.anchor", folder / "keys" / "audit.key"
    )


def write(where: chain.Place, count: int) -> None:
    for number in range(count):
        chain.append(where, "decision", {"case": f"c{number}"}, actor="tester", at=AT)


def test_an_untouched_log_has_no_findings(tmp_path: Path) -> None:
    write(place(tmp_path), 5)
    assert chain.verify(place(tmp_path)) == []
    assert [event["seq"] for event in chain.read(place(tmp_path))] == [1, 2, 3, 4, 5]


def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    where = place(tmp_path)
    write(where, 3)
    whole = where.log.read_bytes()
    for position in range(len(whole)):
        where.log.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert chain.verify(where), f"byte {position} was changed and nobody noticed"


@pytest.mark.parametrize("kept", range(3))
def test_cutting_off_the_end_is_found(tmp_path: Path, kept: int) -> None:
    where = place(tmp_path)
    write(where, 3)
    lines = where.log.read_bytes().splitlines(keepends=True)
    where.log.write_bytes(b"".join(lines[:kept]))
    assert any("截短" in finding for finding in chain.verify(where))


def test_a_whole_forged_chain_fails_at_the_anchor(tmp_path: Path) -> None:
    where = place(tmp_path)
    write(where, 3)
    forged = place(tmp_path / "forged")
    write(forged, 2)
    chain.append(forged, "decision", {"case": "another"}, actor="tester", at=AT)
    where.log.write_bytes(forged.log.read_bytes())
    assert chain.verify(where)
    where.anchor.write_bytes(forged.anchor.read_bytes())
    assert chain.verify(where) == ["审计日志的锚点签名不符"]


def test_a_head_noted_elsewhere_finds_what_was_cut_off_together_with_the_anchor(tmp_path: Path) -> None:
    where = place(tmp_path)
    write(where, 2)
    early = (where.log.read_bytes(), where.anchor.read_bytes())
    noted = chain.append(where, "publish", {}, actor="tester", at=AT)
    where.log.write_bytes(early[0])
    where.anchor.write_bytes(early[1])
    assert chain.verify(where) == []
    assert chain.verify(where, {"备份": noted}) == ["审计日志被截短：备份记有第 3 条，日志只有 2 条"]


@pytest.mark.parametrize("kept", range(3))
def test_what_was_cut_off_shows_when_the_log_goes_on(tmp_path: Path, kept: int) -> None:
    where = place(tmp_path)
    write(where, 3)
    lines = where.log.read_bytes().splitlines(keepends=True)
    where.log.write_bytes(b"".join(lines[:kept]))
    write(where, 2)
    assert [event["event"] for event in chain.read(where)][kept:] == ["audit_log_cut", "decision", "decision"]
    assert [finding for finding in chain.verify(where) if "截短或替换" in finding]


def test_a_forged_log_or_a_spoilt_anchor_shows_when_the_log_goes_on(tmp_path: Path) -> None:
    for spoilt in ("log", "anchor"):
        where, forged = place(tmp_path / spoilt), place(tmp_path / "forged" / spoilt)
        write(where, 3)
        chain.append(forged, "decision", {"case": "another"}, actor="tester", at=AT)
        write(forged, 2)
        if spoilt == "log":
            where.log.write_bytes(forged.log.read_bytes())
        else:
            where.anchor.write_bytes(forged.anchor.read_bytes())
        write(where, 1)
        assert [finding for finding in chain.verify(where) if "截短或替换" in finding], spoilt


def test_a_torn_last_line_is_removed_and_told(tmp_path: Path) -> None:
    where = place(tmp_path)
    write(where, 2)
    with where.log.open("ab") as log:
        log.write(b'{"seq":3,"at":"2020')
    assert chain.verify(where)
    write(where, 1)
    assert chain.verify(where) == []
    assert [event["event"] for event in chain.read(where)][2:] == ["audit_line_torn", "decision"]


def test_a_line_that_is_written_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(chain.os, "write", lambda descriptor, line: whole(descriptor, line[: max(1, len(line) // 2)]))
    write(place(tmp_path), 2)
    monkeypatch.undo()
    assert chain.verify(place(tmp_path)) == []
    assert [event["seq"] for event in chain.read(place(tmp_path))] == [1, 2]


def test_two_writers_at_once_lose_and_break_nothing(tmp_path: Path) -> None:
    where = place(tmp_path)
    writers = [_FORK.Process(target=write, args=(where, 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(chain.read(where))) == 100
    assert chain.verify(where) == []


def _killed(where: chain.Place) -> None:
    faults._POINT = "audit_before_anchor"
    write(where, 1)


def test_a_kill_between_line_and_anchor_leaves_a_sound_log(tmp_path: Path) -> None:
    where = place(tmp_path)
    write(where, 2)
    process = _FORK.Process(target=_killed, args=(where,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert chain.verify(where) == []
    write(where, 1)
    assert chain.verify(where) == []
    assert len(list(chain.read(where))) == 4


def test_landing_notes_the_use_of_the_keys_and_no_identifier(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home").with_villages()
    home.drop("medical/enrolments", "610099_202006_医保_全量.csv", enrolments(3))
    home.ingest()
    events = audit.show(home.settings)
    assert {"key_used"} <= {event["event"] for event in events}
    assert audit.verify(home.settings) == []
    text = (home.settings.home / "audit" / "audit.jsonl").read_text()
    assert not any(id_no(number) in text for number in range(3))


def test_reasons_and_officers_are_shown_masked(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    audit.note(settings, "release", by="王建国", reason=f"核对了{id_no(1)}的材料")
    [event] = audit.show(settings)
    assert event["actor"].endswith(" / 王**")
    assert id_no(1) not in json.dumps(event)
    assert id_no(1) not in (tmp_path / "audit" / "audit.jsonl").read_text()
    assert (tmp_path / "audit" / "audit.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys" / "audit.key").stat().st_mode & 0o777 == 0o600


def test_a_changed_policy_is_noted_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    audit.note_policy(settings)
    first = len(audit.show(settings))
    audit.note_policy(settings)
    assert len(audit.show(settings)) == first == 4
    (tmp_path / "county.toml").write_text("closed_periods = ['201912']\n")
    audit.note_policy(settings)
    assert audit.show(settings)[-1]["facts"]["file"] == "county.toml"
