"""Secret keys of one home: made on the first run, readable by their owner only.

Data in: the path of a key file. Data out: 32 random bytes, the same on every later run.
Not here: what a key is used for.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from connectors.files import make_folder, place

_KEY_BYTES = 32


class KeyUnusableError(Exception):
    """The key file exists but does not hold a key."""


def load_or_create(path: Path) -> bytes:
    """The key in ``path``; made there (0600) if there is none yet."""
    if not path.exists():
        make_folder(path.parent)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(_KEY_BYTES))
        place(temporary, path)
    return load(path)


def load(path: Path) -> bytes:
    """The key in ``path``."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise KeyUnusableError(f"密钥文件 {path.name} 不存在或无法读取") from None
    if len(key) != _KEY_BYTES:
        raise KeyUnusableError(f"密钥文件 {path.name} 长度不对")
    return key
