"""What waits in a folder, without opening or touching any of it.

Data in: a folder path. Data out: one entry per waiting file (name, inode, size, mtime).
Two equal looks some seconds apart mean that nobody is still writing. Claiming, reading and removing belong elsewhere.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

IGNORED_PREFIXES = ("~$", ".")
IGNORED_SUFFIXES = (".tmp", ".part", ".crdownload", ".bak", ".meta.json")
IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})


class WaitingFile(NamedTuple):
    """One file as a directory listing shows it; equal entries mean an untouched file."""

    path: str
    inode: int
    size: int
    mtime_ns: int


def is_ignored(name: str) -> bool:
    """Whether a file name is one that senders' programs leave behind and nobody reports on."""
    lowered = name.lower()
    return (
        lowered.startswith(IGNORED_PREFIXES) or lowered.endswith(IGNORED_SUFFIXES) or lowered in IGNORED_NAMES
    )


def waiting_files(sector_folder: Path) -> frozenset[WaitingFile]:
    """All files that wait in ``<sector_folder>/<entity>/``; a folder that is not there holds nothing.

    Links and other non-files are listed too: the intake has to refuse them with a receipt.
    """
    found = set()
    for entity in _entries(sector_folder):
        if not entity.is_dir(follow_symlinks=False):
            continue
        for entry in _entries(Path(entity.path)):
            if is_ignored(entry.name) or entry.is_dir(follow_symlinks=False):
                continue
            try:
                seen = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            size = seen.st_size if stat.S_ISREG(seen.st_mode) else 0
            found.add(WaitingFile(f"{entity.name}/{entry.name}", seen.st_ino, size, seen.st_mtime_ns))
    return frozenset(found)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return list(listing)
    except (FileNotFoundError, NotADirectoryError):
        return []
