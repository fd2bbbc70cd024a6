"""Flipped bits in every store: found by hash or cipher, never read as something else; the store is had again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from connectors.encryption import WrongKeyError
from connectors.keyfiles import KeyUnusableError
from connectors.sealed import BrokenSealError
from connectors.warehouse import DatabaseError, open_work
from identity import vault
from pipeline import audit, records
from pipeline.backup import back_up, restore
from pipeline.fsck import fsck
from pipeline.rebuild import rebuild
from tests.integration.landing_home import DAY, Home
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


def bits(folder: Path, rng: random.Random, tries: int) -> Count:
    """One bit of one store; whoever reads it is told, or reads what was there before."""
    count, start = Count("bit flips"), Start(folder)
    done = start.undisturbed
    originals = sorted(path for path in done.settings.originals.rglob("*") if path.is_file() and not path.suffix)
    stores: dict[str, tuple[Path, Callable[[Home], object]]] = {
        "warehouse": (done.settings.warehouse, lambda home: home.contents()),
        "identity vault": (done.settings.vault_db, _people),
        "original": (originals[0], lambda home: [one for one in fsck(home.settings) if "原件" in one]),
        "records": (records.path(done.settings), lambda home: sorted(records.load(home.settings))),
        "audit log": (done.settings.home / "audit" / "audit.jsonl", lambda home: audit.verify(home.settings)),
    }
    wanted = {name: read(done) for name, (_, read) in stores.items()}
    for number in range(tries):
        name = list(stores)[number % len(stores)]
        path, read = stores[name]
        target = folder / f"flip-{number}"
        shutil.copytree(done.settings.home, target)
        home = Home.make(target)
        _flip(target / path.relative_to(done.settings.home), rng)
        try:
            found = read(home)
        except _NOTICED:
            found = None
        is_silent = found == wanted[name] if name in ("original", "audit log") else found not in (None, wanted[name])
        count.add(f"{name} {number}", {"torn": int(is_silent)})
        shutil.rmtree(target)
    return count


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
