"""The audit log: a hash-chained, append-only file of everything that touched identities, decisions or keys.

Data in: what happened, by whom, when; plain values, no identifier and no name of a listed person. Data out: one line of
canonical JSON per event in ``<folder>/audit.jsonl``, each with the hash of the line before; and an anchor of the newest
line, signed with a key, in a folder of its own, so that cutting off the end is found too.
Not here: which events there are (pipeline/audit.py), and who may read the log.

Why a file and no database: one ``write`` of one short line under a lock survives SIGKILL at any moment, and a person
can check the chain with nothing but sha256. A line that was torn (power loss) was never confirmed to anybody; the next
writer removes it and says so in the log. So it does where the log is not the one that the anchor was written of: a new
anchor would hide that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.faults import fault
from connectors.files import make_folder, write_atomically
from connectors.keyfiles import load_or_create
from connectors.warehouse import hold

FILE, ANCHOR = "audit.jsonl", "audit.anchor"
_FIRST = "0" * 64
_TAIL_BYTES = 1 << 16
_OWN = "锚点"
_TORN, _CUT = "audit_line_torn", "audit_log_cut"

Facts = Mapping[str, str | int | bool | list[str] | None]


@dataclass(frozen=True)
class Place:
    """Where the log lies, and apart from it the anchor and its key."""

    log: Path
    anchor: Path
    key: Path


@dataclass(frozen=True)
class Head:
    """The newest line."""

    seq: int
    sha256: str


def append(
    place: Place,
    event: str,
    facts: Facts,
    *,
    actor: str,
    at: datetime,
    wait_seconds: float = 60.0,
    is_put_back: bool = False,
) -> Head:
    """Write one event; it is on disk when this returns.

    ``is_put_back``: the log was just put back from a copy, and this event says so: it may end before the anchor.
    """
    make_folder(place.log.parent)
    with hold(place.log.with_name("audit.lock"), wait_seconds=wait_seconds):
        descriptor = os.open(place.log, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            if place.log.parent.stat().st_mode & stat.S_ISGID:
                os.fchmod(descriptor, 0o640)  # a folder that is shared with its group: whoever may read the log
            torn = _cut_torn_line(descriptor)
            head = _head(descriptor)
            if torn:
                head = _write(descriptor, head, _TORN, {"bytes": torn}, actor, at)
            if not is_put_back and (lost := _lost(place, head)):
                head = _write(descriptor, head, _CUT, lost, actor, at)
            head = _write(descriptor, head, event, facts, actor, at)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fault("audit_before_anchor")
        _anchor(place, head)
    return head


def _write(descriptor: int, head: Head, event: str, facts: Facts, actor: str, at: datetime) -> Head:
    content: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": at.isoformat(timespec="seconds"),
        "actor": actor,
        "event": event,
        "facts": dict(facts),
        "before": head.sha256,
    }
    line = _canonical(content)
    left = line
    while left:  # a write may take a part only
        left = left[os.write(descriptor, left) :]
    return Head(head.seq + 1, hashlib.sha256(line).hexdigest())


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _tail(descriptor: int) -> tuple[bytes, int]:
    size = os.fstat(descriptor).st_size
    start = max(0, size - _TAIL_BYTES)
    return os.pread(descriptor, size - start, start), size


def _cut_torn_line(descriptor: int) -> int:
    """Remove what stands after the last whole line; returns its bytes."""
    tail, size = _tail(descriptor)
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(descriptor, size - torn)
    return torn


def _head(descriptor: int) -> Head:
    tail, _ = _tail(descriptor)
    lines = tail.splitlines(keepends=True)
    if not lines:
        return Head(0, _FIRST)
    try:
        seq = int(json.loads(lines[-1])["seq"])
    except (ValueError, KeyError, TypeError):
        # Somebody has damaged the last line: the chain goes on from its bytes, and verify shows the damage.
        seq = 0
    return Head(seq, hashlib.sha256(lines[-1]).hexdigest())


def _lost(place: Place, head: Head) -> Facts | None:
    """What the anchor names and the log does not hold; a line newer than the anchor is that of a process killed."""
    broken: list[str] = []
    noted = _own_anchor(place, broken, has_lines=False).get(_OWN)
    lines = [] if noted in (None, head) else _lines(place)
    if noted is None:
        return {"anchor": "unusable"} if broken else None
    if noted == head or hashlib.sha256(b"".join(lines[noted.seq - 1 : noted.seq])).hexdigest() == noted.sha256:
        return None
    return {"anchor_seq": noted.seq, "anchor_sha256": noted.sha256, "lines": len(lines)}


def _anchor(place: Place, head: Head) -> None:
    content = {"seq": head.seq, "sha256": head.sha256}
    signed = {**content, "mac": _mac(place, content)}
    write_atomically(place.anchor, json.dumps(signed, sort_keys=True).encode())


def _mac(place: Place, content: Mapping[str, object]) -> str:
    text = json.dumps(content, sort_keys=True).encode()
    return hmac.new(load_or_create(place.key), text, hashlib.sha256).hexdigest()


def head(place: Place) -> Head | None:
    """The newest line as the signed anchor names it; None before the first event."""
    if not place.anchor.is_file():
        return None
    content = json.loads(place.anchor.read_text(encoding="utf-8"))
    return Head(int(content["seq"]), str(content["sha256"]))


def read(place: Place) -> Iterator[dict[str, Any]]:
    """Every event, oldest first; lines that are no JSON are left out (verify tells of them)."""
    for line in _lines(place):
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict):
            yield content


def _lines(place: Place) -> list[bytes]:
    return place.log.read_bytes().splitlines(keepends=True) if place.log.is_file() else []


def verify(place: Place, anchors: Mapping[str, Head] | None = None) -> list[str]:
    """What is wrong with the log, in Chinese; empty if nothing is.

    Args:
        place: the log.
        anchors: heads that were noted elsewhere when they were the newest: place of the note → head.
    """
    lines = _lines(place)
    found, hashes = _check_chain(lines)
    for where, noted in {**_own_anchor(place, found, has_lines=bool(lines)), **(anchors or {})}.items():
        if noted.seq > len(hashes):
            found.append(f"审计日志被截短：{where}记有第 {noted.seq} 条，日志只有 {len(hashes)} 条")
        elif hashes[noted.seq - 1] != noted.sha256:
            found.append(f"审计日志第 {noted.seq} 条与{where}所记的校验值不符")
    return found


def _check_chain(lines: list[bytes]) -> tuple[list[str], list[str]]:
    found: list[str] = []
    hashes: list[str] = []
    before = _FIRST
    for number, line in enumerate(lines, start=1):
        try:
            content = json.loads(line)
            is_whole = _canonical(content) == line
        except (ValueError, TypeError, AttributeError):
            content, is_whole = {}, False
        if not is_whole or not isinstance(content, dict) or content.get("seq") != number:
            found.append(f"审计日志第 {number} 条已损坏或被改动")
        elif content.get("before") != before:
            found.append(f"审计日志第 {number} 条与前一条不相连")
        elif content.get("event") == _CUT:
            found.append(f"审计日志在第 {number} 条之前曾被截短或替换：锚点所记的最后一条当时已不在其中")
        before = hashlib.sha256(line).hexdigest()
        hashes.append(before)
    return found, hashes


def _own_anchor(place: Place, found: list[str], *, has_lines: bool) -> dict[str, Head]:
    if not place.anchor.is_file():
        if has_lines:
            found.append("审计日志的锚点缺失")
        return {}
    try:
        content = json.loads(place.anchor.read_text(encoding="utf-8"))
        noted = Head(int(content["seq"]), str(content["sha256"]))
        mac = str(content["mac"])
    except (ValueError, KeyError, TypeError):
        found.append("审计日志的锚点已损坏")
        return {}
    if not hmac.compare_digest(mac, _mac(place, {"seq": noted.seq, "sha256": noted.sha256})):
        found.append("审计日志的锚点签名不符")
    return {_OWN: noted}
