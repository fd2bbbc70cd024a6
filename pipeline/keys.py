"""The keys of a home: made before the first use, demanded afterwards, replaced by rewriting what they encrypt.

Data in: the key files and stores of a home. Data out: the same stores under keys that are there; lines of the audit.
Not here: how a file is encrypted (connectors/encryption.py).

A lost key is never replaced silently: a new token key would give every person a second token, and a new database key
opens nothing. The token key itself stays for the life of a home, since the tokens are what history is kept under.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from connectors import encryption, originals, sealed
from connectors.encryption import KEY_FILE, is_encrypted
from connectors.files import place, temporary_for
from connectors.keyfiles import KeyUnusableError, load_all, load_or_create, new_key, write
from connectors.sealed import BrokenSealError
from connectors.warehouse import Connection, hold, hold_warehouse, open_work
from pipeline import audit, records

if TYPE_CHECKING:
    from pipeline.settings import Settings

INGEST_LOCK = "ingest.lock"
BACKUP_KEY = "backup.key"
"""Of what a backup seals itself: made with the others, so that the copy of the first run opens every backup."""


def ready(settings: Settings) -> None:
    """Make the keys of a new home; of any other, demand that they are all there and that nothing lies in clear.

    A warehouse of a version that did not encrypt is encrypted here, once.

    Raises:
        KeyUnusableError: a key is missing, or a file holds none.
    """
    is_new = not settings.warehouse.exists() and not settings.vault_db.exists()
    for key in key_files(settings):
        if key.is_file():
            load_all(key)
        elif is_new or not _is_used(settings, key):
            load_or_create(key)
            audit.note(settings, "key_made", key=key.name)
        else:
            raise KeyUnusableError(f"缺少密钥文件 {key.name}：请从密钥备份中取回，不要新建；没有它，已存的数据无法读取")
    if settings.warehouse.exists() and not is_encrypted(settings.warehouse):
        with hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds):
            _encrypt_anew(settings.warehouse, settings.keys / KEY_FILE)
    for path in _originals(settings):
        if not sealed.is_sealed(path):
            _seal_anew(path, [path.read_bytes()], load_or_create(originals.key_file(settings.originals)))


def _is_used(settings: Settings, key: Path) -> bool:
    """Whether something is encrypted with this key; a home of an earlier version encrypted less."""
    if key.name == KEY_FILE:
        return is_encrypted(settings.warehouse)
    if key.name == originals.KEY_FILE:
        return any(sealed.is_sealed(path) for path in _originals(settings))
    if key.name == BACKUP_KEY:
        return any(event.get("event") == "backup" for event in audit.show(settings))
    return True


def _originals(settings: Settings) -> list[Path]:
    found = settings.originals.glob("??/*")
    return sorted(path for path in found if path.is_file() and not path.name.startswith(".") and not path.suffix)


def _seal_anew(path: Path, blocks: Iterable[bytes], key: bytes) -> None:
    """Write one original again, under ``key``, in the old one's place."""
    fresh = temporary_for(path)
    try:
        with fresh.open("wb") as stream:
            sealed.seal(blocks, stream, key)
    except BrokenSealError:
        fresh.unlink()
        raise
    place(fresh, path)


def key_files(settings: Settings) -> tuple[Path, ...]:
    """The keys that a home cannot do without."""
    return (
        settings.token_key,
        settings.vault_key,
        settings.keys / KEY_FILE,
        originals.key_file(settings.originals),
        settings.keys / BACKUP_KEY,
    )


def rotate(settings: Settings) -> list[str]:
    """Give the databases and the identity vault new keys; returns the names of the files that were rewritten.

    Killed at any moment it is simply run again: both keys stand in the key file until all stores are under the new one.
    Backups keep the keys they were made with.

    Raises:
        KeyUnusableError: an original is damaged; everything else is under new keys, and the old one stays for it.
    """
    ready(settings)
    done: list[str] = []
    with ExitStack() as held:
        for lock in (INGEST_LOCK, "reconcile.lock", "publish.lock"):
            held.enter_context(hold(settings.state / lock, wait_seconds=settings.wait_seconds))
        held.enter_context(hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds))
        for key_file, stores in (
            (settings.keys / KEY_FILE, [*_databases(settings)]),
            (settings.vault_key, [settings.vault_db]),
        ):
            fresh = new_key()
            write(key_file, [fresh, *load_all(key_file)])
            for store in stores:
                if store.exists():
                    _encrypt_anew(store, key_file)
                    done.append(store.name)
            write(key_file, [fresh])
        key_file = originals.key_file(settings.originals)
        fresh, old = new_key(), load_all(key_file)
        write(key_file, [fresh, *old])
        broken: list[str] = []
        for path in [*_originals(settings), *settings.vault.glob(records.FILE)]:
            try:
                _seal_anew(path, sealed.unseal(path, [*old, fresh]), fresh)
            except BrokenSealError:
                broken.append(path.name[:12])
            else:
                done.append("originals")
        write(key_file, [fresh, *old] if broken else [fresh])
        audit.note(settings, "keys_rotated", files=sorted(set(done)), left=broken)
    if broken:
        raise KeyUnusableError(
            f"其余文件已用新密钥重写；原件 {'、'.join(broken)} 已损坏而没有重写，旧密钥为此留在 {key_file.name} 中："
            "用备份恢复这些原件后再运行一次"
        )
    return done


def write_anew(settings: Settings) -> None:
    """Copy warehouse and identity vault into new files under the same keys: what was deleted is in neither."""
    for store, key_file in ((settings.warehouse, settings.keys / KEY_FILE), (settings.vault_db, settings.vault_key)):
        if store.exists():
            _encrypt_anew(store, key_file)


def _databases(settings: Settings) -> Iterator[Path]:
    yield settings.warehouse
    yield from sorted(settings.published.glob("one_table-*/one_table_full.duckdb"))


def _encrypt_anew(path: Path, key_file: Path) -> None:
    """Copy a database into a new file under the newest key and put it in the old one's place."""
    fresh = path.with_name(f"{path.name}.rotating")
    for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        left.unlink(missing_ok=True)
    con = open_work()
    try:
        encryption.attach(con, path, "before", key_file=key_file)
        encryption.attach(con, fresh, "after", encrypt=True, key_file=key_file)
        con.execute("copy from database before to after")
        con.execute("checkpoint after")
        if _rows(con, "before") != _rows(con, "after"):
            raise KeyUnusableError(f"{path.name} 重新加密后行数不符，保持原样")
        con.execute("checkpoint before")
        con.execute("detach after")
        con.execute("detach before")
    finally:
        con.close()
    encryption.demand_encrypted(fresh)
    place(fresh, path)


def _rows(con: Connection, name: str) -> list[tuple[str, str, int]]:
    tables = con.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? order by all", [name]
    ).fetchall()
    return [
        (schema, table, con.execute(f'select count(*) from {name}."{schema}"."{table}"').fetchall()[0][0])
        for schema, table in tables
    ]
