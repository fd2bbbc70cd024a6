"""Backup to another place and restore from it: everything that cannot be made again, encrypted, without the keys.

Data in: a home. Data out: ``<target>/backup-<day>/`` with databases, sealed small files and ``backup.json`` (file →
sha256, written last), ``<target>/originals/`` shared by all backups; a home restored from one of them.
Not here: the keys. They are kept apart, by hand: whoever has a backup and no key has nothing.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

from connectors import sealed
from connectors.files import make_folder, place, sha256_of, sync_directory, temporary_for, write_atomically
from connectors.keyfiles import load_all, load_or_create
from connectors.warehouse import hold, hold_warehouse
from pipeline import audit, policy
from pipeline.keys import INGEST_LOCK
from pipeline.settings import Settings
from pipeline.upkeep.fsck import EXPIRED

MANIFEST = "backup.json"
_KEY = "backup.key"
_SMALL = ("county.toml", "connections.toml", f"state/{EXPIRED}", "state/policy.json", "audit/audit.jsonl")
"""Small files below the home, sealed one by one under the backup's own key."""


class RestoreError(Exception):
    """Nothing was restored: the home is not empty, or the backup is not whole."""


def back_up(settings: Settings, target: Path, today: date) -> Path:
    """Copy databases, originals and settings below ``target``.

    Originals never change, so all backups share one copy of each; of the backups as many stay as the policy says.

    Returns:
        The folder of this backup.
    """
    folder = make_folder(target / f"backup-{today:%Y%m%d}")
    (folder / MANIFEST).unlink(missing_ok=True)
    digests: dict[str, str] = {}
    with (
        hold(settings.state / INGEST_LOCK, wait_seconds=settings.wait_seconds),
        hold_warehouse(settings.warehouse, wait_seconds=settings.wait_seconds),
    ):
        for source in _databases(settings):
            digests[source.name] = _copy(source, folder / source.name)
        audit.note(settings, "backup", folder=folder.name)
        for name in _SMALL:
            if (settings.home / name).is_file():
                digests[f"{name}.sealed"] = _seal(settings, settings.home / name, folder / f"{name}.sealed")
        for source in _originals(settings):
            name = str(source.relative_to(settings.vault))
            copy = target / name
            digests[f"../{name}"] = sha256_of(source)
            if not copy.exists() or sha256_of(copy) != digests[f"../{name}"]:
                make_folder(copy.parent)
                _copy(source, copy)
    write_atomically(folder / MANIFEST, json.dumps(digests, indent=1, sort_keys=True).encode())
    sync_directory(folder)
    _drop_old(settings, target, today)
    return folder


def restore(settings: Settings, folder: Path, *, keys: Path | None = None) -> int:
    """Put a backup into an empty home; returns how many files.

    Args:
        settings: the home; nothing of a county may be in it.
        folder: one ``backup-<day>``.
        keys: the folder in which the keys were kept; None if they lie in the home already.

    Raises:
        RestoreError: there is a warehouse already, or a file of the backup is missing or damaged.
    """
    if settings.warehouse.exists() or settings.vault_db.exists():
        raise RestoreError("此处已有数据；只能恢复到空的 ONETABLE_HOME")
    digests = _whole(folder)
    if keys is not None:
        shutil.copytree(keys, settings.keys, dirs_exist_ok=True)
        for key in settings.keys.iterdir():
            key.chmod(0o600)
    if not (settings.keys / _KEY).is_file():
        raise RestoreError("缺少密钥：请先把 keys/ 放入 ONETABLE_HOME，或用 --keys 指明其所在")
    lost = audit.head(settings)
    for name in digests:
        source = folder / name
        if name.startswith("../"):
            _copy(source, settings.vault / name.removeprefix("../"))
        elif name.endswith(".sealed"):
            content = b"".join(sealed.unseal(source, load_all(settings.keys / _KEY)))
            write_atomically(settings.home / name.removesuffix(".sealed"), content)
        else:
            _copy(source, _place_of(settings, name))
    audit.note(settings, "restore", source=folder.name, files=len(digests), anchor_seq=lost.seq if lost else None)
    return len(digests)


def _whole(folder: Path) -> dict[str, str]:
    """The files of a backup, each checked against its hash."""
    try:
        digests: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise RestoreError(f"{folder.name} 不是完整的备份：缺少 {MANIFEST}") from None
    for name, sha256 in digests.items():
        source = folder / name
        if not source.is_file() or sha256_of(source) != sha256:
            raise RestoreError(f"备份 {folder.name} 中的 {Path(name).name[:20]} 缺失或已损坏")
    return digests


def _databases(settings: Settings) -> list[Path]:
    """The databases with what is not yet merged into them, and the records beside the originals."""
    databases = [settings.warehouse, settings.vault_db]
    logs = [path.with_name(f"{path.name}.wal") for path in databases]
    return [path for path in (*databases, *logs, settings.vault / "records.box") if path.is_file()]


def _place_of(settings: Settings, name: str) -> Path:
    return (settings.home if name.startswith(settings.warehouse.name) else settings.vault) / name


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
        sealed.seal([source.read_bytes()], stream, load_or_create(settings.keys / _KEY))
    place(temporary, target)
    return sha256_of(target)


def _drop_old(settings: Settings, target: Path, today: date) -> None:
    """Remove backups beyond what the policy keeps, and originals that none of the kept ones names."""
    kept = policy.value("retention_backups", settings.county, today)
    complete = sorted(note.parent for note in target.glob(f"backup-*/{MANIFEST}"))
    dropped = complete[: -int(kept)] if kept else []
    for folder in dropped:
        shutil.rmtree(folder)
    named = {name for folder in complete if folder not in dropped for name in _names(folder)}
    gone = [path for path in target.glob("originals/??/*") if f"../{path.relative_to(target)}" not in named]
    for path in gone:
        path.unlink()
    if dropped or gone:
        audit.note(settings, "deletion", what="backup", folders=[one.name for one in dropped], originals=len(gone))


def _names(folder: Path) -> list[str]:
    return list(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
