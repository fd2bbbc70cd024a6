"""The container of a file, from its leading bytes and never from its name (feeds.md section 3, item 1).

Data in: a path. Data out: ``xlsx``, ``xls`` or ``text``; F_TYPE, F_ENCRYPTED or F_CORRUPT is raised.
Not here: reading any cell.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from connectors import machine_faults
from connectors.intake.readers.grid import UnreadableError

Container = Literal["xlsx", "xls", "text"]

_OTHER_MAGICS = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf", b"II*\x00",
    b"MM\x00*", b"SQLite format 3", b"PAR1",
)  # fmt: skip
_DBF_VERSIONS = frozenset((0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x83, 0x8B, 0xF5))
_MARKUP = re.compile(rb"^\s*(<[a-z!?/]|mime-version:)", re.IGNORECASE)
_HEAD = 4096
_MAX_ENTRIES = 4000
_MAX_UNPACKED = 2 << 30
_MAX_RATIO = 400
_RATIO_FROM = 64 << 20
_CFB = b"\xd0\xcf\x11\xe0"
_NO_WORKBOOK = ("Root Entry", "PowerPoint Document", "__properties_version1.0")
"""Names in the directory of an OLE file that holds no workbook: any at all, a presentation, a mail."""


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def _sniff_cfb(path: Path) -> Container:
    body = path.read_bytes()
    if _wide("EncryptedPackage") in body:
        raise UnreadableError("F_ENCRYPTED")
    if _wide("WordDocument") in body:
        raise UnreadableError("F_TYPE")
    if _wide("Workbook") in body or _wide("Book") in body:
        return "xls"
    if any(_wide(name) in body for name in _NO_WORKBOOK):
        raise UnreadableError("F_TYPE")
    raise UnreadableError("F_CORRUPT")  # cut off before its directory: nobody knows what it was


def scan_zip(path: Path) -> None:
    """Refuse a zip that is broken, no workbook, encrypted, or too large when unpacked, before any parser opens it."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if len(entries) > _MAX_ENTRIES:
                raise UnreadableError("F_CORRUPT")
            unpacked = sum(entry.file_size for entry in entries)
            packed = max(1, sum(entry.compress_size for entry in entries))
            if unpacked > _MAX_UNPACKED or (unpacked > _RATIO_FROM and unpacked / packed > _MAX_RATIO):
                raise UnreadableError("F_CORRUPT")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, OSError) and machine_faults.is_errno(error.errno):
            raise
        raise UnreadableError("F_CORRUPT") from None
    if not names & {"xl/workbook.xml", "xl/workbook.bin"}:
        raise UnreadableError("F_TYPE")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError("F_ENCRYPTED")


def _is_dbf(head: bytes) -> bool:
    """A dBASE table: version, then the date of its last change with a month and a day."""
    return (
        len(head) > 3  # noqa: PLR2004 - four bytes are looked at
        and head[0] in _DBF_VERSIONS
        and head[2] in range(1, 13)
        and head[3] in range(1, 32)
        and b"\x00" in head
    )


def _plain(head: bytes) -> bytes:
    """The first characters without a byte order mark, UTF-16 cut to its ASCII half."""
    if head.startswith(b"\xff\xfe"):
        return head[2::2]
    if head.startswith(b"\xfe\xff"):
        return head[3::2]
    return head.removeprefix(b"\xef\xbb\xbf")


def sniff(path: Path) -> Container:
    """Container of the file at ``path``.

    Raises:
        UnreadableError: F_TYPE, F_ENCRYPTED or F_CORRUPT.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(b"PK"):
        scan_zip(path)
        return "xlsx"
    if head.startswith(_CFB):
        return _sniff_cfb(path)
    if head.startswith(_OTHER_MAGICS) or _is_dbf(head):
        raise UnreadableError("F_TYPE")
    if _MARKUP.match(_plain(head)):
        raise UnreadableError("F_TYPE")
    return "text"
