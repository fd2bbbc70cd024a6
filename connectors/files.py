"""Writing files so that a crash leaves either the old one or the new one, never half of it.

Data in: bytes or a finished temporary file. Data out: the file under its final name, flushed to disk.
Not here: what the bytes mean, and where the final place is.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

import psutil

_BLOCK = 1 << 20
_TEMPORARY = re.compile(r"\..+\.(\d+)\.tmp(\..+)?")


def sync_directory(folder: Path) -> None:
    """Flush the folder's entries, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> Path:
    """Create the folder and its parents; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def temporary_for(final: Path) -> Path:
    """Where this process writes what is to become ``final``: beside it, hidden, under the number of the process."""
    return final.with_name(f".{final.name}.{os.getpid()}.tmp")


def place(temporary: Path, final: Path) -> None:
    """Move a finished file to its final name: flushed before, folder flushed after.

    A folder that hands its group on (setgid) shares the file with that group: so departments see their outbox, on a
    server where it is theirs, and nobody else does.
    """
    folder = final.parent.stat()
    if folder.st_mode & stat.S_ISGID:
        os.chown(temporary, -1, folder.st_gid)
        temporary.chmod(0o640)
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(final)
    sync_directory(final.parent)


def write_atomically(final: Path, content: bytes, mode: int = 0o600) -> None:
    """Write ``content`` under ``final`` by way of a temporary file in the same folder."""
    make_folder(final.parent)
    temporary = temporary_for(final)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    place(temporary, final)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def clear_temporaries(folder: Path, *, below: bool = False) -> None:
    """Remove temporary files of processes that are no more, in ``folder`` or in all folders below it too."""
    for left in folder.rglob(".*.tmp*") if below else folder.glob(".*.tmp*"):
        found = _TEMPORARY.fullmatch(left.name)
        if found and not psutil.pid_exists(int(found[1])):
            left.unlink(missing_ok=True)
