"""Backup, restore onto an empty machine, rebuilding from originals alone, and what retention leaves behind."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.warehouse import open_warehouse, open_work
from identity import vault
from identity.decisions import Decision, Kind, append
from pipeline import audit, policy, records
from pipeline.receiving.release import release
from pipeline.upkeep.backup import RestoreError, back_up, restore
from pipeline.upkeep.fsck import fsck
from pipeline.upkeep.housekeeping import keep_house
from pipeline.upkeep.rebuild import RebuildError, rebuild
from tests.integration.landing_home import DAY, Home, enrolments, id_no, name

FEED = "medical/enrolments"


def people(home: Home) -> list[tuple[str, str]]:
    con = open_work()
    with vault.attached(con, home.settings.vault_db, home.settings.vault_key, read_only=True) as ids:
        found = con.execute(f"select person_key, id_no from {ids}.ids order by all").fetchall()
    con.close()
    return found


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with an accepted, a repeated, a refused, a held and released, and a newer delivery, and a decision."""
    home = Home.make(tmp_path_factory.mktemp("lived") / "home").with_villages()
    home.drop(FEED, "610099_202006_医保_全量.csv", enrolments(40, masked=1))
    home.ingest()
    home.drop(FEED, "再报一次.csv", enrolments(40, masked=1))
    home.drop("water/household_water", "坏.csv", "什么也不是\n")
    home.ingest(DAY + timedelta(days=1))
    home.drop(FEED, "610099_202007_医保_全量.csv", enrolments(20))
    [held] = home.ingest(DAY + timedelta(days=2))
    assert held.status == "held"
    release(home.settings, str(held.submission_id), by="测放行", reason="确已减少", received_on=DAY + timedelta(days=3))
    with open_warehouse(home.settings.warehouse) as con:
        append(con, [Decision(Kind.SAME, "k1", "测甲", "k2", FEED, "测官", "看过材料", DAY)])
    records.keep(home.settings)
    assert fsck(home.settings) == []
    return home


@pytest.fixture
def home(lived_in: Home, tmp_path: Path) -> Home:
    return lived_in.copied(tmp_path / "home")


def test_a_backup_restores_onto_an_empty_machine(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    for canary in (id_no(3), name(3), "甲山村", "测放行"):
        assert canary.encode() not in everything
    assert not list((tmp_path / "backup").rglob("*.key"))
    empty = Home.make(tmp_path / "empty")
    restore(empty.settings, folder, keys=home.settings.keys)
    assert empty.contents() == home.contents()
    assert people(empty) == people(home)
    assert fsck(empty.settings) == []
    assert audit.show(empty.settings)[-1]["event"] == "restore"


def test_nothing_is_restored_over_data_or_from_a_damaged_backup(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    with pytest.raises(RestoreError, match="已有数据"):
        restore(home.settings, folder)
    copy = folder / "warehouse.duckdb"
    copy.write_bytes(copy.read_bytes()[:-1])
    empty = Home.make(tmp_path / "empty")
    with pytest.raises(RestoreError, match="已损坏"):
        restore(empty.settings, folder, keys=home.settings.keys)
    assert not empty.settings.warehouse.exists()
    assert not empty.settings.keys.exists()


def test_old_backups_and_originals_that_only_they_name_go(home: Home, tmp_path: Path) -> None:
    for day in range(16):
        back_up(home.settings, tmp_path / "backup", DAY + timedelta(days=day))
    assert len(list((tmp_path / "backup").glob("backup-*"))) == 14
    stray = next((tmp_path / "backup" / "originals").glob("??/*"))
    shutil.copyfile(stray, stray.with_name("0" * 64))
    back_up(home.settings, tmp_path / "backup", DAY + timedelta(days=16))
    assert stray.exists()
    assert not stray.with_name("0" * 64).exists()


def test_from_originals_and_keys_alone_the_same_warehouse_is_built_again(home: Home, tmp_path: Path) -> None:
    alone = Home.make(tmp_path / "alone")
    shutil.copytree(home.settings.vault / "originals", alone.settings.originals)
    shutil.copyfile(records.path(home.settings), records.path(alone.settings))
    shutil.copytree(home.settings.keys, alone.settings.keys)
    assert rebuild(alone.settings) == []
    assert alone.contents() == home.contents()
    for table in ("meta.releases", "meta.identity_decisions"):
        assert alone.ask(f"select * from {table} order by all") == home.ask(f"select * from {table} order by all")
    assert people(alone) == people(home)
    assert alone.files("outbox") == {}
    findings = [finding for finding in fsck(alone.settings) if "审计" not in finding]
    assert findings == []


def test_a_warehouse_in_the_way_is_set_aside_and_a_lost_original_is_told(home: Home) -> None:
    [(sha256,)] = home.ask("select sha256 from meta.submissions where status like 'accepted%' and rows_in = 41")
    (home.settings.originals / str(sha256)[:2] / str(sha256)).unlink()
    before = home.ask("select * from meta.submissions order by seq")
    assert [finding for finding in rebuild(home.settings) if "无法重建" in finding]
    assert home.settings.warehouse.with_name("warehouse.duckdb.before").exists()
    assert home.ask("select * from meta.submissions order by seq") == before


def test_without_records_there_is_nothing_to_build_from(tmp_path: Path) -> None:
    with pytest.raises(RebuildError):
        rebuild(Home.make(tmp_path / "home").settings)


def test_records_of_a_warehouse_that_lost_deliveries_are_not_kept_over_the_full_ones(home: Home) -> None:
    with open_warehouse(home.settings.warehouse) as con:
        con.execute("delete from meta.submissions where status = 'refused'")
    with pytest.raises(records.RecordsShrankError):
        records.keep(home.settings)
    assert [finding for finding in fsck(home.settings) if "留存" in finding]


def test_expired_rows_and_people_are_gone_from_every_store(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = tmp_path / "policy.csv"
    seed.write_text(
        "param_id,area_prefix,valid_from,valid_to,value\n"
        "retention_rows_days,,2013-01-01,,30\nretention_originals_days,,2013-01-01,,30\n"
    )
    monkeypatch.setattr(policy.value, "__kwdefaults__", {"seed": seed})
    today = date(2020, 10, 1)
    gone = {person for _, person in people(home)} - {id_no(number) for number in range(20)}
    assert len(gone) == 20
    assert keep_house(home.settings, today, dry_run=False).expired_rows == ()  # nobody has been shown it
    shown = keep_house(home.settings, today)
    assert len(people(home)) == 40
    done = keep_house(home.settings, today, dry_run=False)
    assert done.expired_rows == shown.expired_rows
    assert done.forgotten_people == 20
    assert {person for _, person in people(home)} & gone == set()
    assert home.ask("select count(*) from raw.medical__enrolments") == [(20,)]
    with open_warehouse(home.settings.warehouse, read_only=True) as con:
        sizes = con.execute("pragma database_size").to_arrow_table().to_pylist()
    assert [size["free_blocks"] for size in sizes if size["database_name"] == "warehouse"] == [0]
    assert home.files("vault/originals") == {}
    assert fsck(home.settings) == []
    assert audit.show(home.settings)[-1]["facts"]["people"] == 20
    assert keep_house(home.settings, today, dry_run=False).expired_rows == ()
