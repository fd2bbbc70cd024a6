"""Checking that the stores of one home agree with each other, and that none lies in clear; nothing is changed.

Data in: originals, warehouse, identity vault, publication. Data out: findings in Chinese, none if all is well.
Not here: mending. The warehouse can always be rebuilt from the originals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from connectors import originals
from connectors.contract import feeds
from connectors.encryption import WrongKeyError, is_encrypted
from connectors.files import sha256_of
from connectors.keyfiles import KeyUnusableError
from connectors.sealed import BrokenSealError, is_sealed
from connectors.warehouse import Connection, DatabaseError, WarehouseBusyError, open_warehouse, open_work, own_tables
from identity import vault
from pipeline import audit, records
from pipeline.keys import key_files
from pipeline.ledger.proof import check_ledger
from pipeline.publication.export import combined_sha256
from pipeline.settings import Settings

EXPIRED = "expired.jsonl"
"""Which originals housekeeping removed, one a line, in ``state/``."""
ROWS_EXPIRED = "rows_expired"
"""Note of a submission whose rows housekeeping removed."""
_SECRET_MODE = 0o077


def fsck(settings: Settings) -> list[str]:
    """Every disagreement that is found."""
    if not settings.warehouse.exists():
        return ["有发布而无数据仓库：请用备份恢复，或用原件重建"] if (settings.published / "current").exists() else []
    findings = list(_keys(settings))
    try:
        with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as con:
            findings += _originals(settings, con)
            findings += _rows(con)
            findings += _ledger(con)
            findings += _records(settings, con)
            findings += _inputs(settings, con)
        findings += check_ledger(settings)
    except KeyUnusableError as error:
        findings.append(str(error))
    except (DatabaseError, WrongKeyError) as error:
        findings.append(f"数据仓库无法读取（{type(error).__name__}）：请用原件重建")
    findings += _identities(settings)
    findings += _publications(settings)
    findings += _in_clear(settings)
    findings += audit.verify(settings)
    return findings


def _keys(settings: Settings) -> Iterator[str]:
    for key in key_files(settings):
        if not key.is_file():
            yield f"缺少密钥文件 {key.name}：请从密钥备份中取回，不要新建"
        elif key.stat().st_mode & _SECRET_MODE:
            yield f"密钥文件 {key.name} 可被他人读取，权限应为 0600"


def _originals(settings: Settings, con: Connection) -> Iterator[str]:
    wanted = con.execute("select distinct sha256 from meta.submissions").fetchall()
    if "decision_files" in own_tables(con):
        wanted += con.execute("select sha256 from meta.decision_files").fetchall()
    wanted += con.execute(
        "select distinct source_sha256 from ledger.events where source_sha256 is not null"
        " and batch_seq in (select batch_seq from ledger.batches where kind = 'decision')"
    ).fetchall()
    expired = _expired(settings)
    for (sha256,) in sorted(set(wanted)):
        path = originals.stored(settings.originals, sha256)
        if not path.is_file():
            if sha256 not in expired:
                yield f"原件缺失：{sha256[:12]}"
        elif not originals.is_intact(settings.originals, sha256):
            yield f"原件已损坏：{sha256[:12]} 的内容与其校验值不符"


def _expired(settings: Settings) -> set[str]:
    """Originals that housekeeping removed when their time was over."""
    record = settings.state / EXPIRED
    if not record.is_file():
        return set()
    return {json.loads(line)["sha256"] for line in record.read_text(encoding="utf-8").splitlines() if line}


def _rows(con: Connection) -> Iterator[str]:
    for feed in feeds():
        wrong = con.execute(
            f"""
            with stored as (
              select submission_id, count(distinct (sheet, row_no)) as found
              from raw.{feed.table}
              group by submission_id
            )
            select coalesce(told.submission_id, stored.submission_id), told.told, coalesce(stored.found, 0)
            from (
              select submission_id, rows_ok + rows_warn as told
              from meta.submissions
              where sector = ? and entity = ? and status in ('accepted', 'accepted_with_errors')
                and note is distinct from '{ROWS_EXPIRED}'
            ) as told
            full join stored on stored.submission_id = told.submission_id
            where told.told is distinct from coalesce(stored.found, 0)
            order by 1
            """,
            [feed.sector, feed.entity],
        ).fetchall()
        for submission, told, found in wrong:
            if told is None:
                yield f"{feed.name}：批次 {submission} 有 {found} 行却没有接收记录"
            else:
                yield f"{feed.name}：批次 {submission} 记录接收 {told} 行，库中为 {found} 行"


def _ledger(con: Connection) -> Iterator[str]:
    twice = con.execute(
        "select submission_id from meta.submissions group by submission_id having count(*) > 1 order by 1"
    ).fetchall()
    for (submission,) in twice:
        yield f"批次 {submission} 有两条接收记录"
    unequal = con.execute(
        "select submission_id from meta.submissions where status in ('accepted', 'accepted_with_errors') "
        "and rows_in <> rows_ok + rows_warn + rows_rejected + rows_dup order by 1"
    ).fetchall()
    for (submission,) in unequal:
        yield f"批次 {submission} 的行数不守恒：读取 ≠ 接收 + 退回 + 重复"


def _records(settings: Settings, con: Connection) -> Iterator[str]:
    """What is kept beside the originals is what the warehouse knows: else it could not be built again."""
    try:
        kept = records.load(settings)
    except (BrokenSealError, KeyUnusableError):
        yield "库外留存的接收记录已损坏"
        return
    for name in ("meta.submissions", "meta.identity_decisions"):
        count = kept[name].num_rows if name in kept else 0
        if count != con.execute(f"select count(*) from {name}").fetchall()[0][0]:
            yield f"库外留存的 {name} 与数据仓库不一致；下一次接收会补齐，之后仍如此则须查明"


def _inputs(settings: Settings, con: Connection) -> Iterator[str]:
    """Every delivery that a publication was made of is in the warehouse."""
    known = {name for (name,) in con.execute("select submission_id from meta.submissions").fetchall()}
    for note in sorted(settings.published.glob("one_table-*/manifest.json")):
        try:
            missing = sorted(set(json.loads(note.read_text(encoding="utf-8"))["inputs"]) - known)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # _publications tells of it
        for submission in missing:
            yield f"发布 {note.parent.name} 所用的批次 {submission} 不在数据仓库中"


def _in_clear(settings: Settings) -> Iterator[str]:
    """Databases and originals that are not encrypted."""
    full = sorted(settings.published.glob("one_table-*/one_table_full.duckdb"))
    for path in (settings.warehouse, settings.vault_db, *full):
        if path.exists() and not is_encrypted(path):
            yield f"{path.name} 未加密"
    for path in settings.originals.glob("??/*"):
        if path.is_file() and not path.suffix and not path.name.startswith(".") and not is_sealed(path):
            yield f"原件 {path.name[:12]} 未加密"


def _identities(settings: Settings) -> Iterator[str]:
    if not settings.vault_db.exists():
        return
    con = open_work()
    try:
        with vault.attached(con, settings.vault_db, settings.vault_key, read_only=True) as name:
            twice = con.execute(
                f"select count(*) from (select person_key from {name}.ids group by 1 having count(*) > 1) as twice"
            ).fetchall()
        if twice != [(0,)]:
            yield f"身份库中有 {twice[0][0]} 个标识重复"
    except (vault.VaultUnusableError, KeyUnusableError, WarehouseBusyError, DatabaseError) as error:
        yield f"身份库无法读取（{type(error).__name__}）"
    finally:
        con.close()


def _publications(settings: Settings) -> Iterator[str]:
    current = settings.published / "current"
    if current.is_symlink() and not current.exists():
        yield "当前发布指向不存在的文件夹"
    for folder in sorted(settings.published.glob("one_table-*")):
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            told = {str(name): str(entry["sha256"]) for name, entry in manifest["files"].items()}
            date.fromisoformat(manifest["as_of"])
            whole = manifest["export_sha256"]
            beside = {str(name): str(sha256) for name, sha256 in manifest.get("beside", {}).items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            yield f"发布 {folder.name} 的 manifest.json 缺失或无法读取"
            continue
        found = {name: {"sha256": sha256_of(path)} for name in told if (path := folder / "export" / name).is_file()}
        for name, sha256 in sorted(told.items()):
            if name not in found:
                yield f"发布 {folder.name} 缺少 {name}"
            elif found[name]["sha256"] != sha256:
                yield f"发布 {folder.name} 的 {name} 与其校验值不符"
        yield from _beside(folder, beside)
        if found.keys() == told.keys() and combined_sha256(found) != whole:
            yield f"发布 {folder.name} 的总校验值不符"


def _beside(folder: Path, told: Mapping[str, str]) -> Iterator[str]:
    """Files of a publication that its export's hash does not cover."""
    for name, sha256 in sorted(told.items()):
        path = folder / name
        if not path.is_file():
            yield f"发布 {folder.name} 缺少 {path.name}"
        elif sha256_of(path) != sha256:
            yield f"发布 {folder.name} 的 {path.name} 与其校验值不符"
