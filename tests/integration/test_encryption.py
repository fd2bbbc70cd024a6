"""What lies on the disk is encrypted; a wrong or lost key is told and never replaced; keys can be rotated."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import encryption, keyfiles, originals, sealed
from connectors.encryption import DamagedError, NotEncryptedError, WrongKeyError, is_encrypted
from connectors.warehouse import DatabaseError, open_database, open_warehouse, open_work
from identity import vault
from pipeline import audit, keys
from pipeline.upkeep.fsck import fsck
from tests.integration.landing_home import Home, name

FEED = "medical/enrolments"
ROWS = "select count(*) from raw.medical__enrolments"


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.insured(tmp_path_factory.mktemp("encrypted") / "home", 30)


@pytest.fixture
def home(landed: Home, tmp_path: Path) -> Home:
    return landed.copied(tmp_path / "home")


def test_no_name_and_no_village_is_in_the_bytes_of_any_database(home: Home) -> None:
    for path in (home.settings.warehouse, home.settings.vault_db):
        content = path.read_bytes()
        assert is_encrypted(path)
        for canary in (name(3), "甲山村", "enrolments", "person_key"):
            assert canary.encode() not in content, (path.name, canary)


def test_the_write_ahead_log_of_the_warehouse_is_encrypted(home: Home) -> None:
    with open_warehouse(home.settings.warehouse) as con:
        con.execute("set checkpoint_threshold = '1GB'")
        con.execute("insert into meta.releases values ('CANARY-IN-THE-LOG', 'x', 'y', null)")
        log = Path(f"{home.settings.warehouse}.wal").read_bytes()
    assert log
    assert b"CANARY" not in log


def test_a_lost_key_is_told_and_none_is_made_in_its_place(home: Home) -> None:
    for lost in (home.settings.token_key, home.settings.keys / encryption.KEY_FILE, home.settings.vault_key):
        kept = lost.read_bytes()
        lost.unlink()
        with pytest.raises(keyfiles.KeyUnusableError, match=lost.name):
            home.ingest()
        assert not lost.exists()
        lost.write_bytes(kept)
    assert home.ingest() == []


def test_a_wrong_key_is_told_in_words_and_changes_nothing(home: Home) -> None:
    before = home.settings.warehouse.read_bytes()
    keyfiles.write(home.settings.keys / encryption.KEY_FILE, [keyfiles.new_key()])
    with pytest.raises(WrongKeyError, match="密钥不对或文件已损坏"), open_warehouse(home.settings.warehouse):
        pass
    assert home.settings.warehouse.read_bytes() == before


def test_a_flipped_bit_is_noticed_by_the_cipher(home: Home) -> None:
    content = bytearray(home.settings.warehouse.read_bytes())
    content[len(content) // 2] ^= 1
    home.settings.warehouse.write_bytes(bytes(content))

    def everything() -> Iterator[object]:
        con = open_database(home.settings.warehouse)
        tables = con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        for (table,) in tables:
            yield con.execute(f"select * from {table}").fetchall()

    with pytest.raises((DatabaseError, WrongKeyError)):
        list(everything())


def test_a_torn_warehouse_is_told_with_what_to_do_and_had_again(home: Home) -> None:
    before = home.contents()
    content = bytearray(home.settings.warehouse.read_bytes())
    for header in (4096, 8192):  # the two that DuckDB writes in turn
        content[header + 2048 : header + 4096] = bytes(2048)
    home.settings.warehouse.write_bytes(bytes(content))
    with pytest.raises(DamagedError, match="重建"):
        home.contents()
    environment = {**os.environ, "ONETABLE_HOME": str(home.settings.home)}
    command = [sys.executable, "-m", "pipeline.cli"]
    told = subprocess.run([*command, "ingest"], env=environment, capture_output=True, text=True, check=False)
    said = "".join((told.stdout + told.stderr).split())
    assert told.returncode == 1
    assert "已损坏" in said
    assert "onetablerebuild" in said
    assert "意外错误" not in said
    assert subprocess.run([*command, "rebuild"], env=environment, capture_output=True, check=False).returncode == 0
    assert home.contents() == before


def test_rotation_gives_new_keys_and_the_same_rows(home: Home) -> None:
    settings = home.settings
    files = (settings.keys / encryption.KEY_FILE, settings.vault_key)
    before, rows = [keyfiles.load(file) for file in files], home.contents()
    assert set(keys.rotate(settings)) == {"warehouse.duckdb", "identity.duckdb", "originals"}
    assert fsck(settings) == []
    assert home.contents() == rows
    for file, old in zip(files, before, strict=True):
        [new] = keyfiles.load_all(file)
        assert new != old
        keyfiles.write(file, [old])
    with pytest.raises(WrongKeyError):
        home.contents()
    con = open_work()
    with pytest.raises(vault.VaultUnusableError):
        vault.attach(con, settings.vault_db, settings.vault_key, read_only=True)
    con.close()
    assert "keys_rotated" in [event["event"] for event in audit.show(settings)]


def test_a_rotation_killed_half_way_leaves_every_store_readable(home: Home) -> None:
    file = home.settings.keys / encryption.KEY_FILE
    keyfiles.write(file, [keyfiles.new_key(), *keyfiles.load_all(file)])
    home.settings.warehouse.with_name("warehouse.duckdb.rotating").write_bytes(b"half a file")
    assert home.ask(ROWS) == [(30,)]
    keys.rotate(home.settings)
    assert home.ask(ROWS) == [(30,)]
    assert len(keyfiles.load_all(file)) == 1


def test_a_damaged_original_stops_no_rotation_and_keeps_its_key(home: Home) -> None:
    first, *_ = sorted(path for path in home.settings.originals.glob("??/*"))
    whole = first.read_bytes()
    first.write_bytes(whole[:60] + b"torn" + whole[64:])
    file = originals.key_file(home.settings.originals)
    [old] = keyfiles.load_all(file)
    with pytest.raises(keyfiles.KeyUnusableError, match=first.name[:12]):
        keys.rotate(home.settings)
    assert old in keyfiles.load_all(file)
    assert [*home.settings.originals.glob("??/.*")] == []
    first.write_bytes(whole)
    keys.rotate(home.settings)
    assert old not in keyfiles.load_all(file)
    assert fsck(home.settings) == []


def test_a_missing_key_is_named_by_the_check_and_no_rebuilding_advised(home: Home) -> None:
    for lost in keys.key_files(home.settings):
        kept = lost.read_bytes()
        lost.unlink()
        found = fsck(home.settings)
        assert [finding for finding in found if lost.name in finding], found
        assert not [finding for finding in found if "重建" in finding], found
        lost.write_bytes(kept)


def test_a_warehouse_of_an_earlier_version_is_encrypted_at_the_next_ingest(home: Home) -> None:
    settings = home.settings
    plain = settings.home / "plain.duckdb"
    con = open_work()
    encryption.attach(con, settings.warehouse, "before")
    encryption.attach(con, plain, "after")
    con.execute("copy from database before to after")
    con.close()
    plain.replace(settings.warehouse)
    (settings.keys / encryption.KEY_FILE).unlink()
    assert not is_encrypted(settings.warehouse)
    with pytest.raises(NotEncryptedError):
        encryption.demand_encrypted(settings.warehouse)
    home.ingest()
    assert is_encrypted(settings.warehouse)
    assert home.ask(ROWS) == [(30,)]


def test_originals_lie_sealed_and_their_bytes_come_back(home: Home) -> None:
    stored = [path for path in home.settings.originals.rglob("*") if path.is_file()]
    assert len(stored) == 2
    for path in stored:
        assert "甲山村".encode() not in path.read_bytes()
        with originals.in_clear(originals.Original(path, path.name, 0), home.settings.work) as clear:
            assert hashlib.sha256(clear.read_bytes()).hexdigest() == path.name


def test_any_flipped_bit_and_any_cut_of_an_original_is_found(home: Home) -> None:
    path = next(path for path in home.settings.originals.rglob("*") if path.is_file())
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
        assert not originals.is_intact(home.settings.originals, path.name), position
        path.write_bytes(whole[:position])
        assert not originals.is_intact(home.settings.originals, path.name), position
    path.write_bytes(whole + b"x")
    assert not originals.is_intact(home.settings.originals, path.name)


def test_originals_are_checked_against_their_hash(home: Home) -> None:
    path = next(path for path in home.settings.originals.rglob("*") if path.is_file())
    key = keyfiles.load(originals.key_file(home.settings.originals))
    with path.open("wb") as stream:
        sealed.seal([b"well sealed, yet something else"], stream, key)
    assert not originals.is_intact(home.settings.originals, path.name)


def test_a_file_cut_off_between_two_blocks_is_found(tmp_path: Path) -> None:
    key, path = keyfiles.new_key(), tmp_path / "sealed"
    with path.open("wb") as stream:
        sealed.seal([b"first", b"second"], stream, key)
    whole = path.read_bytes()
    assert b"".join(sealed.unseal(path, [keyfiles.new_key(), key])) == b"firstsecond"
    path.write_bytes(whole[: 40 + 4 + 5 + 16])
    with pytest.raises(sealed.BrokenSealError):
        list(sealed.unseal(path, [key]))


@pytest.mark.parametrize("on_disk", [False, True])
def test_what_does_not_fit_into_memory_is_spilled_encrypted(tmp_path: Path, on_disk: bool) -> None:
    spill = tmp_path / "spill"
    con = open_work(tmp_path / "scratch.duckdb" if on_disk else None, memory_limit="80MB", spill=spill)
    con.execute(
        "create table t as select 'CANARY610099' || md5(i::varchar) as text, random() as r from range(900000) s(i)"
    )
    result = con.execute("select text, r from t order by r")
    written = b"".join(path.read_bytes() for path in spill.rglob("*") if path.is_file())
    stored = (tmp_path / "scratch.duckdb").read_bytes() if on_disk else b""
    assert result.fetchone()
    con.close()
    assert len(written) > 1_000_000
    assert b"CANARY610099" not in written + stored
