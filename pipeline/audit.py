"""What is written into the audit log, and by whom.

Data in: events of the other steps. Data out: lines of ``<home>/audit/audit.jsonl`` (connectors/audit.py).
Not here: how the chain is kept. A fact is a token, a code, a count or a hash; a reason in free words passes the mask
for long digits. This module reads the clock, the only one below the CLI: when somebody saw a name is a fact about the
world, and no answer depends on it.

The anchor of the newest line lies apart from the log, under ``keys/`` (or where ``ONETABLE_AUDIT_ANCHOR`` says: a
folder of another user or a write-once medium), signed; each publication and each backup notes the head once more.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors import audit
from connectors.audit import Facts, Head, Place
from connectors.files import write_atomically
from connectors.outbox.workbook import mask_digits
from pipeline.repository import SEEDS

if TYPE_CHECKING:
    from pipeline.settings import Settings

POLICY_FILES = ("policy_parameters.csv", "rules.csv", "indicators_registry.csv")

TITLES = {
    "unmasked_read": "读取未脱敏数据",
    "unmasked_written": "写出未脱敏数据",
    "export": "导出",
    "decision": "身份认定",
    "release": "放行",
    "publish": "发布",
    "rollback": "退回发布",
    "policy_change": "政策参数变更",
    "key_made": "生成密钥",
    "key_used": "使用密钥",
    "keys_rotated": "更换密钥",
    "deletion_announced": "到期删除预告",
    "deletion": "到期删除",
    "backup": "备份",
    "restore": "恢复",
    "sign_off": "签收销号",
    "audit_line_torn": "日志残行",
    "audit_log_cut": "日志曾被截短或替换",
}


def place(settings: Settings) -> Place:
    """The audit log of this home."""
    apart = os.environ.get("ONETABLE_AUDIT_ANCHOR")
    return Place(
        log=settings.home / "audit" / audit.FILE,
        anchor=Path(apart) if apart else settings.keys / audit.ANCHOR,
        key=settings.keys / "audit.key",
    )


def note(
    settings: Settings,
    event: str,
    *,
    by: str = "",
    is_put_back: bool = False,
    **facts: str | int | bool | list[str] | None,
) -> Head:
    """Write one event; who: the account of the process, and the officer that it acted for, if any.

    ``is_put_back``: see :func:`connectors.audit.append`.
    """
    if event not in TITLES:
        raise ValueError(event)
    actor = getpass.getuser() + (f" / {by.strip()}" if by.strip() else "")
    clean: Facts = {name: mask_digits(value) if isinstance(value, str) else value for name, value in facts.items()}
    return audit.append(
        place(settings),
        event,
        clean,
        actor=actor,
        at=datetime.now(UTC),
        wait_seconds=settings.wait_seconds,
        is_put_back=is_put_back,
    )


def verify(settings: Settings) -> list[str]:
    """What is wrong with the log; heads noted in publications are compared too."""
    return audit.verify(place(settings), dict(_noted(settings)))


def head(settings: Settings) -> Head | None:
    """The newest line, to be noted elsewhere."""
    return audit.head(place(settings))


def _noted(settings: Settings) -> Iterator[tuple[str, Head]]:
    for path in sorted(settings.published.glob("one_table-*/manifest.json")):
        try:
            noted = json.loads(path.read_text(encoding="utf-8"))["audit"]
            yield f"发布 {path.parent.name} ", Head(int(noted["seq"]), str(noted["sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # fsck tells of damaged manifests


def show(settings: Settings) -> list[dict[str, Any]]:
    """Every event, oldest first; of officers only the first character of the name."""
    return [
        {**event, "actor": _masked(str(event.get("actor", ""))), "title": TITLES.get(str(event.get("event")), "")}
        for event in audit.read(place(settings))
    ]


def _masked(actor: str) -> str:
    account, slash, officer = actor.partition(" / ")
    return f"{account}{slash}{officer[:1]}**" if officer else account


def note_policy(settings: Settings) -> None:
    """Note which files of policy and rules have changed since this home last looked."""
    now = {name: hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() for name in POLICY_FILES}
    now["county.toml"] = _sha256(settings.home / "county.toml")
    known = settings.state / "policy.json"
    before: dict[str, str] = json.loads(known.read_text(encoding="utf-8")) if known.is_file() else {}
    for name in sorted(now):
        if now[name] != before.get(name):
            note(settings, "policy_change", file=name, sha256=now[name], before=before.get(name))
    if now != before:
        write_atomically(known, json.dumps(now, indent=1, sort_keys=True).encode())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
