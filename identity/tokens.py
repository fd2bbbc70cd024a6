"""Tokens: what stands for a personal identifier everywhere outside the vault.

Data in: normalised text (an id, a phone number …) and the home's token key.
Data out: the first 32 hex characters of HMAC-SHA256, computed in SQL over whole columns, and the same in Python.
Not here: the key files (connectors/keyfiles.py), which columns are identifiers (the contracts).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Iterator

from connectors.warehouse import Connection

_BLOCK_BYTES = 64
_TOKEN_CHARACTERS = 32
_INNER_PAD = 0x36
_OUTER_PAD = 0x5C


def token(key: bytes, text: str) -> str:
    """The token of one text."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_TOKEN_CHARACTERS]


def install(con: Connection, key: bytes) -> None:
    """Give ``con`` the function ``token(varchar)``; null stays null.

    The key reaches DuckDB as bound parameters and lives in session variables: no SQL text, and so no error
    message and no catalogue entry, ever shows it.
    """
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    con.execute("set variable token_inner = ?::blob", [bytes(byte ^ _INNER_PAD for byte in padded)])
    con.execute("set variable token_outer = ?::blob", [bytes(byte ^ _OUTER_PAD for byte in padded)])
    con.execute(
        "create or replace temp macro token(x) as substr(sha256(getvariable('token_outer') || "
        f"unhex(sha256(getvariable('token_inner') || encode(x)))), 1, {_TOKEN_CHARACTERS})"
    )


@contextlib.contextmanager
def installed(con: Connection, key: bytes) -> Iterator[None]:
    """``con`` has the function while the block runs; a block inside another leaves it to the outer one."""
    is_inner = con.execute("select getvariable('token_inner') is not null").fetchall() == [(True,)]
    if not is_inner:
        install(con, key)
    try:
        yield
    finally:
        if not is_inner:
            forget(con)


def forget(con: Connection) -> None:
    """Take the key out of the session again."""
    con.execute("reset variable token_inner")
    con.execute("reset variable token_outer")
