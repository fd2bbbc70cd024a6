"""Which failures are the machine's and say nothing about the file that was being read: no space, no memory, a lock.

Data in: an exception, or an errno (a child process may end with one). Data out: what was lacking, in Chinese, or None.
Not here: what follows from it: a file is kept and tried again, never refused for it (pipeline/receiving/attempts.py).
"""

from __future__ import annotations

import errno
import os

from connectors.warehouse import DatabaseError, DatabaseIOError, WarehouseBusyError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_ERRNOS = (*_NO_SPACE, errno.EFBIG, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE)
_SPACE, _MEMORY, _IO = "磁盘空间不足", "内存不足", "磁盘读写失败"


class ReadingKilledError(Exception):
    """The process that read a workbook was killed from outside, which says little about the workbook."""

    def __init__(self) -> None:
        super().__init__("读取表格的进程被系统中止（多半是内存不足）")


def reason(error: BaseException) -> str | None:
    """What the machine lacked; None if the failure is not known to be the machine's.

    DuckDB tells a full disk by its text alone, under several classes (a commit is a TransactionException then).
    """
    if isinstance(error, WarehouseBusyError | ReadingKilledError):
        return str(error)
    if isinstance(error, MemoryError):
        return _MEMORY
    if isinstance(error, OSError) and is_errno(error.errno):
        return _SPACE if error.errno in _NO_SPACE else _IO
    if isinstance(error, DatabaseError):
        text = str(error)
        if any(os.strerror(number) in text for number in _NO_SPACE):
            return _SPACE
        if isinstance(error, DatabaseIOError) or any(os.strerror(number) in text for number in _ERRNOS):
            return _IO
    return None


def is_errno(number: int | None) -> bool:
    """Whether the operating system failed with this number for want of something, whatever it was asked to read."""
    return number in _ERRNOS
