"""Backups as an operator meets them: rotated keys, an early copy of the keys, two homes, tampering, a kill half-way."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.files import sha256_of
from connectors.keyfiles import KeyUnusableError
from pipeline import audit, keys, records
from pipeline.receiving.release import ReleaseError, release
from pipeline.upkeep import backup
from pipeline.upkeep.backup import BackupError, RestoreError, back_up, restore
from pipeline.upkeep.fsck import fsck
from pipeline.upkeep.rebuild import rebuild
from tests.integration.landing_home import DAY, Home, enrolments

FEED = "medical/enrolments"


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.insured(tmp_path_factory.mktemp("landed") / "home", 20)


@pytest.fixture
def home(landed: Home, tmp_path: Path) -> Home:
    return landed.copied(tmp_path / "home")


def restored(folder: Path, kept: Path, place: Path) -> Home:
    """An empty machine onto which a backup was restored."""
    empty = Home.make(place)
    restore(empty.settings, folder, keys=kept)
    return empty


def test_a_backup_from_before_a_rotation_is_restored_with_the_keys_of_its_time(home: Home, tmp_path: Path) -> None:
    early = back_up(home.settings, tmp_path / "backup", DAY)
    shutil.copytree(home.settings.keys, tmp_path / "early keys")
    keys.rotate(home.settings)
    late = back_up(home.settings, tmp_path / "backup", DAY + timedelta(days=1))
    for folder, kept in ((early, tmp_path / "early keys"), (late, home.settings.keys)):
        again = restored(folder, kept, tmp_path / folder.name)
        assert again.contents() == home.contents()
        assert fsck(again.settings) == []


def test_a_damaged_copy_of_an_original_is_mended_by_the_next_backup(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    copy = next(path for path in (tmp_path / "backup" / "originals").glob("??/*") if not path.suffix)
    copy.write_bytes(b"torn")
    back_up(home.settings, tmp_path / "backup", DAY + timedelta(days=1))
    assert fsck(restored(folder, home.settings.keys, tmp_path / "again").settings) == []


def test_the_keys_of_the_first_run_are_enough_to_restore(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.settings.keys, tmp_path / "first keys")
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    assert fsck(restored(folder, tmp_path / "first keys", tmp_path / "again").settings) == []


def test_a_lost_key_of_the_backups_is_told_and_none_is_made_in_its_place(home: Home) -> None:
    back_up(home.settings, home.settings.home / "backup", DAY)
    (home.settings.keys / "backup.key").unlink()
    with pytest.raises(KeyUnusableError, match=r"backup\.key"):
        back_up(home.settings, home.settings.home / "backup", DAY + timedelta(days=1))


def test_keys_that_do_not_open_the_backup_restore_nothing(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    keys.rotate(home.settings)
    empty = Home.make(tmp_path / "empty")
    with pytest.raises(RestoreError, match="密钥"):
        restore(empty.settings, folder, keys=home.settings.keys)
    assert not empty.settings.vault.exists()
    assert not empty.settings.keys.exists()


def test_two_homes_do_not_share_a_place_for_backups(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    other = Home.make(tmp_path / "other").with_villages()
    other.ingest()
    with pytest.raises(BackupError, match="另一"):
        back_up(other.settings, tmp_path / "backup", DAY)
    assert restored(folder, home.settings.keys, tmp_path / "again").contents() == home.contents()


def test_a_backup_that_breaks_off_leaves_the_earlier_one_of_the_day(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_copy", full)
        with pytest.raises(OSError, match="No space"):
            back_up(home.settings, tmp_path / "backup", DAY)
    assert restored(folder, home.settings.keys, tmp_path / "again").contents() == home.contents()
    back_up(home.settings, tmp_path / "backup", DAY + timedelta(days=1))
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
        "backup-20200703",
        "backup-20200704",
        "originals",
    ]


@pytest.mark.parametrize(
    "name", ["../../stolen", "../originals/../../stolen", "keys/token.key.sealed", "../stolen", "stolen"]
)
def test_a_tampered_backup_writes_nothing_beside_the_stores(home: Home, tmp_path: Path, name: str) -> None:
    folder = back_up(home.settings, tmp_path / "media" / "backup", DAY)
    source = Path(os.path.normpath(folder / name))
    source.parent.mkdir(exist_ok=True)
    shutil.copyfile(folder / "county.toml.sealed", source)
    note = folder / "backup.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), name: sha256_of(source)}))
    empty = Home.make(tmp_path / "empty")
    with pytest.raises(RestoreError, match="不认识"):
        restore(empty.settings, folder, keys=home.settings.keys)
    assert not empty.settings.vault.exists()
    assert not empty.settings.keys.exists()


@pytest.mark.parametrize("content", ["[]", "{", '{"warehouse.duckdb": 1}', "{}"])
def test_a_manifest_that_is_none_is_told(home: Home, tmp_path: Path, content: str) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    (folder / "backup.json").write_text(content)
    with pytest.raises(RestoreError):
        restored(folder, home.settings.keys, tmp_path / "empty")


def test_a_restore_that_was_killed_is_run_again(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    empty, whole = Home.make(tmp_path / "empty"), backup._copy

    def killed(source: Path, target: Path) -> str:
        if target == empty.settings.warehouse:
            raise KeyboardInterrupt
        return whole(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_copy", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(empty.settings, folder, keys=home.settings.keys)
    restore(empty.settings, folder, keys=home.settings.keys)
    assert empty.contents() == home.contents()
    assert fsck(empty.settings) == []


def test_an_older_log_that_a_restore_puts_back_is_no_finding(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    audit.note(home.settings, "decision", case="after the backup")
    again = restored(folder, home.settings.keys, tmp_path / "again")
    assert audit.verify(again.settings) == []
    last = audit.show(again.settings)[-1]
    assert (last["event"], last["facts"]["anchor_seq"]) == ("restore", last["seq"])


def test_a_home_that_lost_its_databases_keeps_what_came_after_the_backup(home: Home, tmp_path: Path) -> None:
    folder = back_up(home.settings, tmp_path / "backup", DAY)
    home.drop(FEED, "610099_202007_医保_全量.csv", enrolments(21))
    home.ingest(DAY + timedelta(days=1))
    wanted = home.contents()
    for store in (home.settings.warehouse, home.settings.vault_db):
        store.unlink()
    with pytest.raises(RestoreError, match="rebuild"):
        restore(home.settings, folder)
    assert rebuild(home.settings) == []
    assert home.contents() == wanted


def test_a_rebuild_without_the_key_of_the_tokens_touches_nothing(home: Home) -> None:
    kept, wanted = home.settings.token_key.read_bytes(), home.contents()
    home.settings.token_key.unlink()
    with pytest.raises(KeyUnusableError, match=r"token\.key"):
        rebuild(home.settings)
    assert not home.settings.token_key.exists()
    home.settings.token_key.write_bytes(kept)
    assert home.contents() == wanted


def test_a_home_of_originals_and_keys_alone_begins_its_log_with_the_rebuild(home: Home, tmp_path: Path) -> None:
    alone = Home.make(tmp_path / "alone")
    shutil.copytree(home.settings.keys, alone.settings.keys, dirs_exist_ok=True)
    shutil.copytree(home.settings.vault, alone.settings.vault, dirs_exist_ok=True)
    alone.settings.vault_db.unlink(missing_ok=True)
    assert rebuild(alone.settings) == []
    assert audit.verify(alone.settings) == []
    assert audit.show(alone.settings)[0]["event"] == "restore"


def test_a_second_rebuild_does_not_write_over_what_the_first_set_aside(home: Home) -> None:
    first = home.settings.warehouse.read_bytes()
    assert rebuild(home.settings) == []
    assert rebuild(home.settings) == []
    aside = sorted(home.settings.home.glob("warehouse.duckdb*.before"))
    assert len(aside) == 2
    assert first in [path.read_bytes() for path in aside]
    assert records.load(home.settings)


def test_nothing_is_taken_into_a_warehouse_that_is_not_the_one_of_the_records(home: Home) -> None:
    home.settings.warehouse.unlink()
    file = home.drop(FEED, "610099_202007_医保_全量.csv", enrolments(21))
    with pytest.raises(records.RecordsShrankError):
        home.ingest(DAY + timedelta(days=1))
    assert file.is_file()
    assert rebuild(home.settings) == []
    assert [landed.status for landed in home.ingest(DAY + timedelta(days=1))] == ["accepted"]


def test_a_release_in_a_home_without_files_is_told_as_before(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="尚未接收"):
        release(Home.make(tmp_path / "home").settings, "x", by="测", reason="试", received_on=DAY)
