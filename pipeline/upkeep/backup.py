"""Backup to another place and restore from it: everything that cannot be made again, encrypted, without the keys.

Data in: a home. Data out: ``<target>/backup-<day>/`` with databases, sealed small files and ``backup.json`` (file →
sha256), whole from its first moment; ``<target>/originals/`` shared by all backups, and ``originals.2/`` and so on for
those that a rotation of the keys has written anew; a home restored from one of them.
Not here: the keys. They are kept apart, by hand: whoever has a backup and no key has nothing. What is read of a backup
was in other hands meanwhile: nothing is written that is no store of a home.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import count
from pathlib import Path

from connectors import encryption, originals, sealed
from connectors.encryption import WrongKeyError
from connectors.files import make_folder, place, sha256_of, sync_directory, temporary_for, write_atomically
from connectors.keyfiles import KeyUnusableError, load, load_all
from connectors.sealed import BrokenSealError
from connectors.warehouse import hold, hold_warehouse, open_work
from pipeline import audit, policy, records
from pipeline.keys import BACKUP_KEY, INGEST_LOCK, ready
from pipeline.settings import Settings
from pipeline.upkeep.fsck import EXPIRED

MANIFEST = "backup.json"
_MAKING = ".making"
_LOG = "audit/audit.jsonl"
_RESTORING = "restoring"
"""In ``state/`` while a backup is being restored, so that a restore that was killed is run again."""
_ORIGINAL = re.compile(r"\.\./originals(?:\.[0-9]+)?/([0-9a-f]{2}/\.?[0-9a-f]{64}(?:\.[\w.-]+)?)")
_SMALL = ("county.toml", "connections.toml", f"state/{EXPIRED}", "state/policy.json", _LOG)
"""Small files below the home, sealed one by one under the backup's own key."""


class BackupError(Exception):
    """Nothing was backed up: the place holds backups of another home."""


class RestoreError(Exception):
    """Nothing was restored: the home is not empty, or the backup is not whole, or the keys are not its keys."""


def back_up(settings: Settings, target: Path, today: date) -> Path:
    """Copy databases, originals and settings below ``target``.

    Originals never change but by a rotation of the keys, so all backups share one copy of each; of the backups as many
    stay as the policy says. One that breaks off leaves those that were there before.

    Returns:
        The folder of this backup.

    Raises:
        BackupError: the backups below ``target`` are another home's.
    """
    ready(settings)
    _demand_own(settings, target)
    folder = target / f"backup-{today:%Y%m%d}"
    for left in target.glob(f"backup-*{_MAKING}"):
        shutil.rmtree(left)
    making = make_folder(target / f"{folder.name}{_MAKING}")
    shared = _shared(target, but=folder)
    digests: dict[str, str] = {}
    with (
        hold(settings.state / INGEST_LOCK, wait_seconds=settings.wait_seconds),
        hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds),
    ):
        for source in _databases(settings):
            digests[source.name] = _copy(source, making / source.name)
        audit.note(settings, "backup", folder=folder.name)
        for name in _SMALL:
            if (settings.home / name).is_file():
                digests[f"{name}.sealed"] = _seal(settings, settings.home / name, making / f"{name}.sealed")
        for source in _originals(settings):
            sha256 = sha256_of(source)
            name = _free(str(source.relative_to(settings.originals)), sha256, shared)
            digests[f"../{name}"] = sha256
            copy = target / name
            if not copy.exists() or sha256_of(copy) != sha256:
                _copy(source, copy)
    write_atomically(making / MANIFEST, json.dumps(digests, indent=1, sort_keys=True).encode())
    earlier = target / f"{folder.name}.earlier{_MAKING}"
    if folder.exists():
        folder.replace(earlier)
    making.replace(folder)
    sync_directory(target)
    shutil.rmtree(earlier, ignore_errors=True)
    _drop_old(settings, target, today, but=folder)
    return folder


def _demand_own(settings: Settings, target: Path) -> None:
    """Refuse a place whose backups this home's key does not open: theirs would be written over, and then removed."""
    logs = sorted(target.glob(f"backup-*/{_LOG}.sealed"))
    if logs and not any(_opens(log, settings.keys / BACKUP_KEY) for log in logs):
        raise BackupError(
            f"{target} 中的备份用 {BACKUP_KEY} 打不开：它们属于另一个 ONETABLE_HOME，请用 --to 另选文件夹"
        )


def _shared(target: Path, *, but: Path) -> Mapping[str, set[str]]:
    """Name → hashes under which the backups below ``target`` know a shared original; ``but`` is made anew."""
    named: dict[str, set[str]] = {}
    for note in target.glob(f"backup-*/{MANIFEST}"):
        for name, sha256 in _told(note).items() if note.parent != but else ():
            named.setdefault(name.removeprefix("../"), set()).add(sha256)
    return named


def _free(original: str, sha256: str, shared: Mapping[str, set[str]]) -> str:
    """Where the copy of an original belongs: where no backup that is kept has it with other bytes."""
    names = (f"originals{'' if number == 1 else f'.{number}'}/{original}" for number in count(1))
    return next(name for name in names if shared.get(name, {sha256}) == {sha256})


def restore(settings: Settings, folder: Path, *, keys: Path | None = None) -> int:
    """Put a backup into an empty home; returns how many files.

    Args:
        settings: the home; nothing of a county may be in it.
        folder: one ``backup-<day>``.
        keys: the folder in which the keys were kept; None if they lie in the home already.

    Raises:
        RestoreError: there is data already, a file of the backup is missing or damaged, or the keys are not its keys.
    """
    restoring = settings.state / _RESTORING
    stores = (settings.warehouse, settings.vault_db, records.path(settings))
    if any(store.exists() for store in stores) and not restoring.is_file():
        raise RestoreError(
            "此处已有数据；只能恢复到空的 ONETABLE_HOME。只是数据库损坏或丢失的，请运行 onetable rebuild"
        )
    digests = _whole(folder)
    places = {name: _place_of(settings, name) for name in digests}
    _demand_keys(settings, folder, digests, keys or settings.keys)
    write_atomically(restoring, folder.name.encode())
    for store in _stores(settings):
        store.unlink(missing_ok=True)
    if keys is not None:
        shutil.copytree(keys, settings.keys, dirs_exist_ok=True)
        for key in settings.keys.iterdir():
            key.chmod(0o600)
    lost = audit.head(settings)
    for name, final in places.items():
        if name.endswith(".sealed"):
            content = b"".join(sealed.unseal(folder / name, load_all(settings.keys / BACKUP_KEY)))
            write_atomically(final, content)
        else:
            _copy(folder / name, final)
    until = lost.seq if lost else None
    audit.note(settings, "restore", is_put_back=True, source=folder.name, files=len(digests), anchor_seq=until)
    restoring.unlink()
    return len(digests)


def _whole(folder: Path) -> dict[str, str]:
    """The files of a backup, each checked against its hash."""
    digests = _told(folder / MANIFEST)
    if not digests:
        raise RestoreError(f"{folder.name} 不是完整的备份：缺少 {MANIFEST}，或其内容已损坏")
    for name, sha256 in digests.items():
        source = folder / name
        if not source.is_file() or sha256_of(source) != sha256:
            raise RestoreError(f"备份 {folder.name} 中的 {Path(name).name[:20]} 缺失或已损坏")
    return digests


def _told(note: Path) -> dict[str, str]:
    """What a manifest says; nothing if it cannot be read."""
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(sha256) for name, sha256 in told.items()} if isinstance(told, dict) else {}


def _place_of(settings: Settings, name: str) -> Path:
    """Where a file of a backup belongs in the home.

    Raises:
        RestoreError: it is none that a backup holds; whoever wrote it wanted it somewhere else.
    """
    places = {f"{small}.sealed": settings.home / small for small in _SMALL}
    places |= {store.name: store for store in _stores(settings)}
    if found := _ORIGINAL.fullmatch(name):
        return settings.originals / found[1]
    if name not in places:
        raise RestoreError(f"备份中有不认识的文件 {Path(name).name[:20]}，可能被人改动过：没有恢复任何内容")
    return places[name]


def _demand_keys(settings: Settings, folder: Path, digests: Mapping[str, str], keys: Path) -> None:
    """Refuse keys that do not open the backup, before anything of it lies in the home."""
    key_of = {
        settings.warehouse.name: encryption.KEY_FILE,
        settings.vault_db.name: settings.vault_key.name,
        records.FILE: originals.KEY_FILE,
        f"{_LOG}.sealed": BACKUP_KEY,
    }
    try:
        load_all(keys / settings.token_key.name)
        wrong = [key for name, key in key_of.items() if name in digests and not _opens(folder / name, keys / key)]
    except KeyUnusableError as error:
        raise RestoreError(
            f"{error}。请先把 keys/ 放入 ONETABLE_HOME，或用 --keys 指明其所在；没有恢复任何内容"
        ) from None
    if wrong:
        raise RestoreError(
            f"密钥 {'、'.join(wrong)} 打不开备份 {folder.name}：请用做这份备份时的密钥；没有恢复任何内容"
        )


def _opens(path: Path, key_file: Path) -> bool:
    """Whether a file of a backup, sealed or a database, is opened by a key."""
    if sealed.is_sealed(path):
        try:
            next(sealed.unseal(path, load_all(key_file)))
        except BrokenSealError:
            return False
        return True
    con = open_work()
    try:
        encryption.attach(con, path, "copy", read_only=True, key_file=key_file)
    except WrongKeyError:
        return False
    finally:
        con.close()
    return True


def _stores(settings: Settings) -> Iterator[Path]:
    """The databases with what is not yet merged into them, and the records beside the originals."""
    for database in (settings.warehouse, settings.vault_db):
        yield from (database, database.with_name(f"{database.name}.wal"))
    yield records.path(settings)


def _databases(settings: Settings) -> list[Path]:
    return [path for path in _stores(settings) if path.is_file()]


def _originals(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.originals.rglob("*") if path.is_file() and ".taking" not in path.parts)


def _copy(source: Path, target: Path) -> str:
    make_folder(target.parent)
    temporary = temporary_for(target)
    shutil.copyfile(source, temporary)
    place(temporary, target)
    return sha256_of(target)


def _seal(settings: Settings, source: Path, target: Path) -> str:
    make_folder(target.parent)
    temporary = temporary_for(target)
    with temporary.open("wb") as stream:
        sealed.seal([source.read_bytes()], stream, load(settings.keys / BACKUP_KEY))
    place(temporary, target)
    return sha256_of(target)


def _drop_old(settings: Settings, target: Path, today: date, *, but: Path) -> None:
    """Remove backups beyond what the policy keeps, and originals that none of the kept ones names."""
    kept = policy.value("retention_backups", settings.county, today)
    complete = sorted(note.parent for note in target.glob(f"backup-*/{MANIFEST}"))
    dropped = [folder for folder in complete[: -int(kept)] if folder != but] if kept else []
    for folder in dropped:
        shutil.rmtree(folder)
    named = {name for folder in complete if folder not in dropped for name in _told(folder / MANIFEST)}
    gone = [path for path in target.glob("originals*/??/*") if f"../{path.relative_to(target)}" not in named]
    for path in gone:
        path.unlink()
    if dropped or gone:
        audit.note(settings, "deletion", what="backup", folders=[one.name for one in dropped], originals=len(gone))
