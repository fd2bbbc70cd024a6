"""Secret keys of one home: made on the first run, readable by their owner only.

Data in: the path of a key file. Data out: 32 random bytes, the same on every later run.
Not here: what a key is used for.

A file may hold more than one key, newest first, one a line: while a key is being replaced, stores under the old one
stay readable whenever the process is killed.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from connectors.files import make_folder, place, temporary_for

_KEY_BYTES = 32


class KeyUnusableError(Exception):
    """The key file exists but does not hold a key."""


def load_or_create(path: Path) -> bytes:
    """The key in ``path``; made there (0600) if there is none yet."""
    if not path.exists():
        write(path, [new_key()])
    return load(path)


def new_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(_KEY_BYTES)


def write(path: Path, keys: list[bytes]) -> None:
    """Put keys into ``path`` (0600), newest first, in one step."""
    make_folder(path.parent)
    temporary = temporary_for(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write("\n".join(key.hex() for key in keys))
    place(temporary, path)


def load(path: Path) -> bytes:
    """The newest key in ``path``."""
    return load_all(path)[0]


def load_all(path: Path) -> list[bytes]:
    """Every key in ``path``, newest first.

    Raises:
        KeyUnusableError: there is no such file, or it holds no key.
    """
    try:
        keys = [bytes.fromhex(line) for line in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        raise KeyUnusableError(f"密钥文件 {path.name} 不存在或无法读取；请从密钥备份中取回，不要新建") from None
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise KeyUnusableError(f"密钥文件 {path.name} 长度不对；请从密钥备份中取回，不要新建")
    return keys
