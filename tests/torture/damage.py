"""Flipped bits in every store: found by hash or cipher, never read as something else; the store is had again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors import encryption
from connectors.encryption import WrongKeyError
from connectors.keyfiles import KeyUnusableError
from connectors.sealed import BrokenSealError
from connectors.warehouse import DatabaseError, open_work
from identity import vault
from pipeline import audit, records
from pipeline.upkeep.backup import RestoreError, back_up, restore
from pipeline.upkeep.fsck import fsck
from pipeline.upkeep.rebuild import rebuild
from tests.integration.landing_home import DAY, Home
from tests.torture import kills, nights
from tests.torture.county import Start
from tests.torture.table import Count

_NOTICED = (DatabaseError, WrongKeyError, BrokenSealError, KeyUnusableError, vault.VaultUnusableError)


def _flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(content))


def _people(home: Home) -> object:
    con = open_work()
    try:
        with vault.attached(con, home.settings.vault_db, home.settings.vault_key, read_only=True) as name:
            return con.execute(f"select * from {name}.ids order by all").fetchall()
    finally:
        con.close()


def bits(folder: Path, rng: random.Random, tries: int, share: int, shares: int) -> Count:
    """One bit of one store; whoever reads it is told, or reads what was there before."""
    del share, shares
    count, start = Count("bit flips"), Start(folder)
    done = start.undisturbed
    back_up(done.settings, done.settings.home / "backup", DAY)
    originals = sorted(path for path in done.settings.originals.rglob("*") if path.is_file() and not path.suffix)
    stores: dict[str, Store] = {
        "warehouse": Store(done.settings.warehouse, lambda home: home.contents()),
        "identity vault": Store(done.settings.vault_db, _people),
        "original": Store(
            originals[0], lambda home: [one for one in fsck(home.settings) if "原件" in one], is_told=True
        ),
        "records": Store(records.path(done.settings), lambda home: sorted(records.load(home.settings))),
        "audit log": Store(
            done.settings.home / "audit" / "audit.jsonl", lambda home: audit.verify(home.settings), is_told=True
        ),
        "backup": Store(
            next((done.settings.home / "backup").glob("backup-*/warehouse.duckdb")), _restored(folder), is_told=True
        ),
    }
    nights_share = max(1, tries // (len(stores) + 3))
    for number in range(tries - 3 * nights_share):
        name = list(stores)[number % len(stores)]
        _flipped(folder, rng, count, f"{name} {number}", stores[name], done)
    _publications(folder, rng, count, 2 * nights_share)
    _write_ahead_log(rng, count, start, nights_share)
    return count


@dataclass(frozen=True)
class Store:
    """A file, who reads it, and whether that reader answers with findings rather than with content."""

    path: Path
    read: Callable[[Home], object]
    is_told: bool = False


def _flipped(folder: Path, rng: random.Random, count: Count, what: str, store: Store, done: Home) -> None:
    wanted = None if store.is_told else store.read(done)
    target = folder / f"flip-{rng.getrandbits(40):x}"
    shutil.copytree(done.settings.home, target, symlinks=True)
    home = Home.make(target)
    _flip(target / store.path.relative_to(done.settings.home), rng)
    try:
        found = store.read(home)
    except _NOTICED:
        found = None
    is_silent = found == [] if store.is_told else found not in (None, wanted)
    count.add(what, {"torn": int(is_silent)})
    shutil.rmtree(target)


def _restored(folder: Path) -> Callable[[Home], object]:
    """Read a backup by restoring it onto an empty machine."""

    def read(home: Home) -> object:
        empty = Home.make(folder / "empty")
        try:
            restore(empty.settings, next((home.settings.home / "backup").glob("backup-*")), keys=home.settings.keys)
        except RestoreError as problem:
            return [str(problem)]
        finally:
            shutil.rmtree(empty.settings.home)
        return []

    return read


def _publications(folder: Path, rng: random.Random, count: Count, tries: int) -> None:
    """Flip one bit of a publication: an exported file, its manifest, the databases beside it."""
    (folder / "nights").mkdir()
    night = nights.Start(folder / "nights")
    done = Home(night.undisturbed)
    [publication] = night.undisturbed.published.glob("one_table-*")
    exported = [path for path in sorted((publication / "export").iterdir()) if path.stat().st_size]

    def told(home: Home) -> object:
        return nights.torn(home.settings)

    stores = {
        "export": Store(rng.choice(exported), lambda home: [0] * int(str(told(home))), is_told=True),
        "full publication": Store(publication / "one_table_full.duckdb", _rows_of("one_table_full.duckdb")),
        "masked publication": Store(publication / "one_table.duckdb", _rows_of("one_table.duckdb")),
    }
    for number in range(tries):
        name = list(stores)[number % len(stores)]
        _flipped(folder, rng, count, f"{name} {number}", stores[name], done)


def _rows_of(name: str) -> Callable[[Home], object]:
    """Read every row of a published database."""

    def read(home: Home) -> object:
        con = open_work()
        try:
            encryption.attach(con, home.settings.published / "current" / name, "store", read_only=True)
            tables = con.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'store' order by all"
            ).fetchall()
            return [
                con.execute(f'select * from store."{schema}"."{table}" order by all').fetchall()
                for schema, table in tables
            ]
        finally:
            con.close()

    return read


def _write_ahead_log(rng: random.Random, count: Count, start: Start, tries: int) -> None:
    """Killed just after the commit, and the log that holds it loses a bit: noticed, or landed again; never lost."""
    for number in range(tries):
        with start.copy() as home:
            kills.run(home, "landing_committed")
            log = home.settings.warehouse.with_name("warehouse.duckdb.wal")
            if log.is_file() and log.stat().st_size:
                _flip(log, rng)
            if kills.run(home) != 0:
                build_again(home)
            count.add(f"write-ahead log {number}", start.problems(home))


def build_again(home: Home) -> None:
    """What the runbook says of a warehouse that cannot be read: set it aside, build again, take in what waits."""
    rebuild(home.settings)
    for left in home.settings.home.glob("*.before"):
        left.unlink()
    kills.run(home)


def recovery(folder: Path, rng: random.Random, tries: int) -> Count:
    """A damaged warehouse: built again from the originals, and restored from a backup."""
    count, start = Count("damage and recovery"), Start(folder)
    done = start.undisturbed
    copy = back_up(done.settings, folder / "backups", DAY)
    for number in range(tries):
        target = folder / f"lost-{number}"
        shutil.copytree(done.settings.home, target)
        home = Home.make(target)
        home.settings.warehouse.write_bytes(rng.randbytes(50_000))
        home.settings.warehouse.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
        if number % 2:
            (home.settings.home / "keys").rename(folder / f"keys-{number}")
            shutil.rmtree(target)
            home = Home.make(target)
            restore(home.settings, copy, keys=folder / f"keys-{number}")
        else:
            rebuild(home.settings)
        wanted, found = done.contents(), home.contents()
        count.add(f"recovery {number}", {"lost": sum(found[table] != wanted[table] for table in wanted)})
        shutil.rmtree(target)
    return count
