"""Laying a fetched file into the drop folder, and remembering what was fetched: in this order, each step atomic.

Data in: a finished temporary file, the keys of its side file, what to remember. Data out: the file in
``ingest/<sector>/<entity>/``, then the note in ``state/sources/``. A kill between the two makes the next pull fetch
the same again: the landing knows the bytes, so nothing is lost and nothing doubled.
Not here: fetching.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.contract import load_feed
from connectors.faults import fault
from connectors.files import make_folder, place, write_atomically
from connectors.originals import side_path
from connectors.sources.errors import ConfigurationError

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")
_LONGEST_NAME = 200
_MOST_EARLIER = 1_000
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")


@dataclass(frozen=True)
class Desk:
    """Where one source works: its drop folder, its scratch folder, its note, its side file."""

    name: str
    feed: str
    folder: Path
    scratch: Path
    note: Path
    side: Mapping[str, str]


@dataclass(frozen=True)
class Fetched:
    """What one pull of one source brought."""

    files: tuple[str, ...] = ()
    rows: int | None = None
    size: int = 0
    is_unchanged: bool = False
    """True where the source holds what it held at the last pull."""


def desk(home: Path, name: str, feed: str, side: Mapping[str, str]) -> Desk:
    """The places of a source in a home."""
    load_feed(*feed.split("/"))
    return Desk(
        name=name,
        feed=feed,
        folder=home / "ingest" / feed,
        scratch=make_folder(home / "work" / "pull" / name),
        note=home / "state" / "sources" / f"{name}.json",
        side=side,
    )


def recall(at: Desk) -> dict[str, Any]:
    """What was remembered at the last pull; nothing at the first."""
    try:
        content = json.loads(at.note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"状态文件 state/sources/{at.note.name} 已损坏；删除它即从头重新拉取"
            " / the note is damaged; remove it to pull from the start"
        )
    return content


def remember(at: Desk, note: Mapping[str, Any]) -> None:
    """Keep what the next pull has to know; the delivered file is on disk before."""
    fault("pull_before_note")
    write_atomically(at.note, json.dumps(note, ensure_ascii=False).encode())
    fault("pull_noted")


def deliver(at: Desk, finished: Path, file_name: str, side: Mapping[str, Any]) -> None:
    """Move a finished file into the drop folder; its side file lies there first."""
    final = make_folder(at.folder) / file_name
    if side:
        write_atomically(side_path(final), json.dumps(dict(side), ensure_ascii=False, sort_keys=True).encode())
        fault("pull_side_placed")
    else:
        side_path(final).unlink(missing_ok=True)
    place(finished, final)
    fault("pull_delivered")


def deliver_next(at: Desk, note: dict[str, Any], finished: Path, sha256: str, suffix: str) -> tuple[str, ...]:
    """Deliver under the source's next number unless the last delivery had the same bytes and side file.

    The number makes files of one source land in the order of their pulls. ``note`` is updated, not yet written.
    """
    if note.get("sha256") == sha256 and note.get("side") == dict(at.side):
        return ()
    number = _next_number(note)
    earlier = [*note.get("earlier", ()), *([note["sha256"]] if "sha256" in note else [])][-_MOST_EARLIER:]
    file_name = f"{at.name.replace('_', '.')}.{number:06d}{suffix}"
    deliver(at, finished, file_name, at.side)
    note.update(number=number, sha256=sha256, side=dict(at.side), earlier=earlier)
    return (file_name,)


def batch_title(note: Mapping[str, Any]) -> str:
    """Title line of the next file, in letters, so that it is no period and no area.

    Without it a source that returns to an earlier state would send bytes that were seen before, and the landing would
    leave them out as a duplicate.
    """
    return f"拉取批次 {_next_number(note):06d}".translate(_LETTERS)


def tell_apart(note: Mapping[str, Any], finished: Path, sha256: str) -> None:
    """A text that is passed on as it is gets a first line of its own where its bytes were delivered before.

    The line is plain ASCII, with which a text in GB18030 or in UTF-8 may begin; behind a byte order mark it is written
    as the mark says.
    """
    if sha256 not in note.get("earlier", ()):
        return
    body = finished.read_bytes()
    mark = next((mark for mark in _MARKS if body.startswith(mark)), b"")
    line = f"pull {_next_number(note):06d}\n".translate(_LETTERS).encode(_MARKS.get(mark, "ascii"))
    finished.write_bytes(mark + line + body.removeprefix(mark))


def _next_number(note: Mapping[str, Any]) -> int:
    return int(note.get("number", 0)) + 1


def is_plain_name(name: str) -> bool:
    """Whether a name given by another machine can be used here as it is."""
    return bool(name) and not _UNSAFE.search(name) and len(name.encode()) <= _LONGEST_NAME
