"""Files that lie encrypted: AES-256-GCM in blocks, so that a file of any size is written and checked as it passes.

Data in: bytes and a key. Data out: a sealed file; its bytes again, or an error if one bit of it is not as written.
Not here: which files are sealed (connectors/originals.py, pipeline/upkeep/housekeeping.py).

Form: 8 bytes of mark, 32 of salt, then blocks of length (4 bytes) and ciphertext. Each file has a key of its own,
HMAC-SHA256(key, salt); the nonce is the block's number; the last block says so in its associated data, so that a file
that was cut off at the border of a block is found too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK = 1 << 20
_MARK = b"ONETBL\x01\n"
_SALT_BYTES, _LENGTH_BYTES, _NONCE_BYTES = 32, 4, 12
_MORE, _LAST = b"\0", b"\1"
_IN_MEMORY_BYTES = 256 << 20


class BrokenSealError(Exception):
    """The sealed file was changed or cut off, or the key is not its key."""

    def __init__(self) -> None:
        super().__init__("原件或备份的内容与封存时不符，或密钥不对；请用备份恢复")


def is_sealed(path: Path) -> bool:
    """Whether the file begins as a sealed one does."""
    with path.open("rb") as stream:
        return stream.read(len(_MARK)) == _MARK


def seal(blocks: Iterable[bytes], target: IO[bytes], key: bytes) -> None:
    """Write ``blocks`` to ``target``, encrypted."""
    salt = os.urandom(_SALT_BYTES)
    cipher = AESGCM(hmac.new(key, salt, hashlib.sha256).digest())
    target.write(_MARK + salt)
    waiting, number = b"", 0
    for block in _cut(blocks):
        if number or waiting:
            _write(target, cipher, number, waiting, _MORE)
            number += 1
        waiting = block
    _write(target, cipher, number, waiting, _LAST)


def _cut(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of a size that is read again."""
    for block in blocks:
        yield from (block[start : start + BLOCK] for start in range(0, len(block), BLOCK))


def _write(target: IO[bytes], cipher: AESGCM, number: int, block: bytes, kind: bytes) -> None:
    written = cipher.encrypt(_nonce(number), block, kind)
    target.write(len(written).to_bytes(_LENGTH_BYTES, "big") + written)


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")


def unseal(path: Path, keys: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a sealed file, block by block.

    Raises:
        BrokenSealError: the file is not as it was written, or none of the keys is its key.
    """
    with path.open("rb") as stream:
        if stream.read(len(_MARK)) != _MARK:
            raise BrokenSealError
        salt = stream.read(_SALT_BYTES)
        number, block = 0, _read(stream)
        cipher = _fitting(salt, block, keys)
        while True:
            opened, is_last = _open(cipher, number, block)
            yield opened
            if is_last:
                break
            number, block = number + 1, _read(stream)
        if stream.read(1):
            raise BrokenSealError


def _fitting(salt: bytes, first: bytes, keys: Iterable[bytes]) -> AESGCM:
    """The cipher that opens the first block."""
    for key in keys:
        cipher = AESGCM(hmac.new(key, salt, hashlib.sha256).digest())
        try:
            _open(cipher, 0, first)
        except BrokenSealError:
            continue
        return cipher
    raise BrokenSealError


def _open(cipher: AESGCM, number: int, block: bytes) -> tuple[bytes, bool]:
    """One block in clear, and whether it is the last."""
    for kind in (_MORE, _LAST):
        try:
            return cipher.decrypt(_nonce(number), block, kind), kind == _LAST
        except InvalidTag:
            continue
    raise BrokenSealError


def _read(stream: IO[bytes]) -> bytes:
    length = stream.read(_LENGTH_BYTES)
    size = int.from_bytes(length, "big")
    block = stream.read(size) if len(length) == _LENGTH_BYTES and size <= BLOCK * 2 else b""
    if not block or len(block) != size:
        raise BrokenSealError
    return block


@contextmanager
def in_clear(path: Path, keys: Iterable[bytes], scratch: Path) -> Iterator[Path]:
    """A path under which the bytes of a sealed file can be read while the block runs.

    They lie in memory, under no name in any folder; a file too large for that lies in ``scratch`` meanwhile.
    """
    if path.stat().st_size > _IN_MEMORY_BYTES or not hasattr(os, "memfd_create"):
        clear = scratch / f"clear.{os.getpid()}"
        descriptor = os.open(clear, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    else:
        descriptor = os.memfd_create("original", os.MFD_CLOEXEC)
        clear = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            for block in unseal(path, keys):
                stream.write(block)
        yield clear
    finally:
        os.close(descriptor)
        if clear.parent == scratch:
            clear.unlink(missing_ok=True)
