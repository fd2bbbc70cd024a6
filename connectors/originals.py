"""The vault of originals: every file a department sent, unchanged, under the sha256 of its bytes, sealed.

Data in: the drop folders. Data out: files that have stopped growing, copied while they are hashed.
Not here: what a file says (connectors/intake/), and whether it was seen before (pipeline/receiving/ingest.py).

The drop folders are written by others: nothing is followed, opened or trusted there before it is known to be an
ordinary file with a single name that nobody is writing to.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors import sealed
from connectors.faults import fault
from connectors.files import make_folder, place, sync_directory
from connectors.keyfiles import load_all, load_or_create

SIDE_SUFFIX = ".meta.json"
_IGNORED_PREFIXES = ("~$", ".")
_IGNORED_SUFFIXES = (".tmp", ".part", ".crdownload", ".bak", SIDE_SUFFIX)
_IGNORED_NAMES = {"thumbs.db", "desktop.ini"}
_MAX_SIDE_BYTES = 65_536
KEY_FILE = "originals.key"
_DIGITS = re.compile(r"(\d+)")


class NotAFileError(Exception):
    """What lies in the drop folder is a link, a pipe, a device or a file with a second name."""


class ChangedError(Exception):
    """The file changed while it was being taken; it goes back to waiting."""


@dataclass(frozen=True)
class Identity:
    """What tells one state of a file from another without reading it."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """The identity in a stat result."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class Waiting:
    """One file seen in a drop folder. ``identity`` is None where it is no ordinary file."""

    path: Path
    identity: Identity | None


@dataclass(frozen=True)
class Original:
    """One file in the vault."""

    path: Path
    sha256: str
    size: int


def is_ignored(name: str) -> bool:
    """Names that are left alone without a report (feeds of office programs, unfinished uploads, side files)."""
    low = name.lower()
    return low.startswith(_IGNORED_PREFIXES) or low.endswith(_IGNORED_SUFFIXES) or low in _IGNORED_NAMES


def natural_order(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key under which ``_2`` comes before ``_10``."""
    parts = _DIGITS.split(name)
    return tuple((int(part), "") if index % 2 else (0, part) for index, part in enumerate(parts))


def look(folder: Path) -> list[Waiting]:
    """Every entry of one drop folder that is not ignored, in natural order of the names; folders are not entered."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_ignored(entry.name) or entry.is_dir(follow_symlinks=False):
                continue
            status = entry.stat(follow_symlinks=False)
            found.append(Waiting(Path(entry.path), Identity.of(status) if _is_plain(status) else None))
    return sorted(found, key=lambda waiting: (natural_order(waiting.path.name), waiting.path.name))


def _is_plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def take(waiting: Waiting, originals: Path) -> Original:
    """Copy one file into the vault while hashing and sealing it.

    Raises:
        NotAFileError: it is no ordinary file.
        ChangedError: it is no longer what was seen before, or changes while it is copied.
    """
    if waiting.identity is None:
        raise NotAFileError
    try:
        descriptor = os.open(waiting.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ChangedError from None
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link, put there since it was seen
            raise NotAFileError from None
        raise
    with os.fdopen(descriptor, "rb") as source:
        if not _is_same(os.fstat(descriptor), waiting.identity):
            raise ChangedError
        temporary = make_folder(originals / ".taking") / f"{os.getpid()}.{waiting.identity.inode}"
        digest, size = hashlib.sha256(), waiting.identity.size

        def blocks() -> Iterator[bytes]:
            # Not a byte further than it was long when it was seen: a file that never ends would fill the disk.
            left = size
            while left > 0 and (block := source.read(min(left, sealed.BLOCK))):
                left -= len(block)
                digest.update(block)
                yield block
                fault("landing_copying")

        with temporary.open("wb") as copy:
            sealed.seal(blocks(), copy, load_or_create(key_file(originals)))
        if not _is_same(os.fstat(descriptor), waiting.identity):
            temporary.unlink()
            raise ChangedError
    final = stored(originals, digest.hexdigest())
    if final.exists():
        temporary.unlink()
    else:
        make_folder(final.parent)
        place(temporary, final)
    fault("landing_copied")
    return Original(final, digest.hexdigest(), waiting.identity.size)


def stored(originals: Path, sha256: str) -> Path:
    """Where the original with this hash lies."""
    return originals / sha256[:2] / sha256


def stored_side(originals: Path, sha256: str, submission_id: str) -> Path:
    """Where the side file lies that came with one delivery of an original."""
    return originals / sha256[:2] / f"{sha256}.{submission_id}{SIDE_SUFFIX}"


def key_file(originals: Path) -> Path:
    """The key under which the originals of a home are sealed: ``<home>/keys``, for ``<home>/vault/originals``."""
    return originals.parent.parent / "keys" / KEY_FILE


def is_intact(originals: Path, sha256: str) -> bool:
    """Whether the vault still holds the bytes with this hash."""
    path, digest = stored(originals, sha256), hashlib.sha256()
    if not path.is_file():
        return False
    try:
        for block in sealed.unseal(path, load_all(key_file(originals))):
            digest.update(block)
    except sealed.BrokenSealError:
        return False
    return digest.hexdigest() == sha256


@contextmanager
def in_clear(original: Original, scratch: Path) -> Iterator[Path]:
    """A path under which the original can be read as it was sent, while the block runs.

    Raises:
        BrokenSealError: its bytes are not those that were sent.
    """
    with sealed.in_clear(original.path, load_all(key_file(original.path.parents[1])), make_folder(scratch)) as path:
        yield path


def side_path(path: Path) -> Path:
    """The side file of ``path``: ``<file>.meta.json`` beside it."""
    return path.with_name(path.name + SIDE_SUFFIX)


def read_side(path: Path) -> bytes | None:
    """Bytes of a side file in a drop folder; None if there is none that may be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as source:
        status = os.fstat(descriptor)
        return source.read() if _is_plain(status) and status.st_size <= _MAX_SIDE_BYTES else None


def side_values(content: bytes | None) -> dict[str, object]:
    """Keys and values of a side file; none where there is no side file or it is not the JSON of an object."""
    try:
        values = json.loads(content or b"{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def remove_if_same(path: Path, identity: Identity) -> bool:
    """Remove a file from a drop folder unless the sender has replaced it since it was taken."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not _is_same(status, identity):
        return False
    path.unlink()
    sync_directory(path.parent)
    return True


def _is_same(status: os.stat_result, identity: Identity) -> bool:
    return _is_plain(status) and Identity.of(status) == identity
